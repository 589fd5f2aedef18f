# Copyright (c) 2026 The vpnlb Authors
# SPDX-License-Identifier: EPL-2.0
"""What is measured, and the gates that a measurement has to pass to count."""

import ipaddress
import itertools
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hosts
import jvm
from bridge import DEVICES, INNER, OUTER, SERVER, Bridge, cpu_seconds, rss_megabytes
from enclosure import SCRATCH
from hosts import ROOT
from peers import EGRESS, INGRESS, Contestant, Plain, Vpnlb, service
from waiting import LabError, until

Result = dict[str, Any]
# Longer than any stall that was seen; whoever is later than that counts as lost.
_PATIENCE = "--patience-ms=5000"
_SETTLE = 5.0
# Seconds in which a switch with many sessions must work again.
_RESTORATION = 300
# Seconds in which the entries of many sessions must be written anew, behind all else.
_REWRITE = 900
# Six counts of the pipeline, if vpnlb counts each ten seconds.
_COUNTED_SECONDS = 60
# Sessions that are looked at while there are very many.
_FEW = 500
_DELETES = 15
# The client of the generator that has number 0, inside.
_FIRST_INNER = 0x0A400000
# Instead of 600 seconds: each return session is written anew then.
_OTHER_TIMEOUT = 1200
# A rate at which one session in a hundred takes longer is not kept up with.
_BACKLOG_MS = 100
# So few that each sends often: with many, the last one's turn would be what is measured.
_SAMPLE = 100
# Sessions of each side in a round of warming up, and with how many seconds of compiling for them it is warm.
_WARM_UP = 10_000
_WARM = 0.4


@dataclass(frozen=True)
class Scale:
    """How much of it."""

    rounds: int
    # Rounds of the open loop at each side.
    open_rounds: int
    ingress_open_rounds: int
    # Sessions in flight where the egress exchanges three frames, and at the ingress.
    windows: tuple[int, ...]
    # Whether the slower peers have an open loop and a minute, and the data path one session too.
    thorough: bool
    one_in_flight: int
    many_in_flight: int
    # At most so many rounds of warming up.
    warm_ups: int
    open_seconds: float
    open_rates: tuple[int, ...]
    sustained_seconds: int
    stream_seconds: float
    failures: tuple[int, ...]
    failure_rounds: int
    # Sessions that are held for heap and reconnection; 0 leaves both out.
    held: int


FULL = Scale(
    rounds=5,
    open_rounds=5,
    ingress_open_rounds=1,
    windows=(1, 32),
    thorough=True,
    one_in_flight=2000,
    many_in_flight=20_000,
    warm_ups=20,
    open_seconds=2.0,
    # Some 41 % from one to the next.
    open_rates=tuple(round(2000 * 2 ** (step / 2)) for step in range(10)),
    sustained_seconds=60,
    stream_seconds=3.0,
    failures=(100, 10_000, 100_000),
    failure_rounds=3,
    held=100_000,
)
QUICK = Scale(
    rounds=1,
    open_rounds=1,
    ingress_open_rounds=0,
    windows=(32,),
    thorough=False,
    one_in_flight=500,
    many_in_flight=4000,
    warm_ups=2,
    open_seconds=0.5,
    open_rates=(2000, 8000, 32_000),
    sustained_seconds=5,
    stream_seconds=0.3,
    failures=(100, 10_000),
    failure_rounds=1,
    held=0,
)


