/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.openflow;

import java.util.Objects;
import org.vpnlb.engine.net.ClientKey;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.MacAddress;

/** An action of OpenFlow 1.3 (section 5.12), or of Open vSwitch alone, as far as vpnlb uses them. */
public sealed interface Action {
    /**
     * Sends the frame out of a port.
     *
     * @param port the port's number
     */
    record Output(long port) implements Action {}

    /** Sends the frame out of the port at which it came in (OFPP_IN_PORT). */
    record OutputInPort() implements Action {}

    /** Forwards the frame as an ordinary learning switch does (OFPP_NORMAL). */
    record OutputNormal() implements Action {}

    /**
     * Sends the frame to the controller.
     *
     * @param maxLength the most octets of the frame that are sent; {@link #WHOLE_FRAME} for all
     */
    record OutputController(int maxLength) implements Action {
        /** The length that means the whole frame, unbuffered (OFPCML_NO_BUFFER). */
        public static final int WHOLE_FRAME = 0xffff;
    }

    /**
     * Processes the frame by a group.
     *
     * @param id the group's id
     */
    record ToGroup(long id) implements Action {}

    /**
     * Replaces the destination MAC address.
     *
     * @param mac the new one
     */
    record SetDestinationMac(MacAddress mac) implements Action {}

    /**
     * Replaces the source MAC address.
     *
     * @param mac the new one
     */
    record SetSourceMac(MacAddress mac) implements Action {}

    /**
     * Replaces the operation of an ARP packet.
     *
     * @param operation the new one
     */
    record SetArpOperation(int operation) implements Action {}

    /**
     * Replaces the sender's hardware address of an ARP packet.
     *
     * @param mac the new one
     */
    record SetArpSenderMac(MacAddress mac) implements Action {}

    /**
     * Replaces the sender's protocol address of an ARP packet.
     *
     * @param address the new one
     */
    record SetArpSender(IpAddress address) implements Action {}

    /**
     * Replaces the target's hardware address of an ARP packet.
     *
     * @param mac the new one
     */
    record SetArpTargetMac(MacAddress mac) implements Action {}

    /**
     * Replaces the target's protocol address of an ARP packet.
     *
     * @param address the new one
     */
    record SetArpTarget(IpAddress address) implements Action {}

    /**
     * What only Open vSwitch does: an action with the experimenter id 0x00002320, described in its
     * {@code include/openflow/nicira-ext.h} and in ovs-actions(7).
     */
    sealed interface Nicira extends Action {}

    /**
     * Writes the metadata at once, where the instruction of OpenFlow would do it only after all actions
     * (NXAST_REG_LOAD).
     *
     * @param metadata all 64 bits
     */
    record SetMetadata(long metadata) implements Nicira {}

    /**
     * Sends a copy of the frame to the controller, if a meter lets it pass; the frame itself goes on in any case
     * (NXAST_CONTROLLER2). Open vSwitch 3.1 accepts it in a bucket too, where it does nothing.
     *
     * @param maxLength the most octets of the frame that are sent; {@link OutputController#WHOLE_FRAME} for all
     * @param meter the meter's id
     */
    record CopyToController(int maxLength, long meter) implements Nicira {}

    /**
     * Looks the frame up in a table, does what the entry there says, and goes on with the next action here; where no
     * entry matches, nothing is done (NXAST_RESUBMIT_TABLE).
     *
     * @param table the table's id, 0 to 254
     */
    record Resubmit(int table) implements Nicira {}

    /**
     * Writes a flow entry, or writes it again, for an address of the frame (NXAST_LEARN, NXAST_LEARN2).
     *
     * @param template the entry but for that address: it matches an EtherType and a metadata, ends by idling at most,
     *     and does nothing but write a metadata. Where it matches an IP protocol, that of TCP or UDP, the entry is for
     *     the port that belongs to the address too
     * @param field the field that the entry compares with that address
     * @param of which address of the frame that is
     * @param limit the most entries with the same cookie in that table, 1 to 2^31 - 1; 0 = no limit
     */
    record Learn(Flow template, Field field, Field of, int limit) implements Nicira {
        /** For the address that the frame comes from. */
        public Learn(final Flow template, final Field field, final int limit) {
            this(template, field, Field.SOURCE, limit);
        }

        /** An address of a frame. */
        public enum Field {
            /** Where the frame comes from. */
            SOURCE,
            /** Where the frame goes to. */
            DESTINATION
        }

        /**
         * The entry that is written.
         *
         * @param client the address of the frame, with the port where the entry is for one
         */
        public Flow entry(final ClientKey client) {
            final Flow.Key key = template.key();
            final Match.Builder match = Match.ip(client.family())
                    .metadata(Objects.requireNonNull(key.match().metadata()));
            return new Flow(
                    new Flow.Key(
                            key.table(),
                            key.priority(),
                            switch (field) {
                                case SOURCE -> match.from(client).build();
                                case DESTINATION -> match.to(client).build();
                            }),
                    template.cookie(),
                    template.timeouts(),
                    template.actions(),
                    null,
                    null);
        }
    }
}
