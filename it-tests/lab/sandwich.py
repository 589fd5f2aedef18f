# Copyright (c) 2026 The vpnlb Authors
# SPDX-License-Identifier: EPL-2.0
"""The network of the lab, built with Mininet: clients, ingress switch, gateways, egress switch, server.

::

    c1..cN --- core --- [1] sw1 [11..] --- g1..gM --- [11..] sw2 [1] --- server

`core` is a plain learning bridge, so that all clients hang behind one uplink port.
"""

from mininet.log import setLogLevel
from mininet.net import Mininet
from mininet.node import Host, OVSBridge, OVSSwitch

import hosts
import ovs
from plan import (
    CLIENT_POOLS,
    CLIENTS_V6,
    CLUSTER_ADDRESS,
    CLUSTER_ADDRESS_V6,
    GATEWAY_ADDRESS,
    GATEWAY_ADDRESS_V6,
    SERVER_ADDRESS,
    SERVER_ADDRESS_V6,
    SERVER_MAC,
    SERVER_PORT,
    UPLINK_PORT,
    Plan,
)
from waiting import LabError, each

CONTROLLER = "tcp:127.0.0.1:6653"
SERVER = "server"


class Sandwich:
    """The running network."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        setLogLevel("warning")
        # Mininet would raise limits of the whole machine, of which nothing here has need.
        Mininet.inited = True
        self.net = Mininet(controller=None, switch=OVSSwitch, build=False)
        # In a batch: otherwise the command goes through a terminal, which cuts a long one.
        core = self.net.addSwitch("core", cls=OVSBridge, dpid="c0", datapath="user", batch=True)
        sw1 = self._switch("sw1", 1)
        sw2 = self._switch("sw2", 2)
        server = self.net.addHost(SERVER, ip=None)
        self._link(server, 0, SERVER_MAC, sw2, SERVER_PORT)
        for gateway in plan.gateways:
            host = self.net.addHost(gateway.name, ip=None)
            self._link(host, 0, gateway.outer_mac, sw1, gateway.port)
            self._link(host, 1, gateway.inner_mac, sw2, gateway.port)
        for number, client in enumerate(plan.clients, 1):
            self._link(self.net.addHost(client.name, ip=None), 0, client.mac, core, number)
        self.net.addLink(core, sw1, port1=len(plan.clients) + 1, port2=UPLINK_PORT)
        self.net.start()
        for switch in self.net.switches:
            # Mininet does not look at what came of it.
            wanted, got = len(switch.intfList()) - 1, len(ovs.vsctl("list-ports", switch.name).split())
            if got != wanted:
                raise LabError(f"{switch.name} has {got} ports instead of {wanted}")
        for bridge in ("sw1", "sw2"):
            ovs.set_controller(bridge, CONTROLLER)
        for host in self.net.hosts:
            hosts.register(host.name, host.pid)
        each(self._configure, self.net.hosts)

    def _switch(self, name: str, datapath_id: int) -> OVSSwitch:
        return self.net.addSwitch(
            name, dpid=f"{datapath_id:016x}", datapath="user", protocols="OpenFlow13", failMode="secure", batch=True
        )

    def _link(self, host: Host, number: int, mac: str, switch: OVSSwitch, port: int) -> None:
        self.net.addLink(host, switch, port1=number, port2=port, addr1=mac)

    def _configure(self, host: Host) -> None:
        """Addresses, routes and settings of a host, in one go."""
        lines = ["set -e", "ip link set lo up"]
        settings = {"conf/all/arp_ignore": 1, "conf/all/arp_announce": 2}
        settings |= {f"conf/{scope}/rp_filter": 0 for scope in ("all", "default")}
        for address, interface in self._addresses(host.name):
            # The userspace datapath forwards frames as they are: an unfinished checksum would arrive as a wrong one.
            lines += [f"ethtool -K {interface} tx off rx off tso off gso off gro off"]
            lines += [f"ip link set {interface} up", f"ip address add {address} dev {interface}"]
            settings[f"conf/{interface}/rp_filter"] = 0
        if host.name in {gateway.name for gateway in self.plan.gateways}:
            settings["ip_forward"] = 1
            lines += [f"ip address add {CLUSTER_ADDRESS}/32 dev lo"]
        if host.name == SERVER:
            lines += [f"ip route add {CLIENT_POOLS} via {GATEWAY_ADDRESS}"]
        lines += [f"echo {value} > /proc/sys/net/ipv4/{setting}" for setting, value in settings.items()]
        hosts.check(host.name, ["sh", "-c", "\n".join(lines)])

    def add_ipv6(self) -> None:
        """Give clients and gateways IPv6 addresses on the clients' side, gateways and the server inside."""
        ends = {client.name: [(client.interface, client.address_v6)] for client in self.plan.clients}
        for gateway in self.plan.gateways:
            outer = gateway.outer_interface, gateway.outer_address_v6
            ends[gateway.name] = [outer, (gateway.inner_interface, gateway.inner_address_v6)]
        ends[SERVER] = [(f"{SERVER}-eth0", SERVER_ADDRESS_V6)]

        def add(name: str) -> None:
            lines = ["set -e"]
            for interface, address in ends[name]:
                lines += [f"echo 0 > /proc/sys/net/ipv6/conf/{interface}/disable_ipv6"]
                lines += [f"ip address replace {address}/64 dev {interface} nodad"]
            if name == SERVER:
                lines += [f"ip route replace {CLIENTS_V6} via {GATEWAY_ADDRESS_V6}"]
            if name in {gateway.name for gateway in self.plan.gateways}:
                lines += ["echo 0 > /proc/sys/net/ipv6/conf/lo/disable_ipv6"]
                lines += [f"ip address replace {CLUSTER_ADDRESS_V6}/128 dev lo nodad"]
                lines += ["echo 1 > /proc/sys/net/ipv6/conf/all/forwarding"]
            hosts.check(name, ["sh", "-c", "\n".join(lines)])

        each(add, ends)

    def _addresses(self, name: str) -> list[tuple[str, str]]:
        if name == SERVER:
            return [(f"{SERVER_ADDRESS}/24", f"{SERVER}-eth0")]
        for client in self.plan.clients:
            if client.name == name:
                return [(f"{client.address}/24", client.interface)]
        gateway = next(gateway for gateway in self.plan.gateways if gateway.name == name)
        return [
            (f"{gateway.outer_address}/24", gateway.outer_interface),
            (f"{gateway.inner_address}/24", gateway.inner_interface),
        ]
