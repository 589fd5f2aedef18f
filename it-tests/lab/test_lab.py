# Copyright (c) 2026 The vpnlb Authors
# SPDX-License-Identifier: EPL-2.0
"""Unit tests of the lab's own logic: python3 -m unittest discover -s it-tests/lab"""

import json
import socket
import struct
import tempfile
import unittest
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Any

from bounces import missing
from capture import Captured, Sightings, classify, read_pcap
from demo import chance_of_unused
from hosts import listens
from karaf import findings
from lab import answer
from ocserv import parse_users
from openvpn import parse_status
from plan import (
    CLUSTER_ADDRESS,
    CLUSTER_ADDRESS_V6,
    EXAMPLE,
    IKE_CHECK,
    MAX_CLIENTS,
    MAX_GATEWAYS,
    SERVER_ADDRESS,
    Gateway,
    Plan,
)
from strongswan import parse_raw
from vpn import Login, Tunnel, agreed
from waiting import LabError, each, until
from wireguard import parse_dump

PLAN = Plan.of(2, 2)
CLIENT = PLAN.clients[0]
G1, G2 = PLAN.gateways
VIRTUAL_MAC = "5e:00:00:00:00:01"


def frame(source: str, destination: str, protocol: int, payload: bytes, **options: object) -> bytes:
    """An Ethernet frame with an IPv4 packet."""
    macs = bytes.fromhex(f"{options.get('to', VIRTUAL_MAC)}{options.get('by', CLIENT.mac)}".replace(":", ""))
    tag = bytes.fromhex("81000005") if options.get("vlan") else b""
    header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 1, options.get("fragment", 0), 64, protocol, 0)
    return macs + tag + b"\x08\x00" + header + IPv4Address(source).packed + IPv4Address(destination).packed + payload


def frame_v6(source: str, destination: str, protocol: int, payload: bytes, hops: int = 64) -> bytes:
    """An Ethernet frame with an IPv6 packet."""
    macs = bytes.fromhex(f"{VIRTUAL_MAC}{CLIENT.mac}".replace(":", ""))
    header = struct.pack("!IHBB", 6 << 28, len(payload), protocol, hops)
    return macs + b"\x86\xdd" + header + IPv6Address(source).packed + IPv6Address(destination).packed + payload


def udp(source: int, destination: int, data: bytes) -> bytes:
    """A UDP datagram."""
    return struct.pack("!HHHH", source, destination, 8 + len(data), 0) + data


def kind(protocol: int, payload: bytes, **options: object) -> str:
    """What a frame of that payload is counted as."""
    packet = classify(frame(CLIENT.address, CLUSTER_ADDRESS, protocol, payload, **options))
    assert packet is not None
    return packet.kind


