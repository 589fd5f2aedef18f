#!/usr/bin/python3 -B
# Copyright (c) 2026 The vpnlb Authors
# SPDX-License-Identifier: EPL-2.0
"""The demonstration: real VPN clients log in through one cluster address, are spread over gateways, and reach a server.

What is printed about who went where is counted from captures at the devices' ports, not asked of vpnlb.
"""

import argparse
import json
import math
import signal
import socket
import sys
import textwrap
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from mininet.cli import CLI
from mininet.log import setLogLevel

import capture
import enclosure
import hosts
import ovs
import relay
import restconf
import traffic
import vpns
from capture import Sighting, Sightings
from karaf import Karaf, LogFindings
from lab import BRIDGES, Lab
from plan import (
    CLUSTER_ADDRESS,
    CLUSTER_ADDRESS_V6,
    DEFAULT_CLIENTS,
    DEFAULT_GATEWAYS,
    EXAMPLE,
    GATEWAY_ADDRESS,
    MAX_CLIENTS,
    MAX_GATEWAYS,
    SERVER_ADDRESS,
    Client,
    Plan,
)
from vpn import Tunnel
from waiting import LabError, until

NAME = "demo"
_SERVICES = "/rests/data/vpnlb:vpn-services"
_STEPS = 6
_LOGS = Path(__file__).resolve().parents[1] / "target" / "demo-logs"
# How likely a fair hash may leave a gateway without clients before "every gateway is used" is no fair test.
_NEGLIGIBLE = 1e-4


@dataclass(frozen=True)
class Verdict:
    """One promise: whether it held, and whether it decides the exit status."""

    promise: str
    held: bool
    detail: str
    decides: bool = True


@dataclass(frozen=True)
class Outcome:
    """All that a run has shown."""

    plan: Plan
    tunnels: dict[str, Tunnel]
    results: list[traffic.Result]
    seen: Sightings
    frames_missed: int
    log: LogFindings

    def devices_of(self, client: Client) -> set[str]:
        """The devices at which the captures saw the client."""
        tunnel = self.tunnels.get(client.name)
        return self.seen.devices_of(client.addresses, tunnel.inner_address if tunnel else None)

    def device_of(self, client: Client) -> str | None:
        """The one device of the client, if there is one."""
        devices = self.devices_of(client)
        return next(iter(devices)) if len(devices) == 1 else None

    def shares(self) -> dict[str, int]:
        """Clients per gateway, by the captures."""
        counted = Counter(self.device_of(client) for client in self.plan.clients)
        return {gateway.name: counted[gateway.name] for gateway in self.plan.gateways}