class Bench:
    """One run of the benchmark: the results so far, and how each is taken."""

    def __init__(self, bridge: Bridge, scale: Scale, say: Callable[[str], None]) -> None:
        self.bridge = bridge
        self.scale = scale
        self.results: list[Result] = []
        self._say = say
        self._next_client = 0
        self._differing: list[int] = []

    def keep(self, workload: str, contestant: str, result: Result, told: str) -> None:
        """Take a result down."""
        self.results.append({"workload": workload, "contestant": contestant, **result})
        wrong = "; ".join(result.get("wrong", []))
        self._say(f"{workload}, {contestant}: {told}{'; DOES NOT COUNT: ' + wrong if wrong else ''}")

    def warm_up(self, contestant: Vpnlb) -> None:
        """Let the Java virtual machine compile what is used often, until it has not much left to compile."""
        sessions = 0
        for _ in range(self.scale.warm_ups):
            compiled = jvm.compile_seconds(contestant.pid)
            contestant.begin()
            self.exchange(EGRESS, _WARM_UP, "--window=32", "--one-way")
            self.settle(lambda: contestant.sessions_flows(EGRESS), 2 * _WARM_UP)
            self.exchange(INGRESS, _WARM_UP, "--window=32", "--one-way")
            self.settle(lambda: contestant.sessions_flows(INGRESS), _WARM_UP)
            contestant.end()
            sessions += 2 * _WARM_UP
            compiled = jvm.compile_seconds(contestant.pid) - compiled
            self._say(f"warm-up: {sessions} sessions; {compiled:.2f} s of compiling for the last {2 * _WARM_UP}")
            if compiled < _WARM:
                break

    # ------------------------------------------------------------------------------------------------ closed loop

    def closed_loop(self, contestant: Contestant, round_number: int, side: str, window: int, one_way: bool) -> None:
        """So many sessions in flight at a time, the next one begins when one is done. One way: of one frame only."""
        count = self.scale.one_in_flight if window == 1 else self.scale.many_in_flight
        contestant.begin()
        clients = self._clients_file(count) if side == INGRESS else None
        options = [f"--window={window}"] + (["--one-way"] if one_way else [])
        result = self._gated(contestant, side, count, options, one_way, clients)
        # Of a run that counts: where something was lost the controller may never tell of all sessions.
        punts = None if result["wrong"] else contestant.punts(side)
        contestant.end()
        result |= {"round": round_number, "side": side, "window": window, "one_way": one_way}
        if punts is not None:
            result["punts_per_session"] = punts / count
        median, tail = result["whole_ms"].get("50", 0), result["whole_ms"].get("99", 0)
        self.keep(
            _name(side, f"{window} in flight", one_way),
            contestant.name,
            result,
            f"{result['per_second']:.0f}/s, learned {result['learned_per_second']:.0f}/s, "
            f"p50 {median:.2f} ms, p99 {tail:.2f} ms",
        )

    # -------------------------------------------------------------------------------------------------- open loop

    def open_loop(self, contestant: Contestant, round_number: int, side: str) -> None:
        """A fixed rate, raised until the first loss; how far without a backlog, and how far without a loss."""
        steps: list[Result] = []
        for rate in self.scale.open_rates:
            count = int(rate * self.scale.open_seconds)
            contestant.begin()
            clients = self._clients_file(count) if side == INGRESS else None
            one_way = side == EGRESS
            options = [f"--rate={rate}"] + (["--one-way"] if one_way else [])
            result = self._gated(contestant, side, count, options, one_way, clients, replay=False)
            contestant.end()
            result |= {"round": round_number, "side": side, "rate": rate}
            # A generator that could not keep the rate has not offered it.
            result["generator_late"] = result["late"] > count / 100
            self.results.append({"workload": "open loop step", "contestant": contestant.name, **result})
            if result["wrong"] or result["generator_late"]:
                break
            steps.append(result)
        stopped_by = "; ".join(result["wrong"]) or ("a late generator" if result["generator_late"] else "its end")
        found = open_loop_result(steps) | {"round": round_number, "side": side, "stopped_by": stopped_by}
        told = f"{found['rate']}/s without a backlog, {found['lossless_rate']}/s without a loss"
        self.keep(_name(side, "open loop", side == EGRESS), contestant.name, found, told)

    def sustained(self, contestant: Contestant, one_way: bool, rate: int = 1000) -> None:
        """A rate of every day, for long."""
        count = rate * self.scale.sustained_seconds
        contestant.begin()
        options = [f"--rate={rate}"] + (["--one-way"] if one_way else [])
        result = self._gated(contestant, EGRESS, count, options, one_way, None)
        contestant.end()
        self.keep(
            _name(EGRESS, f"{rate}/s for {self.scale.sustained_seconds} s", one_way),
            contestant.name,
            {**result, "rate": rate},
            f"{result['lost']} lost, p99 {result['whole_ms']['99']:.2f} ms, "
            f"{result['cpu_per_1000']:.3f} s of controller per 1000 sessions",
        )

    # -------------------------------------------------------------------------------------------------- data path

    def data_path(self, contestant: Contestant, round_number: int, sessions: int) -> None:
        """Frames of sessions that exist, more than the switch can forward; what comes out is counted."""
        contestant.begin()
        has_sessions = not isinstance(contestant, Plain)
        if has_sessions:
            self.exchange(EGRESS, sessions, "--window=32", "--devices=1")
            self.exchange(INGRESS, sessions, "--window=32", "--one-way")
            self.settle(lambda: contestant.sessions_flows(INGRESS), sessions)
        outer = [OUTER + device for device in range(1, DEVICES + 1)]
        for way, side, step, targets in (
            ("device to server", EGRESS, 1, [SERVER]),
            ("server to device", EGRESS, 2, [INNER + 1]),
            ("client to device", INGRESS, 1, outer),
        ):
            for size in (60, 1400):
                devices = [] if side == INGRESS else ["--devices=1"]
                options = [f"--side={side}", f"--step={step}", f"--size={size}", f"--count={sessions}", *devices]
                # Each session once, slowly: making the switch's caches is no part of the figure.
                if has_sessions:
                    self.bridge.generate("replay", f"--side={side}", f"--count={sessions}", *devices)
                else:
                    self.bridge.generate("stream", *options, "--seconds=1")
                before = sum(self.bridge.received(port) for port in targets)
                switch = cpu_seconds(self.bridge.pid)
                sent = self.bridge.generate("stream", *options, f"--seconds={self.scale.stream_seconds}")
                received = sum(self.bridge.received(port) for port in targets) - before
                result = {
                    "round": round_number,
                    "way": way,
                    "size": size,
                    "sessions": sessions,
                    "offered_per_second": sent["sent"] / sent["seconds"],
                    "frames_per_second": received / sent["seconds"],
                    "bytes_per_second": received * size / sent["seconds"],
                    "switch_us_per_frame": (cpu_seconds(self.bridge.pid) - switch) / max(received, 1) * 1e6,
                }
                told = f"{result['frames_per_second']:.0f} frames/s of {result['offered_per_second']:.0f} offered"
                self.keep(f"data path, {way}, {sessions} sessions, {size} bytes", contestant.name, result, told)
        contestant.end()

    def sources(self, contestant: Contestant, round_number: int, sources: int) -> None:
        """Frames of so many clients at the ingress, more than the switch can forward, where none has a session."""
        contestant.begin()
        outer = [OUTER + device for device in range(1, DEVICES + 1)]
        options = [f"--side={INGRESS}", "--step=1", "--size=60", f"--count={sources}"]
        # Making the switch's caches is no part of the figure.
        self.bridge.generate("stream", *options, "--seconds=2")
        controller = cpu_seconds(contestant.pid) if contestant.pid else 0.0
        before = sum(self.bridge.received(port) for port in outer)
        switch = cpu_seconds(self.bridge.pid)
        sent = self.bridge.generate("stream", *options, f"--seconds={self.scale.stream_seconds}")
        received = sum(self.bridge.received(port) for port in outer) - before
        result = {
            "round": round_number,
            "sources": sources,
            "offered_per_second": sent["sent"] / sent["seconds"],
            "frames_per_second": received / sent["seconds"],
            "bytes_per_second": received * 60 / sent["seconds"],
            "switch_us_per_frame": (cpu_seconds(self.bridge.pid) - switch) / max(received, 1) * 1e6,
            "controller_cores": (cpu_seconds(contestant.pid) - controller) / sent["seconds"] if contestant.pid else 0.0,
            "punts": contestant.punts(INGRESS),
            "flows": self.bridge.count(),
        }
        contestant.end()
        told = f"{result['frames_per_second']:.0f} frames/s, punts {result['punts']}, {result['flows']} entries"
        self.keep(f"data path, clients without a session, {sources} sources", contestant.name, result, told)

    def new_clients(self, contestant: Contestant, round_number: int) -> None:
        """New clients at the ingress, which are forwarded at once or learned first."""
        count = self.scale.many_in_flight
        contestant.begin()
        result = self._gated(contestant, INGRESS, count, ["--window=32"], False, None)
        contestant.end()
        told = f"{result['per_second']:.0f}/s, learned {result['learned_per_second']:.0f}/s"
        self.keep("ingress, new clients, 32 in flight", contestant.name, {**result, "round": round_number}, told)

    # ---------------------------------------------------------------------------------------------------- failure

    def device_failure(self, contestant: Vpnlb, round_number: int, sessions: int) -> None:
        """The link of the device that holds all sessions goes down; another one, in service too, has none yet."""
        contestant.connect()
        contestant.configure(service(devices=2, draining=(2,)))
        self.bridge.generate("prime")
        self.exchange(EGRESS, sessions, "--window=32", "--devices=1")
        self.exchange(INGRESS, sessions, "--window=32", "--one-way")
        held = self.settle(lambda: contestant.sessions_flows(INGRESS), sessions)
        contestant.put(service(devices=2))
        until(lambda: contestant.slots("d2") > 0, "the other device to be in service", 60, 0.1)
        clients = SCRATCH / "sample"
        size = min(_SAMPLE, sessions)
        clients.write_text("\n".join(str(i * (sessions - 1) // max(1, size - 1)) for i in range(size)))
        options = [f"--dead={OUTER + 1}", f"--ids={clients}", "--patience-ms=60000", "--devices=2"]
        result = self.bridge.generate("fail", *options, "--rate=10000")
        # Not meanwhile: to count 100,000 entries holds the switch up.
        emptied = self._when_empty(contestant, time.monotonic() + 60)
        hosts.check(ROOT, ["ip", "link", "set", f"g{OUTER + 1}", "up"])
        wrong = [] if result["redirected"] == size else [f"{size - result['redirected']} of {size} never redirected"]
        last = result["redirected_ms"].get("100", 0)
        purged_ms = round((emptied - result["begun"]) * 1000) if emptied else None
        if held != sessions:
            wrong.append(f"{held} client sessions instead of {sessions}")
        if emptied is None:
            wrong.append("return sessions of the dead device were still there after 60 s")
        contestant.end()
        self.keep(
            f"failure of a device, {sessions} sessions",
            contestant.name,
            {**result, "round": round_number, "sessions": sessions, "purged_ms": purged_ms, "wrong": wrong},
            f"last of {size} sampled clients redirected after {last:.0f} ms, return sessions gone after {purged_ms} ms",
        )

    @staticmethod
    def _when_empty(contestant: Vpnlb, deadline: float) -> float | None:
        """When the dead device's return sessions were gone."""
        while time.monotonic() < deadline:
            if contestant.return_sessions() == 0:
                return time.monotonic()
            time.sleep(0.02)
        return None

    # ------------------------------------------------------------------------------------- memory and reconnection

    def held(self, contestant: Vpnlb) -> None:
        """Heap for many sessions, and what a reconnection costs while the switch holds them."""
        sessions = self.scale.held
        contestant.begin()
        empty = jvm.heap_bytes(contestant.pid)
        self.exchange(EGRESS, sessions, "--window=32")
        self.settle(lambda: contestant.sessions_flows(EGRESS), 2 * sessions)
        full = jvm.heap_bytes(contestant.pid)
        result = {
            "sessions": sessions,
            "heap_before": empty,
            "heap_after": full,
            "heap_per_session": (full - empty) / sessions,
            "rss_megabytes": rss_megabytes(contestant.pid),
        }
        self.keep("heap", contestant.name, result, f"{result['heap_per_session']:.0f} bytes of heap per session")
        self._behind_rewrite(contestant, sessions)
        self._audit(contestant)
        self._reconnect(contestant, sessions)
        self._restore(contestant)
        contestant.end()

    def _behind_rewrite(self, contestant: Vpnlb, sessions: int) -> None:
        """How long new sessions and deletes take while the entries of all sessions are written anew."""
        alone = self._few_at_once(contestant, 3_500_000)
        wanted = service()
        wanted["vpnlb:vpn-services"]["vpn-service"][0]["egress"]["idle-timeout"] = _OTHER_TIMEOUT
        begun = time.monotonic()
        contestant.put(wanted)
        behind = self._few_at_once(contestant, 3_600_000)
        old = self.bridge.count(4) - self.bridge.idling(4, _OTHER_TIMEOUT)
        result = {"sessions": sessions, "alone": alone, "behind": behind, "waiting": old}
        result["wrong"] = [] if old > sessions // 10 else [f"only {old} entries still waited"]
        told = (
            f"new session p50 {alone['median_ms']:.2f} ms alone, {behind['median_ms']:.2f} ms behind; "
            f"p99 {alone['tail_ms']:.2f}, {behind['tail_ms']:.2f}; "
            f"delete {alone['delete_ms']:.0f}, {behind['delete_ms']:.0f} ms; {old} entries still waited"
        )
        self.keep("behind a rewrite", contestant.name, result, told)
        until(contestant.reconciled, "vpnlb to have written all anew", _REWRITE, 0.1)
        seconds = time.monotonic() - begun
        told = f"{sessions} sessions written anew in {seconds:.0f} s"
        self.keep("rewrite", contestant.name, {"sessions": sessions, "seconds": seconds}, told)

    def _few_at_once(self, contestant: Vpnlb, first: int) -> Result:
        """Some new sessions, one after the other, and the median time until one is deleted on demand."""
        few = self.exchange(EGRESS, _FEW, f"--first={first}", "--window=1")
        with self.bridge.deletions(4) as is_deleted:
            deletes = [self._deleted(contestant, first + i, is_deleted) for i in range(_DELETES)]
        whole = few["whole_ms"]
        return {
            "median_ms": whole["50"],
            "tail_ms": whole["99"],
            "lost": few["lost"],
            "delete_ms": 1000 * statistics.median(deletes),
        }

    @staticmethod
    def _deleted(contestant: Vpnlb, client: int, is_deleted: Callable[[str], bool]) -> float:
        """The seconds from the call until the switch told that the entry was gone."""
        address = str(ipaddress.IPv4Address(_FIRST_INNER + client))
        begun = time.monotonic()
        contestant.clear(address)
        until(lambda: is_deleted(f"nw_dst={address}"), f"{address} to be gone", 60, 0.001)
        return time.monotonic() - begun

    def _audit(self, contestant: Vpnlb) -> None:
        """What it costs the switch, and the controller, that vpnlb asks the switch what it holds; parts them then."""
        flows = self.bridge.count()
        switch, controller = self._idle(contestant)
        sent, lost = self._forwarded()
        self._part(contestant)
        # A switch has to look for entries that end, whoever asks.
        alone, _ = self._idle(contestant)
        sent_alone, lost_alone = self._forwarded()
        result = {
            "flows": flows,
            "switch_cores": switch - alone,
            "switch_alone_cores": alone,
            "controller_cores": controller,
            "sent": sent,
            "lost": lost,
            "sent_alone": sent_alone,
            "lost_alone": lost_alone,
        }
        told = (
            f"{flows} entries: {100 * result['switch_cores']:.1f} % of a core of the switch, which takes "
            f"{100 * alone:.1f} % without vpnlb; {100 * controller:.1f} % of the controller; "
            f"{lost} of {sent} frames lost, {lost_alone} of {sent_alone} without vpnlb"
        )
        self.keep("audit", contestant.name, result, told)

    def _forwarded(self) -> tuple[int, int]:
        """How many frames of sessions that exist were sent in the time, 1,000 a second, and how many got lost."""
        sent = lost = 0
        end = time.monotonic() + _COUNTED_SECONDS
        while time.monotonic() < end:
            replayed = self.bridge.generate("replay", f"--side={EGRESS}", f"--count={_FEW}", "--rate=1000")
            sent += replayed["sent"]
            lost += replayed["sent"] - replayed["first_arrived"] - replayed["second_arrived"]
        return sent, lost

    def _idle(self, contestant: Vpnlb) -> tuple[float, float]:
        """The cores that the switch and the controller take while nothing is sent."""
        switch, controller = cpu_seconds(self.bridge.pid), cpu_seconds(contestant.pid)
        begun = time.monotonic()
        time.sleep(_COUNTED_SECONDS)
        seconds = time.monotonic() - begun
        return (cpu_seconds(self.bridge.pid) - switch) / seconds, (cpu_seconds(contestant.pid) - controller) / seconds

    def _reconnect(self, contestant: Vpnlb, sessions: int) -> None:
        before = self.bridge.count()
        cpu = cpu_seconds(contestant.pid)
        begun = time.monotonic()
        self.bridge.retarget(contestant.TARGET)
        learned = self._until_new_session(3_000_000, begun)
        until(contestant.reconciled, "vpnlb to be reconciled", _RESTORATION, 0.1)
        result = {
            "flows": before,
            "seconds_until_new_session": learned,
            "controller_cpu_seconds": cpu_seconds(contestant.pid) - cpu,
            "flows_lost": before - (self.bridge.count() - 2),
        }
        result["wrong"] = [f"{result['flows_lost']} entries lost"] if result["flows_lost"] > 0 else []
        told = f"{learned:.1f} s with {before} entries ({sessions} sessions)"
        self.keep("reconnection", contestant.name, result, told)

    def _restore(self, contestant: Vpnlb) -> None:
        """What it costs when the switch comes back with nothing, as after its restart."""
        before = self.bridge.count()
        self._part(contestant)
        self.bridge.empty()
        cpu = cpu_seconds(contestant.pid)
        begun = time.monotonic()
        self.bridge.retarget(contestant.TARGET)
        learned = self._until_new_session(4_000_000, begun)
        # And the two of the new session.
        all_again = f"the switch to have its {before} entries again"
        until(lambda: self.bridge.count() >= before + 2, all_again, _RESTORATION, 0.1)
        result = {
            "flows": before,
            "seconds_until_new_session": learned,
            "seconds": time.monotonic() - begun,
            "controller_cpu_seconds": cpu_seconds(contestant.pid) - cpu,
            "wrong": [],
        }
        told = f"{before} entries again after {result['seconds']:.1f} s, a new session after {learned:.1f} s"
        self.keep("restoration", contestant.name, result, told)

    def _part(self, contestant: Vpnlb) -> None:
        # A target that nobody listens at: without any controller the switch would forget its entries.
        self.bridge.retarget("tcp:127.0.0.1:6690")
        until(lambda: not contestant.state().get("connected"), "vpnlb to see that the switch is gone", 60, 0.05)

    def _until_new_session(self, client: int, begun: float) -> float:
        while not self.bridge.generate("exchange", f"--first={client}", "--count=1", "--patience-ms=200")["done"]:
            client += 1
            if time.monotonic() - begun > _RESTORATION:
                raise LabError(f"no new session within {_RESTORATION} s of the reconnection")
        return time.monotonic() - begun

    # ---------------------------------------------------------------------------------------------------- the gates

    def _gated(
        self,
        contestant: Contestant,
        side: str,
        count: int,
        options: list[str],
        one_way: bool,
        clients: Path | None,
        replay: bool = True,
    ) -> Result:
        """An exchange, and in `wrong` why it does not count."""
        overflows = self.bridge.overflows()
        if contestant.repeat_ms and side == EGRESS and not one_way:
            options = [*options, f"--repeat-ms={contestant.repeat_ms}"]
        per_session = contestant.flows_of_first if one_way and side == EGRESS else contestant.flows_per_session[side]
        with self._processors(contestant, count) as processors:
            result = self.exchange(side, count, *options, clients=clients)
            exchanged = time.monotonic()
            got = self.settle(lambda: contestant.sessions_flows(side), per_session * count) if per_session else 0
            # Who forwards a first frame at once may be behind with what it has to learn: that counts too.
            result["learned_per_second"] = count / (result["seconds"] + time.monotonic() - exchanged)
        after = self.bridge.overflows()
        wrong = []
        if result["lost"]:
            wrong.append(f"{result['lost']} of {count} lost")
        if result["drops"]:
            wrong.append(f"the generator dropped {result['drops']}")
        wrong += [f"{name} {after[name] - overflows[name]}" for name in after if after[name] > overflows[name]]
        if got != per_session * count:
            wrong.append(f"{got} entries instead of {per_session * count}")
        if replay and per_session:
            contestant.drop_misses()
            at = [f"--ids={clients}"] if clients else [f"--count={count}"]
            forward_only = one_way and side == EGRESS
            replayed = self.bridge.generate(
                "replay", f"--side={side}", *at, *(["--one-way"] if forward_only else [])
            )
            result["replayed"] = replayed
            right = replayed["first_arrived" if forward_only else "right"]
            if right != count:
                wrong.append(f"replayed, {count - right} of {count} did not come out where they must")
        return {**result, **processors, "flows": got, "wrong": wrong}

    def exchange(self, side: str, count: int, *options: str, clients: Path | None = None) -> Result:
        """Have the generator make so many sessions."""
        at = [f"--ids={clients}"] if clients else [f"--count={count}"]
        return self.bridge.generate("exchange", f"--side={side}", *at, _PATIENCE, *options)

    @contextmanager
    def _processors(self, contestant: Contestant, count: int) -> Iterator[Result]:
        """The processor time of the controller and the switch, and how busy the machine was with others."""
        result: Result = {}
        controller = cpu_seconds(contestant.pid) if contestant.pid else 0.0
        switch, machine, own = cpu_seconds(self.bridge.pid), _machine_seconds(), _own_seconds()
        begun = time.monotonic()
        yield result
        seconds = time.monotonic() - begun
        used = cpu_seconds(contestant.pid) - controller if contestant.pid else 0.0
        result["cpu_per_1000"] = used / count * 1000
        result["switch_cpu_per_1000"] = (cpu_seconds(self.bridge.pid) - switch) / count * 1000
        result["others_cores"] = max(0.0, (_machine_seconds() - machine - (_own_seconds() - own)) / seconds)

    @staticmethod
    def settle(count: Callable[[], int], wanted: int) -> int:
        """The count, once it is what is wanted, or does not change any more."""
        got, changed = count(), time.monotonic()

        def settled() -> bool:
            nonlocal got, changed
            now = count()
            if now != got:
                got, changed = now, time.monotonic()
            return got == wanted or time.monotonic() - changed >= _SETTLE

        if got != wanted:
            until(settled, f"the number of entries, {got} now, to be {wanted} or to stay", _RESTORATION, 0.02)
        return got

    def _clients_file(self, count: int) -> Path:
        """Clients whose two protocols the switch's hash sends to different devices: only their sessions show."""
        path = SCRATCH / f"clients-{count}"
        if not path.exists():
            if len(self._differing) < count:
                raise LabError(f"{count} clients wanted, {len(self._differing)} are known")
            path.write_text("\n".join(str(client) for client in self._differing[:count]))
        return path

    def find_clients(self, contestant: Vpnlb) -> None:
        """Ask the switch, without a controller, where its hash alone sends each protocol of each client."""
        rate = max(self.scale.open_rates) if self.scale.thorough else 0
        wanted = max(self.scale.many_in_flight, self.scale.one_in_flight, int(rate * self.scale.open_seconds))
        # Of four devices the second protocol hits the first one's by chance in a quarter of all cases.
        candidates = int(wanted * 1.5) + 200
        contestant.begin()
        self.bridge.retarget("tcp:127.0.0.1:6690")
        seen = SCRATCH / "hashes"
        self.bridge.generate("replay", f"--side={INGRESS}", f"--count={candidates}", f"--out={seen}")
        rows = [tuple(map(int, line.split())) for line in seen.read_text().splitlines()]
        self._differing = [client for client, first, second in rows if first and second and first != second]
        self.bridge.retarget(contestant.TARGET)
        until(contestant.reconciled, "vpnlb to have the switch again", 60, 0.1)
        contestant.end()
        self._say(f"{len(self._differing)} of {candidates} clients would be torn apart by the switch's hash alone")


def open_loop_result(steps: list[Result]) -> Result:
    """The highest rates, from steps without a loss: what only queues is lost a little later."""
    prompt = list(itertools.takewhile(lambda step: step["whole_ms"]["99"] <= _BACKLOG_MS, steps))
    return {
        "rate": prompt[-1]["rate"] if prompt else 0,
        "p99_ms": prompt[-1]["whole_ms"]["99"] if prompt else None,
        "lossless_rate": steps[-1]["rate"] if steps else 0,
        "lossless_p99_ms": steps[-1]["whole_ms"]["99"] if steps else None,
    }


def _name(side: str, what: str, one_way: bool) -> str:
    return f"{side}, {'one frame, ' if one_way else ''}{what}"


def _machine_seconds() -> float:
    """The time that all processors together were busy."""
    fields = [int(value) for value in Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
    user, nice, system, _, _, interrupts, soft = fields[:7]
    return (user + nice + system + interrupts + soft) / 100


def _own_seconds() -> float:
    """The processor time of all in this enclosure, that of ended ones included."""
    total = 0
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        total += int(fields[11]) + int(fields[12]) + int(fields[13]) + int(fields[14])
    return total / 100
