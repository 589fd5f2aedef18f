# Copyright (c) 2026 The vpnlb Authors
# SPDX-License-Identifier: EPL-2.0
"""VPN software in the lab's hosts, whatever its kind: gateways that share the cluster address, clients that call it."""

import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

from enclosure import SCRATCH
from hosts import Daemon
from plan import CLUSTER_ADDRESS, Client, Gateway, Plan
from waiting import LabError, each, until


@dataclass(frozen=True)
class Login:
    """A login as a gateway tells it: where the client is outside, and its address inside of the tunnel."""

    outer_address: str
    inner_address: str


@dataclass(frozen=True)
class Tunnel:
    """A client's login on which both ends agree."""

    client: str
    gateway: str
    outer_address: str
    inner_address: str


class Vpn(ABC):
    """All the daemons of one kind of VPN software in a lab. Its secrets are made for this lab, known to nobody else."""

    # As in the lab's commands.
    name: str
    # As people call it.
    title: str
    # What the service lets in for it.
    protocols: tuple[str, ...]
    # How vpnlb sees whether a daemon of it lives: type, and port where the type has one.
    check: dict

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.cluster = CLUSTER_ADDRESS
        self.daemons: dict[str, Daemon] = {}
        self._gateways = {gateway.name: gateway for gateway in plan.gateways}
        self._clients = {client.name: client for client in plan.clients}

    @classmethod
    def available(cls) -> bool:
        """Whether the machine has it; the others are always installed."""
        return True

    def start(self, names: list[str]) -> None:
        """Start the daemons of these gateways and clients, all at once, and wait until each can be spoken to."""
        unknown = sorted(set(names) - set(self.plan.peers()))
        if unknown:
            raise LabError(f"neither a client nor a gateway: {', '.join(unknown)}")
        self.prepare()
        each(self._start, [name for name in names if not self.running(name)])

    def stop(self, name: str, number: int) -> None:
        """End one daemon by a signal."""
        daemon = self.daemons.pop(name, None)
        if daemon is None:
            raise LabError(f"no {self.title} runs at {name}")
        daemon.stop(number)

    def stop_all(self, number: int) -> None:
        """End all the daemons by a signal."""
        each(lambda name: self.stop(name, number), list(self.daemons))

    def running(self, name: str) -> bool:
        """Whether the daemon of that host lives."""
        return name in self.daemons and self.daemons[name].running

    def connect(self, names: list[str], limit: float = 60.0, cluster: str = CLUSTER_ADDRESS) -> dict[str, float]:
        """Let these clients log in at an address, all at once; the seconds that each needed."""
        self.cluster = cluster
        self.prepare()

        def connect_one(name: str) -> float:
            started = time.monotonic()
            if not self.running(name):
                self._start(name)
            self.initiate(name, limit)
            left = limit - (time.monotonic() - started)
            until(lambda: self.inner_addresses(name), f"the tunnel of {name}", max(1.0, left))
            return time.monotonic() - started

        return dict(zip(names, each(connect_one, names, workers=32), strict=True))

    def tunnels(self) -> dict[str, Tunnel]:
        """The clients' logins, as far as the client and exactly one gateway agree on them."""
        gateways = [name for name in self._gateways if self.running(name)]
        clients = [name for name in self._clients if self.running(name)]
        at_gateways = dict(zip(gateways, each(self.logins, gateways), strict=True))
        of_clients = dict(zip(clients, each(self.inner_addresses, clients), strict=True))
        return agreed(self.plan, at_gateways, of_clients)

    def home(self, name: str) -> Path:
        """The directory of that host's daemon, which is there."""
        home = SCRATCH / "vpn" / f"{name}-{self.name}"
        home.mkdir(parents=True, exist_ok=True)
        return home

    def prepare(self) -> None:
        """Make what all the daemons need, before any is started; more than once."""

    def initiate(self, name: str, limit: float) -> None:
        """Have a client's daemon log in, where it does not do so by itself."""

    @abstractmethod
    def start_gateway(self, gateway: Gateway) -> Daemon:
        """Start a gateway's daemon and wait until it takes clients."""

    @abstractmethod
    def start_client(self, client: Client) -> Daemon:
        """Start a client's daemon, which calls the address `cluster`."""

    @abstractmethod
    def logins(self, gateway: str) -> list[Login]:
        """The clients that the gateway takes for logged in."""

    @abstractmethod
    def inner_addresses(self, client: str) -> list[str]:
        """The client's addresses in tunnels that it takes for up."""

    def _start(self, name: str) -> None:
        gateway = self._gateways.get(name)
        self.daemons[name] = self.start_gateway(gateway) if gateway else self.start_client(self._clients[name])


def agreed(plan: Plan, at_gateways: dict[str, list[Login]], of_clients: dict[str, list[str]]) -> dict[str, Tunnel]:
    """The tunnels that a client and exactly one gateway tell of."""
    tunnels = {}
    for client in plan.clients:
        for inner in of_clients.get(client.name, []):
            found = [
                Tunnel(client.name, gateway, login.outer_address, inner)
                for gateway, logins in at_gateways.items()
                for login in logins
                if login.inner_address == inner and login.outer_address in client.addresses
            ]
            if len(found) == 1:
                tunnels[client.name] = found[0]
    return tunnels
