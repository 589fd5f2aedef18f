# Copyright (c) 2026 The vpnlb Authors
# SPDX-License-Identifier: EPL-2.0
"""RESTCONF of the OpenDaylight inside of the enclosure."""

import base64
import urllib.error
import urllib.request
from dataclasses import dataclass

PORT = 8181
BASE = f"http://127.0.0.1:{PORT}"
USER, PASSWORD = "admin", "admin"
AUTHORIZATION = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()


@dataclass(frozen=True)
class Response:
    """A status and a body; status 0 where nothing answered, with the reason as body."""

    status: int
    body: str

    @property
    def ok(self) -> bool:
        """Whether the request was served."""
        return 200 <= self.status < 300


def request(method: str, path: str, body: str | None = None, timeout: float = 60.0) -> Response:
    """Send a request with a JSON body, if any; the path begins with /rests."""
    headers = {"Authorization": AUTHORIZATION, "Accept": "application/yang-data+json, application/json"}
    if body is not None:
        headers["Content-Type"] = "application/yang-data+json"
    call = urllib.request.Request(BASE + path, body.encode() if body is not None else None, headers, method=method)
    try:
        with urllib.request.urlopen(call, timeout=timeout) as answer:
            return Response(answer.status, answer.read().decode())
    except urllib.error.HTTPError as error:
        return Response(error.code, error.read().decode(errors="replace"))
    except OSError as error:
        return Response(0, str(error))


def knows(module: str, container: str) -> bool:
    """Whether RESTCONF is up and serves that container, filled or not."""
    answer = request("GET", f"/rests/data/{module}:{container}?content=config", timeout=10.0)
    # No data is a conflict in OpenDaylight; an unknown module is a bad request.
    return answer.ok or answer.status == 409
