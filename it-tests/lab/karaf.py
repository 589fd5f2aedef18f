# Copyright (c) 2026 The vpnlb Authors
# SPDX-License-Identifier: EPL-2.0
"""A Karaf distribution, run inside of the enclosure from a copy of what it writes to."""

import os
import re
import shutil
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import hosts
import restconf
from enclosure import SCRATCH
from hosts import ROOT, Daemon
from waiting import LabError, until

ROOT_DIRECTORY = Path(__file__).resolve().parents[2]
DISTRIBUTION = ROOT_DIRECTORY / "karaf-distro" / "target" / "assembly"
# A cold start on a busy small machine.
BOOT_LIMIT = 300.0
_STOP_LIMIT = 60.0
# Big, and only read.
_SHARED = ("lib", "system")
_COLOURS = re.compile(r"\x1b\[[\d;]*m")
# OpenDaylight's own, at some boots.
_HARMLESS = (
    # The component is made all the same, and all works.
    "ConcurrentDOMDataBroker has unsupported type java.util.concurrent.Executor",
    # Most likely two switches that connect at once meet in a plain HashMap of OpenFlowPlugin's; one connects again.
    "Initial gathering statistics unsuccessful: null",
)
_RECORD = re.compile(r"^\d{4}-\d\d-\d\dT[\d:,.]+\s+\|\s*(\w+)\s*\|")


@dataclass(frozen=True)
class LogFindings:
    """What should not be in Karaf's log: any ERROR, and any WARN of vpnlb's."""

    errors: list[str]
    vpnlb_warnings: list[str]

    @property
    def clean(self) -> bool:
        """Whether there is none of it."""
        return not self.errors and not self.vpnlb_warnings


class Karaf:
    """The one Karaf of a lab. Its data, configuration and logs live in the scratch directory and survive a restart."""

    home = SCRATCH / "karaf"

    def __init__(self, distribution: Path = DISTRIBUTION, settings: str = "") -> None:
        """With settings, the lines of etc/org.vpnlb.cfg."""
        self._distribution = distribution.resolve()
        self._settings = settings
        self._daemon: Daemon | None = None

    @property
    def running(self) -> bool:
        """Whether its process lives."""
        return self._daemon is not None and self._daemon.running

    @property
    def pid(self) -> int:
        """The process id in the enclosure, that of the Java virtual machine."""
        if self._daemon is None:
            raise LabError("Karaf was not started")
        return self._daemon.pid

    def start(self) -> None:
        """Start the process, without waiting for anything."""
        if self.running:
            raise LabError("Karaf runs already")
        if not self.home.exists():
            self.copy()
        self._daemon = Daemon(ROOT, [str(self.home / "bin" / "karaf"), "daemon"], self.home / "console.log", _java())

    def wait_for(self, module: str, container: str, limit: float = BOOT_LIMIT) -> None:
        """Wait until RESTCONF serves a container of a YANG module; fail at once if the process ends."""

        def ready() -> bool:
            if self._daemon is None:
                raise LabError("Karaf was not started")
            self._daemon.must_run()
            return restconf.knows(module, container)

        until(ready, f"RESTCONF to serve {module}:{container}", limit, 0.2)

    def stop(self, number: int = signal.SIGTERM) -> None:
        """End the process by a signal."""
        if self._daemon is not None:
            self._daemon.stop(number, _STOP_LIMIT)
            self._daemon = None

    def hold_up(self, condition: Callable[[], bool], what: str, then: float) -> None:
        """Freeze the process until a condition holds and some seconds more, as on a host that is too busy, or moved."""
        if self._daemon is None:
            raise LabError("Karaf was not started")
        self._daemon.kill(signal.SIGSTOP)
        try:
            until(condition, what, BOOT_LIMIT, 0.2)
            # Nothing to wait for: how long it lasts is what is tried.
            time.sleep(then)
        finally:
            self._daemon.kill(signal.SIGCONT)

    def shell(self, command: str, limit: float = BOOT_LIMIT) -> hosts.Outcome:
        """Run a command of Karaf's shell. It goes in as input: as an argument, the client drops it when input ends."""
        client = ["env", *(f"{name}={value}" for name, value in _java().items()), str(self.home / "bin" / "client")]
        options = ["-b", "-u", "karaf", "-p", "karaf", "-r", "30", "-d", "1"]
        outcome = hosts.run(ROOT, [*client, *options], limit, command + "\n")
        return hosts.Outcome(outcome.rc, _COLOURS.sub("", outcome.stdout), outcome.stderr)

    def copy(self) -> None:
        """Make its home anew from the distribution; starting does so too, where there is none."""
        if not (self._distribution / "bin" / "karaf").exists():
            raise LabError(f"{self._distribution} is no Karaf distribution: build the project first")
        self.home.mkdir()
        for entry in self._distribution.iterdir():
            copy = self.home / entry.name
            if entry.name in _SHARED:
                copy.symlink_to(entry)
            elif entry.name != "data" and entry.is_dir():
                shutil.copytree(entry, copy, symlinks=True)
            elif entry.name != "data":
                shutil.copy(entry, copy)
        if self._settings:
            (self.home / "etc" / "org.vpnlb.cfg").write_text(self._settings)

    def log_files(self) -> list[Path]:
        """All its log files, oldest first."""
        logs = self.home / "data" / "log"
        return sorted(logs.glob("karaf.log*"), key=lambda path: path.stat().st_mtime) if logs.is_dir() else []

    def findings(self) -> LogFindings:
        """Look through the log."""
        records: list[str] = []
        for path in self.log_files():
            for line in path.read_text(errors="replace").splitlines():
                if _RECORD.match(line):
                    records.append(line)
                elif records:
                    records[-1] += "\n" + line
        return findings(records)


def findings(records: list[str]) -> LogFindings:
    """Pick the ERRORs, and the WARNs whose logger or bundle is vpnlb's."""
    errors, warnings = [], []
    for record in records:
        fields = [field.strip() for field in record.split("|")]
        if any(text in record for text in _HARMLESS):
            continue
        if fields[1] == "ERROR":
            errors.append(record)
        elif fields[1] == "WARN" and any("vpnlb" in field for field in fields[3:5]):
            warnings.append(record)
    return LogFindings(errors, warnings)


def _java() -> dict[str, str]:
    """The environment of a Java program of the lab: the project's JDK, and no trace in the home directory or /tmp."""
    candidates = [os.environ.get("JAVA_HOME"), ROOT_DIRECTORY / ".tools" / "jdk-21"]
    home = next((path for path in candidates if path and (Path(path) / "bin" / "java").exists()), None)
    if home is None:
        java = shutil.which("java")
        if java is None:
            raise LabError("no Java found: set JAVA_HOME to a JDK 21")
        home = Path(java).resolve().parents[1]
    return {"JAVA_HOME": str(home), "JAVA_TOOL_OPTIONS": f"-XX:-UsePerfData -Duser.home={SCRATCH}"}