class Classification(unittest.TestCase):
    """Which traffic of a VPN client is which."""

    def test_ike(self) -> None:
        self.assertEqual(kind(17, udp(500, 500, b"x" * 28)), "ike")
        self.assertEqual(kind(17, udp(4500, 4500, bytes(4) + b"x" * 28)), "ike")
        self.assertEqual(kind(17, udp(61000, 500, b"x" * 28)), "ike")

    def test_esp(self) -> None:
        self.assertEqual(kind(17, udp(4500, 4500, b"\1\2\3\4" + b"x" * 28)), "esp-in-udp")
        self.assertEqual(kind(50, b"x" * 28), "esp")
        self.assertEqual(kind(51, b"x" * 28), "ah")

    def test_keepalive_is_no_esp(self) -> None:
        self.assertEqual(kind(17, udp(4500, 4500, b"\xff")), "nat-keepalive")

    def test_every_fragment_is_one(self) -> None:
        self.assertEqual(kind(17, udp(4500, 4500, b"\1\2\3\4"), fragment=0x2000), "fragment")
        self.assertEqual(kind(17, b"x" * 8, fragment=185), "fragment")

    def test_do_not_fragment_is_none(self) -> None:
        self.assertEqual(kind(6, b"x" * 20, fragment=0x4000), "tcp")

    def test_inner_protocols(self) -> None:
        self.assertEqual(kind(1, b"x" * 8), "icmp")
        self.assertEqual(kind(17, udp(53, 53, b"x")), "udp")
        self.assertEqual(kind(132, b"x" * 12), "ip-132")

    def test_others_by_their_ports(self) -> None:
        self.assertEqual(kind(17, udp(40000, 1194, b"x")), "openvpn-udp")
        self.assertEqual(kind(6, struct.pack("!HH", 1194, 40000) + b"x" * 16), "openvpn-tcp")
        self.assertEqual(kind(17, udp(51820, 40000, b"x")), "wireguard")
        self.assertEqual(kind(17, udp(1701, 1701, b"x")), "l2tp")
        self.assertEqual(kind(6, struct.pack("!HH", 40000, 443) + b"x" * 16), "tls")
        self.assertEqual(kind(17, udp(40000, 443, b"x")), "dtls")

    def test_ipv6(self) -> None:
        packet = classify(frame_v6(CLIENT.address_v6, CLUSTER_ADDRESS_V6, 17, udp(500, 500, b"x" * 28)))
        self.assertEqual(
            (packet.source, packet.destination, packet.kind), (CLIENT.address_v6, CLUSTER_ADDRESS_V6, "ike")
        )
        self.assertEqual(classify(frame_v6(CLIENT.address_v6, CLUSTER_ADDRESS_V6, 44, b"x" * 8)).kind, "fragment")

    def test_neighbour_discovery_is_no_traffic(self) -> None:
        self.assertIsNone(classify(frame_v6(CLIENT.address_v6, CLUSTER_ADDRESS_V6, 58, b"x" * 24, hops=255)))

    def test_vlan_tag(self) -> None:
        self.assertEqual(kind(50, b"x", vlan=True), "esp")

    def test_other_frames(self) -> None:
        self.assertIsNone(classify(bytes(12) + b"\x08\x06" + bytes(28)))
        self.assertIsNone(classify(b""))
        self.assertIsNone(classify(bytes(12) + b"\x08\x00" + b"\x45"))

    def test_addresses(self) -> None:
        packet = classify(frame(CLIENT.address, CLUSTER_ADDRESS, 50, b"x"))
        assert packet is not None
        self.assertEqual(
            (packet.source, packet.destination, packet.source_mac, packet.destination_mac),
            (CLIENT.address, CLUSTER_ADDRESS, CLIENT.mac, VIRTUAL_MAC),
        )


class Counting(unittest.TestCase):
    """Who was seen where."""

    def setUp(self) -> None:
        self.seen = Sightings()

    def outer(self, gateway: Gateway, source: str, destination: str, **macs: object) -> None:
        self.seen.see_outer(gateway, Captured(0.0, frame(source, destination, 50, b"x" * 80, **macs), 114))

    def test_both_directions(self) -> None:
        self.outer(G1, CLIENT.address, CLUSTER_ADDRESS, to=G1.outer_mac)
        self.outer(G1, CLUSTER_ADDRESS, CLIENT.address, to=CLIENT.mac, by=G1.outer_mac)
        sighting = self.seen.outer[CLIENT.address]["g1"]
        self.assertEqual((sighting.frames_to_device, sighting.bytes_to_device), (1, 114))
        self.assertEqual((sighting.frames_from_device, sighting.bytes_from_device), (1, 114))
        self.assertEqual((sighting.stray_frames, sighting.kinds), (0, {"esp": 2}))
        self.assertEqual(self.seen.devices_of(CLIENT.addresses, None), {"g1"})

    def test_a_flooded_frame_counts_as_seen(self) -> None:
        self.outer(G1, CLIENT.address, CLUSTER_ADDRESS, to=G1.outer_mac)
        self.outer(G2, CLIENT.address, CLUSTER_ADDRESS, to=G1.outer_mac)
        self.assertEqual(self.seen.outer[CLIENT.address]["g2"].stray_frames, 1)
        self.assertEqual(self.seen.devices_of(CLIENT.addresses, None), {"g1", "g2"})

    def test_others_do_not_count(self) -> None:
        self.outer(G1, CLIENT.address, G1.outer_address)
        self.seen.see_inner(G1, Captured(0.0, frame(SERVER_ADDRESS, G1.inner_address, 1, b"x" * 8), 42))
        self.assertEqual(self.seen, Sightings())

    def test_inner(self) -> None:
        up = frame("10.99.1.7", SERVER_ADDRESS, 6, b"x" * 20, by=G1.inner_mac)
        down = frame(SERVER_ADDRESS, "10.99.1.7", 6, b"x" * 20, to=G2.inner_mac)
        self.seen.see_inner(G1, Captured(0.0, up, 54))
        self.seen.see_inner(G2, Captured(0.0, down, 54))
        self.assertEqual(self.seen.inner["10.99.1.7"]["g1"].frames_from_device, 1)
        self.assertEqual(self.seen.inner["10.99.1.7"]["g2"].frames_to_device, 1)
        self.assertEqual(self.seen.devices_of(CLIENT.addresses, "10.99.1.7"), {"g1", "g2"})


