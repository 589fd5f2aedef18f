# Copyright (c) 2026 The vpnlb Authors
# SPDX-License-Identifier: EPL-2.0
"""The enclosure: namespaces of its own for everything that a lab starts.

A program calls :func:`enter` first. In the process that the user started it never returns: that process starts the
same program again, as the first process of new network, mount, process, IPC and host name namespaces, and waits for
it. Whatever lives in there ends with that first process, and that one ends with the process that the user started,
even if that is killed with SIGKILL. All files of a lab are in a memory file system mounted over /run inside, so they
go as well.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

SCRATCH = Path("/run/vpnlb")
_MARK = "VPNLB_ENCLOSURE"
_LISTENER = "VPNLB_LISTENER"
_LIFELINE = "VPNLB_LIFELINE"
_GRACE = 20.0
_TOOLS = ("unshare", "nsenter", "mount", "ip")
_SI_USER = 0


class EnclosureError(Exception):
    """The enclosure cannot be made on this machine; the message says what is missing."""


def enter(name: str, listener: socket.socket | None = None) -> socket.socket | None:
    """Return inside of the enclosure only; the outer process ends with the inner one's exit status.

    A listening socket of the outer network namespace goes along, as a door to what is inside.
    """
    _complete_path()
    if inside(name):
        _furnish()
        number = os.environ.get(_LISTENER)
        return socket.socket(fileno=int(number)) if number else None
    _require()
    sys.exit(_supervise(name, listener))


def inside(name: str) -> bool:
    """Whether this is the first process of the enclosure."""
    return os.environ.get(_MARK) == name and os.getpid() == 1


def find(name: str) -> list[int]:
    """The first processes of the running enclosures of that name, newest first, as process ids of the caller."""
    mark = f"{_MARK}={name}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if not entry.name.isdigit() or entry.stat().st_uid != 0:
                continue
            status = (entry / "status").read_text()
            if "\nNSpid:" not in status or mark not in (entry / "environ").read_bytes().split(b"\0"):
                continue
            numbers = status.split("\nNSpid:")[1].split("\n")[0].split()
            if len(numbers) > 1 and numbers[-1] == "1":
                found.append((entry.stat().st_mtime, int(entry.name)))
        except OSError:
            continue
    return [pid for _, pid in sorted(found, reverse=True)]


def join(pid: int, command: list[str]) -> None:
    """Replace this process by the command, run inside of the enclosure of which pid is the first process."""
    _complete_path()
    namespaces = ["--net", "--mount", "--pid", "--ipc", "--uts"]
    os.execvp("nsenter", ["nsenter", f"--target={pid}", *namespaces, "--", *command])


def _complete_path() -> None:
    # A shell that became root by su may be without the administrator's programs.
    os.environ["PATH"] = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin", "/sbin"])


def _require() -> None:
    if os.geteuid() != 0:
        raise EnclosureError("this needs root (network namespaces, virtual switches): run it as root or with sudo")
    missing = [tool for tool in _TOOLS if shutil.which(tool) is None]
    if missing:
        raise EnclosureError(f"not installed: {', '.join(missing)} (packages util-linux, mount, iproute2)")
    if not Path("/dev/net/tun").exists():
        raise EnclosureError("/dev/net/tun is missing: load the module tun, or give the container that device")
    trial = subprocess.run(
        ["unshare", "--net", "--mount", "--pid", "--fork", "true"], capture_output=True, text=True, check=False
    )
    if trial.returncode != 0:
        raise EnclosureError(
            f"namespaces cannot be made here ({trial.stderr.strip()}); in a container this needs --privileged"
        )


def _supervise(name: str, listener: socket.socket | None) -> int:
    """Run the program again inside; pass on the signals that were sent to this process alone."""
    signals = {signal.SIGINT, signal.SIGTERM, signal.SIGCHLD}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    # The kernel closes the writing end when this process ends, in whatever way; that ends the inner one.
    lifeline, _held = os.pipe()
    command = ["unshare", "--net", "--mount", "--pid", "--ipc", "--uts", "--fork", "--kill-child=KILL", "--mount-proc"]
    environment = {**os.environ, _MARK: name, _LIFELINE: str(lifeline)}
    handles = [lifeline]
    if listener is not None:
        environment[_LISTENER] = str(listener.fileno())
        handles.append(listener.fileno())
    child = subprocess.Popen([*command, "--", sys.executable, "-B", *sys.argv], env=environment, pass_fds=handles)
    ending, deadline = None, 0.0
    while child.poll() is None:
        got = signal.sigtimedwait(signals, 0.2)
        # Ctrl-C at the terminal has reached the inner process too; it decides what that means.
        if ending is None and got is not None and got.si_signo != signal.SIGCHLD and got.si_code <= _SI_USER:
            ending, deadline = got.si_signo, time.monotonic() + _GRACE
        if ending is not None:
            # Again and again: an inner process that is only just starting does not hear it.
            _signal_inner(child.pid, signal.SIGTERM if time.monotonic() < deadline else signal.SIGKILL)
    if ending is not None:
        return 128 + ending
    return child.returncode if child.returncode >= 0 else 128 - child.returncode


def _signal_inner(unshare: int, number: signal.Signals) -> None:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for pid in Path(f"/proc/{unshare}/task/{unshare}/children").read_text().split():
            os.kill(int(pid), number)


def _furnish() -> None:
    """Make the new namespaces habitable: private /run, /sys of this network namespace, loopback, a known host name."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGCHLD})
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)
    threading.Thread(target=_hang_on, args=(int(os.environ[_LIFELINE]),), daemon=True).start()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755,nosuid,nodev", "vpnlb", "/run"], check=True)
    subprocess.run(["mount", "-t", "sysfs", "sysfs", "/sys"], check=True)
    # A name that always resolves: there is no name service in here.
    socket.sethostname("localhost")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    # The switches' own ends of the links are no hosts; they shall send nothing of their own.
    Path("/proc/sys/net/ipv6/conf/default/disable_ipv6").write_text("1")
    SCRATCH.mkdir(mode=0o700)
    os.environ["HOME"] = str(SCRATCH)
    os.environ["TMPDIR"] = str(SCRATCH)


def _end(number: int, _frame: object) -> None:
    """End on a signal at once, whatever is under way: the kernel ends and removes all that is in here."""
    os.write(2, b"\nended by a signal; all of it is being removed\n")
    os._exit(128 + number)


def _hang_on(lifeline: int) -> None:
    """End when the outer process has ended."""
    os.read(lifeline, 1)
    os._exit(1)
