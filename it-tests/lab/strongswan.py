# Copyright (c) 2026 The vpnlb Authors
# SPDX-License-Identifier: EPL-2.0
"""strongSwan in the lab's hosts: gateways that share the cluster address, and road warriors that call it."""

import re
import secrets
from pathlib import Path

import hosts
from enclosure import SCRATCH
from hosts import Daemon
from plan import CLUSTER_ADDRESS, CLUSTER_ADDRESS_V6, IKE_CHECK, INNER_NETWORK, IPSEC, Client, Gateway, Plan
from vpn import Login, Vpn
from waiting import until

_USERSPACE_IPSEC = Path("/usr/lib/ipsec/plugins/libstrongswan-kernel-libipsec.so")
# What tools/setup.sh has unpacked of a later Debian.
_TREE = Path(__file__).resolve().parents[2] / ".tools" / "debian-trixie-strongswan"

# Userspace IPsec and short timers: no kernel support is asked for, and a lost gateway is noticed within seconds.
# The list names what either release of strongSwan has; a plugin that is not installed is left out.
_DAEMON_CONF = """\
charon-systemd {{
  load = random nonce openssl aes sha1 sha2 hmac kdf mgf1 gmp curve25519 pem pkcs1 pubkey x509 \
kernel-libipsec kernel-netlink socket-default vici updown
  threads = 16
  retransmit_timeout = 0.5
  retransmit_base = 1.0
  retransmit_tries = 2
  plugins {{
    vici {{
      socket = unix://{home}/vici.sock
    }}
    kernel-libipsec {{
      load = 10
      raw_esp = {raw_esp}
    }}
    kernel-netlink {{
      mtu = 1400
    }}
  }}
  filelog {{
    lab {{
      path = {home}/charon.log
      time_format = %H:%M:%S
      ike_name = yes
      flush_line = yes
      default = 1
      enc = 0
    }}
  }}
}}
swanctl {{
  load = random openssl pem pkcs1 x509
}}
"""

_GATEWAY_CONF = """\
connections {{
  roadwarriors {{
    version = 2
    mobike = no
    unique = replace
    dpd_delay = 30s
    local_addrs = {cluster}, {cluster_v6}
    proposals = aes128-sha256-ecp256,aes128-sha256-modp2048
    pools = inner
    local {{
      auth = psk
      id = cluster.example
    }}
    remote {{
      auth = psk
    }}
    children {{
      net {{
        local_ts = {inner}
        esp_proposals = aes128-sha256
      }}
    }}
  }}
}}
pools {{
  inner {{
    addrs = {pool}
  }}
}}
secrets {{
  ike-all {{
    secret = {secret}
  }}
}}
"""

_CLIENT_CONF = """\
connections {{
  cluster {{
    version = 2
    mobike = no
    encap = {encap}
    remote_addrs = {cluster}
    proposals = aes128-sha256-ecp256,aes128-sha256-modp2048
    vips = 0.0.0.0
    dpd_delay = 1s
    keyingtries = 0
    local {{
      auth = psk
      id = {name}.example
    }}
    remote {{
      auth = psk
      id = cluster.example
    }}
    children {{
      net {{
        remote_ts = {inner}
        esp_proposals = aes128-sha256
        dpd_action = restart
        close_action = start
      }}
    }}
  }}
}}
secrets {{
  ike-all {{
    secret = {secret}
  }}
}}
"""


