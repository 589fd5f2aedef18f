# Copyright (c) 2026 The vpnlb Authors
# SPDX-License-Identifier: EPL-2.0

"""Sends as fast as it can what a VPN gateway would send to a server: flood.py INTERFACE MAC SECONDS.

Every other frame is from the gateway's MAC address and of a made-up client, the others are from made-up MAC addresses.
"""

from __future__ import annotations

import random
import socket
import sys
import time

_TO = bytes.fromhex("020000000201")
# A UDP datagram without payload; nobody looks at its checksum.
_BEFORE = bytes.fromhex("0800" + "4500001c0000000040110000")
_BEHIND = bytes.fromhex("ac10000a" + "0009000900080000")
_AT_ONCE = 20_000


def _frame(mac: bytes) -> bytes:
    client = bytes([10, 99, random.randrange(16, 256), random.randrange(256)])
    return _TO + mac + _BEFORE + client + _BEHIND


def main() -> None:
    interface, own, seconds = sys.argv[1], bytes.fromhex(sys.argv[2].replace(":", "")), float(sys.argv[3])
    frames = [
        _frame(own if number % 2 else bytes([0x02, 0xEE]) + random.randbytes(4)) for number in range(_AT_ONCE)
    ]
    end = time.monotonic() + seconds
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as wire:
        wire.bind((interface, 0))
        while time.monotonic() < end:
            for frame in frames:
                try:
                    wire.send(frame)
                except OSError:
                    # The interface's queue is full.
                    time.sleep(0.001)


if __name__ == "__main__":
    main()
