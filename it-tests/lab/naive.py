# Copyright (c) 2026 The vpnlb Authors
# SPDX-License-Identifier: EPL-2.0
"""What vpnlb is compared with: a plain select group, one bucket a gateway, as an operator would set it up by a script.

No controller, no sessions. Towards the gateways the switch's hash decides about every packet; towards the clients the
gateways' address pools do, which must differ for that. The switch itself answers ARP for the cluster address and for
the servers' next hop. A change of membership or of weights is one `mod-group`.
"""

import ovs
from plan import CLUSTER_ADDRESS, GATEWAY_ADDRESS, SERVER_PORT, UPLINK_PORT, Gateway, Plan

_MAC = "5e:00:00:00:00:01"
_GROUP = 1


def set_up(plan: Plan, weights: dict[str, int]) -> None:
    """Replace whatever both switches hold; the weights name the gateways that take part."""
    for bridge in ("sw1", "sw2"):
        ovs.ofctl("del-flows", bridge)
        ovs.ofctl("del-groups", bridge)
    ovs.ofctl("add-group", "sw1", group(plan, weights))
    _add(
        "sw1",
        _answer(CLUSTER_ADDRESS),
        f"priority=10,in_port={UPLINK_PORT},ip,nw_dst={CLUSTER_ADDRESS},actions=group:{_GROUP}",
        "priority=1,actions=normal",
    )
    _add(
        "sw2",
        _answer(GATEWAY_ADDRESS),
        *(
            f"priority=10,in_port={SERVER_PORT},ip,nw_dst={gateway.pool},"
            f"actions=set_field:{gateway.inner_mac}->eth_dst,output:{gateway.port}"
            for gateway in plan.gateways
        ),
        "priority=1,actions=normal",
    )


def change(plan: Plan, weights: dict[str, int]) -> None:
    """Another membership, or other weights."""
    ovs.ofctl("mod-group", "sw1", group(plan, weights))


def group(plan: Plan, weights: dict[str, int]) -> str:
    """The select group, as ovs-ofctl reads it."""
    members = [gateway for gateway in plan.gateways if gateway.name in weights]
    buckets = [_bucket(gateway, weights[gateway.name]) for gateway in members]
    return ",".join([f"group_id={_GROUP},type=select", *buckets])


def _bucket(gateway: Gateway, weight: int) -> str:
    actions = f"set_field:{gateway.outer_mac}->eth_dst,output:{gateway.port}"
    return f"bucket=weight:{weight},watch_port:{gateway.port},actions={actions}"


def _answer(address: str) -> str:
    """An entry that turns an ARP request into its answer."""
    return (
        f"priority=20,arp,arp_op=1,arp_tpa={address},actions="
        f"move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[],set_field:{_MAC}->eth_src,"
        "set_field:2->arp_op,move:NXM_NX_ARP_SHA[]->NXM_NX_ARP_THA[],move:NXM_OF_ARP_SPA[]->NXM_OF_ARP_TPA[],"
        f"set_field:{_MAC}->arp_sha,set_field:{address}->arp_spa,in_port"
    )


def _add(bridge: str, *flows: str) -> None:
    for flow in flows:
        ovs.ofctl("add-flow", bridge, flow)
