# Copyright (c) 2026 The vpnlb Authors
# SPDX-License-Identifier: EPL-2.0
"""Who is compared: vpnlb, other controllers, and what the switch does alone. Each takes its turn at the same bridge."""

import json
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

import restconf
from bridge import DEVICES, INNER, NODE, OUTER, SERVER, SOURCES, UPLINK, VIRTUAL_MAC, Bridge, compiled, mac
from enclosure import SCRATCH
from hosts import ROOT, Daemon
from karaf import Karaf
from waiting import LabError, until

EGRESS, INGRESS = "egress", "ingress"
_CLUSTER_ADDRESS = "192.0.2.100"
_INNER_CLIENTS = "10.64.0.0/10"
_SLOTS = 64
_PEER_PORT = 6699
# A client of no measurement.
_TRIAL = 3_900_000
# Everybody's entries age as vpnlb's return sessions do: a switch works for each entry that may end.
_IDLE_SECONDS = 600
_SERVICES = "/rests/data/vpnlb:vpn-services"


class Contestant(ABC):
    """Somebody who makes sessions work."""

    name: str
    # What it is, for the report.
    about: str
    # Entries that a session takes, per side; nothing where none are counted.
    flows_per_session: dict[str, int] = {EGRESS: 2, INGRESS: 1}
    # Those that the first frame at the egress alone takes.
    flows_of_first = 1

    # The servers' frame is sent again after so many milliseconds; 0: never, and losing it is losing the session.
    repeat_ms: int = 0

    def __init__(self, bridge: Bridge) -> None:
        self.bridge = bridge

    @abstractmethod
    def begin(self) -> None:
        """Have the bridge ready, without sessions."""

    def end(self) -> None:
        """Leave the bridge empty."""
        self.bridge.disconnect()

    @property
    def pid(self) -> int | None:
        """The controller's process, if there is one."""
        return None

    def punts(self, side: str) -> int | None:
        """How many frames it was shown for the sessions of a side, where it tells."""
        return None

    def sessions_flows(self, side: str) -> int:
        """How many entries sessions have now."""
        return self.bridge.count(0) - 1

    def drop_misses(self) -> None:
        """From now on a frame for which there is no session's entry is dropped."""
        for flow in self.bridge.flows("table=0"):
            if flow.priority == 0:
                self.bridge.drop(flow)


def _listens(port: int) -> bool:
    """Whether somebody listens at a TCP port; without a connection, which would count for the controller."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return any(row[1].endswith(f":{port:04X}") and row[3] == "0A" for row in rows)


class Peer(Contestant):
    """A controller of others, started anew for each run."""

    def __init__(self, bridge: Bridge) -> None:
        super().__init__(bridge)
        self._daemon: Daemon | None = None
        # The entries that are no session's of a measurement.
        self._base = 1

    @abstractmethod
    def command(self) -> list[str]:
        """What to run; it has to listen at _PEER_PORT."""

    @property
    def pid(self) -> int | None:
        return self._daemon.pid if self._daemon else None

    def begin(self) -> None:
        daemon = Daemon(ROOT, self.command(), SCRATCH / "peers" / f"{self.name}.log")
        self._daemon = daemon
        # A switch that calls too early waits for seconds before it calls again.
        until(lambda: daemon.must_run() and _listens(_PEER_PORT), f"{self.name} to listen", 30, 0.05)
        self.bridge.connect(f"tcp:127.0.0.1:{_PEER_PORT}")
        # OpenFlow 1.3 drops what no entry matches; these controllers wait for what OpenFlow 1.0 did.
        self.bridge.add("priority=0,actions=CONTROLLER:65535")
        self._base = 1
        until(self._learns, f"{self.name} to learn", 60, 0.1)
        self._base = self.bridge.count(0)

    def sessions_flows(self, side: str) -> int:
        return self.bridge.count(0) - self._base

    def _learns(self) -> bool:
        """Whether it writes an entry: it may be connected, and not have heard yet who is where."""
        self.bridge.generate("prime", "--virtual")
        self.bridge.generate("exchange", f"--first={_TRIAL}", "--count=1", "--one-way", "--patience-ms=200")
        return self.sessions_flows(EGRESS) > 0

    def end(self) -> None:
        super().end()
        if self._daemon is not None:
            self._daemon.stop()
            self._daemon = None


class Responder(Peer):
    """The least that a controller can do."""

    name = "minimal responder"
    about = "C, remembers nothing and parses only addresses: the practical limit of the loop through a controller"

    def command(self) -> list[str]:
        return [compiled("responder"), str(_PEER_PORT)]


class TestController(Peer):
    """Open vSwitch's own learning switch."""

    name = "ovs-testcontroller"
    about = "C, Open vSwitch's learning switch, one exact flow per pair of addresses and protocol"
    flows_per_session = {EGRESS: 2, INGRESS: 2}

    def command(self) -> list[str]:
        return ["ovs-testcontroller", f"--max-idle={_IDLE_SECONDS}", f"ptcp:{_PEER_PORT}:127.0.0.1"]