class Progress:
    """Numbered steps with the time since the start."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._step = 0

    def step(self, text: str) -> None:
        """Announce the next step."""
        self._step += 1
        self._print(f"[{self._step}/{_STEPS}]", text)

    def note(self, text: str) -> None:
        """Say something about the current step."""
        self._print("", text)

    def _print(self, label: str, text: str) -> None:
        print(f"{label:6}{time.monotonic() - self._started:6.1f} s  {text}", flush=True)


def run(lab: Lab, progress: Progress, software: str, ipv6: bool) -> Outcome:
    """Wait for the boot, configure, log in, send traffic, and look at what was captured."""
    plan, vpn = lab.plan, lab.vpn(software)
    progress.step("VPN daemons start at all gateways; meanwhile OpenDaylight boots with odl-vpnlb")
    if ipv6:
        lab.ipv6()
    vpn.start([gateway.name for gateway in plan.gateways])
    progress.note(f"{len(plan.gateways)} gateways run {vpn.title}")
    lab.karaf.wait_for("vpnlb", "vpn-services")
    progress.note("RESTCONF serves the model vpnlb")
    until(lambda: all(ovs.connected(bridge) for bridge in BRIDGES), "the switches' connections to OpenDaylight", 60)
    progress.note("both switches are connected to OpenDaylight")

    is_example = len(plan.gateways) == DEFAULT_GATEWAYS and software == vpns.DEFAULT and not ipv6
    body = EXAMPLE.read_text() if is_example else plan.service_json(vpn.protocols, ipv6, vpn.check)
    progress.step(f"The service is configured: PUT {_SERVICES}")
    answer = restconf.request("PUT", _SERVICES, body)
    if not answer.ok:
        raise LabError(f"RESTCONF refused the service with status {answer.status}: {answer.body}")
    progress.note(f"status {answer.status}" + (f" for {EXAMPLE.parent.name}/{EXAMPLE.name}" if is_example else ""))
    first, cluster = plan.clients[0].name, CLUSTER_ADDRESS_V6 if ipv6 else CLUSTER_ADDRESS
    for host, address in ((first, cluster), ("server", GATEWAY_ADDRESS)):
        ping = ["ping", "-n", "-c", "1", "-W", "1", address]
        until(partial(_succeeds, host, ping), f"an answer of {address} to {host}", 60)
    progress.note(f"the cluster address {cluster} and the gateway address {GATEWAY_ADDRESS} answer")
    until(partial(_all_answer, len(plan.gateways)), "the gateways' answers to their checks", 60)
    progress.note(f"all gateways answer their checks of type {vpn.check['type']}")

    lab.capture_start(NAME)
    progress.step(f"{len(plan.clients)} clients log in at {cluster}, all at once")
    try:
        seconds = vpn.connect([client.name for client in plan.clients], cluster=cluster)
        progress.note(f"all are in; the slowest took {max(seconds.values()):.2f} s")
    except LabError as failure:
        # The table and the verdicts will show what that means.
        progress.note(str(failure))
    tunnels = lab.tunnels()

    progress.step(f"Ping and TCP through the tunnels, opened by the clients and by the server {SERVER_ADDRESS}")
    results = traffic.exchange(list(tunnels.values()))
    progress.note(f"{sum(result.ok for result in results)} of {len(results)} exchanges went well")

    progress.step("What the captures at the gateways' ports show")
    missed = lab.capture_stop(NAME)["dropped"]
    seen = capture.sightings(plan, lab.capture(NAME))
    return Outcome(plan, tunnels, results, seen, missed, lab.karaf.findings())


def _all_answer(gateways: int) -> bool:
    answer = restconf.request("GET", f"{_SERVICES}-state?content=nonconfig")
    services = json.loads(answer.body)["vpnlb:vpn-services-state"].get("vpn-service", []) if answer.ok else []
    devices = [device.get("health") for service in services for device in service.get("vpn-device", [])]
    return devices == ["up"] * gateways


def _succeeds(host: str, command: list[str]) -> bool:
    return hosts.run(host, command).rc == 0


def print_clients(outcome: Outcome) -> None:
    """A line per client."""
    rows = [("client", "outer address", "inner address", "gateway", "tunnel", "to server", "to client", "ping", "TCP")]
    for client in outcome.plan.clients:
        tunnel = outcome.tunnels.get(client.name)
        devices = sorted(outcome.devices_of(client))
        inner = list(outcome.seen.inner.get(tunnel.inner_address, {}).values()) if tunnel else []
        rows.append(
            (
                client.name,
                tunnel.outer_address if tunnel else "-",
                tunnel.inner_address if tunnel else "-",
                "+".join(devices) or "-",
                "up" if tunnel else "DOWN",
                _size(sum(sighting.bytes_from_device for sighting in inner)),
                _size(sum(sighting.bytes_to_device for sighting in inner)),
                _well(outcome, client.name, (traffic.PING_UP, traffic.PING_DOWN)),
                _well(outcome, client.name, (traffic.TCP_UP, traffic.TCP_DOWN)),
            )
        )
    _print_table(rows)


def print_shares(outcome: Outcome) -> None:
    """A line per gateway."""
    rows = [("gateway", "clients", "share", "outer frames in/out", "inner frames out/in", "")]
    for name, count in outcome.shares().items():
        outer = [at[name] for at in outcome.seen.outer.values() if name in at]
        inner = [at[name] for at in outcome.seen.inner.values() if name in at]
        rows.append(
            (
                name,
                str(count),
                f"{100 * count / len(outcome.plan.clients):.0f} %",
                "/".join(_frames(outer)),
                "/".join(reversed(_frames(inner))),
                "#" * count,
            )
        )
    _print_table(rows)


def verdicts(outcome: Outcome) -> list[Verdict]:
    """What was promised, and whether it held."""
    clients, gateways = outcome.plan.clients, outcome.plan.gateways
    without = [client.name for client in clients if client.name not in outcome.tunnels]
    torn = [client.name for client in clients if outcome.device_of(client) is None]
    elsewhere = [
        client.name
        for client in clients
        if client.name in outcome.tunnels and outcome.devices_of(client) != {outcome.tunnels[client.name].gateway}
    ]
    failed = [f"{name}: no tunnel" for name in without]
    failed += [f"{result.client} {result.kind}: {result.detail}" for result in outcome.results if not result.ok]
    lost = sum(result.lost for result in outcome.results)
    unused = [name for name, count in outcome.shares().items() if count == 0]
    chance = chance_of_unused(len(clients), len(gateways))
    findings = [*outcome.log.errors, *outcome.log.vpnlb_warnings]
    return [
        Verdict("every client has a tunnel", not without, ", ".join(without)),
        Verdict("each client's packets, both directions, are at one gateway only", not torn, ", ".join(torn)),
        Verdict("and that is the gateway which holds its keys", not elsewhere, ", ".join(elsewhere)),
        Verdict("ping and TCP work, opened from either end", not failed, "; ".join(failed)),
        Verdict("no ping is lost", lost == 0, f"{lost} are", decides=False),
        Verdict("the captures are complete", outcome.frames_missed == 0, f"{outcome.frames_missed} frames missed"),
        Verdict(
            "every gateway has clients",
            not unused,
            f"none at {', '.join(unused)}: a fair hash does that once in {1 / max(chance, 1e-12):.0f} runs",
            decides=chance < _NEGLIGIBLE,
        ),
        Verdict("Karaf's log has no ERROR, and no WARN of vpnlb", not findings, "\n".join(findings)),
    ]


def chance_of_unused(clients: int, gateways: int) -> float:
    """The probability that a fair hash leaves at least one gateway without a client."""
    return sum(
        (-1) ** (empty + 1) * math.comb(gateways, empty) * (1 - empty / gateways) ** clients
        for empty in range(1, gateways + 1)
    )


def print_verdicts(found: list[Verdict]) -> bool:
    """A line per promise; whether all those held that decide."""
    for verdict in found:
        mark = "held" if verdict.held else "NOT HELD" if verdict.decides else "not held, but chance may explain it"
        print(f"  {verdict.promise}: {mark}" + ("" if verdict.held else f" ({verdict.detail})"))
    held = all(verdict.held for verdict in found if verdict.decides)
    print("\nAll held." if held else "\nNot all held.", flush=True)
    return held


def print_hints(port: int) -> None:
    """How to look around."""
    data = f"http://127.0.0.1:{port}/rests/data"
    print(
        textwrap.dedent(f"""
        All of it stays up, in namespaces of its own, until you leave with "exit".

        RESTCONF, reachable from this machine only, user and password admin:
          curl -s -u admin:admin {data}/vpnlb:vpn-services?content=config
          curl -s -u admin:admin {data}/vpnlb:vpn-services-state?content=nonconfig
        In another terminal, any command inside of it, such as:
          ./demo --exec ovs-ofctl -O OpenFlow13 dump-flows sw1
          ./demo --exec ovs-ofctl -O OpenFlow13 dump-groups sw1
          ./demo --exec ovs-ofctl -O OpenFlow13 dump-flows sw2
          ./demo --exec ip netns exec c1 ping -c 3 {SERVER_ADDRESS}
          ./demo --exec tail -f {Karaf.home}/data/log/karaf.log
        Here, Mininet's prompt; the hosts are c1.., g1.. and server:
          c1 ping -c 3 server
          g1 tcpdump -c 10 -n -i g1-eth0
        """),
        flush=True,
    )


def explore(lab: Lab) -> None:
    """Mininet's prompt, until the user leaves it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    setLogLevel("output")
    CLI(lab.sandwich.net)


