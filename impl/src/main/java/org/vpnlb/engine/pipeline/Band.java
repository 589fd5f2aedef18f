/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import org.vpnlb.engine.openflow.Match;
import org.vpnlb.engine.selection.SourceSlots;

/**
 * What the entries of a table are for, from the most to the least particular: of those that match a frame the one of
 * the highest priority counts. Two kinds of entries of which one frame can match both are two bands.
 *
 * <p>The bands lie apart, so that a new rule finds room between two of them. Their numbers stay as they are: another
 * number is another entry, and every switch would be written anew. An entry that drops has the reason in its band.
 */
enum Band {
    /** From the virtual MAC address: dropped, no host has it, and switches would send its frames there. */
    FROM_VIRTUAL_MAC(Table.CLASSIFY, 420),
    /** A device's answer to a check. */
    CHECK_ANSWER(Table.CLASSIFY, 410),
    /** A device asks for the cluster address: dropped, it carries that address itself. */
    DEVICE_ASKS_CLUSTER(Table.CLASSIFY, 400),
    /** A device asks in the cluster address's name: it would teach its MAC address to everybody. */
    DEVICE_ASKS_AS_CLUSTER(Table.CLASSIFY, 390),
    /** Somebody speaks ARP as the address that checks come from: the controller is told, and gives it up. */
    SOURCE_USED(Table.CLASSIFY, 382),
    /** Somebody speaks ARP as an address of ours: dropped, nobody but vpnlb may, and neighbours would believe it. */
    ADDRESS_CLAIMED(Table.CLASSIFY, 380),
    /** A device's ARP answer to vpnlb inside, and to no check: it may have a client that is searched for. */
    CLIENT_FOUND(Table.CLASSIFY, 379),
    /** An ARP answer to vpnlb, and to no check. */
    ANSWERED(Table.CLASSIFY, 378),
    /** A neighbour asks again for an address of ours: the switch answers. */
    ADDRESS_ASKED_AGAIN(Table.CLASSIFY, 375),
    /** Somebody at a known port asks for an address of ours: ports have meters of their own. */
    ADDRESS_ASKED_AT_PORT(Table.CLASSIFY, 372),
    /** Somebody asks for an address of ours. */
    ADDRESS_ASKED(Table.CLASSIFY, 370),
    /** Somebody speaks ARP as an address that vpnlb would ask from: forwarded, and the controller gets a copy. */
    SOURCE_HEARD(Table.CLASSIFY, 365),
    /** ARP of a device at its own port of the clients' side. */
    DEVICE_ARP(Table.CLASSIFY, 362),
    /** Any other ARP at such a port: forwarded, and the controller gets a copy, to name a device that is miscabled. */
    STRAY_ARP(Table.CLASSIFY, 360),
    /** An ICMP error for a cluster address, from an uplink, whoever else ICMP is for. */
    ICMP_ERROR(Table.CLASSIFY, 320),
    /** An echo request for an address of ours from a known port: ports have meters of their own. */
    ECHO_REQUEST_AT_PORT(Table.CLASSIFY, 312),
    /** An echo request for an address of ours. */
    ECHO_REQUEST(Table.CLASSIFY, 310),
    /** A device that keeps no session sends as the service: dropped, so that its clients notice and log in again. */
    SILENCED_DEVICE(Table.CLASSIFY, 305),
    /** From a device to a client, in the service's name. */
    DEVICE_TO_CLIENT(Table.CLASSIFY, 303),
    /** A fragment, where source ports tell clients apart: dropped, it shows no port, so nobody knows whose it is. */
    FRAGMENT(Table.CLASSIFY, 302),
    /** The service's traffic from an uplink. */
    SERVICE_TRAFFIC(Table.CLASSIFY, 300),
    /** Anything else from the clients' side, where the switch has the servers' side too. */
    FROM_CLIENT_SIDE(Table.CLASSIFY, 295),
    /** To a device's own address. */
    TO_DEVICE_ITSELF(Table.CLASSIFY, 290),
    /** To a client, from a server or from a device. */
    TO_CLIENT(Table.CLASSIFY, 280),
    /** Anything else to the virtual MAC address, also from a device: dropped, since nobody has it. */
    UNSERVED(Table.CLASSIFY, 275),
    /** Anything else that a device sends on the servers' side. */
    FROM_DEVICE(Table.CLASSIFY, 270),
    /** Anything else from the servers' side, where the switch has the clients' side too. */
    FROM_SERVER_SIDE(Table.CLASSIFY, 100),
    /** Everything else; above the table-miss entry, which may be somebody else's. */
    NOT_OURS(Table.CLASSIFY, 1),

