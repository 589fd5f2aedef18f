# Copyright (c) 2026 The vpnlb Authors
# SPDX-License-Identifier: EPL-2.0
"""The bridge under test and the traffic generator at the far ends of its links.

Everybody who is compared gets the same bridge, the same links and the same frames.
"""

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hosts
import ovs
from enclosure import SCRATCH
from hosts import ROOT
from waiting import LabError, until

BRIDGE = "br"
NODE = "openflow:1"
UPLINK, SERVER, OUTER, INNER = 1, 2, 10, 20
DEVICES = 4
SOURCES = Path(__file__).resolve().parent
_FLOW = re.compile(r"\btable=(\d+),.*?\bpriority=(\d+)(\S*) actions=(.*)$")
_TABLES = re.compile(r"^ *tables? (\d+)(?:\.\.\.(\d+))?:(?: ditto\n|\n *active=(\d+))", re.MULTILINE)
_OVERFLOWS = ("rconn_overflow", "packet_in_overflow", "upcall_ukey_contention", "handler_duplicate_upcall")


def mac(port: int) -> str:
    """The MAC address of whoever is at a port; the last byte tells the port, which serves the minimal responder."""
    return f"02:00:00:00:00:{port:02x}"


VIRTUAL_MAC = f"02:00:00:00:01:{OUTER + 1:02x}"


def compiled(program: str) -> str:
    """Compile one of the C programs beside this file."""
    binary = SCRATCH / program
    compiler = shutil.which("gcc")
    if compiler is None:
        raise LabError("gcc is not installed: run tools/setup.sh --bench")
    if not binary.exists():
        source = str(SOURCES / f"{program}.c")
        hosts.check(ROOT, [compiler, "-O2", "-Wall", "-Wextra", "-o", str(binary), source])
    return str(binary)


def ports(devices: int = DEVICES) -> list[int]:
    """All ports of the bridge."""
    return [UPLINK, SERVER, *(base + i for base in (OUTER, INNER) for i in range(1, devices + 1))]


@dataclass(frozen=True)
class Flow:
    """An entry as ovs-ofctl prints it."""

    table: int
    priority: int
    match: str
    actions: str

    @property
    def key(self) -> str:
        """What names this entry alone, for ovs-ofctl."""
        return f"table={self.table},priority={self.priority}{self.match}"


