/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

/** The pipeline in plain words, for operators. */
final class Words {
    private Words() {}

    static String of(final Table table) {
        return switch (table) {
            case CLASSIFY -> "what the packet is";
            case CLIENT_SESSIONS -> "client sessions";
            case SELECTION -> "selection for a new client";
            case LEARNED_SOURCES -> "learned sources";
            case RETURN_SESSIONS -> "return sessions";
            case SWITCH_LEARNED_CLIENTS -> "client sessions that the switch learned";
            case SWITCH_LEARNED_RETURNS -> "return sessions that the switch learned";
            case SIDES -> "forwarding within a side";
            case SLOT_BIT_0, SLOT_BIT_1, SLOT_BIT_2, SLOT_BIT_3, SLOT_BIT_4, SLOT_BIT_5, SLOT_BIT_6, SLOT_BIT_7 ->
                "bit %d of the slot".formatted(table.ordinal() - Table.SLOT_BIT_0.ordinal());
            case SLOTS -> "slots";
            case SLOT_DEVICES -> "devices of the slots";
            case NEW_CLIENT_COPIES -> "copies of new clients' packets";
        };
    }

    static String of(final Band band) {
        return switch (band) {
            case FROM_VIRTUAL_MAC -> "drops what claims to come from the virtual MAC address";
            case CHECK_ANSWER -> "sends a device's answer to a health check to the controller";
            case DEVICE_ASKS_CLUSTER -> "drops a device's question for the cluster address";
            case DEVICE_ASKS_AS_CLUSTER -> "forwards a device's question as one in its own name";
            case ADDRESS_CLAIMED -> "drops ARP from somebody who claims an address of vpnlb's";
            case SOURCE_USED -> "sends ARP of somebody who uses the address of checks to the controller";
            case CLIENT_FOUND ->
                "sends a device's ARP answer to the controller: it may have a client that is searched for";
            case ANSWERED -> "sends an ARP answer to vpnlb to the controller";
            case SOURCE_HEARD -> "forwards ARP of an address that checks were to have, with a copy to the controller";
            case DEVICE_ARP -> "forwards a device's ARP";
            case STRAY_ARP -> "forwards ARP at a device's port that is not the device's, with a copy to the controller";
            case ADDRESS_ASKED_AGAIN -> "answers a neighbour that asks again for an address of vpnlb's";
            case ADDRESS_ASKED, ADDRESS_ASKED_AT_PORT -> "sends a question for an address of vpnlb's to the controller";
            case ICMP_ERROR -> "sends an ICMP error to the controller, which sends it on to the device of its client";
            case ECHO_REQUEST, ECHO_REQUEST_AT_PORT ->
                "sends an echo request for an address of vpnlb's to the controller";
            case DEVICE_TO_CLIENT -> "looks whose client it is to whom a device sends";
            case FRAGMENT -> "drops a fragment, which shows no port, where clients are told apart by their ports";
            case SERVICE_TRAFFIC -> "lets the service's traffic in from an uplink";
            case FROM_CLIENT_SIDE -> "keeps other traffic of the clients' side at that side";
            case TO_DEVICE_ITSELF -> "forwards to a device's own address";
            case TO_CLIENT -> "takes traffic to a client on its way back";
            case UNSERVED -> "drops what is sent to the virtual MAC address and is no traffic of a service";
            case SILENCED_DEVICE -> "drops what a device that is out of service or down still sends to clients";
            case FROM_DEVICE -> "takes what a device sends on the servers' side";
            case FROM_SERVER_SIDE -> "keeps other traffic of the servers' side at that side";
            case NOT_OURS -> "forwards what is not vpnlb's as an ordinary switch does";
            case CLIENT_SESSION -> "client session";
            case TOLD_CLIENT -> "learns that a client sends whose device has sent to it";
            case DEVICE_TO_NOBODY -> "drops what a device sends to the virtual MAC address";
            case TO_KNOWN_CLIENT -> "knows this client as the device's that sends to it";
            case TO_SUPPRESSED_CLIENT -> "forwards to a client of which nothing was learned just now";
            case NO_CLIENT -> "drops a source that no client can have";
            case SUPPRESSED_CLIENT ->
                "sends a client that got no session, as max-sessions is reached, to its device for now";
            case NEW_CLIENT -> "lets a client without a session have one selected";
            case SLOT_OF_DESTINATION -> "finds the slot of the client to whom a device sends";
            case SELECTED_BY_SOURCE -> "finds the slot of a new client by its source address";
            case SELECTED_BY_CONTROLLER -> "lets the controller select a device for a new client";
            case SELECTED -> "lets the switch select a device for a new client";
            case GIVEN_SOURCE -> "forwards from a client-prefix of the device";
            case GIVEN_TO_ANOTHER ->
                "forwards a source of another device's client-prefix, with a copy to the controller";
            case LEARNED_SOURCE -> "knows this client behind its device";
            case NEVER_LEARNED -> "forwards a source from which nothing is ever learned";
            case SUPPRESSED_SOURCE -> "forwards a source from which nothing was learned just now";
            case CONTESTED_SOURCE -> "forwards an inner address that two devices may send; the switch learns from one";
            case LEARNER_FULL -> "forwards without learning, as max-sessions is reached";
            case LEARNER -> "lets the switch learn a client behind its device";
            case UNKNOWN_SOURCE, UNKNOWN_CLIENT -> "forwards an unknown source, with a copy to the controller";
            case NO_SOURCE -> "goes on with what is not from a client";
            case GIVEN_RETURN -> "sends traffic to a client-prefix to its device";
            case GIVEN_DOWN, GIVEN_DOWN_AT_PORT ->
                "sends traffic to a client-prefix whose device is out of service or down to the controller, which"
                        + " tells the sender";
            case DEVICE_DOWN -> "drops traffic to a client-prefix whose device is out of service or down";
            case RETURN_SESSION -> "return session";
            case SUPPRESSED_MISS -> "keeps traffic to a client without a session from the controller for a while";
            case SUPPRESSED_MISSES -> "keeps traffic to any client without a session from the controller for a while";
            case NO_RETURN, NO_RETURN_AT_PORT -> "sends traffic to a client without a session to the controller";
            case TO_SERVER -> "forwards from a device to a server";
            case SWITCH_LEARNED_CLIENT -> "client session that the switch learned, or its device's way";
            case SWITCH_TOLD_CLIENT -> "client session that the switch learned from what a device sent to the client";
            case SWITCH_LEARNED_RETURN -> "return session that the switch learned, or its device's way";
            case SWITCH_FOUND_RETURN -> "return session of a client that a device answered for";
            case TO_BRIDGE -> "drops what is for a bridge alone";
            case TO_NOBODY -> "drops what is sent to the virtual MAC address";
            case TO_DEVICE -> "forwards to a device of the side";
            case TO_ALL -> "floods within the side";
            case TO_HOST -> "forwards to hosts of the side";
            case DESTINATION_BIT_ONE -> "sets a bit of the slot by the destination address";
            case DESTINATION_PORT_BIT_ONE -> "sets a bit of the slot by the destination address and port";
            case DESTINATION_BIT_ZERO, DESTINATION_PORT_BIT_ZERO -> "leaves a bit of the destination's slot at zero";
            case SLOT_BIT_ONE -> "sets a bit of the slot by the source address";
            case SLOT_PORT_BIT_ONE -> "sets a bit of the slot by the source address and port";
            case SLOT_BIT_ZERO, SLOT_PORT_BIT_ZERO -> "leaves a bit of the slot at zero";
            case SLOT -> "knows the device of this slot";
            case NO_SLOT -> "knows no device of the slot";
            case TO_OWN_CLIENT -> "forwards to a client of the device that sends";
            case TO_OTHERS_CLIENT ->
                "forwards to a client of another device's slot, and learns that it is the sender's";
            case SLOT_DEVICE -> "sends a new client to the device of its slot";
            case NO_SLOT_DEVICE -> "lets the switch select where no device has the slot";
            case NEW_CLIENT_COPY -> "copies a new client's packet to the controller";
        };
    }

