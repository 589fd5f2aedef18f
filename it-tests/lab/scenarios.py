# Copyright (c) 2026 The vpnlb Authors
# SPDX-License-Identifier: EPL-2.0
"""What befalls gateways, and what their clients and those of the others notice of it.

Every client has a tunnel with numbered datagrams both ways (streams.py). A scenario is one fault or change; who was
sent where is taken from captures at the gateways' ports, what was lost from the numbers. All times are of one clock.
"""

import json
import os
import signal
import socket
import struct
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from itertools import count
from typing import Protocol

import capture
import hosts
import naive
import restconf
import traffic
from capture import Capture
from plan import CLIENT_POOLS, CLUSTER_ADDRESS, Gateway, Plan
from streams import RATE, Streams
from traffic import Asker
from vpn import Tunnel, Vpn
from waiting import LabError, until

# How long to look on when an act is done, in seconds.
WATCH = 3.0
# From a fault to the last client's new tunnel; some seconds are the clients' own timers.
_RECOVERY = 60.0
# From the end of a fault until vpnlb trusts a gateway again: up to a minute for one that flaps, and some more.
_HELD_DOWN = 120.0

# Seconds for which the clients of a slot are learned before it moves. They send all the time.
_PINNED_IDLE = 20
_NEWCOMERS = 64
_NEWCOMERS_NETWORK = "10.1.0.0/16"
_NAT_KEEPALIVE = b"\xff"
_NAT_T_PORT = 4500

# Milliseconds, and checks in a row.
INTERVAL, FALL, RISE = 100, 3, 2
# The promises, in seconds: until the last client of a dead gateway is redirected.
BARS = {"process-killed": (INTERVAL * FALL + 150) / 1000, "link-down": 0.1}
# Addresses that nobody in the lab has.
CHECK_SOURCES = ("10.0.0.250", "172.16.0.250")
_SERVICES = "/rests/data/vpnlb:vpn-services"
_STATE = "/rests/data/vpnlb:vpn-services-state?content=nonconfig"


def health_check(kind: str, interval: int = INTERVAL) -> dict:
    """The configuration of health checks of a type, every so many milliseconds."""
    if kind == "link":
        return {"type": kind}
    ingress, egress = CHECK_SOURCES
    numbers = {"interval": interval, "fall": FALL, "rise": RISE}
    return {"type": kind, **numbers, "source-address-ingress": ingress, "source-address-egress": egress}


class Balancer(Protocol):
    """What spreads the clients, and how its operator tells it about changes. Each call returns when it is done."""

    name: str

    def died(self, gateway: str) -> None:
        """A gateway's process has just died, its ports are up."""

    def revived(self, gateway: str) -> None:
        """The process runs again."""

    def link_up(self, gateway: str) -> None:
        """The gateway's link is up again."""

    def drain(self, gateway: str) -> None:
        """The gateway shall get no new clients."""

    def undrain(self, gateway: str) -> None:
        """It shall get some again."""

    def add(self, gateway: str) -> None:
        """A further gateway takes part."""

    def weigh(self, weights: dict[str, int]) -> None:
        """Some gateways have other weights."""

    def reset(self) -> None:
        """All as at first."""


