/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow.nicira;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.vpnlb.engine.net.IpAddress.Family;
import org.vpnlb.engine.openflow.Action;
import org.vpnlb.engine.openflow.Action.Learn;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Match;

/**
 * Open vSwitch's own actions as octets. The formats are those of its {@code include/openflow/nicira-ext.h}: struct
 * nx_action_reg_load, nx_action_resubmit, nx_action_controller2 with its list of properties, and nx_action_learn with
 * its list of specifications.
 */
public final class NiciraOctets {
    /** The experimenter id that stands for Nicira, and for Open vSwitch. */
    public static final long EXPERIMENTER = 0x0000_2320L;

    /** The type of an action that its experimenter id explains (OFPAT_EXPERIMENTER). */
    public static final int TYPE = 0xffff;

    private static final int REG_LOAD = 7;
    private static final int RESUBMIT_TABLE = 14;
    private static final int LEARN = 16;
    private static final int CONTROLLER = 37;
    private static final int LEARN_WITH_LIMIT = 45;

    /** Properties of the controller action. */
    private static final int MAX_LENGTH = 0;

    private static final int METER = 5;
    private static final int PROPERTY = 8;
    private static final int CONTROLLER_PROPERTIES = 16;

    private static final int HEADER = 10;
    private static final int BLOCK = 8;
    private static final int LONGEST = 128;
    private static final int SAME_PORT = 0xfff8;

    /** OXM header: all 64 bits of the metadata. */
    private static final int METADATA = 0x8000_0408;

    private static final int METADATA_BITS = Long.SIZE;
    /** The first bit in the higher ten bits, the number of bits less one in the lower six. */
    private static final int WHOLE_METADATA = METADATA_BITS - 1;

    /** NXM headers. */
    private static final int ETHER_TYPE = 0x0000_0602;

    private static final int IPV4_SOURCE = 0x0000_0e04;
    private static final int IPV4_DESTINATION = 0x0000_1004;
    private static final int IPV6_SOURCE = 0x0001_2610;
    private static final int IPV6_DESTINATION = 0x0001_2810;
    private static final int IP_PROTOCOL = 0x0000_0c01;
    private static final int TCP_SOURCE = 0x0000_1202;
    private static final int TCP_DESTINATION = 0x0000_1402;
    private static final int UDP_SOURCE = 0x0000_1602;
    private static final int UDP_DESTINATION = 0x0000_1802;

    private static final int TCP = 6;
    /** The octets of the specifications of an IP protocol and of a port. */
    private static final int PORT_SPECIFICATIONS = 24;

    /** What the first 16 bits of a specification say beside the number of bits. */
    private static final int FROM_CONSTANT = 0x2000;

    private static final int TO_MATCH = 0;
    private static final int TO_LOAD = 0x0800;

    private NiciraOctets() {}

    /** The action as OpenFlow carries it, its padding included. */
    public static byte[] write(final Action.Nicira action) {
        final ByteBuffer out = ByteBuffer.allocate(LONGEST);
        out.putShort((short) TYPE).putShort((short) 0).putInt((int) EXPERIMENTER);
        switch (action) {
            case Action.SetMetadata set -> {
                out.putShort((short) REG_LOAD).putShort((short) WHOLE_METADATA).putInt(METADATA);
                out.putLong(set.metadata());
            }
            case Action.Resubmit resubmit -> {
                out.putShort((short) RESUBMIT_TABLE).putShort((short) SAME_PORT);
                out.put((byte) resubmit.table());
            }
            case Action.CopyToController copy -> {
                out.putShort((short) CONTROLLER).position(CONTROLLER_PROPERTIES);
                if (copy.maxLength() != Action.OutputController.WHOLE_FRAME) {
                    out.putShort((short) MAX_LENGTH).putShort((short) PROPERTY);
                    out.putShort((short) copy.maxLength()).putShort((short) 0);
                }
                out.putShort((short) METER).putShort((short) PROPERTY).putInt((int) copy.meter());
            }
            case Learn learn -> writeLearn(learn, out);
        }
        final int length = (out.position() + BLOCK - 1) / BLOCK * BLOCK;
        out.putShort(Short.BYTES, (short) length);
        final byte[] octets = new byte[length];
        out.get(0, octets);
        return octets;
    }

    /** Reads an action; empty when it is one that vpnlb never writes. */
    public static Optional<Action> read(final byte[] octets) {
        final ByteBuffer in = ByteBuffer.wrap(octets);
        if (octets.length < HEADER
                || Short.toUnsignedInt(in.getShort()) != TYPE
                || Short.toUnsignedInt(in.getShort()) != octets.length
                || Integer.toUnsignedLong(in.getInt()) != EXPERIMENTER) {
            return Optional.empty();
        }
        final Optional<Action> action = switch (in.getShort()) {
            case REG_LOAD -> Optional.of(new Action.SetMetadata(octets.length < 24 ? 0 : in.getLong(16)));
            case RESUBMIT_TABLE ->
                Optional.of(new Action.Resubmit(octets.length < 13 ? 0 : Byte.toUnsignedInt(in.get(12))));
            case CONTROLLER -> copy(octets);
            case LEARN, LEARN_WITH_LIMIT -> learn(octets);
            default -> Optional.empty();
        };
        // Whatever else was in there would not be written again.
        return action.filter(read -> Arrays.equals(write((Action.Nicira) read), octets));
    }

