# Copyright (c) 2026 The vpnlb Authors
# SPDX-License-Identifier: EPL-2.0
"""Switches whose connection to the controller bounces, and whether each of them always comes back.

A bounce takes a switch's controller away for up to two seconds; the switch keeps its entries. One that is shorter than
OpenDaylight needs to grant the switch to a controller is the dangerous one, so several follow each other at random
distances. Nothing is waited for between the bounces of a round.
"""

import json
import random
import time
from collections.abc import Callable, Sequence

import ovs
import restconf
from waiting import until

# Both are Karaf's. Open vSwitch connects at once to an address that it has not been connected to.
TARGETS = ("tcp:127.0.0.1:6653", "tcp:127.0.0.2:6653")
_NOWHERE = "tcp:127.0.0.1:9"
_AWAY = (0.0, 0.0, 0.05, 0.3, 1.0, 2.0)
_BACK = (0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 1.2)
_MOST_IN_A_ROUND = 3
_STATE = "/rests/data/vpnlb:vpn-services-state?content=nonconfig"
# vpnlb publishes its state once a second; what is older may be from before the bounce.
_FRESH = 1.5
# A switch that nobody masters is told so after 20 s; what has not come back some time later never does.
_LIMIT = 60.0


class Bounces:
    """Bounces of some switches. The same seed makes the same ones."""

    def __init__(self, bridges: Sequence[str], seed: int) -> None:
        self._bridges = tuple(bridges)
        self._random = random.Random(seed)
        self._target = dict.fromkeys(self._bridges, 0)

    def rounds(self, count: int, at_once: int) -> float:
        """Let so many switches at once bounce, in so many rounds; return the longest time until all were back."""
        return max(self._round(at_once) for _ in range(count))

    def after(self, fault: Callable[[], None]) -> float:
        """Let something befall the controller; return the time until all switches were back."""
        fault()
        return self._await_all()

    def settle(self) -> float:
        """Wait until all are back for good, and let them have the target that they had at first."""
        for bridge in self._bridges:
            self._connect(bridge, 0)
        return self._await_all()

    def _round(self, at_once: int) -> float:
        for _ in range(self._random.randint(1, _MOST_IN_A_ROUND)):
            bounced = self._random.sample(self._bridges, at_once)
            for bridge in bounced:
                ovs.set_controller(bridge, _NOWHERE)
            # Nothing to wait for: how long they are away, and back, is what is tried.
            time.sleep(self._random.choice(_AWAY))
            for bridge in bounced:
                self._connect(bridge, 1 - self._target[bridge])
            time.sleep(self._random.choice(_BACK))
        return self._await_all()

    def _connect(self, bridge: str, target: int) -> None:
        self._target[bridge] = target
        ovs.set_controller(bridge, TARGETS[target])

    def _await_all(self) -> float:
        begun = time.monotonic()
        time.sleep(_FRESH)
        until(lambda: not away(), "all switches to be connected and reconciled again", _LIMIT, 0.2)
        return time.monotonic() - begun


def away() -> list[str]:
    """The switches that are not connected, or do not hold all that they should, as vpnlb says it."""
    answer = restconf.request("GET", _STATE)
    if not answer.ok:
        return ["all"]
    services = json.loads(answer.body)["vpnlb:vpn-services-state"].get("vpn-service", [])
    return missing(services)


def missing(services: list[dict]) -> list[str]:
    """The nodes of services' states that are not connected and reconciled."""
    switches = [switch for service in services for switch in service.get("switch", [])]
    if not switches:
        return ["all"]
    return sorted({switch["node"] for switch in switches if not (switch["connected"] and switch["reconciled"])})
