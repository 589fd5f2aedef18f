# Copyright (c) 2026 The vpnlb Authors
# SPDX-License-Identifier: EPL-2.0
"""The addressing plan of the lab, and the service configuration that fits it. Pure data: nothing is started here."""

import json
from dataclasses import dataclass
from pathlib import Path

CLUSTER_ADDRESS = "10.0.0.100"
NETWORK_V6 = "2001:db8::"
CLUSTER_ADDRESS_V6 = f"{NETWORK_V6}100"
GATEWAY_ADDRESS = "172.16.0.254"
SERVER_ADDRESS = "172.16.0.10"
SERVER_MAC = "02:00:00:00:02:01"
INNER_NETWORK = "172.16.0.0/24"
INNER_V6 = "fd01::"
INNER_NETWORK_V6 = f"{INNER_V6}/64"
GATEWAY_ADDRESS_V6 = f"{INNER_V6}fe"
SERVER_ADDRESS_V6 = f"{INNER_V6}10"
CLIENTS_V6 = "fd00::/32"
CLIENT_POOLS = "10.99.0.0/16"
# Addresses that nobody in the lab has: checks come from them.
CHECK_SOURCE = "10.0.0.250"
CHECK_SOURCE_V6 = f"{NETWORK_V6}250"
IKE_CHECK = {"type": "ike"}
IPSEC = ("ike", "ipsec-nat-t", "esp", "ah")
INGRESS_NODE = "openflow:1"
EGRESS_NODE = "openflow:2"
UPLINK_PORT = 1
SERVER_PORT = 1
FIRST_GATEWAY_PORT = 11
MAX_CLIENTS = 89
MAX_GATEWAYS = 9

DEFAULT_CLIENTS = 12
DEFAULT_GATEWAYS = 3
EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "example-service.json"


def pool(kind: int, gateway: int) -> str:
    """The inner addresses that a gateway gives out, by one of several kinds of VPN software."""
    return f"10.99.{10 * kind + gateway}.0/24"


@dataclass(frozen=True)
class Client:
    """A road warrior on the dirty side."""

    name: str
    address: str
    mac: str

    @property
    def interface(self) -> str:
        """The host's only interface."""
        return f"{self.name}-eth0"

    @property
    def address_v6(self) -> str:
        """Its other address, where the lab has IPv6 too."""
        return f"{NETWORK_V6}{int(self.address.split('.')[-1]) + 6:x}"

    @property
    def addresses(self) -> tuple[str, str]:
        """Both, as gateways may see it."""
        return self.address, self.address_v6


@dataclass(frozen=True)
class Gateway:
    """A VPN gateway between both switches; the same port number on either."""

    name: str
    port: int
    outer_address: str
    outer_mac: str
    inner_address: str
    inner_mac: str
    pool: str

    @property
    def number(self) -> int:
        """1 is the first gateway's."""
        return self.port - FIRST_GATEWAY_PORT + 1

    @property
    def outer_address_v6(self) -> str:
        """Its address towards the clients, where the lab has IPv6 too."""
        return f"{NETWORK_V6}{self.number}"

    @property
    def inner_address_v6(self) -> str:
        """Its address towards the servers, where the lab has IPv6 too."""
        return f"{INNER_V6}{self.number}"

    @property
    def outer_interface(self) -> str:
        """The host's interface towards the clients."""
        return f"{self.name}-eth0"

    @property
    def inner_interface(self) -> str:
        """The host's interface towards the servers."""
        return f"{self.name}-eth1"

    @property
    def outer_tap(self) -> str:
        """The ingress switch's end of the outer link, where all frames of this device pass."""
        return f"sw1-eth{self.port}"

    @property
    def inner_tap(self) -> str:
        """The egress switch's end of the inner link."""
        return f"sw2-eth{self.port}"