class Vpnlb:
    """vpnlb, by RESTCONF."""

    def __init__(
        self,
        plan: Plan,
        members: list[str],
        check: str,
        interval: int = INTERVAL,
        learning: str = "controller",
        sessions: str = "all",
    ) -> None:
        self.name = " ".join(
            ["vpnlb"]
            + ([f"with learning {learning}"] if learning != "controller" else [])
            + ([f"with sessions {sessions}"] if sessions != "all" else [])
        )
        self._all = plan.service()
        service = self._all["vpnlb:vpn-services"]["vpn-service"][0]
        service["learning"] = learning
        self._is_pinned = sessions == "pinned"
        if self._is_pinned:
            service["ingress"] |= {"sessions": sessions, "idle-timeout": _PINNED_IDLE}
            service["selection"] = {"method": "source-hash"}
        self._devices = {device["name"]: device for device in service["vpn-device"]}
        self._service = service
        self._members = members
        self._check = check
        service["health-check"] = health_check(check, interval)
        self.reset()

    def check_every(self, interval: int) -> None:
        """Check the devices every so many milliseconds from now on."""
        self._service["health-check"] = health_check(self._check, interval)
        self._put()
        # Until the last question of before is concluded, whose time was another one's.
        time.sleep(1)

    def died(self, gateway: str) -> None:
        if self._check == "link":
            raise LabError("health checks of type link do not notice the death of a process")

    def revived(self, gateway: str) -> None:
        self._until_health(gateway, "up")
        self._until_moved(gateway, lambda slots: slots > 0)

    def link_up(self, gateway: str) -> None:
        self._until_health(gateway, "up")
        self._until_moved(gateway, lambda slots: slots > 0)

    def drain(self, gateway: str) -> None:
        self._devices[gateway]["admin-state"] = "draining"
        self._put()
        self._until_health(gateway, "draining")
        self._until_moved(gateway, lambda slots: slots == 0)

    def undrain(self, gateway: str) -> None:
        del self._devices[gateway]["admin-state"]
        self._put()
        self._until_health(gateway, "up")
        self._until_moved(gateway, lambda slots: slots > 0)

    def add(self, gateway: str) -> None:
        self._service["vpn-device"].append(self._devices[gateway])
        self._put()
        self._until_health(gateway, "up")
        self._until_moved(gateway, lambda slots: slots > 0)

    def weigh(self, weights: dict[str, int]) -> None:
        before = {name: self._slots(name) for name in weights}
        for name, weight in weights.items():
            self._devices[name]["weight"] = weight
        self._put()
        for name, slots in before.items():
            self._until_moved(name, lambda now, old=slots: now > old)

    def reset(self) -> None:
        for device in self._devices.values():
            device.pop("weight", None)
            device.pop("admin-state", None)
        self._service["vpn-device"] = [self._devices[name] for name in self._members]
        self._put()
        for name in self._members:
            self._until_health(name, "up")
            self._until_moved(name, lambda slots: slots > 0)

    def _put(self) -> None:
        answer = restconf.request("PUT", _SERVICES, json.dumps(self._all))
        if not answer.ok:
            raise LabError(f"vpnlb refused its configuration with {answer.status}: {answer.body}")

    def _until_moved(self, gateway: str, is_moved: Callable[[int], bool]) -> None:
        """Pinned clients are learned before their slots move, so that they stay."""
        if self._is_pinned:
            until(
                lambda: self._waiting() == 0 and is_moved(self._slots(gateway)),
                f"the slots of {gateway} to move",
                _PINNED_IDLE + 30,
                0.5,
            )

    def _waiting(self) -> int:
        return sum(service.get("sessions", {}).get("waiting-slots", 0) for service in self._services())

    def _slots(self, gateway: str) -> int:
        devices = [device for service in self._services() for device in service.get("vpn-device", [])]
        return next((device.get("slots", 0) for device in devices if device["name"] == gateway), 0)

    def _until_health(self, gateway: str, wanted: str) -> None:
        until(lambda: self._health(gateway) == wanted, f"{gateway} to be {wanted}", _HELD_DOWN, 0.2)

    def _health(self, gateway: str) -> str | None:
        devices = [device for service in self._services() for device in service.get("vpn-device", [])]
        return next((device.get("health") for device in devices if device["name"] == gateway), None)

    @staticmethod
    def _services() -> list[dict]:
        answer = restconf.request("GET", _STATE)
        return json.loads(answer.body)["vpnlb:vpn-services-state"].get("vpn-service", []) if answer.ok else []


