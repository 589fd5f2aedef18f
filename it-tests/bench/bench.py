#!/usr/bin/python3 -B
# Copyright (c) 2026 The vpnlb Authors
# SPDX-License-Identifier: EPL-2.0
"""The benchmark: vpnlb, other controllers and the switch alone, on the same bridge with the same frames, in one run."""

import argparse
import dataclasses
import os
import platform
import sys
import time
from datetime import datetime, timezone
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lab"))

import enclosure  # noqa: E402 these are beside the lab's modules, which had to be found first
import hosts  # noqa: E402
import jvm  # noqa: E402
import openapi  # noqa: E402
import page  # noqa: E402
import report  # noqa: E402
from bridge import Bridge, rss_megabytes  # noqa: E402
from hosts import ROOT  # noqa: E402
from karaf import DISTRIBUTION, ROOT_DIRECTORY, Karaf  # noqa: E402
from peers import (  # noqa: E402
    EGRESS,
    INGRESS,
    Contestant,
    Learn,
    Multipath,
    OsKen,
    Outputs,
    Plain,
    Responder,
    TestController,
    Vpnlb,
    VpnlbLearning,
    VpnlbPinned,
)
from waiting import LabError  # noqa: E402
from workloads import FULL, QUICK, Bench, Scale  # noqa: E402

_WORKLOADS = ("sessions", "open", "sustained", "datapath", "pinned", "failure", "held")
# Not of a run of all.
_ASKED_FOR = ("page", "openapi")
_PAGE_SECONDS = 60
_IDLE_SECONDS = 20
OUTPUT = ROOT_DIRECTORY / "it-tests" / "target" / "bench"


def say(line: str) -> None:
    """Tell whoever waits."""
    print(f"[{time.strftime('%H:%M:%S')}] {line}", flush=True)


def _rounds(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text}: it wants a number from 1 on")
    return int(text)