@dataclass(frozen=True)
class Plan:
    """Who is where, for a number of clients and of gateways."""

    clients: tuple[Client, ...]
    gateways: tuple[Gateway, ...]

    @staticmethod
    def of(clients: int = DEFAULT_CLIENTS, gateways: int = DEFAULT_GATEWAYS) -> "Plan":
        """Number the hosts; ValueError where the address plan has no room."""
        if not 1 <= clients <= MAX_CLIENTS:
            raise ValueError(f"the number of clients must be 1 to {MAX_CLIENTS}, not {clients}")
        if not 1 <= gateways <= MAX_GATEWAYS:
            raise ValueError(f"the number of gateways must be 1 to {MAX_GATEWAYS}, not {gateways}")
        return Plan(
            tuple(Client(f"c{i}", f"10.0.0.{10 + i}", f"02:00:00:00:01:{i:02x}") for i in range(1, clients + 1)),
            tuple(
                Gateway(
                    name=f"g{i}",
                    port=FIRST_GATEWAY_PORT + i - 1,
                    outer_address=f"10.0.0.{i}",
                    outer_mac=f"02:00:00:00:0a:{i:02x}",
                    inner_address=f"172.16.0.{i}",
                    inner_mac=f"02:00:00:00:0b:{i:02x}",
                    pool=pool(0, i),
                )
                for i in range(1, gateways + 1)
            ),
        )

    def peers(self) -> list[str]:
        """The names of all that run VPN software."""
        return [gateway.name for gateway in self.gateways] + [client.name for client in self.clients]

    def service(self, protocols: tuple[str, ...] = IPSEC, ipv6: bool = False, check: dict | None = None) -> dict:
        """What RESTCONF is given: one service over both switches and all the gateways, by IPv4 or by IPv6 outside.

        Without a check, as the lab has it for itself, the gateways need no daemons.
        """
        source = CHECK_SOURCE_V6 if ipv6 else CHECK_SOURCE
        return {
            "vpnlb:vpn-services": {
                "vpn-service": [
                    {
                        "name": "office",
                        "cluster-address": CLUSTER_ADDRESS_V6 if ipv6 else CLUSTER_ADDRESS,
                        "protocol": list(protocols),
                        "ingress": {"switch": [{"node": INGRESS_NODE, "uplink-port": [UPLINK_PORT]}]},
                        "egress": {
                            "switch": [{"node": EGRESS_NODE, "server-port": [SERVER_PORT]}],
                            "gateway-address": GATEWAY_ADDRESS,
                            "client-prefix": [CLIENT_POOLS],
                        },
                        **({"health-check": check | {"source-address-ingress": source}} if check else {}),
                        "vpn-device": [
                            {
                                "name": gateway.name,
                                "ingress": {
                                    "node": INGRESS_NODE,
                                    "port": gateway.port,
                                    "mac": gateway.outer_mac,
                                    "address": gateway.outer_address_v6 if ipv6 else gateway.outer_address,
                                },
                                "egress": {
                                    "node": EGRESS_NODE,
                                    "port": gateway.port,
                                    "mac": gateway.inner_mac,
                                    "address": gateway.inner_address,
                                },
                            }
                            for gateway in self.gateways
                        ],
                    }
                ]
            }
        }

    def service_json(
        self, protocols: tuple[str, ...] = IPSEC, ipv6: bool = False, check: dict | None = IKE_CHECK
    ) -> str:
        """The service as the text that is sent: its gateways are checked."""
        return _laid_out(self.service(protocols, ipv6, check)) + "\n"


def _laid_out(value: dict | list | str | int, indent: str = "", width: int = 110) -> str:
    """JSON in which whatever fits into a line stays in one."""
    flat = json.dumps(value)
    if len(indent) + len(flat) <= width or not isinstance(value, dict | list):
        return flat
    deeper = indent + "  "
    if isinstance(value, dict):
        parts = [f"{json.dumps(key)}: {_laid_out(part, deeper, width)}" for key, part in value.items()]
        opening, closing = "{", "}"
    else:
        parts = [_laid_out(part, deeper, width) for part in value]
        opening, closing = "[", "]"
    return f"{opening}\n{deeper}" + f",\n{deeper}".join(parts) + f"\n{indent}{closing}"


if __name__ == "__main__":
    EXAMPLE.write_text(Plan.of().service_json())