class SelectGroup:
    """A plain select group. Its operator's script notices a death as fast as vpnlb may at the latest."""

    name = "select group"

    def __init__(self, plan: Plan, members: list[str]) -> None:
        self._plan = plan
        self._members = members
        self._weights = dict.fromkeys(members, 1)
        naive.set_up(plan, self._weights)

    def died(self, gateway: str) -> None:
        time.sleep(INTERVAL * FALL / 1000)
        self._without(gateway)

    def revived(self, gateway: str) -> None:
        self.weigh({gateway: 1})

    def link_up(self, gateway: str) -> None:
        """Nothing to do: the switch watches the port."""

    def drain(self, gateway: str) -> None:
        # There is nothing between a member and none.
        self._without(gateway)

    def undrain(self, gateway: str) -> None:
        self.weigh({gateway: 1})

    def add(self, gateway: str) -> None:
        self.weigh({gateway: 1})

    def weigh(self, weights: dict[str, int]) -> None:
        self._weights |= weights
        naive.change(self._plan, self._weights)

    def reset(self) -> None:
        self._weights = dict.fromkeys(self._members, 1)
        naive.change(self._plan, self._weights)

    def _without(self, gateway: str) -> None:
        del self._weights[gateway]
        naive.change(self._plan, self._weights)


@dataclass(frozen=True)
class Arrival:
    """The switch sent a client's packet to a gateway's port."""

    time: float
    client: str
    gateway: str


def redirections(arrivals: Iterable[Arrival], dead: str, affected: set[str], fault: float) -> dict[str, float]:
    """For each affected client the seconds from the fault to its first packet that another gateway got."""
    first: dict[str, float] = {}
    for arrival in arrivals:
        if arrival.client in affected and arrival.gateway != dead and arrival.time >= fault:
            first[arrival.client] = min(first.get(arrival.client, arrival.time), arrival.time)
    return {client: moment - fault for client, moment in sorted(first.items())}


def moved(arrivals: Iterable[Arrival], homes: dict[str, str], fault: float) -> list[str]:
    """The clients of which anything went to another gateway than theirs."""
    return sorted({a.client for a in arrivals if a.time >= fault and homes.get(a.client, a.gateway) != a.gateway})


def last_for(arrivals: Iterable[Arrival], dead: str, affected: set[str], fault: float) -> float:
    """The seconds from the fault to the last packet that the dead gateway was sent; 0 if there was none."""
    late = [a.time - fault for a in arrivals if a.gateway == dead and a.client in affected and a.time >= fault]
    return max(late, default=0.0)


@dataclass(frozen=True)
class Observation:
    """What a scenario showed. Affected are the clients of a gateway that failed, by name; the others are all others.

    Times are in seconds from the fault, or from the moment the change was asked for.
    """

    scenario: str
    system: str
    gateway: str
    affected: list[str]
    others: list[str]
    # Of the others: those of which a packet went to another gateway, or which have another tunnel now.
    moved: list[str]
    # Packets that each of the others lost, where any; of so many that all of them sent and were sent.
    lost: dict[str, int]
    sent: int
    # The longest time in which one of the others heard nothing, or was not heard.
    gap: float
    # Per affected client: its first packet at another gateway.
    redirected: dict[str, float]
    # The last packet towards the dead gateway, from the clients and from the servers.
    last_from_client: float
    last_from_server: float
    # Until every client's datagrams came again, both ways; 0 if they never ceased.
    recovered: float
    # New clients per gateway, of some that came after.
    newcomers: dict[str, int] = field(default_factory=dict)
    # Frames that the capture missed: if any, the other figures may be too good.
    missed: int = 0
    # Processes that wanted to run, on average of the last minute: on a busy machine all takes longer.
    load: float = 0.0

    @property
    def redirect_time(self) -> float | None:
        """Until the last affected client was redirected; None if there was none to be, or one never was."""
        if not self.affected or set(self.redirected) != set(self.affected):
            return None
        return max(self.redirected.values())


