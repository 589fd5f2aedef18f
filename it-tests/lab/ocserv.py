# Copyright (c) 2026 The vpnlb Authors
# SPDX-License-Identifier: EPL-2.0
"""A TLS VPN in the lab's hosts: ocserv at the gateways, OpenConnect at the clients; the data goes by DTLS."""

import json
from pathlib import Path

import certificates
import hosts
from hosts import Daemon
from plan import INNER_NETWORK, Client, Gateway, pool
from vpn import Login, Vpn
from waiting import until

_KIND = 3
_GATEWAY_CONF = """\
auth = "certificate"
cert-user-oid = 2.5.4.3
ca-cert = {authority}
server-cert = {certificate}
server-key = {key}
tcp-port = 443
udp-port = 443
run-as-user = root
run-as-group = root
socket-file = {home}/socket
use-occtl = true
occtl-socket-file = {home}/occtl
pid-file = {home}/pid
isolate-workers = false
max-clients = 0
max-same-clients = 0
rate-limit-ms = 0
max-ban-score = 0
dpd = 1
keepalive = 5
try-mtu-discovery = false
mtu = 1400
device = vpns
predictable-ips = false
ping-leases = false
ipv4-network = {pool}
route = {inner}
dtls-legacy = true
log-level = 2
"""
# What OpenConnect calls to set its interface up. The inner address is in a file for as long as the tunnel is up.
_SCRIPT = """\
#!/bin/sh -e
case "$reason" in
connect)
    ip link set "$TUNDEV" up mtu "$INTERNAL_IP4_MTU"
    ip address add "$INTERNAL_IP4_ADDRESS/32" dev "$TUNDEV"
    ip route replace {inner} dev "$TUNDEV"
    echo "$INTERNAL_IP4_ADDRESS" >{up}
    ;;
disconnect | reconnect | attempt-reconnect) rm -f {up} ;;
esac
"""
# A gateway takes no other one's cookie: a client that lost its connection must log in anew, as by a service manager.
_AGAIN = """\
while rm -f {up}; do
    "$@"
    sleep 0.5
done
"""


class Ocserv(Vpn):
    """A certificate for each; a pool of addresses at each gateway."""

    name = "ocserv"
    title = "ocserv"
    protocols = ("tls", "dtls")
    check = {"type": "tcp", "port": 443}

    def prepare(self) -> None:
        """What all have in common."""
        certificates.authority()

    def start_gateway(self, gateway: Gateway) -> Daemon:
        """A server at all addresses of the host."""
        certificate, key = certificates.of(gateway.name, is_server=True)
        home = self.home(gateway.name)
        (home / "ocserv.conf").write_text(
            _GATEWAY_CONF.format(
                authority=certificates.authority(),
                certificate=certificate,
                key=key,
                home=home,
                pool=pool(_KIND, gateway.number),
                inner=INNER_NETWORK,
            )
        )
        # The control tool's socket is the last that it makes.
        (home / "occtl").unlink(missing_ok=True)
        command = ["ocserv", "-f", "-c", str(home / "ocserv.conf")]
        daemon = Daemon(gateway.name, command, home / "ocserv.log", with_children=True)
        until(lambda: daemon.must_run() and hosts.listens(home / "occtl"), f"ocserv of {gateway.name}", 30)
        return daemon

    def start_client(self, client: Client) -> Daemon:
        """It logs in, and again when it was thrown out."""
        certificate, key = certificates.of(client.name, is_server=False)
        home = self.home(client.name)
        script = home / "script"
        script.write_text(_SCRIPT.format(inner=INNER_NETWORK, up=self._up(client.name)))
        script.chmod(0o700)
        url = f"https://[{self.cluster}]/" if ":" in self.cluster else f"https://{self.cluster}/"
        command = ["openconnect", "--non-inter", "--protocol=anyconnect", "--no-proxy", "--no-system-trust"]
        command += [f"--cafile={certificates.authority()}", f"--certificate={certificate}", f"--sslkey={key}"]
        command += [f"--script={script}", "--interface=oc0", "--force-dpd=1", "--reconnect-timeout=0", "--verbose", url]
        again = _AGAIN.format(up=self._up(client.name))
        command = ["sh", "-c", again, "again", *command]
        return Daemon(client.name, command, home / "openconnect.log", with_children=True)

    def logins(self, gateway: str) -> list[Login]:
        """By what its control tool lists."""
        socket = str(self.home(gateway) / "occtl")
        listed = hosts.run(gateway, ["occtl", "-s", socket, "--json", "show", "users"]).stdout
        return parse_users(listed)

    def inner_addresses(self, client: str) -> list[str]:
        """What OpenConnect's script has left."""
        try:
            return self._up(client).read_text().split()
        except FileNotFoundError:
            return []

    def _up(self, client: str) -> Path:
        return self.home(client) / "up"


def parse_users(text: str) -> list[Login]:
    """The users in occtl's list that have an inner address."""
    users = json.loads(text) if text.strip() else []
    return [Login(user["Remote IP"], user["IPv4"]) for user in users if user.get("IPv4")]