    static String of(final Cookie.Kind kind) {
        return switch (kind) {
            case CLASSIFY -> "tells what a packet is";
            case CLIENT_SESSION -> "client session, or what is done without one";
            case SELECTION -> "selects a device for a new client";
            case LEARNED_SOURCE -> "learned source, or what is done without one";
            case RETURN_SESSION -> "return session, or what is done without one";
            case SUPPRESSION ->
                "suppression: for a while keeps the same packet from being sent to the controller again";
            case ADDRESS_ANSWER -> "answers a neighbour that asks again for an address of vpnlb's";
            case INGRESS_CHECK -> "sends answers to a health check, on the clients' side, to the controller";
            case EGRESS_CHECK -> "sends answers to a health check, on the servers' side, to the controller";
            case DEVICE -> "says where a device's packets go that need no session of the controller's";
            case SIDE -> "forwards what stays at its side";
            case ICMP_ERROR -> "sends ICMP errors for a cluster address to the controller";
            case ECHO_REQUEST -> "sends echo requests for an address of vpnlb's to the controller";
            case TO_CLIENT -> "knows whose client it is to whom a device sends";
            case CONTESTED -> "for a while says what the switch learns of an inner address that two devices may send";
        };
    }

    static String of(final GroupId.Kind kind) {
        return switch (kind) {
            case SELECTION -> "selects a device for a new client, a slot a bucket";
            case NEW_CLIENT -> "sends a new client's packet to a device, with a copy to the controller";
            case TO_DEVICE -> "sends a client's packet to a device";
            case RETURN_TO_DEVICE -> "sends a server's packet to a device";
            case SLOT -> "sends a new client's packet to the device of its slot";
            case STILL_SLOT -> "sends a client's packet to the device of its slot, without a copy to the controller";
            case FAILED_OVER -> "sends a client's packet to a device in place of one without a link";
        };
    }
}
