# Copyright (c) 2026 The vpnlb Authors
# SPDX-License-Identifier: EPL-2.0
"""Open vSwitch: a database server and a switch daemon of the lab's own, and what its tools print."""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import hosts
from enclosure import SCRATCH
from hosts import ROOT, Daemon
from waiting import LabError, until

_SCHEMA = Path("/usr/share/openvswitch/vswitch.ovsschema")
_RUN = Path("/run/openvswitch")
_SOCKET = _RUN / "db.sock"
LOGS = SCRATCH / "ovs"


def start() -> list[Daemon]:
    """Start both daemons and wait until they serve; /run is private in here, so the tools' default paths do."""
    if not _SCHEMA.exists():
        raise LabError(f"{_SCHEMA} is missing: install the package openvswitch-switch")
    _RUN.mkdir()
    LOGS.mkdir()
    database = LOGS / "conf.db"
    hosts.check(ROOT, ["ovsdb-tool", "create", str(database), str(_SCHEMA)])
    server = Daemon(
        ROOT, ["ovsdb-server", str(database), f"--remote=punix:{_SOCKET}", "--pidfile"], LOGS / "ovsdb-server.log"
    )
    until(lambda: server.must_run() and hosts.listens(_SOCKET), "the socket of ovsdb-server", 30)
    vsctl("--no-wait", "init")
    # A switch has a processor of its own; here, on a busy machine, it would lose frames while others compute.
    command = ["nice", "-n", "-10", "ovs-vswitchd", f"unix:{_SOCKET}", "--pidfile"]
    switch = Daemon(ROOT, command, LOGS / "ovs-vswitchd.log")
    until(lambda: switch.must_run() and (_RUN / "ovs-vswitchd.pid").exists(), "ovs-vswitchd", 30)
    return [server, switch]


def vsctl(*arguments: str) -> str:
    """Run ovs-vsctl."""
    return hosts.check(ROOT, ["ovs-vsctl", "--timeout=30", *arguments])


def ofctl(command: str, *arguments: str) -> str:
    """Run ovs-ofctl for OpenFlow 1.3."""
    return hosts.check(ROOT, ["ovs-ofctl", "-O", "OpenFlow13", "--timeout=30", command, *arguments])


def connected(bridge: str) -> bool:
    """Whether the bridge has its controller."""
    answer = vsctl("--bare", "--columns=is_connected", "find", "Controller", f"external_ids:bridge={bridge}")
    return answer.strip() == "true"


def set_controller(bridge: str, target: str) -> None:
    """Name the bridge's controller; a short back-off, for controllers that boot after the switch."""
    vsctl(
        *("--", "--id=@c", "create", "Controller", f'target="{target}"', "max_backoff=1000"),
        *("inactivity_probe=15000", f"external_ids:bridge={bridge}"),
        *("--", "set", "Bridge", bridge, "controller=@c"),
    )


@dataclass(frozen=True)
class Tables:
    """What a switch holds, in numbers."""

    flows: dict[int, int]
    groups: dict[str, int]
    cookies: list[str]

    def __str__(self) -> str:
        flows = ", ".join(f"table {table}: {count}" for table, count in self.flows.items())
        groups = ", ".join(f"{count} {kind}" for kind, count in self.groups.items())
        return f"flows: {flows or 'none'}; groups: {groups or 'none'}"


def tables(bridge: str) -> Tables:
    """Count the bridge's flows by table and its groups by type."""
    flows = ofctl("dump-flows", bridge)
    groups = ofctl("dump-groups", bridge)
    return Tables(
        dict(sorted(Counter(int(table) for table in re.findall(r"\btable=(\d+)", flows)).items())),
        dict(sorted(Counter(re.findall(r"group_id=\d+,type=(\w+)", groups)).items())),
        sorted(set(re.findall(r"\bcookie=(0x[0-9a-f]+)", flows))),
    )
