#!/usr/bin/python3 -B
# Copyright (c) 2026 The vpnlb Authors
# SPDX-License-Identifier: EPL-2.0
"""Numbered datagrams through every client's tunnel, both ways at once, to tell what was lost, when, and whose.

Run as a program (`streams.py RECORDS RATE CLIENT...`) it sends until it is ended: one process for all the hosts, with
a socket in each, so that a small machine has the time for it. A client's socket has no address of its own: the kernel
gives each datagram the inner address that the tunnel has at that moment, so a stream goes on after another login. The
server's datagrams go to the inner address from which the client's last one came; to a client that has been silent for
a second it sends none, as a tunnel that works one way only would else seem alive to the client.

What happened is in the file of records, each with the time of day in seconds, as in captures.
"""

import select
import signal
import socket
import struct
import sys
import time
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import hosts
from enclosure import SCRATCH
from hosts import ROOT, Daemon
from plan import SERVER_ADDRESS
from waiting import LabError, until

# The server; sandwich.SERVER, without Mininet, which the program has no need of.
_SERVER = "server"
_PORT = 7000
_MAGIC = b"vpnlb"
# Client's number and the datagram's.
_PAYLOAD = struct.Struct("!5sHI")
_SIZE = 100
# Time, number of the datagram, number of the client, what happened.
_RECORD = struct.Struct("<dIHH")
SENT_UP, CAME_UP, SENT_DOWN, CAME_DOWN = range(4)
# Several clients' datagrams at a time: waking up for each would cost more than sending it.
_TICK = 0.004
_SILENCE = 1.0
_BUFFER = 1 << 20
# What has not come after this time is lost, in seconds.
PATIENCE = 1.0
RATE = 50
# In seconds: many periods, and more than what a busy machine makes of one.
_TOO_LONG = 0.5


@dataclass(frozen=True)
class Record:
    """A numbered datagram of a client's stream was sent, or came."""

    time: float
    number: int
    client: int
    event: int


@dataclass(frozen=True)
class Flow:
    """What became of a client's datagrams that were sent in a window of time: up is towards the server.

    Gaps are in seconds: the longest time in the window in which nothing came. So is the end of the last gap that was
    too long to be chance, in either direction, counted from the window's beginning; 0 if there was none.
    """

    client: str
    sent_up: int
    lost_up: int
    sent_down: int
    lost_down: int
    gap_up: float
    gap_down: float
    resumed: float = 0.0

    @property
    def sent(self) -> int:
        """Both ways."""
        return self.sent_up + self.sent_down

    @property
    def lost(self) -> int:
        """Both ways."""
        return self.lost_up + self.lost_down


class Recording:
    """A file of records, which may still be growing. They are in the order of their times."""

    def __init__(self, content: bytes) -> None:
        self._content = content[: len(content) - len(content) % _RECORD.size]
        self._count = len(self._content) // _RECORD.size

    def between(self, since: float, before: float) -> Iterator[Record]:
        """The records of a span of time."""
        first, last = self._index(since), self._index(before)
        part = memoryview(self._content)[first * _RECORD.size : last * _RECORD.size]
        return (Record(*fields) for fields in _RECORD.iter_unpack(part))

    def _index(self, moment: float) -> int:
        return bisect_left(
            range(self._count), moment, key=lambda i: _RECORD.unpack_from(self._content, i * _RECORD.size)[0]
        )


def flows(recording: Recording, clients: list[str], since: float, before: float) -> list[Flow]:
    """What became of what the clients sent, and were sent, in a window of time."""
    sent: dict[tuple[int, int], set[int]] = {}
    came: dict[tuple[int, int], set[int]] = {}
    arrivals: dict[tuple[int, int], list[float]] = {}
    for record in recording.between(since, before + PATIENCE):
        key = (record.client, record.event)
        if record.event in (SENT_UP, SENT_DOWN):
            if record.time < before:
                sent.setdefault(key, set()).add(record.number)
        else:
            came.setdefault(key, set()).add(record.number)
            arrivals.setdefault(key, []).append(record.time)

    def lost(client: int, sending: int, coming: int) -> int:
        return len(sent.get((client, sending), set()) - came.get((client, coming), set()))

    def gaps(client: int, coming: int) -> list[tuple[float, float]]:
        """Each time without an arrival: how long it was, and when it ended."""
        inside = [moment for moment in arrivals.get((client, coming), []) if moment < before]
        return [(later - earlier, later) for earlier, later in pairwise([since, *inside, before])]

    def flow(number: int, name: str) -> Flow:
        up, down = gaps(number, CAME_UP), gaps(number, CAME_DOWN)
        return Flow(
            name,
            len(sent.get((number, SENT_UP), set())),
            lost(number, SENT_UP, CAME_UP),
            len(sent.get((number, SENT_DOWN), set())),
            lost(number, SENT_DOWN, CAME_DOWN),
            max(up)[0],
            max(down)[0],
            max((ended - since for length, ended in up + down if length > _TOO_LONG), default=0.0),
        )

    return [flow(number, name) for number, name in enumerate(clients)]