def demonstrate(plan: Plan, software: str, ipv6: bool, door: socket.socket | None) -> int:
    """Inside of the enclosure: the whole demonstration; the exit status."""
    progress = Progress()
    progress.step(
        f"The network: {len(plan.clients)} clients, ingress switch sw1, {len(plan.gateways)} VPN gateways, "
        "egress switch sw2, a server"
    )
    controller = Karaf()
    # Booting takes longest, so it comes first.
    controller.start()
    lab = Lab(plan, controller)
    try:
        outcome = run(lab, progress, software, ipv6)
    except LabError as failure:
        print(f"\nFAILED: {failure}\n")
        _explain(lab)
        return 1
    print()
    print_clients(outcome)
    print()
    print_shares(outcome)
    print()
    for bridge in BRIDGES:
        print(f"  {bridge} holds {ovs.tables(bridge)}")
    print()
    held = print_verdicts(verdicts(outcome))
    if not held:
        _explain(lab)
    if door is not None:
        relay.serve(door, restconf.PORT)
        print_hints(door.getsockname()[1])
        explore(lab)
    return 0 if held else 1


def _explain(lab: Lab) -> None:
    """Show the end of Karaf's log and keep all the logs."""
    for path in lab.karaf.log_files()[-1:]:
        lines = path.read_text(errors="replace").splitlines()[-20:]
        print("The end of Karaf's log:", *(textwrap.shorten(line, 300) for line in lines), sep="\n  ")
    lab.save_logs(_LOGS)
    print(f"\nAll logs are kept in {_LOGS}", flush=True)