class OsKen(Peer):
    """A learning switch for os-ken."""

    name = "os-ken"
    about = "Python, a learning switch on os-ken, one flow per pair of addresses"

    def command(self) -> list[str]:
        script = str(SOURCES / "osken_switch.py")
        options = ["--ofp-tcp-listen-port", str(_PEER_PORT), "--ofp-listen-host", "127.0.0.1"]
        return ["osken-manager", *options, script]


class Plain(Contestant):
    """No sessions at all: one entry that forwards normally."""

    name = "plain forwarding"
    about = "no controller, one NORMAL entry: what the switch and the generator cost"
    flows_per_session = {EGRESS: 0, INGRESS: 0}
    flows_of_first = 0

    def begin(self) -> None:
        self.bridge.disconnect()
        self.bridge.add("priority=0,actions=NORMAL")
        self.bridge.generate("prime", "--virtual")


class Outputs(Contestant):
    """The least that spreads clients over devices."""

    name = "plain output"
    about = "no controller: one entry a device, by two bits of the source, whose action is to output"
    flows_per_session = {EGRESS: 0, INGRESS: 0}
    flows_of_first = 0

    def begin(self) -> None:
        self.bridge.disconnect()
        for device in range(DEVICES):
            bits = f"nw_src=0.0.0.{device}/0.0.0.{DEVICES - 1}"
            self.bridge.add(f"priority=10,ip,in_port={UPLINK},{bits},actions=output:{OUTER + 1 + device}")
        self.bridge.generate("prime", "--virtual")


class Multipath(Contestant):
    """Slots by a hash of the source that the switch itself computes."""

    name = "OVS multipath"
    about = "no controller: the switch's own hash of the source picks one of 64 slots (Open vSwitch only)"
    flows_per_session = {EGRESS: 0, INGRESS: 0}
    flows_of_first = 0

    def begin(self) -> None:
        self.bridge.disconnect()
        pick = f"multipath(nw_src,50,modulo_n,{_SLOTS},0,NXM_NX_REG0[0..5]),resubmit(,1)"
        self.bridge.add(f"table=0,priority=10,ip,in_port={UPLINK},actions={pick}")
        for slot in range(_SLOTS):
            self.bridge.add(f"table=1,priority=10,reg0={slot},actions=output:{OUTER + 1 + slot % DEVICES}")
        self.bridge.generate("prime", "--virtual")


