# Copyright (c) 2026 The vpnlb Authors
# SPDX-License-Identifier: EPL-2.0
"""What passed at the device ports: captured there by tcpdump, counted per client and device from the captures alone."""

import ipaddress
import re
import shutil
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import hosts
from enclosure import SCRATCH
from hosts import ROOT, Daemon
from plan import CLIENT_POOLS, CLUSTER_ADDRESS, CLUSTER_ADDRESS_V6, Gateway, Plan
from waiting import LabError, each, until

_HOME = SCRATCH / "captures"
# Enough for every header that is looked at, little enough to keep up with bulk traffic.
_SNAPLEN = 128
_OPTIONS = ("-n", "-p", "-s", str(_SNAPLEN), "-B", "16384", "-Z", "root")
_AT_ONCE = ("-U", "--immediate-mode")
# What the kernel hands over in batches is late by up to this, in seconds.
BATCH = 1.0

_ETHERTYPE_IPV4, _ETHERTYPE_IPV6 = 0x0800, 0x86DD
_VLAN_TAGS = (0x8100, 0x88A8)
_ICMP, _TCP, _UDP, _ESP, _AH, _ICMPV6, _FRAGMENT = 1, 6, 17, 50, 51, 58, 44
_IKE_PORT, _NAT_T_PORT = 500, 4500
_KINDS = {_ICMP: "icmp", _TCP: "tcp", _UDP: "udp", _ESP: "esp", _AH: "ah", _ICMPV6: "icmp", _FRAGMENT: "fragment"}
_PORTS = {
    (_UDP, 1194): "openvpn-udp",
    (_TCP, 1194): "openvpn-tcp",
    (_UDP, 51820): "wireguard",
    (_UDP, 1701): "l2tp",
    (_TCP, 443): "tls",
    (_UDP, 443): "dtls",
}
_MORE_FRAGMENTS, _FRAGMENT_OFFSET = 0x2000, 0x1FFF
_POOLS = ipaddress.ip_network(CLIENT_POOLS)
_CLUSTER = {CLUSTER_ADDRESS, CLUSTER_ADDRESS_V6}


@dataclass(frozen=True)
class Packet:
    """The headers of an IP frame, as far as counting needs them."""

    source_mac: str
    destination_mac: str
    source: str
    destination: str
    kind: str


def classify(frame: bytes) -> Packet | None:
    """Name what an Ethernet frame carries; None if that is neither IPv4 nor IPv6, or is a neighbour's talk."""
    offset = 12
    while len(frame) >= offset + 2 and int.from_bytes(frame[offset : offset + 2], "big") in _VLAN_TAGS:
        offset += 4
    kind, ip = int.from_bytes(frame[offset : offset + 2], "big"), frame[offset + 2 :]
    macs = frame[6:12].hex(":"), frame[0:6].hex(":")
    if kind == _ETHERTYPE_IPV4 and len(ip) >= 20 and ip[0] >> 4 == 4:
        ends = str(ipaddress.IPv4Address(ip[12:16])), str(ipaddress.IPv4Address(ip[16:20]))
        return Packet(*macs, *ends, _kind(ip[9], int.from_bytes(ip[6:8], "big"), ip[(ip[0] & 15) * 4 :]))
    # Neighbour discovery (RFC 4861) alone has this hop limit.
    if kind == _ETHERTYPE_IPV6 and len(ip) >= 40 and ip[0] >> 4 == 6 and (ip[6], ip[7]) != (_ICMPV6, 255):
        ends = str(ipaddress.IPv6Address(ip[8:24])), str(ipaddress.IPv6Address(ip[24:40]))
        return Packet(*macs, *ends, _kind(ip[6], 0, ip[40:]))
    return None


def _kind(protocol: int, fragment: int, payload: bytes) -> str:
    if fragment & (_MORE_FRAGMENTS | _FRAGMENT_OFFSET):
        return "fragment"
    if protocol == _UDP and len(payload) >= 8:
        ports = struct.unpack("!HH", payload[:4])
        if _IKE_PORT in ports:
            return "ike"
        if _NAT_T_PORT in ports:
            length = int.from_bytes(payload[4:6], "big")
            if length == 9:
                return "nat-keepalive"
            return "ike" if payload[8:12] == bytes(4) else "esp-in-udp"
    for port in struct.unpack("!HH", payload[:4]) if protocol in {_TCP, _UDP} and len(payload) >= 4 else ():
        if (protocol, port) in _PORTS:
            return _PORTS[protocol, port]
    return _KINDS.get(protocol, f"ip-{protocol}")


@dataclass(frozen=True)
class Captured:
    """A frame, cut to the capture's length, with its time and true length."""

    time: float
    data: bytes
    length: int


def read_pcap(content: bytes) -> Iterator[Captured]:
    """The frames of a capture file; an unfinished last record is left out."""
    if len(content) < 24:
        return
    order = {b"\xd4\xc3\xb2\xa1": "<", b"\xa1\xb2\xc3\xd4": ">"}.get(content[:4])
    if order is None:
        raise LabError(f"not a capture file of the expected kind: it begins with {content[:4].hex()}")
    header = struct.Struct(f"{order}IIII")
    position = 24
    while position + header.size <= len(content):
        seconds, micros, kept, length = header.unpack_from(content, position)
        position += header.size
        if position + kept > len(content):
            return
        yield Captured(seconds + micros / 1e6, content[position : position + kept], length)
        position += kept


