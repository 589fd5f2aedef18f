# Copyright (c) 2026 The vpnlb Authors
# SPDX-License-Identifier: EPL-2.0
"""WireGuard in the lab's hosts: gateways that have one key and know all the clients."""

import time

import hosts
from hosts import Daemon
from plan import CLUSTER_ADDRESS, CLUSTER_ADDRESS_V6, INNER_NETWORK, INNER_NETWORK_V6, Client, Gateway, Plan
from vpn import Login, Vpn
from waiting import until

_PORT = 51820
_MTU = 1400
_KEEPALIVE = 5
# After so many seconds without a new handshake either end has given the other one up (REJECT_AFTER_TIME).
_SESSION = 180


class WireGuard(Vpn):
    """One private key at all gateways. A client's inner address is its own, whichever gateway it is at."""

    name = "wireguard"
    title = "WireGuard"
    protocols = ("wireguard",)
    check = {"type": "udp", "port": _PORT}

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        # Private and public keys; the gateways' one is under no name.
        self._keys: dict[str, tuple[str, str]] = {}

    def prepare(self) -> None:
        """The keys of all."""
        for name in ["", *self._clients]:
            if name not in self._keys:
                private = hosts.check(hosts.ROOT, ["wg", "genkey"]).strip()
                public = hosts.run(hosts.ROOT, ["wg", "pubkey"], text=private).stdout.strip()
                self._keys[name] = private, public

    def start_gateway(self, gateway: Gateway) -> Daemon:
        """The clients' inner addresses are behind its interface; it answers them from the cluster address."""
        lines = ["[Interface]", f"PrivateKey = {self._keys[''][0]}", f"ListenPort = {_PORT}"]
        for client in self.plan.clients:
            lines += ["[Peer]", f"PublicKey = {self._keys[client.name][1]}", f"AllowedIPs = {inner_address(client)}/32"]
            lines += [f"AllowedIPs = {inner_address_v6(client)}/128"]
        daemon = self._daemon(gateway.name, lines)
        outside, inside = gateway.outer_interface, device(gateway.name)
        has_v6 = CLUSTER_ADDRESS_V6 in hosts.check(gateway.name, ["ip", "-6", "address"])
        commands = []
        for client in self.plan.clients:
            commands += [f"ip route replace {inner_address(client)}/32 dev {inside}"]
            # What comes from the gateway's own address would let the client go on there.
            commands += [f"ip route replace {client.address}/32 dev {outside} src {CLUSTER_ADDRESS}"]
            if has_v6:
                commands += [f"ip route replace {inner_address_v6(client)}/128 dev {inside}"]
                commands += [f"ip route replace {client.address_v6}/128 dev {outside} src {CLUSTER_ADDRESS_V6}"]
        hosts.check(gateway.name, ["sh", "-ec", "\n".join(commands)])
        return daemon

    def start_client(self, client: Client) -> Daemon:
        """It calls by itself, as it is to keep its session alive."""
        endpoint = f"[{self.cluster}]" if ":" in self.cluster else self.cluster
        lines = ["[Interface]", f"PrivateKey = {self._keys[client.name][0]}"]
        lines += ["[Peer]", f"PublicKey = {self._keys[''][1]}", f"Endpoint = {endpoint}:{_PORT}"]
        lines += [f"AllowedIPs = {INNER_NETWORK}, {INNER_NETWORK_V6}", f"PersistentKeepalive = {_KEEPALIVE}"]
        daemon = self._daemon(client.name, lines)
        interface = device(client.name)
        hosts.check(client.name, ["ip", "address", "add", f"{inner_address(client)}/32", "dev", interface])
        hosts.check(client.name, ["ip", "route", "replace", INNER_NETWORK, "dev", interface])
        if client.address_v6 in hosts.check(client.name, ["ip", "-6", "address"]):
            hosts.check(client.name, ["ip", "address", "add", f"{inner_address_v6(client)}/128", "dev", interface])
            hosts.check(client.name, ["ip", "route", "replace", INNER_NETWORK_V6, "dev", interface])
        return daemon

    def logins(self, gateway: str) -> list[Login]:
        """The clients of handshakes of which no later one is at another gateway."""
        mine = self._handshakes(gateway)
        others = [self._handshakes(other) for other in self._gateways if other != gateway and self.running(other)]
        by_key = {self._keys[client.name][1]: client for client in self.plan.clients}
        return [
            Login(outer, inner_address(by_key[key]))
            for key, (moment, outer) in mine.items()
            if all(there.get(key, (0, ""))[0] < moment for there in others)
        ]

    def inner_addresses(self, client: str) -> list[str]:
        """While its session lives."""
        alive = any(time.time() - moment < _SESSION for moment, _ in self._handshakes(client).values())
        return [inner_address(self._clients[client])] if alive else []

    def _daemon(self, name: str, lines: list[str]) -> Daemon:
        home, interface = self.home(name), device(name)
        conf = home / "wg.conf"
        conf.touch(mode=0o600)
        conf.write_text("\n".join(lines) + "\n")
        daemon = Daemon(name, ["wireguard-go", "-f", interface], home / "wireguard.log", {"LOG_LEVEL": "verbose"})
        until(
            lambda: daemon.must_run() and hosts.run(name, ["wg", "show", interface]).rc == 0,
            f"WireGuard of {name}",
            30,
        )
        hosts.check(name, ["wg", "setconf", interface, str(conf)])
        with_v6 = f"echo 0 > /proc/sys/net/ipv6/conf/{interface}/disable_ipv6"
        hosts.check(name, ["sh", "-ec", f"{with_v6}; ip link set {interface} up mtu {_MTU}"])
        return daemon

    def _handshakes(self, name: str) -> dict[str, tuple[int, str]]:
        """By the other end's public key: the time of the latest handshake, and where that end is."""
        return parse_dump(hosts.run(name, ["wg", "show", device(name), "dump"]).stdout)


def device(name: str) -> str:
    """The host's tunnel interface; no other one of the lab has its name."""
    return f"wg-{name}"


def inner_address(client: Client) -> str:
    """The client's address within the tunnel."""
    return f"10.99.200.{client.address.split('.')[-1]}"


def inner_address_v6(client: Client) -> str:
    """Its other address there, which it has where the lab has IPv6 too."""
    return f"fd00::{client.address.split('.')[-1]}"


def parse_dump(text: str) -> dict[str, tuple[int, str]]:
    """The peers with a handshake in what `wg show INTERFACE dump` writes, whose first line is about the interface."""
    found = {}
    for line in text.splitlines()[1:]:
        # Public key, preshared key, endpoint, allowed addresses, latest handshake, ...
        fields = line.split("\t")
        if len(fields) > 4 and fields[4] != "0":
            found[fields[0]] = int(fields[4]), fields[2].rpartition(":")[0].strip("[]")
    return found