class Learn(Contestant):
    """The switch learns by itself."""

    name = "OVS learn action"
    about = "no controller: the switch writes the entry itself (Open vSwitch only), one flow per session"
    flows_per_session = {EGRESS: 1, INGRESS: 1}
    # What the switch has cached for addresses nearby, "drop", holds until it looks at its tables again.
    repeat_ms = 5

    def begin(self) -> None:
        self.bridge.disconnect()
        learn = (
            f"learn(table=1,priority=100,idle_timeout={_IDLE_SECONDS},eth_type=0x800,NXM_OF_IP_DST[]=NXM_OF_IP_SRC[],"
            "output:NXM_OF_IN_PORT[]),NORMAL"
        )
        self.bridge.add("table=0,priority=0,actions=NORMAL")
        self.bridge.add(f"table=0,priority=10,ip,in_port={SERVER},actions=resubmit(,1)")
        for device in range(1, DEVICES + 1):
            self.bridge.add(f"table=0,priority=10,ip,in_port={INNER + device},actions={learn}")
        self.bridge.generate("prime")

    def sessions_flows(self, side: str) -> int:
        return self.bridge.count(1)

    def drop_misses(self) -> None:
        """There are no misses that somebody is asked about: table 1 drops what it does not know."""


class Vpnlb(Contestant):
    """vpnlb in its distribution; the controller runs on while others have their turn."""

    name = "vpnlb"
    about = "OpenDaylight with vpnlb, settings as shipped but learned-per-second, 50,000"
    flows_of_first = 2

    TARGET = "tcp:127.0.0.1:6653"

    def __init__(self, bridge: Bridge, karaf: Karaf) -> None:
        super().__init__(bridge)
        self._karaf = karaf
        self._base: dict[int, int] = {}

    @property
    def pid(self) -> int:
        return self._karaf.pid

    def connect(self) -> None:
        """Have the bridge at the controller, without a service."""
        self.bridge.connect(self.TARGET)

    def begin(self) -> None:
        self.connect()
        self.configure(service())
        self.bridge.generate("prime")

    def configure(self, wanted: dict[str, Any]) -> None:
        """Have the service in the switch, complete."""
        self.put(wanted)
        until(self.reconciled, "vpnlb to have the service in the switch", 60, 0.1)
        self._base = {table: self.bridge.count(table) for table in range(7)}

    def put(self, wanted: dict[str, Any]) -> None:
        """Ask for the service."""
        answer = restconf.request("PUT", _SERVICES, json.dumps(wanted))
        if not answer.ok:
            raise LabError(f"the service was not taken: {answer.status} {answer.body}")

    def end(self) -> None:
        answer = restconf.request("DELETE", _SERVICES)
        if not answer.ok:
            raise LabError(f"the service was not deleted: {answer.status} {answer.body}")
        until(lambda: self.bridge.count() == 0, "vpnlb to remove its entries", 60, 0.05)
        super().end()

    def clear(self, client: str) -> None:
        """End the sessions of one client."""
        asked = {"input": {"service": "bench", "prefix": f"{client}/32"}}
        answer = restconf.request("POST", "/rests/operations/vpnlb:clear-sessions", json.dumps(asked))
        if not answer.ok or json.loads(answer.body)["vpnlb:output"]["cleared"] == 0:
            raise LabError(f"no session of {client} was cleared: {answer.status} {answer.body}")

    def reconciled(self) -> bool:
        """Whether vpnlb says that the switch holds what it should, and nothing changes there any more."""
        switch = self.state()
        if not (switch.get("connected") and switch.get("reconciled") and int(switch["flows"]) > 0):
            return False
        before = self.bridge.count()
        time.sleep(0.3)
        return before > 0 and before == self.bridge.count()

    def punts(self, side: str) -> int:
        wanted = self._sessions(side)
        leaf = "return-sessions" if side == EGRESS else "client-sessions"

        def told() -> bool:
            return sum(int(device[leaf]) for device in self._service().get("vpn-device", [])) == wanted

        until(told, f"vpnlb's state to tell of {wanted} {leaf}", 20, 0.2)
        return int(self._service()["counters"]["punts"])

    def _sessions(self, side: str) -> int:
        return self.return_sessions() if side == EGRESS else self.sessions_flows(side)

    def slots(self, device: str) -> int:
        """How many slots a device has."""
        devices = self._service().get("vpn-device", [])
        return sum(int(each["slots"]) for each in devices if each["name"] == device)

    def state(self) -> dict[str, Any]:
        """The switch in the operational datastore."""
        return self._service().get("switch", [{}])[0]

    @staticmethod
    def _service() -> dict[str, Any]:
        answer = restconf.request("GET", "/rests/data/vpnlb:vpn-services-state?content=nonconfig")
        if not answer.ok:
            return {}
        services = json.loads(answer.body)["vpnlb:vpn-services-state"].get("vpn-service", [])
        return services[0] if services else {}

    def sessions_flows(self, side: str) -> int:
        tables = (3, 4) if side == EGRESS else (1,)
        return self._count_beyond_base(*tables)

    def return_sessions(self) -> int:
        """How many return sessions the switch has."""
        return self._count_beyond_base(4)

    def _count_beyond_base(self, *tables: int) -> int:
        return self.bridge.count(*tables) - sum(self._base[table] for table in tables)

    def drop_misses(self) -> None:
        for table in (2, 3, 4):
            for flow in self.bridge.flows(f"table={table}"):
                # 12: what has a meter of its own: a device's frames, and a port's to a client without a session.
                if flow.priority in (10, 12):
                    self.bridge.drop(flow)