    /** A client whose device is known. */
    CLIENT_SESSION(Table.CLIENT_SESSIONS, 100),
    /** A client whose device has sent to it, and that sends now. */
    TOLD_CLIENT(Table.CLIENT_SESSIONS, 99),
    /** From a device to the virtual MAC address, in the service's name: dropped, nobody else has it. */
    DEVICE_TO_NOBODY(Table.CLIENT_SESSIONS, 98),
    /** From a device to a client that is known to be its own, whatever the slot says. */
    TO_KNOWN_CLIENT(Table.CLIENT_SESSIONS, 95),
    /** A source that no client can have: dropped, it would get a session, or a frame to the controller for each. */
    NO_CLIENT(Table.CLIENT_SESSIONS, 60),
    /** A client that got no session just now, because max-sessions is reached. */
    SUPPRESSED_CLIENT(Table.CLIENT_SESSIONS, 50),
    /** From a device to a client of which nothing was learned just now. */
    TO_SUPPRESSED_CLIENT(Table.CLIENT_SESSIONS, 45),
    /** A client without a session. */
    NEW_CLIENT(Table.CLIENT_SESSIONS, 10),

    /** From a device to a client: the slot of the destination is looked for. */
    SLOT_OF_DESTINATION(Table.SELECTION, 30),
    /** A new client gets the device of its slot, by its source. */
    SELECTED_BY_SOURCE(Table.SELECTION, 20),
    /** A new client is the controller's to select for; above the next, which may be left for a moment. */
    SELECTED_BY_CONTROLLER(Table.SELECTION, 15),
    /** A new client gets a device. */
    SELECTED(Table.SELECTION, 10),

    /** A source that the device is given for its clients: nothing is to be learned. */
    GIVEN_SOURCE(Table.LEARNED_SOURCES, 110),
    /** A client that is known to be behind the device. */
    LEARNED_SOURCE(Table.LEARNED_SOURCES, 100),
    /** A source from which nothing is ever learned. */
    NEVER_LEARNED(Table.LEARNED_SOURCES, 60),
    /** A source from which nothing was learned just now. */
    SUPPRESSED_SOURCE(Table.LEARNED_SOURCES, 50),
    /** A device's frame with a source that two devices may send, where the switch learns by itself. */
    CONTESTED_SOURCE(Table.LEARNED_SOURCES, 25),
    /** A device's frame with a source that another one is given: not learned, and the controller gets a copy. */
    GIVEN_TO_ANOTHER(Table.LEARNED_SOURCES, 22),
    /** A device's frame of which the switch learns nothing, because max-sessions is reached. */
    LEARNER_FULL(Table.LEARNED_SOURCES, 21),
    /** A device's frame from which the switch learns. */
    LEARNER(Table.LEARNED_SOURCES, 20),
    /** A device's own frame with a source that is not known: such frames have a meter of their own. */
    UNKNOWN_CLIENT(Table.LEARNED_SOURCES, 12),
    /** A source that is not known, at a device's port: the controller gets a copy. */
    UNKNOWN_SOURCE(Table.LEARNED_SOURCES, 10),
    /** A frame to a client, or from a device and no client. */
    NO_SOURCE(Table.LEARNED_SOURCES, 1),

    /** To an address that a device is given for its clients. */
    GIVEN_RETURN(Table.RETURN_SESSIONS, 110),
    /** To such an address of a device that is out of service or down, where nobody can be told: dropped. */
    DEVICE_DOWN(Table.RETURN_SESSIONS, 108),
    /** To such an address from a port of servers, which have meters of their own: the controller tells the sender. */
    GIVEN_DOWN_AT_PORT(Table.RETURN_SESSIONS, 107),
    /** To such an address: the controller tells the sender that nobody has it. */
    GIVEN_DOWN(Table.RETURN_SESSIONS, 106),
    /** To a client whose device is known. */
    RETURN_SESSION(Table.RETURN_SESSIONS, 100),
    /** To a client without a session, for whom the controller has just been asked. */
    SUPPRESSED_MISS(Table.RETURN_SESSIONS, 50),
    /** To any client without a session, from a port from which somebody scans. */
    SUPPRESSED_MISSES(Table.RETURN_SESSIONS, 30),
    /** To a client without a session, from a known port: ports have meters of their own. */
    NO_RETURN_AT_PORT(Table.RETURN_SESSIONS, 12),
    /** To a client without a session. */
    NO_RETURN(Table.RETURN_SESSIONS, 10),
    /** From a device to a server. */
    TO_SERVER(Table.RETURN_SESSIONS, 1),

    /** A client, or the device that was selected for one. */
    SWITCH_LEARNED_CLIENT(Table.SWITCH_LEARNED_CLIENTS, 100),
    /** A client to whom a device has sent; its own frames count for more. */
    SWITCH_TOLD_CLIENT(Table.SWITCH_LEARNED_CLIENTS, 90),
    /** To a client. */
    SWITCH_LEARNED_RETURN(Table.SWITCH_LEARNED_RETURNS, 100),
    /** To a client that a device answered for; what the client sends counts for more. */
    SWITCH_FOUND_RETURN(Table.SWITCH_LEARNED_RETURNS, 90),