def _size(count: int) -> str:
    return f"{count / 1000:.1f} kB" if count < 1_000_000 else f"{count / 1e6:.1f} MB"


def _frames(sightings: list[Sighting]) -> tuple[str, str]:
    """To the devices, and from them."""
    return str(sum(s.frames_to_device for s in sightings)), str(sum(s.frames_from_device for s in sightings))


def _well(outcome: Outcome, client: str, kinds: tuple[str, ...]) -> str:
    results = [result for result in outcome.results if result.client == client and result.kind in kinds]
    return f"{sum(result.ok for result in results)} of {len(kinds)}"


def _print_table(rows: Sequence[tuple[str, ...]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _exec(command: list[str]) -> int:
    running = enclosure.find(NAME)
    if not running:
        print("demo: no demonstration is running on this machine", file=sys.stderr)
        return 2
    if len(running) > 1:
        print(f"demo: {len(running)} demonstrations are running; this is the newest", file=sys.stderr)
    enclosure.join(running[0], command)
    return 0


def main() -> int:
    """Parse the command line, enter the enclosure, demonstrate."""
    parser = argparse.ArgumentParser(prog="demo", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--once", action="store_true", help="end by itself, also at a terminal")
    parser.add_argument("--clients", type=int, default=DEFAULT_CLIENTS, help=f"1 to {MAX_CLIENTS} (%(default)s)")
    parser.add_argument("--gateways", type=int, default=DEFAULT_GATEWAYS, help=f"1 to {MAX_GATEWAYS} (%(default)s)")
    parser.add_argument("--vpn", choices=list(vpns.KINDS), default=vpns.DEFAULT, help="the software (%(default)s)")
    parser.add_argument("--ipv6", action="store_true", help="clients log in by IPv6")
    parser.add_argument(
        "--exec", nargs=argparse.REMAINDER, metavar="CMD", help="run a command inside of the running demonstration"
    )
    arguments = parser.parse_args()
    if arguments.exec is not None:
        if not arguments.exec:
            parser.error("--exec needs a command")
        return _exec(arguments.exec)
    try:
        plan = Plan.of(arguments.clients, arguments.gateways)
    except ValueError as problem:
        parser.error(str(problem))
    stays = sys.stdin.isatty() and sys.stdout.isatty() and not arguments.once
    outside = not enclosure.inside(NAME)
    door = enclosure.enter(NAME, relay.open_listener(restconf.PORT) if outside and stays else None)
    return demonstrate(plan, arguments.vpn, arguments.ipv6, door)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (enclosure.EnclosureError, LabError) as failed:
        sys.exit(f"demo: {failed}")
