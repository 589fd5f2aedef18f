# Copyright (c) 2026 The vpnlb Authors
# SPDX-License-Identifier: EPL-2.0
"""A door into the enclosure: connections to a listening socket of the outer network are passed on to a port inside."""

import asyncio
import contextlib
import socket
import threading


def open_listener(preferred: int) -> socket.socket:
    """Listen on this machine's loopback, at the preferred port or, if that is taken, at any."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", preferred))
    except OSError:
        listener.bind(("127.0.0.1", 0))
    listener.listen()
    return listener


def serve(listener: socket.socket, port: int) -> None:
    """Relay in the background until the program ends; called inside, where new sockets belong to the inner network."""
    threading.Thread(target=asyncio.run, args=(_serve(listener, port),), daemon=True).start()


async def _serve(listener: socket.socket, port: int) -> None:
    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer), contextlib.suppress(OSError):
            inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
            with contextlib.closing(inner_writer):
                await asyncio.gather(_pump(reader, inner_writer), _pump(inner_reader, writer))

    async with await asyncio.start_server(relay, sock=listener) as server:
        await server.serve_forever()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.write_eof()