def broken_promises(observation: Observation) -> list[str]:
    """What vpnlb promised and an observation does not show."""
    found = []
    if observation.moved:
        found.append(f"others moved: {', '.join(observation.moved)}")
    if observation.lost:
        found.append(f"others lost packets: {observation.lost}")
    if observation.missed:
        found.append(f"the captures missed {observation.missed} frames")
    bar, took = BARS.get(observation.scenario), observation.redirect_time
    if bar is not None and not observation.affected:
        found.append("nobody was affected")
    elif bar is not None and took is None:
        found.append(f"not redirected: {', '.join(sorted(set(observation.affected) - set(observation.redirected)))}")
    elif bar is not None and took > bar:
        found.append(f"the last client was redirected after {milliseconds(took)}, not within {milliseconds(bar)}")
    if observation.scenario == "drained" and observation.newcomers.get(observation.gateway):
        found.append(f"{observation.gateway} got new clients while it was drained")
    if observation.scenario == "added" and not observation.newcomers.get(observation.gateway):
        found.append(f"{observation.gateway} got no new clients")
    return found


def milliseconds(seconds: float) -> str:
    """For people."""
    return f"{seconds * 1000:.0f} ms"


class Bench:
    """Clients with tunnels and streams, and the scenarios upon them. The last gateway does not take part at first."""

    # Those whom an earlier bench of this lab let come have sessions still: they are not new.
    _comers = count(1)

    def __init__(self, plan: Plan, vpn: Vpn, configure: Callable[[list[str]], Balancer], rate: int = RATE) -> None:
        """Configure a balancer for all gateways but the last, let all clients log in, and begin the streams."""
        self.plan = plan
        self.vpn = vpn
        self.members, self.fifth = members_of(plan)
        # Before the balancer, which may want gateways that answer.
        vpn.start(plan.peers())
        self.balancer = balancer = configure(self.members)
        vpn.connect([client.name for client in plan.clients])
        names = [client.name for client in plan.clients]
        self.streams = Streams(balancer.name.replace(" ", "-"), names, rate)
        self._captures = (f"{balancer.name.replace(' ', '-')}-{number}" for number in count(1))
        # The gateway that is to return next.
        self._away = ""
        self._until_flowing()

    def close(self) -> None:
        """End the streams and the tunnels."""
        self.streams.stop()
        self.vpn.stop_all(signal.SIGTERM)

    @property
    def scenarios(self) -> dict[str, Callable[[], Observation]]:
        """By name, in an order in which they can be run; each that takes something away is followed by its return."""
        return {
            "nothing": self.nothing,
            "process-killed": self.process_killed,
            "process-returns": self.process_returns,
            "link-down": self.link_down,
            "link-returns": self.link_returns,
            "drained": self.drained,
            "undrained": self.undrained,
            "added": self.added,
            "weights-changed": self.weights_changed,
        }

    def nothing(self) -> Observation:
        """Look on: what is lost here is not lost by what the other scenarios do."""
        return self._observe("nothing", "", lambda: None)

    def process_killed(self) -> Observation:
        """The process of the gateway with most clients is killed; its ports stay up."""
        gateway = self._away = self._most_used()

        def act() -> None:
            self.vpn.stop(gateway, signal.SIGKILL)
            self.balancer.died(gateway)

        return self._observe("process-killed", gateway, act, is_fault=True)

    def process_returns(self) -> Observation:
        """The process that was killed is started again."""
        gateway = self._away

        def act() -> None:
            self.vpn.start([gateway])
            self.balancer.revived(gateway)

        return self._observe("process-returns", gateway, act)

    def link_down(self) -> Observation:
        """The link between the ingress switch and the gateway with most clients goes down; the other one stays."""
        gateway = self._away = self._most_used()
        return self._observe("link-down", gateway, lambda: self._set_link(gateway, is_up=False), is_fault=True)

    def link_returns(self) -> Observation:
        """The link comes up again."""
        gateway = self._away

        def act() -> None:
            self._set_link(gateway, is_up=True)
            self.balancer.link_up(gateway)

        return self._observe("link-returns", gateway, act)

    def drained(self) -> Observation:
        """The gateway with most clients is drained; then new clients come."""
        gateway = self._away = self._most_used()
        return self._observe("drained", gateway, lambda: self.balancer.drain(gateway), newcomers=True)

    def undrained(self) -> Observation:
        """It is taken back."""
        gateway = self._away
        return self._observe("undrained", gateway, lambda: self.balancer.undrain(gateway))

    def added(self) -> Observation:
        """A further gateway is added; then new clients come."""
        return self._observe("added", self.fifth, lambda: self.balancer.add(self.fifth), newcomers=True)

    def weights_changed(self) -> Observation:
        """The gateway with most clients gets four times its weight; then new clients come."""
        gateway = self._most_used()
        return self._observe("weights-changed", gateway, lambda: self.balancer.weigh({gateway: 4}), newcomers=True)

    def controller_held_up(self, hold_up: Callable[[], None]) -> Observation:
        """The controller is held up for so long that the switches give their connections up."""
        return self._observe("controller-held-up", "", hold_up)

    def reset(self) -> None:
        """As at first, with all the clients' tunnels, after all scenarios have run."""
        self.balancer.reset()
        self._until_flowing()

    def _observe(
        self,
        scenario: str,
        gateway: str,
        act: Callable[[], float | None],
        is_fault: bool = False,
        newcomers: bool = False,
    ) -> Observation:
        """Let it happen, and look on. The act may know better when it began: who sets a link down does."""
        before = self._tunnels()
        affected = {name for name, tunnel in before.items() if is_fault and tunnel.gateway == gateway}
        others = sorted(set(before) - affected)
        watch = Watch(next(self._captures), self.plan)
        asked = time.time()
        fault = act() or asked
        # Some changes begin to tell only after a moment.
        time.sleep(WATCH)
        self._until_flowing()
        seen = self.streams.report(fault, time.time())
        outer, inner, missed = watch.end(before)
        after = self._tunnels()
        homes = {name: before[name].gateway for name in others}
        elsewhere = {name for name in others if after[name].inner_address != before[name].inner_address}
        theirs = [flow for flow in seen if flow.client in others]
        return Observation(
            scenario=scenario,
            system=self.balancer.name,
            gateway=gateway,
            affected=sorted(affected),
            others=others,
            moved=sorted(elsewhere | set(moved(outer, homes, fault)) | set(moved(inner, homes, fault))),
            lost={flow.client: flow.lost for flow in theirs if flow.lost},
            sent=sum(flow.sent for flow in theirs),
            gap=max((max(flow.gap_up, flow.gap_down) for flow in theirs), default=0.0),
            redirected=redirections(outer, gateway, affected, fault),
            last_from_client=last_for(outer, gateway, affected, fault),
            last_from_server=last_for(inner, gateway, affected, fault),
            recovered=max(flow.resumed for flow in seen),
            newcomers=self.newcomers() if newcomers else {},
            missed=missed,
            load=os.getloadavg()[0],
        )

    def newcomers(self) -> dict[str, int]:
        """Let some unknown clients send a packet each, of a kind that gateways ignore; how many each gateway got."""
        first = self.plan.clients[0]
        asker = Asker(first.name, first.interface, first.mac, first.address)
        answers = traffic.arping(asker, CLUSTER_ADDRESS, 0.3)
        if not answers:
            raise LabError(f"nobody answers for {CLUSTER_ADDRESS}")
        batch = next(self._comers)
        frames = {
            source: keepalive(answers[0]["mac"], first.mac, source)
            for source in (f"10.1.{batch}.{number}" for number in range(1, _NEWCOMERS + 1))
        }
        taps = {gateway.outer_tap: hosts.ROOT for gateway in self.plan.gateways}
        taken = Capture(f"newcomers-{next(self._captures)}", taps, f"src net {_NEWCOMERS_NETWORK}")

        def arrived() -> dict[str, str]:
            seen = (
                (g, capture.classify(frame.data)) for g in self.plan.gateways for frame in taken.frames(g.outer_tap)
            )
            return {packet.source: gateway.name for gateway, packet in seen if packet}

        def all_arrived() -> bool:
            # As clients do, those try again that were not served; one after the other, as a burst would be lost.
            for source in frames.keys() - arrived().keys():
                traffic.send_frames(first.name, first.interface, [frames[source]])
            time.sleep(0.2)
            return arrived().keys() == frames.keys()

        until(all_arrived, "the new clients' packets at gateways", 20)
        taken.stop()
        found = Counter(arrived().values())
        return {gateway.name: found[gateway.name] for gateway in self.plan.gateways}

    def _tunnels(self) -> dict[str, Tunnel]:
        names = {client.name for client in self.plan.clients}
        found: dict[str, Tunnel] = {}

        def all_known() -> bool:
            found.clear()
            found.update(self.vpn.tunnels())
            return set(found) == names

        until(all_known, "every client to have a tunnel", _RECOVERY, 0.5)
        return dict(found)

    def _until_flowing(self) -> None:
        # Only what comes from now on counts.
        since = time.time()
        until(lambda: not self.streams.silent(since), "the datagrams of all clients to come, both ways", _RECOVERY, 0.1)

    def _most_used(self) -> str:
        used = Counter(tunnel.gateway for tunnel in self._tunnels().values() if tunnel.gateway in self.members)
        return min(used, key=lambda name: (-used[name], name))

    def _set_link(self, gateway: str, is_up: bool) -> float:
        interface = next(g.outer_interface for g in self.plan.gateways if g.name == gateway)
        return hosts.set_link(gateway, interface, is_up)