class CaptureFiles(unittest.TestCase):
    """Reading what tcpdump writes."""

    HEADER = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 128, 1)

    def test_records(self) -> None:
        content = self.HEADER + struct.pack("<IIII", 10, 500000, 3, 60) + b"abc"
        self.assertEqual(list(read_pcap(content)), [Captured(10.5, b"abc", 60)])

    def test_a_file_that_is_being_written(self) -> None:
        content = self.HEADER + struct.pack("<IIII", 10, 0, 3, 3) + b"abc" + struct.pack("<IIII", 11, 0, 9, 9) + b"d"
        self.assertEqual(len(list(read_pcap(content))), 1)
        self.assertEqual(list(read_pcap(self.HEADER[:10])), [])

    def test_another_kind_of_file(self) -> None:
        with self.assertRaises(LabError):
            list(read_pcap(bytes(40)))


class Plans(unittest.TestCase):
    """Addresses and the configuration."""

    def test_the_example_is_what_the_demo_sends(self) -> None:
        self.assertEqual(EXAMPLE.read_text(), Plan.of().service_json())

    def test_json_is_the_same_laid_out(self) -> None:
        plan = Plan.of(1, MAX_GATEWAYS)
        self.assertEqual(json.loads(plan.service_json()), plan.service(check=IKE_CHECK))

    def test_no_address_twice(self) -> None:
        plan = Plan.of(MAX_CLIENTS, MAX_GATEWAYS)
        addresses = [address for client in plan.clients for address in client.addresses]
        addresses += [a for gateway in plan.gateways for a in (gateway.outer_address, gateway.outer_address_v6)]
        addresses += [CLUSTER_ADDRESS, CLUSTER_ADDRESS_V6]
        self.assertEqual(len(set(addresses)), len(addresses))
        macs = [c.mac for c in plan.clients] + [m for g in plan.gateways for m in (g.outer_mac, g.inner_mac)]
        self.assertEqual(len(set(macs)), len(macs))

    def test_interface_names_fit(self) -> None:
        plan = Plan.of(MAX_CLIENTS, MAX_GATEWAYS)
        names = [c.interface for c in plan.clients] + [g.outer_tap for g in plan.gateways]
        self.assertLessEqual(max(map(len, names)), 15)

    def test_too_many(self) -> None:
        for clients, gateways in ((0, 1), (1, 0), (MAX_CLIENTS + 1, 1), (1, MAX_GATEWAYS + 1)):
            with self.assertRaises(ValueError):
                Plan.of(clients, gateways)


