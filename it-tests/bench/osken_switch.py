# Copyright (c) 2026 The vpnlb Authors
# SPDX-License-Identifier: EPL-2.0
"""A learning switch for os-ken's manager: one flow for each pair of addresses, as the other controllers write it."""

from os_ken.base.app_manager import OSKenApp
from os_ken.controller import ofp_event
from os_ken.controller.handler import MAIN_DISPATCHER, set_ev_cls
from os_ken.lib.packet.ethernet import ethernet
from os_ken.lib.packet.ipv4 import ipv4
from os_ken.lib.packet.packet import Packet
from os_ken.ofproto import ofproto_v1_3

# As long as vpnlb's return sessions.
_IDLE_SECONDS = 600


class LearningSwitch(OSKenApp):
    """Remembers at which port a MAC address was seen."""

    OFP_VERSIONS = [ofproto_v1_3.OFP_VERSION]

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self._ports: dict[str, int] = {}

    @set_ev_cls(ofp_event.EventOFPPacketIn, MAIN_DISPATCHER)
    def on_packet_in(self, event: ofp_event.EventOFPPacketIn) -> None:
        """Learn, write a flow where the destination is known, and send the frame on."""
        message = event.msg
        datapath, protocol, parser = message.datapath, message.datapath.ofproto, message.datapath.ofproto_parser
        in_port = message.match["in_port"]
        packet = Packet(message.data)
        frame, address = packet.get_protocol(ethernet), packet.get_protocol(ipv4)
        self._ports[frame.src] = in_port
        port = self._ports.get(frame.dst, protocol.OFPP_FLOOD)
        actions = [parser.OFPActionOutput(port)]
        if port != protocol.OFPP_FLOOD and address is not None:
            match = parser.OFPMatch(
                in_port=in_port, eth_type=frame.ethertype, ipv4_src=address.src, ipv4_dst=address.dst
            )
            instructions = [parser.OFPInstructionActions(protocol.OFPIT_APPLY_ACTIONS, actions)]
            datapath.send_msg(
                parser.OFPFlowMod(
                    datapath=datapath,
                    priority=100,
                    idle_timeout=_IDLE_SECONDS,
                    match=match,
                    instructions=instructions,
                )
            )
        datapath.send_msg(
            parser.OFPPacketOut(
                datapath=datapath,
                buffer_id=protocol.OFP_NO_BUFFER,
                in_port=in_port,
                actions=actions,
                data=message.data,
            )
        )