class StrongSwan(Vpn):
    """IKEv2 and ESP in UDP, with a shared secret; a pool of addresses at each gateway."""

    name = "strongswan"
    title = "strongSwan"
    protocols = IPSEC
    check = IKE_CHECK
    # Whether ESP is in UDP, behind no translator too.
    in_udp = True

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self._secret = secrets.token_hex(32)

    def prepare(self) -> None:
        """The programs."""
        self.program("charon-systemd")
        self.program("swanctl")

    def program(self, name: str) -> list[str]:
        """How a program of strongSwan is called."""
        return [hosts.private_copy(name)]

    def start_gateway(self, gateway: Gateway) -> Daemon:
        """The daemon and its configuration."""
        addresses = {"cluster": CLUSTER_ADDRESS, "cluster_v6": CLUSTER_ADDRESS_V6}
        return self._charon(gateway.name, _GATEWAY_CONF.format(pool=gateway.pool, **addresses, **self._common()))

    def start_client(self, client: Client) -> Daemon:
        """The daemon and its configuration; it waits to be told to log in."""
        client_only = {"name": client.name, "cluster": self.cluster, "encap": _yes(self.in_udp)}
        return self._charon(client.name, _CLIENT_CONF.format(**client_only, **self._common()))

    def initiate(self, name: str, limit: float) -> None:
        """Log in."""
        hosts.run(name, self._swanctl(name, "--initiate", "--child", "net", "--timeout", str(int(limit))), limit + 5)

    def logins(self, gateway: str) -> list[Login]:
        """By its IKE associations."""
        return [
            Login(association["remote-host"], inner)
            for association in self._associations(gateway)
            for inner in association.get("remote-vips", [])
        ]

    def inner_addresses(self, client: str) -> list[str]:
        """Of the IKE associations that have an ESP association."""
        return [
            inner
            for association in self._associations(client)
            if association.get("state") == "ESTABLISHED"
            and any(child.get("state") == "INSTALLED" for child in association.get("child-sas", {}).values())
            for inner in association.get("local-vips", [])
        ]

    def _common(self) -> dict[str, str]:
        return {"inner": INNER_NETWORK, "secret": self._secret}

    def _charon(self, name: str, connections: str) -> Daemon:
        home = self.home(name)
        socket = home / "vici.sock"
        socket.unlink(missing_ok=True)
        (home / "strongswan.conf").write_text(_DAEMON_CONF.format(home=home, raw_esp=_yes(not self.in_udp)))
        conf = home / "swanctl.conf"
        conf.touch(mode=0o600)
        conf.write_text(connections)
        charon = self.program("charon-systemd")
        environment = {"STRONGSWAN_CONF": str(home / "strongswan.conf")}
        daemon = Daemon(name, charon, home / "daemon.log", environment)
        until(lambda: daemon.must_run() and hosts.listens(socket), f"the VPN daemon of {name}", 30, 0.02)
        hosts.check(name, self._swanctl(name, "--load-all", "--noprompt", "--file", str(conf)))
        return daemon

    def _associations(self, name: str) -> list[dict]:
        """The daemon's IKE associations."""
        listed = hosts.run(name, self._swanctl(name, "--list-sas", "--raw"), 30).stdout
        return [
            association
            for event in parse_raw(listed)
            for association in event.values()
            if isinstance(association, dict)
        ]

    def _swanctl(self, name: str, *arguments: str) -> list[str]:
        home = self.home(name)
        return [
            "env",
            f"STRONGSWAN_CONF={home}/strongswan.conf",
            *self.program("swanctl"),
            *arguments,
            "--uri",
            f"unix://{home}/vici.sock",
        ]


class NativeStrongSwan(StrongSwan):
    """The same with ESP as an IP protocol of its own. It takes strongSwan 6: that of a later Debian, where need be."""

    name = "strongswan-esp"
    title = "strongSwan with native ESP"
    in_udp = False

    @classmethod
    def available(cls) -> bool:
        """Whether the machine has that release, or the tree."""
        return _TREE.exists() or b"raw_esp" in _USERSPACE_IPSEC.read_bytes()

    def prepare(self) -> None:
        """The machine's devices, processes and files in the later Debian's tree."""
        if _TREE.exists() and not (_TREE / SCRATCH.relative_to("/")).exists():
            for directory in ("dev", "proc", "run"):
                hosts.check(hosts.ROOT, ["mount", "--rbind", f"/{directory}", str(_TREE / directory)])
        super().prepare()

    def program(self, name: str) -> list[str]:
        """In that tree, if there is one."""
        return ["chroot", str(_TREE), f"/usr/sbin/{name}"] if _TREE.exists() else super().program(name)


def _yes(wanted: bool) -> str:
    return "yes" if wanted else "no"


_TOKENS = re.compile(r"([^\s{}\[\]=]+)\s*\{|([^\s{}\[\]=]+)=\[([^\]]*)\]|([^\s{}\[\]=]+)=([^\s{}\[\]]*)|(\})")


def parse_raw(text: str) -> list[dict]:
    """The events of swanctl's raw output: sections in braces, lists in brackets, values."""
    events = []
    for line in text.splitlines():
        if not line.startswith("list-sa event "):
            continue
        stack: list[dict] = [{}]
        for section, name, items, key, value, closing in _TOKENS.findall(line.removeprefix("list-sa event ")[1:]):
            if section:
                stack.append(stack[-1].setdefault(section, {}))
            elif name:
                stack[-1][name] = items.split()
            elif key:
                stack[-1][key] = value
            elif closing and len(stack) > 1:
                stack.pop()
        events.append(stack[0])
    return events