class ReadingOthers(unittest.TestCase):
    """Output of strongSwan and of Karaf."""

    def test_associations(self) -> None:
        text = (
            "list-sa event {cluster {uniqueid=1 version=2 state=ESTABLISHED remote-host=10.0.0.100 "
            "local-vips=[10.99.1.1 10.99.1.2] child-sas {net-1 {name=net state=INSTALLED bytes-in=84 "
            "local-ts=[10.99.1.1/32]} net-2 {name=net}}}}\nlist-sas reply {}\n"
        )
        (event,) = parse_raw(text)
        self.assertEqual(event["cluster"]["local-vips"], ["10.99.1.1", "10.99.1.2"])
        self.assertEqual(event["cluster"]["child-sas"]["net-1"]["bytes-in"], "84")
        self.assertEqual(set(event["cluster"]["child-sas"]), {"net-1", "net-2"})

    def test_no_associations(self) -> None:
        self.assertEqual(parse_raw("list-sas reply {}\n"), [])

    def test_clients_of_openvpn(self) -> None:
        text = (
            "TITLE,OpenVPN 2.6.14\nHEADER,CLIENT_LIST,Common Name,Real Address,Virtual Address\n"
            "CLIENT_LIST,c1,10.0.0.11:34011,10.99.11.2,,2276\nCLIENT_LIST,c2,2001:db8::12,10.99.11.3,,1\n"
            "CLIENT_LIST,UNDEF,10.0.0.13:1,,,1\nROUTING_TABLE,10.99.11.2,c1,10.0.0.11:34011\n"
        )
        self.assertEqual(
            parse_status(text), [Login("10.0.0.11", "10.99.11.2"), Login("2001:db8::12", "10.99.11.3")]
        )

    def test_peers_of_wireguard(self) -> None:
        text = (
            "private\tpublic\t51820\toff\n"
            "one\t(none)\t[2001:db8::11]:40103\t10.99.200.11/32\t1795787157\t180\t92\toff\n"
            "two\t(none)\t10.0.0.12:40103\t10.99.200.12/32\t1795787158\t180\t92\toff\n"
            "three\t(none)\t(none)\t10.99.200.13/32\t0\t0\t0\toff\n"
        )
        self.assertEqual(
            parse_dump(text), {"one": (1795787157, "2001:db8::11"), "two": (1795787158, "10.0.0.12")}
        )
        self.assertEqual(parse_dump(""), {})

    def test_users_of_ocserv(self) -> None:
        text = '[{"Remote IP": "10.0.0.11", "IPv4": "10.99.31.2"}, {"Remote IP": "10.0.0.12"}]'
        self.assertEqual(parse_users(text), [Login("10.0.0.11", "10.99.31.2")])
        self.assertEqual(parse_users(""), [])

    def test_log(self) -> None:
        head = "2026-01-01T00:00:00,000 | "
        mine = head + "WARN  | thread-1 | Switches | 403 - org.vpnlb.app - 0.1.0 | odd"
        error = head + "ERROR | thread-1 | Other | 7 - org.other - 1 | broken\njava.lang.Exception: x"
        harmless = head + "WARN  | thread-1 | Other | 7 - org.other - 1 | says vpnlb in its text only"
        found = findings([mine, error, harmless, head + "INFO  | t | Switches | 403 - org.vpnlb.app - 0.1.0 | fine"])
        self.assertEqual((found.errors, found.vpnlb_warnings, found.clean), ([error], [mine], False))
        self.assertTrue(findings([harmless]).clean)
        for of_a_boot in (
            "class ConcurrentDOMDataBroker has unsupported type java.util.concurrent.Executor",
            "Not able to set MASTER role on device openflow:1, reason: Initial gathering statistics unsuccessful: null",
        ):
            self.assertTrue(findings([head + "ERROR | t | Broker | 1 - other | " + of_a_boot]).clean)
        other = head + "ERROR | t | Broker | 1 - other | Initial gathering statistics unsuccessful: no answer"
        self.assertEqual(findings([other]).errors, [other])


