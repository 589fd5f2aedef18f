# Copyright (c) 2026 The vpnlb Authors
# SPDX-License-Identifier: EPL-2.0
"""What the web page costs the controller: its processor time with the page open in Chromium, and without."""

import collections
import http.client
import json
import shutil
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import restconf
from bridge import DEVICES, INNER, OUTER, cpu_seconds
from enclosure import SCRATCH
from hosts import ROOT, Daemon
from peers import EGRESS, Vpnlb, service
from waiting import LabError, until
from workloads import Bench

_DEVICES = 255
_SLOTS = 1024
# Where Chromium finds the page: the door in front of the controller.
_PORT = 8182
# Until the page has what it asks for once, and the Java virtual machine has compiled what answers it.
_WARM_UP_SECONDS = 60
_STATE = "/rests/data/vpnlb:vpn-services-state"
_LONGEST = 60


class _Door(ThreadingHTTPServer):
    """Passes requests on with the password, which the page cannot be given in its address, and counts them."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", _PORT), _Passage)
        self.asked: collections.Counter[str] = collections.Counter()
        threading.Thread(target=self.serve_forever, daemon=True).start()


class _Passage(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Door

    def do_GET(self) -> None:
        """Pass a request on, and the answer back."""
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else None
        passed = ("Accept", "Content-Type", "If-None-Match")
        kept = {name: value for name, value in self.headers.items() if name in passed}
        behind = http.client.HTTPConnection("127.0.0.1", restconf.PORT, timeout=_LONGEST)
        behind.request(self.command, self.path, body, {**kept, "Authorization": restconf.AUTHORIZATION})
        answer = behind.getresponse()
        text = answer.read()
        self.server.asked[self.path.split("?")[0]] += 1
        self.send_response(answer.status)
        for name in ("Content-Type", "Content-Security-Policy", "ETag"):
            if value := answer.getheader(name):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)
        behind.close()

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def many_devices() -> dict[str, Any]:
    """The service with many devices, of which those beyond the first are at the ports of the first ones."""
    wanted = service()
    bench = wanted["vpnlb:vpn-services"]["vpn-service"][0]
    bench["selection"]["slots"] = _SLOTS
    for i in range(DEVICES + 1, _DEVICES + 1):
        at = 1 + i % DEVICES
        device = json.loads(json.dumps(bench["vpn-device"][at - 1]))
        device["name"] = f"d{i}"
        device["ingress"] |= {"port": OUTER + at, "mac": f"02:00:00:00:02:{i:02x}"}
        device["egress"] |= {"port": INNER + at, "mac": f"02:00:00:00:03:{i:02x}"}
        bench["vpn-device"].append(device)
    return wanted


def measure(
    bench: Bench, contestant: Vpnlb, rounds: int, sessions: int, seconds: int, say: Callable[[str], None]
) -> None:
    """In turn without the page and with it, so many times."""
    if shutil.which("chromium") is None:
        raise LabError("there is no Chromium: run tools/setup.sh")
    contestant.connect()
    contestant.configure(many_devices())
    contestant.bridge.generate("prime")
    bench.exchange(EGRESS, sessions, "--window=32")
    held = bench.settle(lambda: contestant.sessions_flows(EGRESS), 2 * sessions)
    say(f"{_DEVICES} devices, {held // 2} return sessions")
    door = _Door()
    for number in range(rounds):
        say(f"the page, round {number + 1} of {rounds}")
        _keep(bench, contestant, "page closed", held, seconds, door)
        chromium = Daemon(ROOT, _chromium(number), SCRATCH / "chromium.log", with_children=True)
        try:
            until(lambda: door.asked[_STATE] > 0, "the page to ask for the state", _LONGEST, 0.2)
            time.sleep(_WARM_UP_SECONDS)
            _keep(bench, contestant, "page open", held, seconds, door)
        finally:
            chromium.stop()
    door.shutdown()
    contestant.end()


def _chromium(number: int) -> list[str]:
    """A browser with the page in a window of a size that people have."""
    return [
        *("chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run"),
        *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--window-size=1280,900"),
        *(f"--user-data-dir={SCRATCH / f'chromium-{number}'}", "--remote-debugging-port=9222"),
        f"http://127.0.0.1:{_PORT}/vpnlb/",
    ]


def _keep(bench: Bench, contestant: Vpnlb, workload: str, held: int, seconds: int, door: _Door) -> None:
    asked, cpu, begun = door.asked[_STATE], cpu_seconds(contestant.pid), time.monotonic()
    time.sleep(seconds)
    took = time.monotonic() - begun
    result = {
        "sessions": held // 2,
        "controller_cores": (cpu_seconds(contestant.pid) - cpu) / took,
        "state_requests_per_second": (door.asked[_STATE] - asked) / took,
    }
    is_open = workload == "page open"
    if is_open != (door.asked[_STATE] > asked):
        result["wrong"] = [f"the page asked for the state {door.asked[_STATE] - asked} times"]
    readings = result["state_requests_per_second"]
    told = f"{result['controller_cores']:.3f} cores, {readings:.2f} readings of the state a second"
    bench.keep(workload, contestant.name, result, told)
