# Copyright (c) 2026 The vpnlb Authors
# SPDX-License-Identifier: EPL-2.0
"""The kinds of VPN software that run in the lab, by the names that its commands and the demo use."""

from ocserv import Ocserv
from openvpn import OpenVpn, OpenVpnTcp
from strongswan import NativeStrongSwan, StrongSwan
from vpn import Vpn
from wireguard import WireGuard

KINDS: dict[str, type[Vpn]] = {
    kind.name: kind for kind in (StrongSwan, NativeStrongSwan, OpenVpn, OpenVpnTcp, WireGuard, Ocserv)
}
DEFAULT = StrongSwan.name