class Tunnels(unittest.TestCase):
    """What counts as a tunnel."""

    INNER = "10.99.1.7"
    BY_V4, BY_V6 = Login(CLIENT.address, INNER), Login(CLIENT.address_v6, INNER)

    def test_both_ends_agree(self) -> None:
        for login in (self.BY_V4, self.BY_V6):
            self.assertEqual(
                agreed(PLAN, {"g1": [login], "g2": []}, {"c1": [self.INNER]}),
                {"c1": Tunnel("c1", "g1", login.outer_address, self.INNER)},
            )

    def test_they_do_not(self) -> None:
        for at_gateways, of_clients in (
            ({"g1": [self.BY_V4], "g2": [self.BY_V4]}, {"c1": [self.INNER]}),
            ({"g1": [], "g2": []}, {"c1": [self.INNER]}),
            ({"g1": [self.BY_V4]}, {"c1": []}),
            ({"g1": [self.BY_V4]}, {"c2": [self.INNER]}),
        ):
            self.assertEqual(agreed(PLAN, at_gateways, of_clients), {})


class Chance(unittest.TestCase):
    """How likely a fair hash leaves a gateway out."""

    def test_small_cases_by_counting(self) -> None:
        self.assertAlmostEqual(chance_of_unused(1, 1), 0.0)
        self.assertAlmostEqual(chance_of_unused(2, 2), 0.5)
        self.assertAlmostEqual(chance_of_unused(2, 3), 1.0)
        self.assertAlmostEqual(chance_of_unused(3, 3), 1 - 6 / 27)


class Protocol(unittest.TestCase):
    """The server's answers."""

    @staticmethod
    def refuse() -> None:
        raise LabError("no such thing")

    def test_answers(self) -> None:
        table: dict[str, Callable[..., Any]] = {"add": lambda a, b: a + b, "fail": self.refuse}
        self.assertEqual(answer(table, '{"cmd": "add", "a": 1, "b": 2}'), {"ok": True, "result": 3})
        self.assertEqual(answer(table, '{"cmd": "fail"}'), {"ok": False, "error": "no such thing"})
        self.assertFalse(answer(table, '{"cmd": "add"}')["ok"])
        self.assertIn("add", answer(table, '{"cmd": "other"}')["error"])
        self.assertFalse(answer(table, "no JSON")["ok"])
        self.assertFalse(answer(table, '"text"')["ok"])


class Waiting(unittest.TestCase):
    """Conditions."""

    def test_until(self) -> None:
        answers = iter([None, 0, "yes"])
        self.assertEqual(until(lambda: next(answers), "an answer", 5, 0.001), "yes")
        with self.assertRaisesRegex(LabError, "the impossible"):
            until(lambda: False, "the impossible", 0.01, 0.001)

    def test_a_socket_that_only_exists_does_not_listen(self) -> None:
        with tempfile.TemporaryDirectory() as directory, socket.socket(socket.AF_UNIX) as server:
            path = Path(directory) / "daemon.sock"
            self.assertFalse(listens(path))
            server.bind(str(path))
            self.assertFalse(listens(path))
            server.listen()
            self.assertTrue(listens(path))

    def test_each_keeps_the_order(self) -> None:
        self.assertEqual(each(lambda n: n * n, range(50)), [n * n for n in range(50)])


class Bounced(unittest.TestCase):
    """Which switches are not back."""

    HERE = {"node": "openflow:1", "connected": True, "reconciled": True}

    def test_all_are_back(self) -> None:
        self.assertEqual(missing([{"switch": [self.HERE, {**self.HERE, "node": "openflow:2"}]}]), [])

    def test_one_is_not_connected_or_not_reconciled(self) -> None:
        for change in ({"connected": False, "reconciled": False}, {"reconciled": False}):
            gone = {**self.HERE, "node": "openflow:2", **change}
            self.assertEqual(missing([{"switch": [self.HERE, gone]}, {"switch": [gone]}]), ["openflow:2"])

    def test_nothing_known_is_not_all_well(self) -> None:
        self.assertEqual(missing([]), ["all"])


if __name__ == "__main__":
    unittest.main()
