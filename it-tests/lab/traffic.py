# Copyright (c) 2026 The vpnlb Authors
# SPDX-License-Identifier: EPL-2.0
"""Real traffic through the tunnels: ping and TCP, each opened from either end, TCP compared byte by byte."""

import os
import re
import socket
import struct
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import hosts
from plan import SERVER_ADDRESS
from sandwich import SERVER
from vpn import Tunnel
from waiting import LabError, each

PING_UP, PING_DOWN, TCP_UP, TCP_DOWN = "ping-up", "ping-down", "tcp-up", "tcp-down"
KINDS = (PING_UP, PING_DOWN, TCP_UP, TCP_DOWN)
# Few bulk transfers at a time: a burst is lost in the switch's packet sockets, and not by what is looked at here.
_AT_ONCE = {PING_UP: 32, PING_DOWN: 32, TCP_UP: 4, TCP_DOWN: 4}
_LIMIT = 30.0
_ETHERTYPE_ARP = 0x0806


@dataclass(frozen=True)
class Result:
    """How one exchange of one client went. Up is opened by the client, down by the server.

    A lost ping alone is not a failure, as a busy machine loses some: it is counted, for those who want none.
    """

    client: str
    kind: str
    ok: bool
    detail: str
    seconds: float
    lost: int = 0


def exchange(
    tunnels: list[Tunnel], kinds: tuple[str, ...] = KINDS, size: int = 128 * 1024, pings: int = 3
) -> list[Result]:
    """Run the kinds of traffic one after the other, each for many clients at once."""
    unknown = sorted(set(kinds) - set(KINDS))
    if unknown:
        raise LabError(f"unknown: {', '.join(unknown)}; the kinds of traffic are {', '.join(KINDS)}")
    return [
        result
        for kind in kinds
        for result in each(partial(_run, kind=kind, size=size, pings=pings), tunnels, _AT_ONCE[kind])
    ]


def _run(tunnel: Tunnel, kind: str, size: int, pings: int) -> Result:
    started = time.monotonic()
    client, server = (tunnel.client, tunnel.inner_address), (SERVER, SERVER_ADDRESS)
    opener, listener = (client, server) if kind in {PING_UP, TCP_UP} else (server, client)
    lost = 0
    try:
        if kind in {PING_UP, PING_DOWN}:
            ok, lost, detail = _ping(opener[0], listener[1], pings)
        else:
            ok, detail = _tcp(*opener, *listener, size)
    except OSError as failure:
        ok, detail = False, str(failure)
    return Result(tunnel.client, kind, ok, detail, time.monotonic() - started, lost)


def _ping(host: str, address: str, count: int) -> tuple[bool, int, str]:
    outcome = hosts.run(host, ["ping", "-n", "-q", "-c", str(count), "-i", "0.2", "-W", "2", address], _LIMIT)
    match = re.search(r"(\d+) packets transmitted, (\d+) received", outcome.stdout)
    if match is None:
        return False, count, (outcome.stderr or outcome.stdout).strip()
    sent, received = int(match.group(1)), int(match.group(2))
    if "duplicate" in outcome.stdout:
        return False, sent - received, "some were answered twice"
    return received > 0, sent - received, f"{received} of {sent} answered"


def _tcp(opener: str, source: str, listener: str, destination: str, size: int) -> tuple[bool, str]:
    """Open a connection, send random bytes each way and compare what arrived with what was sent."""
    with hosts.tcp_socket(listener) as passive, hosts.tcp_socket(opener) as active:
        for end in (passive, active):
            end.settimeout(_LIMIT)
        passive.bind((destination, 0))
        passive.listen()
        active.bind((source, 0))
        active.connect((destination, passive.getsockname()[1]))
        accepted, peer = passive.accept()
        with accepted:
            accepted.settimeout(_LIMIT)
            if peer[0] != source:
                return False, f"came from {peer[0]} instead of {source}"
            for sender, receiver in ((active, accepted), (accepted, active)):
                if not _transfer(sender, receiver, os.urandom(size)):
                    return False, "other bytes arrived than were sent"
    return True, f"{size} bytes each way"


def _transfer(sender: socket.socket, receiver: socket.socket, data: bytes) -> bool:
    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(sender.sendall, data)
        received = bytearray()
        while len(received) < len(data):
            part = receiver.recv(65536)
            if not part:
                break
            received += part
        sending.result()
    return received == data


@dataclass(frozen=True)
class Asker:
    """Who asks by ARP: a host, by one of its interfaces."""

    host: str
    interface: str
    mac: str
    address: str


def arping(asker: Asker, target: str, listen: float = 1.0) -> list[dict[str, str]]:
    """Ask by ARP who has the target; all the answers that come while it listens, so that unwanted ones show too."""
    own = bytes.fromhex(asker.mac.replace(":", ""))
    request = b"\xff" * 6 + own + struct.pack("!HHHBBH", _ETHERTYPE_ARP, 1, 0x0800, 6, 4, 1)
    request += own + socket.inet_aton(asker.address) + bytes(6) + socket.inet_aton(target)
    answers = []
    with hosts.packet_socket(asker.host, asker.interface, _ETHERTYPE_ARP) as raw:
        raw.send(request)
        deadline = time.monotonic() + listen
        while (left := deadline - time.monotonic()) > 0:
            raw.settimeout(left)
            try:
                frame = raw.recv(2048)
            except TimeoutError:
                break
            if frame[20:22] == b"\0\2" and frame[28:32] == socket.inet_aton(target):
                answers.append({"mac": frame[22:28].hex(":"), "frame-source": frame[6:12].hex(":")})
    return answers


def send_frames(host: str, interface: str, frames: list[bytes]) -> None:
    """Send raw frames out of a host's interface."""
    with hosts.packet_socket(host, interface, _ETHERTYPE_ARP) as raw:
        for frame in frames:
            raw.send(frame)


def send_paced(host: str, interface: str, frames: list[bytes], rate: int) -> int:
    """Send raw frames at so many a second, a hundredth of them at a time; how many were sent."""
    batch = max(1, rate // 100)
    begun = time.monotonic()
    with hosts.packet_socket(host, interface, _ETHERTYPE_ARP) as raw:
        for first in range(0, len(frames), batch):
            # Paced, not waited for: what a flood does to others is what is tried.
            time.sleep(max(0.0, begun + first / rate - time.monotonic()))
            for frame in frames[first : first + batch]:
                raw.send(frame)
    return len(frames)