def main() -> int:
    """Run what was asked for, and report."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round of each, for a first look")
    parser.add_argument("--rounds", type=_rounds, help="so many rounds, instead of 5 (or 1)")
    workloads = (*_WORKLOADS, *_ASKED_FOR)
    parser.add_argument("--only", action="append", choices=workloads, help="this workload alone; may be repeated")
    about = "a line of etc/org.vpnlb.cfg, such as audit-read-seconds=20; may be repeated"
    parser.add_argument("--setting", action="append", default=[], help=about)
    parser.add_argument("--karaf", type=Path, default=DISTRIBUTION, help="the distribution to measure")
    parser.add_argument("--output", type=Path, default=OUTPUT, help="where report.md, results.json and charts go")
    parser.add_argument("--check", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.check:
        return 0
    enclosure.enter("bench")
    scale = QUICK if arguments.quick else FULL
    if arguments.rounds:
        rounds = arguments.rounds
        scale = dataclasses.replace(scale, rounds=rounds, open_rounds=rounds, failure_rounds=rounds)
    run = Run(scale, arguments.karaf, arguments.setting)
    try:
        run.all(arguments.only or list(_WORKLOADS))
    finally:
        # What was measured before something failed is worth as much.
        if run.bench.results:
            text = report.write(run.raw(), arguments.output)
            say(f"report: {text}")
    return 1 if report.Results(run.bench.results).invalid() else 0


class Run:
    """Everybody in turn, round by round."""

    def __init__(self, scale: Scale, distribution: Path, settings: list[str]) -> None:
        self.scale = scale
        self._distribution = distribution
        self.begun = datetime.now(timezone.utc)
        self.load = os.getloadavg()[0]
        say("the bridge and its links")
        self.bridge = Bridge()
        self.bench = Bench(self.bridge, scale, say)
        # More than can be learned: what a meter takes away would be lost.
        self.karaf = Karaf(distribution, "\n".join(["learned-per-second = 50000", *settings, ""]))
        self.vpnlb = Vpnlb(self.bridge, self.karaf)
        self.peers: list[Contestant] = [Responder(self.bridge), TestController(self.bridge), OsKen(self.bridge)]
        self.plain, self.learn = Plain(self.bridge), Learn(self.bridge)
        self.learning: list[Contestant] = [VpnlbLearning(self.bridge, self.karaf)]
        self.pinned, self.outputs = VpnlbPinned(self.bridge, self.karaf), Outputs(self.bridge)
        self.multipath = Multipath(self.bridge)

    def all(self, workloads: list[str]) -> None:
        """Boot, warm up, and the workloads."""
        self._boot()
        say("warming up")
        self.bench.warm_up(self.vpnlb)
        pauses = enclosure.SCRATCH / "pauses.log"
        jvm.log_pauses(self.karaf.pid, pauses)
        if "sessions" in workloads or "open" in workloads:
            self.bench.find_clients(self.vpnlb)
        for workload in workloads:
            if workload != "openapi":
                getattr(self, f"_{workload}")()
        found = sorted(jvm.pauses(pauses))
        if found:
            result = {"pauses": len(found), "longest_ms": found[-1], "p99_ms": found[int(0.99 * (len(found) - 1))]}
            self.bench.keep("garbage collection", self.vpnlb.name, result, f"longest pause {found[-1]:.1f} ms")
        self.karaf.stop()
        if "openapi" in workloads:
            openapi.measure(self.bench, self._distribution, self.scale.rounds, say)

    def _boot(self) -> None:
        say("booting the controller")
        begun = time.monotonic()
        self.karaf.start()
        self.karaf.wait_for("vpnlb", "vpn-services")
        seconds = time.monotonic() - begun
        time.sleep(_IDLE_SECONDS)
        result = {"seconds": seconds, "rss_megabytes": rss_megabytes(self.karaf.pid)}
        told = f"{seconds:.1f} s, {result['rss_megabytes']:.0f} MB after {_IDLE_SECONDS} s"
        self.bench.keep("boot", self.vpnlb.name, result, told)

    def _in_turn(self, contestants: list[Contestant], number: int) -> list[Contestant]:
        """Another first in each round, so that nobody always follows the same one."""
        first = number % len(contestants)
        return contestants[first:] + contestants[:first]

    def _sessions(self) -> None:
        for number in range(self.scale.rounds):
            say(f"new sessions, round {number + 1} of {self.scale.rounds}")
            everybody = [self.vpnlb, *self.learning, *self.peers, self.learn, self.plain]
            for contestant in self._in_turn(everybody, number):
                for window in (1, 32):
                    self.bench.closed_loop(contestant, number, EGRESS, window, one_way=True)
            for contestant in self._in_turn(everybody, number):
                for window in self.scale.windows:
                    self.bench.closed_loop(contestant, number, EGRESS, window, one_way=False)
            for contestant in self._in_turn([self.vpnlb, *self.learning, *self.peers], number):
                for window in self.scale.windows:
                    self.bench.closed_loop(contestant, number, INGRESS, window, one_way=False)

    def _open(self) -> None:
        peers = self.peers if self.scale.thorough else self.peers[:2]
        for number in range(self.scale.open_rounds):
            say(f"open loop, round {number + 1} of {self.scale.open_rounds}")
            for contestant in self._in_turn([self.vpnlb, *self.learning, *peers], number):
                self.bench.open_loop(contestant, number, EGRESS)
            if number < self.scale.ingress_open_rounds:
                for contestant in self._in_turn([self.vpnlb, *self.learning, *peers], number):
                    self.bench.open_loop(contestant, number, INGRESS)

    def _sustained(self) -> None:
        peers = self.peers if self.scale.thorough else self.peers[1:2]
        for one_way in (True, False):
            for contestant in (self.vpnlb, *self.learning, *peers):
                self.bench.sustained(contestant, one_way=one_way)

    def _datapath(self) -> None:
        for number in range(self.scale.rounds):
            say(f"data path, round {number + 1} of {self.scale.rounds}")
            for sessions in (1, 10_000) if self.scale.thorough else (10_000,):
                for contestant in self._in_turn([self.plain, self.vpnlb], number):
                    self.bench.data_path(contestant, number, sessions)

    def _pinned(self) -> None:
        for number in range(self.scale.rounds):
            say(f"clients without a session, round {number + 1} of {self.scale.rounds}")
            for sources in (10_000, 1_000_000):
                for contestant in self._in_turn([self.plain, self.outputs, self.multipath, self.pinned], number):
                    self.bench.sources(contestant, number, sources)
            for contestant in self._in_turn([self.peers[0], self.pinned], number):
                self.bench.new_clients(contestant, number)

    def _failure(self) -> None:
        for number in range(self.scale.failure_rounds):
            for sessions in self.scale.failures:
                self.bench.device_failure(self.vpnlb, number, sessions)

    def _held(self) -> None:
        if self.scale.held:
            self.bench.held(self.vpnlb)

    def _page(self) -> None:
        sessions = self.scale.held or self.scale.many_in_flight
        page.measure(self.bench, self.vpnlb, self.scale.rounds, sessions, _PAGE_SECONDS, say)

    def raw(self) -> dict[str, object]:
        """All results, and what one has to know to judge them."""
        version = hosts.check(ROOT, ["ovs-vswitchd", "--version"]).splitlines()[0]
        models = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
        contestants = [
            *(self.vpnlb, *self.learning, self.pinned, *self.peers, self.learn),
            *(self.multipath, self.outputs, self.plain),
        ]
        return {
            "facts": {
                "begun": self.begun.isoformat(timespec="minutes"),
                "processors": f"{os.cpu_count()} ({models[0].split(':')[1].strip() if models else platform.machine()})",
                "kernel": platform.release(),
                "switch": f"{version}, userspace datapath",
                "load average before": f"{self.load:.2f}",
                "rounds": f"{self.scale.rounds}; open loop {self.scale.open_rounds}",
            },
            "abouts": {contestant.name: contestant.about for contestant in contestants},
            "results": self.bench.results,
        }


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (enclosure.EnclosureError, LabError) as problem:
        sys.exit(f"bench: {problem}")
