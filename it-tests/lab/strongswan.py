# Copyright (c) 2026 The vpnlb Authors
# SPDX-License-Identifier: EPL-2.0
"""strongSwan in the lab's hosts: gateways that share the cluster address, and road warriors that call it."""

import re
import secrets
import time
from dataclasses import dataclass
from pathlib import Path

import hosts
from enclosure import SCRATCH
from hosts import Daemon
from plan import CLUSTER_ADDRESS, CLUSTER_ADDRESS_V6, INNER_NETWORK, Plan
from waiting import LabError, each, until

_HOME = SCRATCH / "vpn"

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
    encap = yes
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


@dataclass(frozen=True)
class Tunnel:
    """A client's login as one end of it knows it."""

    client: str
    gateway: str
    outer_address: str
    inner_address: str
    bytes_in: int
    bytes_out: int


class Vpn:
    """All the VPN daemons of a lab. The shared secret is made for this lab and known to nobody else."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._secret = secrets.token_hex(32)
        self._daemons: dict[str, Daemon] = {}
        self._cluster = CLUSTER_ADDRESS

    def start(self, names: list[str]) -> None:
        """Start the daemons of these gateways and clients, all at once, and wait until each can be spoken to."""
        unknown = sorted(set(names) - set(self._plan.peers()))
        if unknown:
            raise LabError(f"neither a client nor a gateway: {', '.join(unknown)}")
        charon = hosts.private_copy("charon-systemd")
        hosts.private_copy("swanctl")
        each(lambda name: self._start(name, charon), names)

    def stop(self, name: str, number: int) -> None:
        """End one daemon by a signal."""
        daemon = self._daemons.pop(name, None)
        if daemon is None:
            raise LabError(f"no VPN daemon runs at {name}")
        daemon.stop(number)

    def stop_all(self, number: int) -> None:
        """End all the daemons by a signal."""
        each(lambda name: self.stop(name, number), list(self._daemons))

    def running(self, name: str) -> bool:
        """Whether the daemon of that host lives."""
        return name in self._daemons and self._daemons[name].running

    def connect(self, names: list[str], limit: float = 60.0, cluster: str = CLUSTER_ADDRESS) -> dict[str, float]:
        """Let these clients log in at an address, all at once; the seconds that each needed."""
        self._cluster = cluster
        return dict(zip(names, each(lambda name: self._connect(name, limit), names, workers=32), strict=True))

    def tunnels(self) -> dict[str, Tunnel]:
        """The clients' logins, as far as the client and exactly one gateway agree on them."""
        at_gateways: dict[tuple[str, str], list[str]] = {}
        running_gateways = [gateway.name for gateway in self._plan.gateways if self.running(gateway.name)]
        for gateway, associations in zip(running_gateways, each(self._associations, running_gateways), strict=True):
            for association in associations:
                for inner in association.get("remote-vips", []):
                    at_gateways.setdefault((association["remote-host"], inner), []).append(gateway)
        clients = [client for client in self._plan.clients if self.running(client.name)]
        tunnels = {}
        for client, associations in zip(clients, each(lambda c: self._associations(c.name), clients), strict=True):
            for association in associations:
                children = [c for c in association.get("child-sas", {}).values() if c.get("state") == "INSTALLED"]
                for inner in association.get("local-vips", []):
                    gateways = at_gateways.get((client.address, inner), [])
                    if association.get("state") == "ESTABLISHED" and children and len(gateways) == 1:
                        tunnels[client.name] = Tunnel(
                            client.name,
                            gateways[0],
                            client.address,
                            inner,
                            sum(int(child["bytes-in"]) for child in children),
                            sum(int(child["bytes-out"]) for child in children),
                        )
        return tunnels

    def _start(self, name: str, charon: str) -> None:
        if self.running(name):
            return
        home = _HOME / name
        home.mkdir(parents=True, exist_ok=True)
        socket = home / "vici.sock"
        socket.unlink(missing_ok=True)
        (home / "strongswan.conf").write_text(_DAEMON_CONF.format(home=home))
        conf = home / "swanctl.conf"
        conf.touch(mode=0o600)
        conf.write_text(self._swanctl_conf(name))
        daemon = Daemon(name, [charon], home / "daemon.log", {"STRONGSWAN_CONF": str(home / "strongswan.conf")})
        self._daemons[name] = daemon
        until(lambda: daemon.must_run() and hosts.listens(socket), f"the VPN daemon of {name}", 30, 0.02)
        hosts.check(name, self._swanctl(name, "--load-all", "--noprompt", "--file", str(conf)))

    def _swanctl_conf(self, name: str) -> str:
        common = {"inner": INNER_NETWORK, "secret": self._secret}
        for gateway in self._plan.gateways:
            if gateway.name == name:
                addresses = {"cluster": CLUSTER_ADDRESS, "cluster_v6": CLUSTER_ADDRESS_V6}
                return _GATEWAY_CONF.format(pool=gateway.pool, **addresses, **common)
        return _CLIENT_CONF.format(name=name, cluster=self._cluster, **common)

    def _connect(self, name: str, limit: float) -> float:
        started = time.monotonic()
        if not self.running(name):
            self.start([name])
        hosts.run(name, self._swanctl(name, "--initiate", "--child", "net", "--timeout", str(int(limit))), limit + 5)
        until(lambda: self._established(name), f"the tunnel of {name}", max(1.0, limit - (time.monotonic() - started)))
        return time.monotonic() - started

    def _established(self, name: str) -> bool:
        return any(a.get("state") == "ESTABLISHED" and a.get("child-sas") for a in self._associations(name))

    def _associations(self, name: str) -> list[dict]:
        """The daemon's IKE associations."""
        if not self.running(name):
            return []
        listed = hosts.run(name, self._swanctl(name, "--list-sas", "--raw"), 30).stdout
        return [
            association
            for event in parse_raw(listed)
            for association in event.values()
            if isinstance(association, dict)
        ]

    @staticmethod
    def _swanctl(name: str, *arguments: str) -> list[str]:
        home = _HOME / name
        return [
            "env",
            f"STRONGSWAN_CONF={home}/strongswan.conf",
            str(SCRATCH / "bin" / "swanctl"),
            *arguments,
            "--uri",
            f"unix://{home}/vici.sock",
        ]


def log_of(name: str) -> Path:
    """Where the host's daemon writes."""
    return _HOME / name / "charon.log"


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