    /** Reads a copy where {@link #write} puts its parts; the caller compares the rest. */
    private static Optional<Action> copy(final byte[] octets) {
        final ByteBuffer in = ByteBuffer.wrap(octets);
        return switch (octets.length - CONTROLLER_PROPERTIES) {
            case PROPERTY ->
                Optional.of(new Action.CopyToController(
                        Action.OutputController.WHOLE_FRAME,
                        Integer.toUnsignedLong(in.getInt(CONTROLLER_PROPERTIES + 4))));
            case 2 * PROPERTY ->
                Optional.of(new Action.CopyToController(
                        Short.toUnsignedInt(in.getShort(CONTROLLER_PROPERTIES + 4)),
                        Integer.toUnsignedLong(in.getInt(CONTROLLER_PROPERTIES + PROPERTY + 4))));
            default -> Optional.empty();
        };
    }

    private static void writeLearn(final Learn learn, final ByteBuffer out) {
        final Flow entry = learn.template();
        final Match match = entry.key().match();
        out.putShort((short) (learn.limit() == 0 ? LEARN : LEARN_WITH_LIMIT));
        out.putShort((short) entry.timeouts().idle()).putShort((short) 0);
        out.putShort((short) entry.key().priority()).putLong(entry.cookie());
        // No flags: the end of an entry is not reported, and nothing ends with this action.
        out.putShort((short) 0).put((byte) entry.key().table()).put((byte) 0);
        out.putShort((short) 0).putShort((short) 0);
        if (learn.limit() != 0) {
            out.putInt(learn.limit()).putShort((short) 0).putShort((short) 0);
        }
        final int etherType = match.etherType();
        constant(out, TO_MATCH, Short.SIZE, etherType, ETHER_TYPE);
        constant(out, TO_MATCH, METADATA_BITS, match.metadata(), METADATA);
        final Family family = family(etherType);
        out.putShort((short) family.bits());
        out.putInt(field(learn.of(), family)).putShort((short) 0);
        out.putInt(field(learn.field(), family)).putShort((short) 0);
        final Integer protocol = match.ipProtocol();
        if (protocol != null) {
            constant(out, TO_MATCH, Byte.SIZE, protocol, IP_PROTOCOL);
            out.putShort((short) Short.SIZE);
            out.putInt(port(learn.of(), protocol)).putShort((short) 0);
            out.putInt(port(learn.field(), protocol)).putShort((short) 0);
        }
        for (final Action action : entry.actions()) {
            constant(out, TO_LOAD, METADATA_BITS, ((Action.SetMetadata) action).metadata(), METADATA);
        }
    }

    private static void constant(
            final ByteBuffer out, final int use, final int bits, final long value, final int field) {
        out.putShort((short) (FROM_CONSTANT | use | bits));
        if (bits == METADATA_BITS) {
            out.putLong(value);
        } else {
            // Octets come in pairs, the value in the lower bits.
            out.putShort((short) value);
        }
        out.putInt(field).putShort((short) 0);
    }

    /** Reads the parts of a learn action where {@link #write} puts them; the caller compares the rest. */
    private static Optional<Action> learn(final byte[] octets) {
        final ByteBuffer in = ByteBuffer.wrap(octets);
        final boolean limited = in.getShort(8) == LEARN_WITH_LIMIT;
        final int specifications = limited ? 40 : 32;
        if (octets.length < specifications + 56) {
            return Optional.empty();
        }
        final int etherType = Short.toUnsignedInt(in.getShort(specifications + 2));
        if (etherType != Family.V4.etherType() && etherType != Family.V6.etherType()) {
            return Optional.empty();
        }
        final Family family = family(etherType);
        final long metadata = in.getLong(specifications + 12);
        final int of = in.getInt(specifications + 28);
        final int field = in.getInt(specifications + 34);
        final boolean isOfPort = octets.length >= specifications + 56 + PORT_SPECIFICATIONS
                && in.getInt(specifications + 44) == IP_PROTOCOL;
        final Match.Builder matched = Match.ip(family).metadata(metadata);
        if (isOfPort) {
            matched.ipProtocol(Short.toUnsignedInt(in.getShort(specifications + 42)));
        }
        final long written = in.getLong(specifications + 42 + (isOfPort ? PORT_SPECIFICATIONS : 0));
        return Optional.of(new Learn(
                new Flow(
                        new Flow.Key(
                                Byte.toUnsignedInt(in.get(26)), Short.toUnsignedInt(in.getShort(14)), matched.build()),
                        in.getLong(16),
                        new Flow.Timeouts(Short.toUnsignedInt(in.getShort(10)), 0, false),
                        List.of(new Action.SetMetadata(written)),
                        null,
                        null),
                field(field, family),
                field(of, family),
                limited ? in.getInt(32) : 0));
    }

    private static int field(final Learn.Field field, final Family family) {
        return field == Learn.Field.SOURCE ? source(family) : destination(family);
    }

    private static Learn.Field field(final int header, final Family family) {
        return header == source(family) ? Learn.Field.SOURCE : Learn.Field.DESTINATION;
    }

    /** As the address: the caller compares the rest. */
    private static int port(final Learn.Field field, final int protocol) {
        return switch (field) {
            case SOURCE -> protocol == TCP ? TCP_SOURCE : UDP_SOURCE;
            case DESTINATION -> protocol == TCP ? TCP_DESTINATION : UDP_DESTINATION;
        };
    }

    private static Family family(final int etherType) {
        return etherType == Family.V4.etherType() ? Family.V4 : Family.V6;
    }

    private static int source(final Family family) {
        return family == Family.V4 ? IPV4_SOURCE : IPV6_SOURCE;
    }

    private static int destination(final Family family) {
        return family == Family.V4 ? IPV4_DESTINATION : IPV6_DESTINATION;
    }
}
