#!/usr/bin/python3 -B
# Copyright (c) 2026 The vpnlb Authors
# SPDX-License-Identifier: EPL-2.0
"""The lab as a server for tests: one JSON command a line on standard input, one JSON answer a line on standard output.

::

    lab.py [--clients N] [--gateways M] [--karaf DIR] [--logs DIR]

The network is up when the first line, `{"ok": true, "result": {"ready": true, ...}}`, is out. An answer is
`{"ok": true, "result": ...}` or `{"ok": false, "error": "..."}`. At the end of standard input the logs are copied
to the directory of --logs, everything is removed and the program ends. A signal ends it at once, without logs. What
the tools have to say goes to standard error.

A command is an object with `cmd` and the arguments below (`?` marks those that may be left out). A `host` is the name
of a client (c1..), a gateway (g1..), `server`, or `root`, where the switches and Karaf are. Results are objects unless
said otherwise.

=============== ======================================= ==============================================================
cmd             arguments                               result
=============== ======================================= ==============================================================
status                                                  karaf (runs?), karaf-home, controllers (per switch: connected?),
                                                        clients, gateways, software, pids (spawned), captures
karaf-start     module?, container?, limit?             seconds until RESTCONF served module:container
                                                        (vpnlb:vpn-services unless told); module "" does not wait
karaf-stop      signal? ("term", "kill")                null
karaf-restart   as both                                 seconds, as karaf-start; data and configuration are kept
karaf-wait      module, container, limit?               seconds
karaf-log       grep? (regular expression)              errors, vpnlb-warnings; with grep: lines
karaf-shell     command, limit?                         rc, stdout, stderr
restconf        method, path, body? (JSON or text)      status, body (text); status 0: nothing answered
restconf-at-    requests: a list of the above           list of the above, each with seconds; all are sent at once
once
service                                                 the service configuration that fits the lab, as JSON
ovs             argv (of ovs-vsctl, ovs-ofctl, ...)     standard output as text; the tool must succeed
exec            host, argv, timeout?                    rc, stdout, stderr; rc 124: timeout
spawn           host, argv                              pid, log (path)
kill            pid, signal?                            exit status, after the end
ipv6                                                    null; clients and gateways get IPv6 addresses outside, the
                                                        gateways the IPv6 cluster address too, and gateways and
                                                        server IPv6 addresses inside
vpn-start       hosts? (all gateways unless told),      null
                software? (of vpns.KINDS; strongswan)
vpn-connect     clients? (all unless told), limit?,     seconds per client; they log in at the cluster address,
                cluster? (address), software?           or at the one told
vpn-status                                              per client with a tunnel: client, gateway, outer_address,
                                                        inner_address
vpn-stop        host? (all unless told), signal?,       null
                software? (all kinds unless told)
capture-start   name, interfaces? ({interface: host})   null; at all device ports, both sides, unless told
capture-stop    name                                    dropped: frames that the capture missed
capture-report  name                                    outer, inner: per client address, per device: frames and bytes
                                                        each way, stray_frames, kinds (only for the device ports);
                                                        clients: the devices that saw anything of each, outer or inner
                                                        (of the inner address that the client has now)
capture-frames  name, interface, limit? (1000)          list of time, length, hex (at most 128 bytes of each frame)
traffic         clients?, kinds?, size?, pings?         list of client, kind, ok, detail, seconds, lost (pings; those
                                                        alone are no failure); clients without a tunnel fail.
                                                        Kinds: ping-up, ping-down, tcp-up, tcp-down
failover-begin  check, rate?, interval? (ms), learning? null; configures vpnlb with health checks of that type and all
                                                        gateways but the last, lets all clients log in, and begins
                                                        numbered traffic through their tunnels
failover-check- interval (ms)                           null; from now on devices are checked so often
every
failover        scenario (one of scenarios.Bench, or    what it showed (scenarios.Observation), redirect_time, promises
                controller-held-up)                     that are broken
bounce          rounds, switches (1 or 2 at once),      longest: seconds until all switches were back, in the slowest
                seed?                                   round
hold            seconds                                 longest: as bounce, when Karaf was stopped for so long
arping          host, address, listen?                  list of mac, frame-source: every answer within listen seconds
send-frames     host, frames (hex), interface?          null
flood           host, mac, rate, seconds                sent: datagrams for the cluster address to a MAC address, so
                                                        many a second, each of another made-up client; seconds: it took
=============== ======================================= ==============================================================

To have a client's outer packets fragmented: exec `ip route change 10.0.0.0/24 dev c1-eth0 src ADDRESS mtu lock 1300`.
"""