class Bridge:
    """The bridge; its daemons end with the enclosure."""

    def __init__(self) -> None:
        _, self._switch = ovs.start()
        datapath_id = f"other-config:datapath-id={1:016x}"
        ovs.vsctl(
            *("add-br", BRIDGE, "--", "set", "bridge", BRIDGE, "datapath_type=netdev", "fail_mode=secure"),
            *("protocols=OpenFlow10,OpenFlow13", datapath_id),
        )
        for port in ports():
            hosts.check(ROOT, ["ip", "link", "add", f"s{port}", "type", "veth", "peer", "name", f"g{port}"])
            for end in (f"s{port}", f"g{port}"):
                hosts.check(ROOT, ["ip", "link", "set", end, "up"])
            ovs.vsctl("add-port", BRIDGE, f"s{port}", "--", "set", "interface", f"s{port}", f"ofport_request={port}")

    @property
    def pid(self) -> int:
        """The process id of ovs-vswitchd."""
        return self._switch.pid

    def connect(self, target: str, limit: float = 60.0) -> None:
        """Name the controller and wait for it; whatever was in the bridge before is gone."""
        self.disconnect()
        log = ovs.LOGS / "ovs-vswitchd.log"
        known = log.stat().st_size
        ovs.set_controller(BRIDGE, target)
        # The database tells of it only every 5 s.
        connected = f"{BRIDGE}<->{target}: connected".encode()
        until(lambda: connected in log.read_bytes()[known:], f"the connection to {target}", limit, 0.02)

    def retarget(self, target: str) -> None:
        """Name another controller; the bridge keeps what it has."""
        ovs.vsctl("set", "controller", BRIDGE, f'target="{target}"')

    def disconnect(self) -> None:
        """Be without a controller, and empty."""
        ovs.vsctl("del-controller", BRIDGE)
        self.empty()

    def empty(self) -> None:
        """Forget everything."""
        ovs.ofctl("del-flows", BRIDGE)
        ovs.ofctl("del-groups", BRIDGE)
        hosts.check(ROOT, ["ovs-appctl", "fdb/flush", BRIDGE])
        # A client of the run before would not be new: what the switch has cached for it outlives the entries.
        hosts.check(ROOT, ["ovs-appctl", "revalidator/purge"])

    def add(self, flow: str) -> None:
        """Write an entry by hand."""
        ovs.ofctl("add-flow", BRIDGE, flow)

    def drop(self, flow: Flow) -> None:
        """Let an entry that is there drop all."""
        ovs.ofctl("mod-flows", BRIDGE, f"{flow.key},actions=drop", "--strict")

    def flows(self, match: str = "") -> list[Flow]:
        """The entries, with numbers instead of names."""
        arguments = [BRIDGE, match] if match else [BRIDGE]
        found = []
        for line in ovs.ofctl("dump-flows", *arguments, "--no-names").splitlines():
            flow = _FLOW.search(line)
            if flow is not None:
                table, priority, fields, actions = flow.groups()
                found.append(Flow(int(table), int(priority), fields, actions))
        return found

    def idling(self, table: int, seconds: int) -> int:
        """The number of a table's entries that end when idle for so long."""
        shown = ovs.ofctl("dump-flows", BRIDGE, f"table={table}").splitlines()
        return sum(f" idle_timeout={seconds}," in line for line in shown)

    @contextmanager
    def deletions(self, table: int) -> Iterator[Callable[[str], bool]]:
        """Tells whether the switch has told of an entry of a table, by its match, that it has deleted it.

        To ask a switch that is busy takes many times as long.
        """
        watch = f"watch:!initial,!add,!modify,table={table}"
        log = SCRATCH / "deletions.log"
        log.unlink(missing_ok=True)
        monitor = hosts.Daemon(ROOT, ["ovs-ofctl", "-O", "OpenFlow10", "monitor", BRIDGE, watch], log)
        try:
            until(lambda: monitor.must_run() and "FLOW_MONITOR" in log.read_text(), "the switch to be watched", 30)
            yield lambda match: re.search(rf"{re.escape(match)}(?![\d/])", log.read_text()) is not None
        finally:
            monitor.stop()

    def count(self, *tables: int) -> int:
        """The number of entries, of all tables or of these. The switch need not look through them to tell."""
        counts = entries_by_table(ovs.ofctl("dump-tables", BRIDGE))
        return sum(counts[table] for table in tables or counts)

    def overflows(self) -> dict[str, int]:
        """How often the switch threw something away because a queue was full."""
        shown = hosts.check(ROOT, ["ovs-appctl", "coverage/show"])
        found = {name: int(total) for name, total in re.findall(r"^(\w+) .* total: (\d+)$", shown, re.MULTILINE)}
        lost = {name: found.get(name, 0) for name in _OVERFLOWS if name.endswith("_overflow")}
        # What the switch's own sockets had no room for: d<n> in the memory of packet sockets.
        sockets = hosts.check(ROOT, ["ss", "--packet", "--memory", "--no-header"])
        lost["socket_drops"] = sum(int(drops) for drops in re.findall(r"skmem:\([^)]*,d(\d+)\)", sockets))
        return lost

    def received(self, port: int) -> int:
        """How many frames have come out of a port."""
        return int(Path(f"/sys/class/net/g{port}/statistics/rx_packets").read_text())

    def generate(self, mode: str, *options: str, limit: float = 600.0) -> dict[str, Any]:
        """Run the generator."""
        at = [f"--port={port}=g{port}" for port in ports()]
        command = [compiled("generator"), mode, *at, f"--devices={DEVICES}", *options]
        return json.loads(hosts.check(ROOT, command, limit))


def entries_by_table(shown: str) -> dict[int, int]:
    """How many entries each table has, from what ovs-ofctl shows; to like tables in a row it says ditto."""
    counts: dict[int, int] = {}
    active = 0
    for first, last, own in _TABLES.findall(shown):
        active = int(own) if own else active
        counts |= dict.fromkeys(range(int(first), int(last or first) + 1), active)
    return counts


def cpu_seconds(pid: int) -> float:
    """The processor time of a process so far, that of its ended threads included."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rss_megabytes(pid: int) -> float:
    """The memory that a process holds."""
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text()).group(1)) / 1024