class Streams:
    """The streams of a lab, in a process of their own until stopped."""

    def __init__(self, name: str, clients: list[str], rate: int = RATE) -> None:
        """Begin: rate datagrams a second for each client, each way."""
        if not 1 <= rate <= 1000:
            raise LabError(f"the rate of a stream must be 1 to 1000 datagrams a second, not {rate}")
        self.clients = clients
        home = SCRATCH / "streams"
        home.mkdir(exist_ok=True)
        self._file = home / f"{name}.records"
        command = [sys.executable, "-B", __file__, str(self._file), str(rate), *clients]
        self._daemon = Daemon(ROOT, command, home / f"{name}.log")
        until(lambda: self._daemon.must_run() and self._file.exists(), "the streams", 30, 0.02)

    def stop(self) -> None:
        """End them; what was recorded stays."""
        self._daemon.stop()

    def report(self, since: float, before: float) -> list[Flow]:
        """What became of what was sent in that time; waits until it cannot come any more."""
        time.sleep(max(0.0, before + PATIENCE - time.time()))
        return flows(self._recording(), self.clients, since, before)

    def silent(self, since: float) -> list[str]:
        """The clients with a direction in which nothing has come since a moment, or for half a second."""
        now = time.time()
        heard = {(r.client, r.event) for r in self._recording().between(max(since, now - _TOO_LONG), now)}
        return [
            name for number, name in enumerate(self.clients) if not {(number, CAME_UP), (number, CAME_DOWN)} <= heard
        ]

    def _recording(self) -> Recording:
        self._daemon.must_run()
        return Recording(self._file.read_bytes())


class _Sender:
    """The program: all the sockets, and what is written down about them."""

    def __init__(self, records: Path, rate: int, clients: list[str]) -> None:
        self._period = 1.0 / rate
        self._server = _udp_socket(_SERVER)
        self._server.bind((SERVER_ADDRESS, _PORT))
        self._clients = [_udp_socket(name) for name in clients]
        # Where the last datagram of each client came from, and when.
        self._heard: list[tuple[tuple[str, int], float]] = [(("", 0), 0.0)] * len(clients)
        self._numbers = [0] * len(clients)
        # Spread over the period, so that the streams are even and not a burst.
        now = time.time()
        self._due = [now + self._period * i / len(clients) for i in range(len(clients))]
        self._records: list[bytes] = []
        self._output = records.open("wb", buffering=0)
        self._ended = False

    def run(self) -> None:
        signal.signal(signal.SIGTERM, lambda *_: setattr(self, "_ended", True))
        waiting = select.epoll()
        for each in (*self._clients, self._server):
            waiting.register(each.fileno(), select.EPOLLIN)
        by_handle = {each.fileno(): each for each in self._clients}
        next_tick = time.time()
        while not self._ended:
            for handle, _ in waiting.poll(max(0.0, next_tick - time.time())):
                if handle == self._server.fileno():
                    self._receive(self._server, CAME_UP)
                else:
                    self._receive(by_handle[handle], CAME_DOWN)
            if time.time() >= next_tick:
                self._send(time.time())
                next_tick = time.time() + _TICK
                self._output.write(b"".join(self._records))
                self._records.clear()

    def _send(self, now: float) -> None:
        for number, due in enumerate(self._due):
            if due > now:
                continue
            # No catching up: a burst after a pause would be lost for its own sake.
            self._due[number] = max(due + self._period, now)
            self._numbers[number] += 1
            datagram = _PAYLOAD.pack(_MAGIC, number, self._numbers[number]).ljust(_SIZE, b"\0")
            self._send_to(self._clients[number], datagram, (SERVER_ADDRESS, _PORT), number, SENT_UP)
            inner, heard = self._heard[number]
            if now - heard < _SILENCE:
                self._send_to(self._server, datagram, inner, number, SENT_DOWN)

    def _send_to(
        self, sender: socket.socket, datagram: bytes, address: tuple[str, int], number: int, event: int
    ) -> None:
        self._note(self._numbers[number], number, event)
        try:
            sender.sendto(datagram, address)
        except OSError:
            # Without a tunnel there is no way: the number is used up, and counts as lost.
            return

    def _receive(self, receiver: socket.socket, event: int) -> None:
        while True:
            try:
                datagram, peer = receiver.recvfrom(2048)
            except BlockingIOError:
                return
            except OSError:
                # An ICMP error of an earlier datagram.
                continue
            magic, number, sequence = _PAYLOAD.unpack_from(datagram) if len(datagram) == _SIZE else (b"", 0, 0)
            if magic != _MAGIC:
                continue
            self._note(sequence, number, event)
            if event == CAME_UP:
                self._heard[number] = (peer, time.time())

    def _note(self, sequence: int, number: int, event: int) -> None:
        self._records.append(_RECORD.pack(time.time(), sequence, number, event))


def _udp_socket(host: str) -> socket.socket:
    def make() -> socket.socket:
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.setblocking(False)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        return made

    return hosts.within(host, make)


def recorded(records: Iterable[Record]) -> bytes:
    """The content of a file with these records."""
    return b"".join(_RECORD.pack(r.time, r.number, r.client, r.event) for r in records)


if __name__ == "__main__":
    _Sender(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]).run()
