# Copyright (c) 2026 The vpnlb Authors
# SPDX-License-Identifier: EPL-2.0
"""What a running Java virtual machine tells about itself."""

import os
import re
from pathlib import Path

import hosts
from hosts import ROOT
from karaf import ROOT_DIRECTORY


def jcmd(pid: int, *command: str) -> str:
    """Run a diagnostic command in the virtual machine."""
    home = Path(os.environ.get("JAVA_HOME") or ROOT_DIRECTORY / ".tools" / "jdk-21")
    return hosts.check(ROOT, [str(home / "bin" / "jcmd"), str(pid), *command])


def heap_bytes(pid: int) -> int:
    """The heap that is in use after full collections."""
    for _ in range(2):
        jcmd(pid, "GC.run")
    # Of the whole heap, or of each generation, as the collector tells it; never of the classes' metadata.
    told = jcmd(pid, "GC.heap_info").split("Metaspace")[0]
    return 1024 * sum(int(used) for used in re.findall(r"total \d+K, used (\d+)K", told))


def log_pauses(pid: int, log: Path) -> None:
    """Have the pauses of the garbage collector written to a file from now on."""
    jcmd(pid, "VM.log", f"output={log}", "what=gc=info", "decorators=uptime")


def pauses(log: Path) -> list[float]:
    """The pauses in that file, in milliseconds; those of collections that were asked for do not count."""
    lines = [line for line in log.read_text().splitlines() if "Pause" in line and "Diagnostic Command" not in line]
    return [float(found.group(1)) for line in lines if (found := re.search(r"([\d.]+)ms$", line))]