import argparse
import json
import os
import re
import shutil
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from ipaddress import IPv4Address, ip_address, ip_network
from itertools import islice
from pathlib import Path
from typing import Any

import capture
import enclosure
import hosts
import ovs
import restconf
import traffic
import vpns
from bounces import Bounces
from capture import Capture
from hosts import Daemon
from karaf import BOOT_LIMIT, DISTRIBUTION, Karaf
from plan import CLUSTER_ADDRESS, DEFAULT_CLIENTS, DEFAULT_GATEWAYS, INNER_NETWORK, SERVER_ADDRESS, SERVER_MAC, Plan
from sandwich import SERVER, Sandwich
from scenarios import INTERVAL, Bench, Observation, Vpnlb, broken_promises, keepalive
from streams import RATE
from traffic import Asker
from vpn import Tunnel, Vpn
from waiting import LabError, each

BRIDGES = ("sw1", "sw2")
# Seconds that a controller goes on being held up when the switches have given it up; they try again meanwhile.
HELD_UP = 10.0
MADE_UP_CLIENTS = IPv4Address("10.128.0.0")
MADE_UP_MAC = "02:00:00:00:ff:01"
_LOGS = (
    "karaf/console.log",
    "karaf/data/log/*",
    "ovs/*.log",
    "vpn/*/*.log",
    "captures/*/*",
    "spawned/*",
    "streams/*.log",
)
_SIGNALS = {"term": signal.SIGTERM, "kill": signal.SIGKILL, "int": signal.SIGINT, "hup": signal.SIGHUP}