class Capture:
    """Captures at several interfaces, running until stopped. The names are those of interfaces of hosts or switches."""

    def __init__(self, name: str, interfaces: dict[str, str], only: str = "", in_batches: bool = False) -> None:
        """Start at the interfaces, a mapping from their names to the hosts that have them.

        A filter leaves out frames. In batches costs far less; but the frames of the last second (BATCH) before it is
        stopped may then be missing.
        """
        self._home = _HOME / name
        self._home.mkdir(parents=True)
        program = hosts.private_copy("tcpdump")
        options = _OPTIONS if in_batches else (*_OPTIONS, *_AT_ONCE)
        self._daemons = {
            interface: Daemon(
                host,
                [program, *options, "-i", interface, "-w", str(self._file(interface)), only],
                self._home / f"{interface}.log",
            )
            for interface, host in interfaces.items()
        }
        each(self._wait_for, self._daemons)

    def stop(self) -> int:
        """End the capture; the number of frames that the kernel could not deliver to it, 0 for a complete one."""
        each(lambda daemon: daemon.stop(), self._daemons.values())
        found = (re.search(r"(\d+) packets? dropped by kernel", d.log.read_text()) for d in self._daemons.values())
        return sum(int(match.group(1)) for match in found if match)

    def discard(self) -> None:
        """Remove what was captured, when nobody will look at it again."""
        shutil.rmtree(self._home)

    def frames(self, interface: str) -> Iterator[Captured]:
        """What was captured at an interface until now."""
        if interface not in self._daemons:
            raise LabError(f"nothing is captured at {interface}")
        return read_pcap(self._file(interface).read_bytes())

    def _wait_for(self, interface: str) -> None:
        daemon = self._daemons[interface]
        until(
            lambda: daemon.must_run() and "listening on" in daemon.log.read_text(),
            f"the capture at {interface}",
            30,
            0.02,
        )

    def _file(self, interface: str) -> Path:
        return self._home / f"{interface}.pcap"


@dataclass
class Sighting:
    """What one device port saw of one client."""

    frames_to_device: int = 0
    bytes_to_device: int = 0
    frames_from_device: int = 0
    bytes_from_device: int = 0
    # Frames between the client and another device's MAC: flooded there, or sent there by mistake.
    stray_frames: int = 0
    kinds: dict[str, int] = field(default_factory=dict)

    def add(self, packet: Packet, length: int, towards_device: bool, device_mac: str) -> None:
        """Count a packet."""
        self.kinds[packet.kind] = self.kinds.get(packet.kind, 0) + 1
        if device_mac != (packet.destination_mac if towards_device else packet.source_mac):
            self.stray_frames += 1
        elif towards_device:
            self.frames_to_device += 1
            self.bytes_to_device += length
        else:
            self.frames_from_device += 1
            self.bytes_from_device += length


@dataclass
class Sightings:
    """Per client address, per device: outer by the client's own address, inner by the address inside of its tunnel."""

    outer: dict[str, dict[str, Sighting]] = field(default_factory=dict)
    inner: dict[str, dict[str, Sighting]] = field(default_factory=dict)

    def devices_of(self, outer_addresses: tuple[str, ...], inner_address: str | None) -> set[str]:
        """The devices at whose ports anything of the client was seen, strays included."""
        outer = {device for address in outer_addresses for device in self.outer.get(address, {})}
        return outer | set(self.inner.get(inner_address or "", {}))

    def see_outer(self, gateway: Gateway, captured: Captured) -> None:
        """Count a frame at the gateway's port of the ingress switch."""
        packet = classify(captured.data)
        if packet is None or not _CLUSTER & {packet.source, packet.destination}:
            return
        towards_device = packet.destination in _CLUSTER
        client = packet.source if towards_device else packet.destination
        at_devices = self.outer.setdefault(client, {})
        at_devices.setdefault(gateway.name, Sighting()).add(packet, captured.length, towards_device, gateway.outer_mac)

    def see_inner(self, gateway: Gateway, captured: Captured) -> None:
        """Count a frame at the gateway's port of the egress switch."""
        packet = classify(captured.data)
        if packet is None:
            return
        towards_device = ipaddress.ip_address(packet.destination) in _POOLS
        if not towards_device and ipaddress.ip_address(packet.source) not in _POOLS:
            return
        client = packet.destination if towards_device else packet.source
        at_devices = self.inner.setdefault(client, {})
        at_devices.setdefault(gateway.name, Sighting()).add(packet, captured.length, towards_device, gateway.inner_mac)


def device_taps(plan: Plan) -> dict[str, str]:
    """The switches' ends of all the links to devices, both sides."""
    return {tap: ROOT for gateway in plan.gateways for tap in (gateway.outer_tap, gateway.inner_tap)}


def sightings(plan: Plan, capture: Capture) -> Sightings:
    """Count what a capture at the device ports has seen until now."""
    seen = Sightings()
    for gateway in plan.gateways:
        for captured in capture.frames(gateway.outer_tap):
            seen.see_outer(gateway, captured)
        for captured in capture.frames(gateway.inner_tap):
            seen.see_inner(gateway, captured)
    return seen
