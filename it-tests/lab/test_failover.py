# Copyright (c) 2026 The vpnlb Authors
# SPDX-License-Identifier: EPL-2.0
"""Unit tests of what judges failovers: python3 -m unittest discover -s it-tests/lab"""

import struct
import unittest
from dataclasses import replace

import naive
from capture import classify
from failover import table
from plan import CLUSTER_ADDRESS, Plan
from scenarios import (
    Arrival,
    Observation,
    broken_promises,
    health_check,
    keepalive,
    last_for,
    members_of,
    moved,
    redirections,
)
from streams import CAME_DOWN, CAME_UP, PATIENCE, SENT_DOWN, SENT_UP, Flow, Record, Recording, flows, recorded
from waiting import LabError


class Numbers(unittest.TestCase):
    """What was lost, by the numbers of datagrams."""

    def flow(self, *records: Record, since: float = 10.0, before: float = 20.0) -> Flow:
        (found,) = flows(Recording(recorded(records)), ["c1"], since, before)
        return found

    def test_nothing_is_lost(self) -> None:
        found = self.flow(Record(11, 1, 0, SENT_UP), Record(11.1, 1, 0, CAME_UP))
        self.assertEqual((found.sent_up, found.lost_up, found.sent, found.lost), (1, 0, 1, 0))

    def test_each_way_is_counted(self) -> None:
        found = self.flow(
            *(Record(11, number, 0, SENT_UP) for number in (1, 2, 3)),
            Record(11, 1, 0, SENT_DOWN),
            Record(11.1, 2, 0, CAME_UP),
        )
        self.assertEqual((found.sent_up, found.lost_up, found.sent_down, found.lost_down), (3, 2, 1, 1))

    def test_the_ways_are_not_mixed_up(self) -> None:
        found = self.flow(Record(11, 1, 0, SENT_UP), Record(11.1, 1, 0, CAME_DOWN))
        self.assertEqual((found.lost_up, found.sent_down), (1, 0))

    def test_what_comes_late_is_not_lost_until_patience_ends(self) -> None:
        sent = Record(19.9, 1, 0, SENT_UP)
        self.assertEqual(self.flow(sent, Record(20.0 + PATIENCE - 0.1, 1, 0, CAME_UP)).lost, 0)
        self.assertEqual(self.flow(sent, Record(20.0 + PATIENCE + 0.1, 1, 0, CAME_UP)).lost, 1)

    def test_only_what_is_sent_in_the_window_counts(self) -> None:
        found = self.flow(Record(9.9, 1, 0, SENT_UP), Record(11, 2, 0, SENT_UP), Record(20.1, 3, 0, SENT_UP))
        self.assertEqual((found.sent, found.lost), (1, 1))

    def test_gaps_reach_to_the_ends_of_the_window(self) -> None:
        found = self.flow(Record(12, 1, 0, CAME_UP), Record(15, 2, 0, CAME_UP), Record(19, 3, 0, CAME_UP))
        self.assertEqual((found.gap_up, found.gap_down), (4, 10))

    def test_when_a_stream_has_resumed(self) -> None:
        beats = [10 + i / 10 for i in range(100)]
        steady = [Record(beat, 1, 0, event) for beat in beats for event in (CAME_UP, CAME_DOWN)]
        self.assertEqual(self.flow(*steady).resumed, 0)
        broken = [record for record in steady if record.event == CAME_UP or not 12 < record.time < 15]
        self.assertAlmostEqual(self.flow(*broken).resumed, 5)

    def test_clients_are_kept_apart(self) -> None:
        content = recorded([Record(11, 1, 0, SENT_UP), Record(11, 1, 1, SENT_UP), Record(11.1, 1, 1, CAME_UP)])
        first, second = flows(Recording(content), ["c1", "c2"], 10, 20)
        self.assertEqual((first.client, first.lost, second.client, second.lost), ("c1", 1, "c2", 0))

    def test_a_file_that_is_being_written(self) -> None:
        content = recorded([Record(11, 1, 0, SENT_UP), Record(12, 2, 0, SENT_UP)])[:-1]
        self.assertEqual(list(Recording(content).between(0, 100)), [Record(11, 1, 0, SENT_UP)])

    def test_a_span_of_records(self) -> None:
        records = [Record(float(second), second, 0, SENT_UP) for second in range(100)]
        self.assertEqual(list(Recording(recorded(records)).between(40, 43)), records[40:43])


