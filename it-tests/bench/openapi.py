# Copyright (c) 2026 The vpnlb Authors
# SPDX-License-Identifier: EPL-2.0
"""What the page of OpenAPI costs: boot and memory of the distribution with it, and without."""

import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import restconf
from bridge import rss_megabytes
from karaf import Karaf
from waiting import LabError
from workloads import Bench

_FEATURE = "odl-restconf-openapi"
_EXPLORER = "/openapi/explorer/index.html"
_IDLE_SECONDS = 60


def measure(bench: Bench, distribution: Path, rounds: int, say: Callable[[str], None]) -> None:
    """First boots, in turn with it and without."""
    for number in range(rounds):
        say(f"boots with and without OpenAPI, round {number + 1} of {rounds}")
        for has_it in (True, False) if number % 2 == 0 else (False, True):
            _boot(bench, Karaf(distribution), has_it)


def _boot(bench: Bench, karaf: Karaf, has_it: bool) -> None:
    shutil.rmtree(karaf.home, ignore_errors=True)
    karaf.copy()
    if not has_it:
        _leave_out(karaf.home / "etc")
    begun = time.monotonic()
    karaf.start()
    karaf.wait_for("vpnlb", "vpn-services")
    seconds = time.monotonic() - begun
    time.sleep(_IDLE_SECONDS)
    result = {"seconds": seconds, "rss_megabytes": rss_megabytes(karaf.pid)}
    if restconf.request("GET", _EXPLORER).ok != has_it:
        result["wrong"] = [f"its page is {'not ' if has_it else ''}there"]
    karaf.stop()
    workload = "boot with OpenAPI" if has_it else "boot without OpenAPI"
    told = f"{seconds:.1f} s, {result['rss_megabytes']:.0f} MB after {_IDLE_SECONDS} s"
    bench.keep(workload, "vpnlb", result, told)


def _leave_out(etc: Path) -> None:
    """Karaf keeps what it boots in a file whose name is new with each build."""
    changed = 0
    for features in etc.glob("*-*-*.xml"):
        text, found = re.subn(rf"<feature[^>]*>{_FEATURE}</feature>", "", features.read_text())
        changed += found
        features.write_text(text)
    if changed != 1:
        raise LabError(f"{_FEATURE} is {changed} times among the boot features, and not once")