class Watch:
    """Captures of what the switches send to the gateways, during a scenario."""

    def __init__(self, name: str, plan: Plan) -> None:
        self._plan = plan
        outer = {gateway.outer_tap: hosts.ROOT for gateway in plan.gateways}
        inner = {gateway.inner_tap: hosts.ROOT for gateway in plan.gateways}
        self._outer = Capture(f"{name}-outer", outer, f"dst host {CLUSTER_ADDRESS}", in_batches=True)
        self._inner = Capture(f"{name}-inner", inner, f"dst net {CLIENT_POOLS}", in_batches=True)

    def end(self, tunnels: dict[str, Tunnel]) -> tuple[list[Arrival], list[Arrival], int]:
        """What went to the gateways, from the clients and from the server, and how many frames were not captured.

        The tunnels tell whose the inner addresses were; others are left out.
        """
        missed = self._outer.stop() + self._inner.stop()
        by_outer = {client.address: client.name for client in self._plan.clients}
        by_inner = {tunnel.inner_address: name for name, tunnel in tunnels.items()}
        outer, inner = [], []
        for gateway in self._plan.gateways:
            outer += _arrivals(self._outer, gateway, gateway.outer_tap, by_outer, is_source=True)
            inner += _arrivals(self._inner, gateway, gateway.inner_tap, by_inner, is_source=False)
        # Kept in memory, and large.
        self._outer.discard()
        self._inner.discard()
        return outer, inner, missed