class Lab:
    """Everything that runs in the enclosure, and the commands upon it, as the module's table describes them."""

    def __init__(self, plan: Plan, controller: Karaf) -> None:
        self.plan = plan
        self.karaf = controller
        self._switches = ovs.start()
        self.sandwich = Sandwich(plan)
        self._vpns: dict[str, Vpn] = {}
        self._captures: dict[str, Capture] = {}
        self._spawned: dict[int, Daemon] = {}
        self._bench: Bench | None = None
        self._vpnlb: Vpnlb | None = None

    def status(self) -> dict:
        return {
            "karaf": self.karaf.running,
            "karaf-home": str(self.karaf.home),
            "controllers": {bridge: ovs.connected(bridge) for bridge in BRIDGES},
            "clients": [asdict(client) for client in self.plan.clients],
            "software": [name for name, kind in vpns.KINDS.items() if kind.available()],
            "gateways": [asdict(gateway) for gateway in self.plan.gateways],
            "pids": list(self._spawned),
            "captures": list(self._captures),
        }

    def karaf_start(self, module: str = "vpnlb", container: str = "vpn-services", limit: float = BOOT_LIMIT) -> dict:
        begun = time.monotonic()
        self.karaf.start()
        if module:
            self.karaf.wait_for(module, container, limit)
        return {"seconds": time.monotonic() - begun}

    def karaf_stop(self, signal: str = "term") -> None:
        self.karaf.stop(_signal(signal))

    def karaf_restart(self, signal: str = "term", **start: Any) -> dict:
        self.karaf_stop(signal)
        return self.karaf_start(**start)

    def karaf_wait(self, module: str, container: str, limit: float = BOOT_LIMIT) -> dict:
        begun = time.monotonic()
        self.karaf.wait_for(module, container, limit)
        return {"seconds": time.monotonic() - begun}

    def karaf_log(self, grep: str | None = None) -> dict:
        found = self.karaf.findings()
        result: dict[str, Any] = {"errors": found.errors, "vpnlb-warnings": found.vpnlb_warnings}
        if grep is not None:
            result["lines"] = [
                line
                for path in self.karaf.log_files()
                for line in path.read_text(errors="replace").splitlines()
                if re.search(grep, line)
            ]
        return result

    def karaf_shell(self, command: str, limit: float = BOOT_LIMIT) -> dict:
        return asdict(self.karaf.shell(command, limit))

    def restconf(self, method: str, path: str, body: Any = None) -> dict:
        text = body if body is None or isinstance(body, str) else json.dumps(body)
        return asdict(restconf.request(method, path, text))

    def restconf_at_once(self, requests: list[dict]) -> list[dict]:
        def timed(arguments: dict) -> dict:
            begun = time.monotonic()
            return {**self.restconf(**arguments), "seconds": time.monotonic() - begun}

        return each(timed, requests, len(requests))

    def service(self) -> dict:
        return self.plan.service()

    def ovs(self, argv: list[str]) -> str:
        return hosts.check(hosts.ROOT, argv)

    def exec(self, host: str, argv: list[str], timeout: float = 60.0) -> dict:
        return asdict(hosts.run(host, argv, timeout))

    def spawn(self, host: str, argv: list[str]) -> dict:
        daemon = Daemon(host, argv, enclosure.SCRATCH / "spawned" / f"{host}-{len(self._spawned) + 1}.log")
        self._spawned[daemon.pid] = daemon
        return {"pid": daemon.pid, "log": str(daemon.log)}

    def kill(self, pid: int, signal: str = "term") -> int:
        if pid not in self._spawned:
            raise LabError(f"{pid} was not spawned here")
        return self._spawned[pid].stop(_signal(signal))

    def ipv6(self) -> None:
        self.sandwich.add_ipv6()

    def vpn(self, software: str = vpns.DEFAULT) -> Vpn:
        """The daemons of one kind of software."""
        if software not in vpns.KINDS:
            raise LabError(f"there is no software {software}; the kinds are {', '.join(vpns.KINDS)}")
        if software not in self._vpns:
            self._vpns[software] = vpns.KINDS[software](self.plan)
        return self._vpns[software]

    def vpn_start(self, hosts: list[str] | None = None, software: str = vpns.DEFAULT) -> None:
        self.vpn(software).start(hosts if hosts is not None else [gateway.name for gateway in self.plan.gateways])

    def vpn_connect(
        self,
        clients: list[str] | None = None,
        limit: float = 60.0,
        cluster: str = CLUSTER_ADDRESS,
        software: str = vpns.DEFAULT,
    ) -> dict[str, float]:
        return self.vpn(software).connect(self._clients(clients), limit, cluster)

    def tunnels(self) -> dict[str, Tunnel]:
        """Those of all kinds of software."""
        return {name: tunnel for vpn in self._vpns.values() for name, tunnel in vpn.tunnels().items()}

    def vpn_status(self) -> dict:
        return {name: asdict(tunnel) for name, tunnel in self.tunnels().items()}

    def vpn_stop(self, host: str | None = None, signal: str = "term", software: str | None = None) -> None:
        number = _signal(signal)
        kinds = self._vpns.values() if software is None else [self.vpn(software)]
        running = [vpn for vpn in kinds if host is None or host in vpn.daemons]
        if host is not None and not running:
            raise LabError(f"no VPN daemon runs at {host}")
        each(lambda vpn: vpn.stop_all(number) if host is None else vpn.stop(host, number), running)

    def capture_start(self, name: str, interfaces: dict[str, str] | None = None) -> None:
        if name in self._captures:
            raise LabError(f"there is a capture {name} already")
        self._captures[name] = Capture(name, interfaces or capture.device_taps(self.plan))

    def capture_stop(self, name: str) -> dict:
        return {"dropped": self.capture(name).stop()}

    def capture_report(self, name: str) -> dict:
        seen = capture.sightings(self.plan, self.capture(name))
        inner = {name: tunnel.inner_address for name, tunnel in self.tunnels().items()}
        clients = {c.name: sorted(seen.devices_of(c.addresses, inner.get(c.name))) for c in self.plan.clients}
        return {**asdict(seen), "clients": clients}

    def capture_frames(self, name: str, interface: str, limit: int = 1000) -> list[dict]:
        frames = self.capture(name).frames(interface)
        return [{"time": f.time, "length": f.length, "hex": f.data.hex()} for f in islice(frames, limit)]

    def traffic(
        self,
        clients: list[str] | None = None,
        kinds: list[str] | None = None,
        size: int = 128 * 1024,
        pings: int = 3,
    ) -> list[dict]:
        wanted = self._clients(clients)
        tunnels = self.tunnels()
        chosen = tuple(kinds) if kinds is not None else traffic.KINDS
        results = traffic.exchange([tunnels[name] for name in wanted if name in tunnels], chosen, size, pings)
        without = [name for name in wanted if name not in tunnels]
        results += [traffic.Result(name, kind, False, "no tunnel", 0.0) for name in without for kind in chosen]
        return [asdict(result) for result in results]

    def failover_begin(
        self, check: str, rate: int = RATE, interval: int = INTERVAL, learning: str = "controller"
    ) -> None:
        def begin(members: list[str]) -> Vpnlb:
            self._vpnlb = Vpnlb(self.plan, members, check, interval, learning)
            return self._vpnlb

        if self._bench is not None:
            self._bench.close()
        self._bench = Bench(self.plan, self.vpn(), begin, rate)

    def failover_check_every(self, interval: int) -> None:
        if self._vpnlb is None:
            raise LabError("failover-begin comes first")
        self._vpnlb.check_every(interval)

    def failover(self, scenario: str) -> dict:
        if self._bench is None:
            raise LabError("failover-begin comes first")
        scenarios = {**self._bench.scenarios, "controller-held-up": self._controller_held_up}
        if scenario not in scenarios:
            raise LabError(f"there is no scenario {scenario}; the scenarios are {', '.join(scenarios)}")
        seen = scenarios[scenario]()
        return {**asdict(seen), "redirect_time": seen.redirect_time, "broken": broken_promises(seen)}

    def _controller_held_up(self) -> Observation:
        def given_up() -> bool:
            return not any(ovs.connected(bridge) for bridge in BRIDGES)

        return self._bench.controller_held_up(
            lambda: self.karaf.hold_up(given_up, "the switches to give their controller up", HELD_UP)
        )

    def bounce(self, rounds: int, switches: int, seed: int = 1) -> dict:
        bounces = Bounces(BRIDGES, seed)
        longest = bounces.rounds(rounds, switches)
        return {"longest": max(longest, bounces.settle())}

    def hold(self, seconds: float) -> dict:
        def fault() -> None:
            self.karaf.hold_up(lambda: True, "nothing", seconds)

        return {"longest": Bounces(BRIDGES, 0).after(fault)}

    def arping(self, host: str, address: str, listen: float = 1.0) -> list[dict]:
        return traffic.arping(self._asker(host, address), address, listen)

    def send_frames(self, host: str, frames: list[str], interface: str | None = None) -> None:
        traffic.send_frames(host, interface or f"{host}-eth0", [bytes.fromhex(frame) for frame in frames])

    def flood(self, host: str, mac: str, rate: int, seconds: float) -> dict:
        sources = (str(MADE_UP_CLIENTS + number) for number in range(int(rate * seconds)))
        frames = [keepalive(mac, MADE_UP_MAC, source) for source in sources]
        begun = time.monotonic()
        sent = traffic.send_paced(host, f"{host}-eth0", frames, rate)
        return {"sent": sent, "seconds": time.monotonic() - begun}

    def save_logs(self, directory: Path) -> None:
        """Copy what a failure is explained by out of the enclosure."""
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
        for bridge in BRIDGES:
            for dump in ("dump-flows", "dump-groups", "dump-ports"):
                outcome = hosts.run(hosts.ROOT, ["ovs-ofctl", "-O", "OpenFlow13", "--timeout=5", dump, bridge])
                (directory / f"{bridge}-{dump}.txt").write_text(outcome.stdout + outcome.stderr)
        for log in (log for pattern in _LOGS for log in enclosure.SCRATCH.glob(pattern)):
            shutil.copy(log, directory / str(log.relative_to(enclosure.SCRATCH)).replace(os.sep, "-"))

    def _clients(self, names: list[str] | None) -> list[str]:
        known = [client.name for client in self.plan.clients]
        for name in names or []:
            if name not in known:
                raise LabError(f"there is no client {name}")
        return known if names is None else names

    def capture(self, name: str) -> Capture:
        if name not in self._captures:
            raise LabError(f"there is no capture {name}")
        return self._captures[name]

    def _asker(self, host: str, address: str) -> Asker:
        """The host at the side where that address is."""
        if host == SERVER:
            return Asker(host, f"{SERVER}-eth0", SERVER_MAC, SERVER_ADDRESS)
        for client in self.plan.clients:
            if client.name == host:
                return Asker(host, client.interface, client.mac, client.address)
        for gateway in self.plan.gateways:
            if gateway.name == host and ip_address(address) in ip_network(INNER_NETWORK):
                return Asker(host, gateway.inner_interface, gateway.inner_mac, gateway.inner_address)
            if gateway.name == host:
                return Asker(host, gateway.outer_interface, gateway.outer_mac, gateway.outer_address)
        raise LabError(f"there is no host {host}")