    /** To a bridge itself, and no further: dropped, as every bridge does. */
    TO_BRIDGE(Table.SIDES, 60),
    /** To the virtual MAC address: dropped, since nobody has it. */
    TO_NOBODY(Table.SIDES, 50),
    /** To a device. */
    TO_DEVICE(Table.SIDES, 40),
    /** To a group, or to everybody. */
    TO_ALL(Table.SIDES, 30),
    /** To a client or a server, or who else is behind their ports. */
    TO_HOST(Table.SIDES, 10),

    /** From a device to a client of whose slot this bit is one, by address and port; in the tables of all bits. */
    DESTINATION_PORT_BIT_ONE(Table.SLOT_BIT_0, 48),
    /** From a device to any other client of a service whose clients ports tell apart: the bit stays zero. */
    DESTINATION_PORT_BIT_ZERO(Table.SLOT_BIT_0, 44),
    /** From a device to a client of whose slot this bit is one; in the tables of all bits. */
    DESTINATION_BIT_ONE(Table.SLOT_BIT_0, 40),
    /** From a device to any other client: the bit stays zero. */
    DESTINATION_BIT_ZERO(Table.SLOT_BIT_0, 30),
    /** A new client of whose slot this bit is one, by address and port; in the tables of all bits. */
    SLOT_PORT_BIT_ONE(Table.SLOT_BIT_0, 28),
    /** Any other client of a service whose clients ports tell apart: the bit stays zero. */
    SLOT_PORT_BIT_ZERO(Table.SLOT_BIT_0, 24),
    /** A new client of whose slot this bit is one; in the tables of all bits. */
    SLOT_BIT_ONE(Table.SLOT_BIT_0, 20),
    /** Any other client: the bit stays zero. */
    SLOT_BIT_ZERO(Table.SLOT_BIT_0, 10),

    /** Whose a slot is; the priority grows with the number of slots, see {@link Layout#slotKey}. */
    SLOT(Table.SLOTS, 20),
    /** A slot that is nobody's, or whose entry the switch lacks. */
    NO_SLOT(Table.SLOTS, 10),

    /** A new client's frame from an uplink, for the controller: uplinks have meters of their own. */
    NEW_CLIENT_COPY(Table.NEW_CLIENT_COPIES, 10),

    /** From a device to a client of a slot of its own, or to one that is known to be its own. */
    TO_OWN_CLIENT(Table.SLOT_DEVICES, 40),
    /** From a device to a client of another's slot, or of one that waits to move: its session is learned. */
    TO_OTHERS_CLIENT(Table.SLOT_DEVICES, 30),
    /** A new client whose slot is a device's. */
    SLOT_DEVICE(Table.SLOT_DEVICES, 20),
    /** A new client whose slot is nobody's. */
    NO_SLOT_DEVICE(Table.SLOT_DEVICES, 10);

    /** So much higher is what is of one port of a client's address: beside it there may be what is of all ports. */
    private static final int OF_PORT = 1;

    private final Table table;
    private final int priority;

    Band(final Table table, final int priority) {
        this.table = table;
        this.priority = priority;
    }

    /** The table of the entries; the first when there are several. */
    Table table() {
        return table;
    }

    /** Whether a table may have such entries. */
    boolean isIn(final Table other) {
        return table == other || table.isSlotBit() && other.isSlotBit();
    }

    /** Whether entries may be in a table at a priority. */
    boolean mayBeAt(final Table where, final int value) {
        return switch (this) {
            case SLOT_BIT_ONE,
                    SLOT_BIT_ZERO,
                    DESTINATION_BIT_ONE,
                    DESTINATION_BIT_ZERO,
                    SLOT_PORT_BIT_ONE,
                    SLOT_PORT_BIT_ZERO,
                    DESTINATION_PORT_BIT_ONE,
                    DESTINATION_PORT_BIT_ZERO -> where.isSlotBit() && value == priority;
            case SLOT -> where == table && value >= priority && value <= priority + SourceSlots.MAX_BITS;
            default -> where == table && (value == priority || isOfClient() && value == priority + OF_PORT);
        };
    }

    /** The priority of the entries. */
    int priority() {
        return priority;
    }

    /** The priority of an entry. */
    int priority(final Match match) {
        return isOfClient() && match.ipProtocol() != null ? priority + OF_PORT : priority;
    }

    /** Whether an entry is one client's, or teaches such entries. */
    private boolean isOfClient() {
        return switch (this) {
            case CLIENT_SESSION,
                    TO_KNOWN_CLIENT,
                    SUPPRESSED_CLIENT,
                    TO_SUPPRESSED_CLIENT,
                    SWITCH_LEARNED_CLIENT,
                    SWITCH_TOLD_CLIENT -> true;
            default -> false;
        };
    }
}