class VpnlbLearning(Vpnlb):
    """vpnlb, where the switch itself learns the sessions."""

    name = "vpnlb, switch learns"
    about = "vpnlb with `learning: switch`: the switch writes the entries itself"
    flows_per_session = {EGRESS: 1, INGRESS: 1}
    flows_of_first = 1
    repeat_ms = 5

    def configure(self, wanted: dict[str, Any]) -> None:
        wanted["vpnlb:vpn-services"]["vpn-service"][0]["learning"] = "switch"
        super().configure(wanted)

    def sessions_flows(self, side: str) -> int:
        return self._count_beyond_base(6 if side == EGRESS else 5)

    def return_sessions(self) -> int:
        return self._count_beyond_base(6)


class VpnlbPinned(Vpnlb):
    """vpnlb, where only clients that are elsewhere than their slots have an entry."""

    name = "vpnlb, sessions pinned"
    about = "vpnlb with `sessions: pinned` and `method: source-hash`: new clients need no entry and no controller"
    flows_per_session = {EGRESS: 2, INGRESS: 0}

    def configure(self, wanted: dict[str, Any]) -> None:
        asked = wanted["vpnlb:vpn-services"]["vpn-service"][0]
        asked["selection"]["method"] = "source-hash"
        asked["ingress"]["sessions"] = "pinned"
        super().configure(wanted)


def service(devices: int = DEVICES, draining: tuple[int, ...] = (), sessions: int = 1_000_000) -> dict[str, Any]:
    """The configuration: one switch with both sides, all devices alike."""
    return {
        "vpnlb:vpn-services": {
            "vpn-service": [
                {
                    "name": "bench",
                    "cluster-address": _CLUSTER_ADDRESS,
                    "virtual-mac": VIRTUAL_MAC,
                    "ingress": {"switch": [{"node": NODE, "uplink-port": [UPLINK]}], "max-sessions": sessions},
                    "egress": {
                        "switch": [{"node": NODE, "server-port": [SERVER]}],
                        "gateway-address": "172.16.0.254",
                        "client-prefix": [_INNER_CLIENTS],
                        "max-sessions": sessions,
                    },
                    # Where the switch's hash alone would tear a client apart: the harder case for a controller.
                    "selection": {"method": "select-group"},
                    "health-check": {"type": "link"},
                    "vpn-device": [
                        {
                            "name": f"d{i}",
                            "admin-state": "draining" if i in draining else "in-service",
                            "ingress": {"node": NODE, "port": OUTER + i, "mac": mac(OUTER + i)},
                            "egress": {"node": NODE, "port": INNER + i, "mac": mac(INNER + i)},
                        }
                        for i in range(1, devices + 1)
                    ],
                }
            ]
        }
    }