def _signal(name: str) -> int:
    if name not in _SIGNALS:
        raise LabError(f"{name} is not a signal; one of {', '.join(_SIGNALS)}")
    return _SIGNALS[name]


def commands(lab: Lab) -> dict[str, Callable[..., Any]]:
    """The protocol: names and what they call."""
    methods = (
        *(lab.status, lab.service, lab.ovs, lab.exec, lab.spawn, lab.kill, lab.arping, lab.send_frames),
        *(lab.restconf, lab.restconf_at_once, lab.flood),
        *(lab.karaf_start, lab.karaf_stop, lab.karaf_restart, lab.karaf_wait, lab.karaf_log, lab.karaf_shell),
        *(lab.ipv6, lab.vpn_start, lab.vpn_connect, lab.vpn_status, lab.vpn_stop, lab.traffic),
        *(lab.failover_begin, lab.failover_check_every, lab.failover, lab.bounce, lab.hold),
        *(lab.capture_start, lab.capture_stop, lab.capture_report, lab.capture_frames),
    )
    return {method.__name__.replace("_", "-"): method for method in methods}


def answer(table: dict[str, Callable[..., Any]], line: str) -> dict:
    """Carry out one line of input; whatever goes wrong is an answer too."""
    try:
        command = json.loads(line)
        name = command.pop("cmd")
        if name not in table:
            return {"ok": False, "error": f"there is no command {name}; the commands are {', '.join(table)}"}
        return {"ok": True, "result": table[name](**command)}
    except LabError as failure:
        return {"ok": False, "error": str(failure)}
    except Exception as failure:
        return {"ok": False, "error": f"{type(failure).__name__}: {failure}"}


def main() -> int:
    """Serve until the end of standard input."""
    parser = argparse.ArgumentParser(description="The lab as a server for tests; the protocol is in the source.")
    parser.add_argument("--clients", type=int, default=DEFAULT_CLIENTS)
    parser.add_argument("--gateways", type=int, default=DEFAULT_GATEWAYS)
    parser.add_argument("--karaf", type=Path, default=DISTRIBUTION, help="the Karaf distribution to run")
    parser.add_argument("--logs", type=Path, help="where to leave the logs at the end")
    arguments = parser.parse_args()
    plan = Plan.of(arguments.clients, arguments.gateways)
    enclosure.enter("lab")
    # Nothing but answers may reach standard output.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    lab = Lab(plan, Karaf(arguments.karaf))
    table = commands(lab)
    try:
        print(json.dumps({"ok": True, "result": {"ready": True, "commands": list(table)}}), file=answers, flush=True)
        for line in sys.stdin:
            print(json.dumps(answer(table, line)), file=answers, flush=True)
    finally:
        if arguments.logs is not None:
            lab.save_logs(arguments.logs)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (enclosure.EnclosureError, LabError, ValueError) as problem:
        sys.exit(f"lab: {problem}")
