# Copyright (c) 2026 The vpnlb Authors
# SPDX-License-Identifier: EPL-2.0
"""What a running Java virtual machine tells about itself."""

import contextlib
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
    """The heap that is in use after a full collection, without what only fills gaps."""
    rows = [line.split() for line in jcmd(pid, "GC.class_histogram").splitlines()]
    return sum(int(row[2]) for row in rows if len(row) >= 4 and row[0].endswith(":") and "FillerElement" not in row[3])


def compile_seconds(pid: int) -> float:
    """The processor time of the compilers' threads so far."""
    ticks = 0
    for thread in Path(f"/proc/{pid}/task").iterdir():
        # A thread may end meanwhile.
        with contextlib.suppress(OSError):
            name, fields = (thread / "stat").read_text().split("(", 1)[1].rsplit(")", 1)
            if "CompilerThre" in name:
                ticks += int(fields.split()[11]) + int(fields.split()[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def log_pauses(pid: int, log: Path) -> None:
    """Have the pauses of the garbage collector written to a file from now on."""
    jcmd(pid, "VM.log", f"output={log}", "what=gc=info", "decorators=uptime")


def pauses(log: Path) -> list[float]:
    """The pauses in that file, in milliseconds; those of collections that were asked for do not count."""
    lines = [line for line in log.read_text().splitlines() if "Pause" in line and "Diagnostic Command" not in line]
    return [float(found.group(1)) for line in lines if (found := re.search(r"([\d.]+)ms$", line))]