class Redirecting(unittest.TestCase):
    """Who was sent where."""

    ARRIVALS = (
        Arrival(9.9, "c2", "g2"),
        Arrival(10.1, "c1", "g1"),
        Arrival(10.3, "c1", "g2"),
        Arrival(10.2, "c1", "g3"),
        Arrival(10.4, "c2", "g1"),
        Arrival(10.5, "c3", "g3"),
    )

    def test_the_first_packet_elsewhere_counts(self) -> None:
        found = redirections(self.ARRIVALS, "g1", {"c1", "c2"}, 10.0)
        self.assertEqual(list(found), ["c1"])
        self.assertAlmostEqual(found["c1"], 0.2)

    def test_packets_of_before_do_not_count(self) -> None:
        self.assertEqual(redirections(self.ARRIVALS, "g1", {"c2"}, 10.0), {})

    def test_moved_is_who_was_seen_at_another(self) -> None:
        self.assertEqual(moved(self.ARRIVALS, {"c1": "g1", "c2": "g1", "c3": "g3"}, 10.0), ["c1"])
        self.assertEqual(moved(self.ARRIVALS, {"c1": "g1", "c2": "g1", "c3": "g3"}, 9.0), ["c1", "c2"])

    def test_the_last_packet_for_the_dead(self) -> None:
        self.assertAlmostEqual(last_for(self.ARRIVALS, "g1", {"c1", "c2"}, 10.0), 0.4)
        self.assertEqual(last_for(self.ARRIVALS, "g1", {"c3"}, 10.0), 0.0)


class Promises(unittest.TestCase):
    """What is a failure, and how it is told."""

    GOOD = Observation(
        scenario="link-down",
        system="vpnlb",
        gateway="g1",
        affected=["c1", "c2"],
        others=["c3", "c4"],
        moved=[],
        lost={},
        sent=400,
        gap=0.05,
        redirected={"c1": 0.02, "c2": 0.09},
        last_from_client=0.01,
        last_from_server=0.02,
        recovered=3.0,
    )

    def test_kept(self) -> None:
        self.assertEqual(broken_promises(self.GOOD), [])

    def broken(self, text: str, **changes: object) -> None:
        found = broken_promises(replace(self.GOOD, **changes))
        self.assertEqual(len(found), 1, found)
        self.assertIn(text, found[0])

    def test_broken(self) -> None:
        self.broken("c3", moved=["c3"])
        self.broken("7", lost={"c4": 7})
        self.broken("101 ms", redirected={"c1": 0.02, "c2": 0.101})
        self.broken("not redirected: c2", redirected={"c1": 0.02})
        self.broken("nobody was affected", affected=[], redirected={})
        self.broken("missed 3", missed=3)
        self.broken("g1 got new clients", scenario="drained", newcomers={"g1": 1, "g2": 3})
        self.broken("g1 got no new clients", scenario="added", newcomers={"g1": 0, "g2": 3})

    def test_a_killed_process_may_take_longer(self) -> None:
        slow = replace(self.GOOD, scenario="process-killed", redirected={"c1": 0.02, "c2": 0.44})
        self.assertEqual(broken_promises(slow), [])
        self.assertEqual(len(broken_promises(replace(slow, redirected={"c1": 0.02, "c2": 0.46}))), 1)

    def test_the_table(self) -> None:
        plain = replace(self.GOOD, system="select group", moved=["c3"], lost={"c3": 30, "c4": 12}, recovered=4.04)
        rows = table([self.GOOD, replace(self.GOOD, redirected={"c1": 0.03, "c2": 0.05}), plain]).splitlines()
        self.assertEqual(len(rows), 4)
        title = "a gateway's link goes down"
        self.assertEqual(
            rows[2], f"| {title} | vpnlb | 4 | 0 of 4 | 0 / 0 | 70 ms, at most 90 ms | 3.0 s, at most 3.0 s |"
        )
        self.assertEqual(rows[3], f"| {title} | select group | 2 | 1 of 2 | 42 / 30 | 90 ms | 4.0 s |")

    def test_who_was_never_redirected_shows(self) -> None:
        self.assertIn("| never |", table([self.GOOD, replace(self.GOOD, redirected={})]))


class SettingUp(unittest.TestCase):
    """What is sent and configured."""

    def test_a_bucket_for_each_member(self) -> None:
        text = naive.group(Plan.of(1, 3), {"g1": 1, "g3": 4})
        self.assertEqual(text.count("bucket="), 2)
        self.assertIn("weight:4,watch_port:13,actions=set_field:02:00:00:00:0a:03->eth_dst,output:13", text)

    def test_the_last_gateway_waits(self) -> None:
        self.assertEqual(members_of(Plan.of(1, 5)), (["g1", "g2", "g3", "g4"], "g5"))
        with self.assertRaises(LabError):
            members_of(Plan.of(1, 2))

    def test_a_newcomers_frame(self) -> None:
        frame = keepalive("5e:00:00:00:00:01", "02:00:00:00:01:01", "10.1.0.7")
        packet = classify(frame)
        assert packet is not None
        self.assertEqual(
            (packet.source, packet.destination, packet.kind), ("10.1.0.7", CLUSTER_ADDRESS, "nat-keepalive")
        )
        total = sum(struct.unpack("!10H", frame[14:34]))
        self.assertEqual((total & 0xFFFF) + (total >> 16), 0xFFFF)

    def test_addresses_of_checks_only_where_there_are_packets(self) -> None:
        self.assertEqual(health_check("link"), {"type": "link"})
        self.assertIn("source-address-egress", health_check("ike"))


if __name__ == "__main__":
    unittest.main()