def _arrivals(taken: Capture, gateway: Gateway, tap: str, names: dict[str, str], is_source: bool) -> list[Arrival]:
    found = []
    for frame in taken.frames(tap):
        packet = capture.classify(frame.data)
        name = names.get(packet.source if is_source else packet.destination) if packet else None
        if name is not None:
            found.append(Arrival(frame.time, name, gateway.name))
    return found


def members_of(plan: Plan) -> tuple[list[str], str]:
    """The gateways that take part from the start, and the one that is added later."""
    names = [gateway.name for gateway in plan.gateways]
    if len(names) < 3:
        raise LabError(f"this needs 3 gateways or more, of which the last one is added later; there are {len(names)}")
    return names[:-1], names[-1]


def keepalive(to: str, by: str, source: str) -> bytes:
    """A NAT keepalive (RFC 3948, section 2.3) in an Ethernet frame."""
    udp = struct.pack("!HHHH", _NAT_T_PORT, _NAT_T_PORT, 9, 0) + _NAT_KEEPALIVE
    addresses = IPv4Address(source).packed + IPv4Address(CLUSTER_ADDRESS).packed
    header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), 1, 0, 64, socket.IPPROTO_UDP, 0) + addresses
    total = sum(struct.unpack("!10H", header))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    header = header[:10] + struct.pack("!H", ~total & 0xFFFF) + header[12:]
    return bytes.fromhex(f"{to}{by}".replace(":", "")) + b"\x08\x00" + header + udp
