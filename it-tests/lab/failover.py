#!/usr/bin/python3 -B
# Copyright (c) 2026 The vpnlb Authors
# SPDX-License-Identifier: EPL-2.0
"""Measures what clients notice when gateways die, return, are drained or added: with vpnlb, and with a plain select
group for comparison, one after the other in the same network.

As root; the exit status is 0 only if vpnlb kept its promises.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import enclosure
import ovs
from karaf import DISTRIBUTION, Karaf
from lab import Lab
from plan import MAX_CLIENTS, Plan
from scenarios import Balancer, Bench, Observation, SelectGroup, Vpnlb, broken_promises, milliseconds
from streams import RATE
from waiting import LabError, until

NAME = "failover"
_LOGS = Path(__file__).resolve().parents[1] / "target" / "failover-logs"
_GATEWAYS = 4
TITLES = {
    "nothing": "nothing happens",
    "process-killed": "a gateway's process is killed, its ports stay up",
    "process-returns": "the process is back",
    "link-down": "a gateway's link goes down",
    "link-returns": "the link is back",
    "drained": "a gateway is drained",
    "undrained": "it is taken back",
    "added": "a fifth gateway is added",
    "weights-changed": "a gateway gets four times its weight",
}


def table(observations: list[Observation]) -> str:
    """The figures in Markdown, all rounds of a scenario in a row for each system."""
    head = (
        "what happens",
        "with",
        "clients affected",
        "others that moved",
        "packets that others lost: sum / most of one",
        "last affected client redirected after",
        "all tunnels work after",
    )
    lines = [_row(head), _row(("---",) * len(head))]
    for scenario, title in TITLES.items():
        for system in dict.fromkeys(o.system for o in observations):
            rounds = [o for o in observations if (o.scenario, o.system) == (scenario, system)]
            if rounds:
                lines.append(_row((title, system, *_figures(rounds))))
    return "\n".join(lines) + "\n"


def _figures(rounds: list[Observation]) -> tuple[str, ...]:
    is_fault = any(o.affected for o in rounds)
    losses = [loss for o in rounds for loss in o.lost.values()]
    others = sum(len(o.others) for o in rounds)
    times = [o.redirect_time for o in rounds]
    return (
        str(sum(len(o.affected) for o in rounds)) if is_fault else "-",
        f"{sum(len(o.moved) for o in rounds)} of {others}",
        f"{sum(losses)} / {max(losses, default=0)}",
        ("never" if None in times else _spread(times, milliseconds)) if is_fault else "-",
        _spread([o.recovered for o in rounds], _seconds) if is_fault or losses else "-",
    )


def _spread(values: list[float], text: Callable[[float], str]) -> str:
    if len(values) == 1:
        return text(values[0])
    return f"{text(statistics.median(values))}, at most {text(max(values))}"


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f} s"


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


def _say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def _describe(observation: Observation) -> str:
    took = observation.redirect_time
    parts = [f"{observation.scenario} {observation.gateway}".strip()]
    if observation.affected:
        parts.append(f"{len(observation.affected)} affected")
        parts.append("redirected: " + (milliseconds(took) if took is not None else "not all"))
        parts.append(
            f"last to it: {milliseconds(observation.last_from_client)} from a client, "
            f"{milliseconds(observation.last_from_server)} from the server"
        )
    parts.append(f"{len(observation.moved)} of {len(observation.others)} others moved")
    parts.append(f"they lost {sum(observation.lost.values())} of {observation.sent}")
    parts.append(f"longest gap {milliseconds(observation.gap)}")
    parts.append(f"all well after {_seconds(observation.recovered)}")
    parts.append(f"load {observation.load:.1f}")
    if observation.newcomers:
        parts.append("new: " + " ".join(f"{name}={number}" for name, number in observation.newcomers.items()))
    return "; ".join(parts)


def _measure(lab: Lab, configure: Callable[[list[str]], Balancer], arguments: argparse.Namespace) -> list[Observation]:
    bench = Bench(lab.plan, lab.vpn(), configure, arguments.rate)
    _say(f"with {bench.balancer.name}: {len(lab.plan.clients)} clients have logged in")
    observations = []
    for number in range(1, arguments.rounds + 1):
        for name in arguments.only:
            observations.append(bench.scenarios[name]())
            _say(f"round {number}: {_describe(observations[-1])}")
        if number < arguments.rounds:
            bench.reset()
    bench.close()
    return observations


def _vpnlb(plan: Plan, members: list[str], arguments: argparse.Namespace) -> Vpnlb:
    return Vpnlb(
        plan, members, arguments.health_check, learning=arguments.learning, sessions=arguments.sessions
    )


def _run(arguments: argparse.Namespace, plan: Plan) -> list[Observation]:
    """Inside of the enclosure: with vpnlb, then with the select group."""
    controller = Karaf(arguments.karaf)
    lab = Lab(plan, controller)
    observations: list[Observation] = []
    try:
        if not arguments.naive_only:
            _say("OpenDaylight boots")
            lab.karaf_start()
            until(lambda: all(ovs.connected(bridge) for bridge in ("sw1", "sw2")), "the switches' connections", 60)
            observations += _measure(lab, lambda members: _vpnlb(plan, members, arguments), arguments)
            lab.karaf_stop()
        if arguments.naive or arguments.naive_only:
            observations += _measure(lab, lambda members: SelectGroup(plan, members), arguments)
    finally:
        lab.save_logs(_LOGS)
    return observations


def main() -> int:
    """Parse the command line, enter the enclosure, measure, print."""
    parser = argparse.ArgumentParser(prog=NAME, description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--karaf", type=Path, default=DISTRIBUTION, help="the Karaf distribution to run")
    parser.add_argument("--naive", action="store_true", help="also with a plain select group")
    parser.add_argument("--naive-only", action="store_true", help="only with a plain select group")
    parser.add_argument("--clients", type=int, default=24, help=f"1 to {MAX_CLIENTS} (%(default)s)")
    parser.add_argument("--rounds", type=int, default=1, help="how often to run all the scenarios (%(default)s)")
    parser.add_argument(
        "--rate", type=int, default=RATE, help="datagrams a second for each client each way (%(default)s)"
    )
    parser.add_argument(
        "--health-check", default="ike", choices=("ike", "arp", "icmp", "link"), help="vpnlb's (%(default)s)"
    )
    parser.add_argument(
        "--learning", default="controller", choices=("controller", "switch"), help="vpnlb's (%(default)s)"
    )
    parser.add_argument("--sessions", default="all", choices=("all", "pinned"), help="vpnlb's (%(default)s)")
    parser.add_argument(
        "--only",
        type=lambda text: text.split(","),
        default=list(TITLES),
        metavar="NAME,...",
        help=f"the scenarios to run, of {', '.join(TITLES)}; what returns must have gone before",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all that was observed")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the table")
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        parser.error(f"--rounds must be 1 or more, not {arguments.rounds}")
    unknown = sorted(set(arguments.only) - set(TITLES))
    if unknown:
        parser.error(f"--only: unknown: {', '.join(unknown)}; the scenarios are {', '.join(TITLES)}")
    try:
        plan = Plan.of(arguments.clients, _GATEWAYS + 1)
    except ValueError as problem:
        parser.error(str(problem))
    enclosure.enter(NAME)
    observations = _run(arguments, plan)
    if arguments.json is not None:
        arguments.json.write_text(json.dumps([asdict(each) for each in observations], indent=1) + "\n")
    text = table(observations)
    if arguments.markdown is not None:
        arguments.markdown.write_text(text)
    print(text)
    broken = [(each, broken_promises(each)) for each in observations if each.system != SelectGroup.name]
    for each, promises in broken:
        for promise in promises:
            print(f"NOT HELD: {TITLES[each.scenario]}: {promise}")
    return 1 if any(promises for _, promises in broken) else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (enclosure.EnclosureError, LabError) as failed:
        sys.exit(f"{NAME}: {failed}")
