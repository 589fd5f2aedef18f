# Copyright (c) 2026 The vpnlb Authors
# SPDX-License-Identifier: EPL-2.0
"""vpnlb-preflight against a database of Open vSwitch of its own, without a switch behind it."""

import shutil
import socket
import subprocess
import tempfile
import unittest
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

PROGRAM = Path(__file__).resolve().parents[2] / "deb" / "src" / "deb" / "files" / "vpnlb-preflight"
SCHEMA = "/usr/share/openvswitch/vswitch.ovsschema"


def load() -> ModuleType:
    """The program as a module."""
    loader = SourceFileLoader("preflight", str(PROGRAM))
    module = module_from_spec(spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


preflight = load()


class Switch(unittest.TestCase):
    """What it says of bridges."""

    def setUp(self) -> None:
        """Begin with a bridge as it should be."""
        self.place = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.place)
        database, self.db = self.place / "db", f"unix:{self.place}/sock"
        subprocess.run(["ovsdb-tool", "create", str(database), SCHEMA], check=True)
        server = subprocess.Popen(
            ["/usr/sbin/ovsdb-server", str(database), f"--remote=p{self.db}", f"--unixctl={self.place}/ctl"],
            stderr=subprocess.DEVNULL,
        )
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        self.vsctl("--retry", "init")
        self.vsctl("add-br", "sw1", "--", "set-controller", "sw1", "tcp:127.0.0.1:6653")
        self.vsctl("set", "bridge", "sw1", "protocols=OpenFlow13", "fail-mode=secure")
        self.vsctl("set", "bridge", "sw1", "other-config:datapath-id=00000000000000aa")
        self.vsctl("set", "controller", "sw1", "is_connected=true", "role=master")

    def vsctl(self, *arguments: str) -> None:
        """Change the database."""
        subprocess.run(["ovs-vsctl", f"--db={self.db}", "--no-wait", "--timeout=10", *arguments], check=True)

    def wrong(self, *bridges: str) -> list[tuple[str, str]]:
        """What is wrong, and the command that puts it right."""
        found = preflight.check_switch(preflight.Ovs(self.db), list(bridges))
        return [(finding.text, finding.fix) for finding in found if not finding.ok]

    def assert_repaired_by_what_it_says(self, text: str) -> None:
        """It finds one thing, and its command is the cure."""
        (said, fix) = self.wrong()[0]
        self.assertIn(text, said)
        self.vsctl(*fix.replace("CONTROLLER", "127.0.0.1").split()[1:])
        self.assertNotIn(text, " ".join(said for said, _ in self.wrong()))

    def test_a_bridge_as_it_should_be_has_nothing_wrong(self) -> None:
        self.assertEqual(self.wrong(), [])
        said = " ".join(map(str, preflight.check_switch(preflight.Ovs(self.db), [])))
        self.assertIn("is openflow:170 in the configuration", said)

    def test_default_fail_mode(self) -> None:
        self.vsctl("del-fail-mode", "sw1")
        self.assert_repaired_by_what_it_says("fail-mode is not secure")

    def test_datapath_id_that_is_not_fixed(self) -> None:
        self.vsctl("remove", "bridge", "sw1", "other-config", "datapath-id")
        self.vsctl("set", "bridge", "sw1", "datapath_id=00000000000000aa")
        self.assert_repaired_by_what_it_says("its datapath id is not fixed")
        self.assertEqual(self.wrong(), [])

    def test_datapath_id_that_open_vswitch_ignores(self) -> None:
        for written in ("sw1", "0x", "1_0", "00000000000000aa0", "aa", "0x0", "0000000000000000"):
            with self.subTest(written):
                self.vsctl("set", "bridge", "sw1", f"other-config:datapath-id={written}")
                self.assert_repaired_by_what_it_says("which Open vSwitch ignores")

    def test_short_datapath_id(self) -> None:
        self.vsctl("set", "bridge", "sw1", "other-config:datapath-id=0xaa")
        self.assertEqual(self.wrong(), [])

    def test_another_bridge_whose_datapath_id_is_no_number(self) -> None:
        self.vsctl("add-br", "sw2", "--", "set", "bridge", "sw2", "other-config:datapath-id=sw2")
        self.assertEqual(self.wrong("sw1"), [])

    def test_two_bridges_of_one_datapath_id(self) -> None:
        self.vsctl("add-br", "sw2", "--", "set", "bridge", "sw2", "other-config:datapath-id=00000000000000AA")
        said = self.wrong()[0][0]
        self.assertIn("the same datapath id as bridge sw2: to vpnlb the two are one switch, openflow:170", said)

    def test_protocols(self) -> None:
        for protocols in ("[]", "OpenFlow10"):
            with self.subTest(protocols):
                self.vsctl("set", "bridge", "sw1", f"protocols={protocols}")
                self.assert_repaired_by_what_it_says("vpnlb speaks OpenFlow 1.3")

    def test_no_controller(self) -> None:
        self.vsctl("del-controller", "sw1")
        self.assert_repaired_by_what_it_says("has no controller")

    def test_two_controllers(self) -> None:
        self.vsctl("set-controller", "sw1", "tcp:127.0.0.1:6653", "tcp:127.0.0.2:6653")
        self.assert_repaired_by_what_it_says("has 2 controllers")

    def test_controller_that_does_not_answer(self) -> None:
        self.vsctl("set", "controller", "sw1", "is_connected=false", 'status:last_error="Connection refused"')
        self.assertEqual(
            self.wrong()[0][0], "does not reach its controller tcp:127.0.0.1:6653: Connection refused"
        )

    def test_a_bridge_that_nobody_asked_for_is_left_alone(self) -> None:
        self.vsctl("add-br", "other")
        self.assertEqual(self.wrong(), [])
        self.assertNotEqual(self.wrong("other"), [])

    def test_unknown_bridge(self) -> None:
        with self.assertRaisesRegex(preflight.CannotLook, "no bridge sw9; there are sw1"):
            self.wrong("sw9")


class Controller(unittest.TestCase):
    """What it says of the controller's machine."""

    def test_java(self) -> None:
        for says, right in (("21.0.9", True), ("17.0.15", False), ("25", False), ("1.8.0_402", False)):
            with self.subTest(says), tempfile.TemporaryDirectory() as place:
                java = Path(place) / "java"
                java.write_text(f"#!/bin/sh\necho 'openjdk version \"{says}\" 2025-10-21' >&2\n")
                java.chmod(0o755)
                self.assertEqual(preflight.check_java([str(java)]).ok, right)
        self.assertFalse(preflight.check_java([]).ok)

    def test_port_that_somebody_has(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            (found,) = preflight.check_ports({port: ("127.0.0.1", "a test")})
            self.assertIn("somebody listens there already", found.text)
        (found,) = preflight.check_ports({port: ("127.0.0.1", "a test")})
        self.assertTrue(found.ok)

    def test_memory(self) -> None:
        self.assertTrue(preflight.check_memory("MemTotal: 9 kB\nMemAvailable:    4000000 kB\n").ok)
        self.assertFalse(preflight.check_memory("MemTotal: 9 kB\nMemAvailable:     400000 kB\n").ok)
