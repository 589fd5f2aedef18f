# Copyright (c) 2026 The vpnlb Authors
# SPDX-License-Identifier: EPL-2.0
"""OpenVPN in the lab's hosts, over UDP or over TCP."""

import ipaddress
import socket

import certificates
import hosts
from enclosure import SCRATCH
from hosts import ROOT, Daemon
from plan import INNER_NETWORK, Client, Gateway, Plan, pool
from vpn import Login, Vpn
from waiting import until

_PORT = 1194
# Either end gives the other one up after three seconds of silence. `multihome` makes UDP answer from the address that
# was called, not from the gateway's own.
_GATEWAY_CONF = """\
proto {transport}
port {port}
{multihome}
topology subnet
server {network} {netmask}
push "route {inner} {inner_netmask}"
keepalive 1 3
dh none
"""
_CLIENT_CONF = """\
client
proto {transport}
remote {cluster} {port}
nobind
remote-cert-tls server
connect-retry 1 2
connect-timeout 3
"""
_COMMON_CONF = """\
dev {device}
dev-type tun
tun-mtu 1400
disable-dco
data-ciphers AES-128-GCM
ca {authority}
cert {certificate}
key {key}
tls-crypt {secret}
management {socket} unix
verb 3
"""


class OpenVpn(Vpn):
    """A certificate for each; a pool of addresses at each gateway."""

    name = "openvpn"
    title = "OpenVPN"
    protocols = ("openvpn",)
    check = {"type": "udp", "port": _PORT}
    transport = "udp"
    # Which of a gateway's pools.
    kind = 1

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self._secret = SCRATCH / f"{self.name}.secret"

    def prepare(self) -> None:
        """What all have in common."""
        hosts.private_copy("openvpn")
        certificates.authority()
        if not self._secret.exists():
            hosts.check(ROOT, [hosts.private_copy("openvpn"), "--genkey", "tls-crypt", str(self._secret)])

    def start_gateway(self, gateway: Gateway) -> Daemon:
        """A server at all addresses of the host."""
        network, inner = ipaddress.ip_network(pool(self.kind, gateway.number)), ipaddress.ip_network(INNER_NETWORK)
        conf = _GATEWAY_CONF.format(
            transport="udp6" if self.transport == "udp" else "tcp6-server",
            multihome="multihome" if self.transport == "udp" else "",
            port=_PORT,
            network=network.network_address,
            netmask=network.netmask,
            inner=inner.network_address,
            inner_netmask=inner.netmask,
        )
        daemon = self._daemon(gateway.name, conf, is_server=True)
        until(lambda: daemon.must_run() and self._ask(gateway.name, "state"), f"OpenVPN of {gateway.name}", 30)
        return daemon

    def start_client(self, client: Client) -> Daemon:
        """It calls until it is in."""
        family = "6" if ":" in self.cluster else "4"
        transport = f"udp{family}" if self.transport == "udp" else f"tcp{family}-client"
        conf = _CLIENT_CONF.format(transport=transport, cluster=self.cluster, port=_PORT)
        return self._daemon(client.name, conf, is_server=False)

    def logins(self, gateway: str) -> list[Login]:
        """By what the management interface lists."""
        return parse_status(self._ask(gateway, "status 2"))

    def inner_addresses(self, client: str) -> list[str]:
        """When its state is CONNECTED."""
        # Time, state, how it came about, inner address, ...
        fields = self._ask(client, "state").split(",")
        return [fields[3]] if fields[1:3] == ["CONNECTED", "SUCCESS"] else []

    def _daemon(self, name: str, conf: str, is_server: bool) -> Daemon:
        certificate, key = certificates.of(name, is_server)
        home = self.home(name)
        common = _COMMON_CONF.format(
            device=f"{self.name}0",
            authority=certificates.authority(),
            certificate=certificate,
            key=key,
            secret=self._secret,
            socket=home / "management",
        )
        (home / "openvpn.conf").write_text(conf + common)
        command = [hosts.private_copy("openvpn"), "--config", str(home / "openvpn.conf")]
        return Daemon(name, command, home / "openvpn.log")

    def _ask(self, name: str, command: str) -> str:
        """The daemon's answer to a command, without what it says by itself; nothing where it does not listen."""
        lines = []
        try:
            with socket.socket(socket.AF_UNIX) as management:
                management.settimeout(5)
                management.connect(str(self.home(name) / "management"))
                management.sendall(f"{command}\n".encode())
                with management.makefile() as answer:
                    for line in answer:
                        if line.strip() == "END":
                            return "\n".join(lines)
                        if not line.startswith(">"):
                            lines.append(line.strip())
        except OSError:
            pass
        return ""


class OpenVpnTcp(OpenVpn):
    """The same over TCP."""

    name = "openvpn-tcp"
    title = "OpenVPN over TCP"
    transport = "tcp"
    check = {"type": "tcp", "port": _PORT}
    kind = 2


def parse_status(text: str) -> list[Login]:
    """The clients in what a server lists (status version 2) that have an inner address already."""
    logins = []
    for line in text.splitlines():
        # CLIENT_LIST, name, real address, inner address, ...
        fields = line.split(",")
        if fields[0] == "CLIENT_LIST" and len(fields) > 3 and fields[3]:
            # An IPv4 address has the port behind it, an IPv6 one has not.
            address = fields[2] if fields[2].count(":") > 1 else fields[2].split(":")[0]
            logins.append(Login(address, fields[3]))
    return logins
