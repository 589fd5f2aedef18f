# Copyright (c) 2026 The vpnlb Authors
# SPDX-License-Identifier: EPL-2.0
"""Processes and sockets in the lab's hosts. A host is a network namespace that has its name under /run/netns."""

import ctypes
import fcntl
import os
import shutil
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from enclosure import SCRATCH
from waiting import LabError

NAMESPACES = Path("/run/netns")
ROOT = "root"
_CLONE_NEWNET = 0x40000000
# netdevice(7)
_IFREQ = struct.Struct("16sH14x")
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1
_LIBC = ctypes.CDLL(None, use_errno=True)

T = TypeVar("T")


@dataclass(frozen=True)
class Outcome:
    """What a command left."""

    rc: int
    stdout: str
    stderr: str


def register(name: str, pid: int) -> None:
    """Give the network namespace of a process a name, for this module and for `ip netns exec`."""
    NAMESPACES.mkdir(exist_ok=True)
    (NAMESPACES / name).symlink_to(f"/proc/{pid}/ns/net")


def prefix(host: str) -> list[str]:
    """What to put before a command so that it runs in the host."""
    if host == ROOT:
        return []
    if not (NAMESPACES / host).exists():
        raise LabError(f"there is no host {host}")
    return ["nsenter", f"--net={NAMESPACES / host}", "--"]


def run(host: str, command: list[str], timeout: float = 60.0, text: str = "") -> Outcome:
    """Run a command in the host to its end, with a text as its input; a timeout ends it and is exit status 124."""
    try:
        done = subprocess.run(
            [*prefix(host), *command], capture_output=True, timeout=timeout, input=text.encode(), check=False
        )
    except subprocess.TimeoutExpired as expired:
        return Outcome(124, _text(expired.stdout), _text(expired.stderr))
    return Outcome(done.returncode, _text(done.stdout), _text(done.stderr))


def _text(output: bytes | None) -> str:
    return (output or b"").decode(errors="replace")


def check(host: str, command: list[str], timeout: float = 60.0) -> str:
    """Run a command that must succeed; its standard output."""
    outcome = run(host, command, timeout)
    if outcome.rc != 0:
        raise LabError(f"{host}: {' '.join(command)}: exit status {outcome.rc}: {outcome.stderr.strip()}")
    return outcome.stdout


def within(host: str, function: Callable[[], T]) -> T:
    """Call the function in a thread that is in the host's namespace: sockets that it opens belong to the host."""

    def enter_and_call() -> T:
        if host != ROOT:
            handle = os.open(NAMESPACES / host, os.O_RDONLY)
            try:
                if _LIBC.setns(handle, _CLONE_NEWNET) != 0:
                    raise OSError(ctypes.get_errno(), f"setns {host}")
            finally:
                os.close(handle)
        return function()

    # The thread ends with the pool: no later call meets it in the wrong namespace.
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(enter_and_call).result()


def tcp_socket(host: str) -> socket.socket:
    """An IPv4 TCP socket of the host."""
    return within(host, lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM))


def packet_socket(host: str, interface: str, protocol: int) -> socket.socket:
    """A raw socket at an interface of the host, for frames of an EtherType."""

    def make() -> socket.socket:
        raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(protocol))
        raw.bind((interface, protocol))
        return raw

    return within(host, make)


def listens(path: Path) -> bool:
    """Whether somebody takes connections at a UNIX socket; its file is there a moment before that."""
    with socket.socket(socket.AF_UNIX) as client:
        return client.connect_ex(str(path)) == 0


def set_link(host: str, interface: str, is_up: bool) -> float:
    """Set an interface of the host up or down; the time of day right before it happened."""

    def make() -> float:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
            asked = fcntl.ioctl(any_socket, _SIOCGIFFLAGS, _IFREQ.pack(interface.encode(), 0))
            flags = _IFREQ.unpack(asked)[1]
            wanted = flags | _IFF_UP if is_up else flags & ~_IFF_UP
            moment = time.time()
            fcntl.ioctl(any_socket, _SIOCSIFFLAGS, _IFREQ.pack(interface.encode(), wanted))
            return moment

    return within(host, make)


def private_copy(program: str) -> str:
    """Copy a program to another path: what security profiles attach to its own would keep it from the lab's files."""
    source = shutil.which(program)
    if source is None:
        raise LabError(f"{program} is not installed")
    copy = SCRATCH / "bin" / program
    if not copy.exists():
        copy.parent.mkdir(exist_ok=True)
        shutil.copy(source, copy)
    return str(copy)


class Daemon:
    """A long-running process in a host, in a session of its own so that Ctrl-C at the terminal spares it."""

    def __init__(
        self, host: str, command: list[str], log: Path, env: dict[str, str] | None = None, with_children: bool = False
    ) -> None:
        """Start it. With children, signals are for those of its processes too that live on without it."""
        self.name = f"{host}: {Path(command[0]).name}"
        self.log = log
        self._signal = os.killpg if with_children else os.kill
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [*prefix(host), *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(env or {})},
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The process id in the enclosure."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self._process.poll() is None

    def must_run(self) -> bool:
        """Whether the process lives: if not, a failure that shows the end of its log."""
        if self.running:
            return True
        tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-20:])
        raise LabError(f"{self.name} ended with exit status {self._process.returncode}:\n{tail}")

    def kill(self, number: int) -> None:
        """Send a signal, if the process lives."""
        if self.running:
            self._signal(self.pid, number)

    def stop(self, number: int = signal.SIGTERM, grace: float = 2.0) -> int:
        """End the process, by SIGKILL after the grace; its exit status."""
        self.kill(number)
        try:
            return self._process.wait(grace)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()
