/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import com.google.common.hash.Hashing;
import java.util.List;
import java.util.OptionalInt;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.net.ClientKey;
import org.vpnlb.engine.openflow.Action;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Flow.Timeouts;
import org.vpnlb.engine.openflow.Match;
import org.vpnlb.engine.pipeline.Cookie.Kind;

/**
 * Where the pipeline lies in a switch: the only place that makes the number of a table, a cookie, the id of a group or
 * a meter, the metadata, or an entry out of them.
 *
 * <pre>
 * metadata  63  60 59           32 31 30  29      28      27  20 19       0
 *          |  0   | device or 0   |  0  | waits | to client | slot | service |
 *          | side |                             0                         |
 * </pre>
 */
final class Layout {
    /** Stands for all ports that have no meter of their own; no port has this number (OpenFlow 1.3, section A.2.1). */
    static final long NO_PORT = 0;

    /** Beyond the number of any port, which has 32 bits. */
    private static final long ERRORS = 1L << Integer.SIZE;

    private static final long SEARCHES = 2L << Integer.SIZE;

    private static final long NUMBER_MASK = (1L << MeterId.NUMBER_BITS) - 1;

    private static final long SERVICE_MASK = 0xffff_ffffL;
    private static final int SIDE_SHIFT = 60;
    private static final int SLOT_SHIFT = Cookie.SERVICE_BITS;
    private static final long ANY_SLOT_MASK = (1L << SLOT_SHIFT) - 1;
    /** The frame goes from a device to a client; the device is the sender until its slot is known. */
    private static final long TO_CLIENT = 1L << 28;
    /** The slot waits to move to another device. */
    private static final long WAITS = 1L << 29;
    /** The client's device is known from what it sent to the client, and from nothing that the client sent. */
    private static final long TOLD = 1L << 30;

    private static final long DEVICE_MASK = (1L << SIDE_SHIFT) - (1L << Integer.SIZE);

    private final int base;
    private final Numbers numbers;

    /**
     * A layout.
     *
     * @param base the number of table 0 of the pipeline in the switch
     * @param numbers the numbers of services and devices
     */
    Layout(final int base, final Numbers numbers) {
        this.base = base;
        this.numbers = numbers;
    }

    /** The number of a device in cookies, group ids and metadata. */
    int number(final Service service, final Device device) {
        return numbers.of(service, device);
    }

    /** The number of a table in the switch. */
    int id(final Table table) {
        return base + table.ordinal();
    }

    /** The cookie of entries that serve all services. */
    static long cookie(final Kind kind) {
        return Cookie.of(kind).value();
    }

    /** The cookie of a service's entries. */
    long cookie(final Kind kind, final Service service) {
        return new Cookie(kind, numbers.of(service), 0).value();
    }

    /** The cookie of a device's entries. */
    long cookie(final Kind kind, final Service service, final Device device) {
        return new Cookie(kind, numbers.of(service), numbers.of(service, device)).value();
    }

    /** The id of a service's group. */
    long group(final GroupId.Kind kind, final Service service) {
        return new GroupId(kind, numbers.of(service)).value();
    }

    /** The id of a device's group. */
    long group(final GroupId.Kind kind, final Service service, final Device device) {
        return new GroupId(kind, numbers.of(service, device)).value();
    }

    /** The id of the meter of what a device answers to the checks that a cookie tells. */
    static long meter(final Cookie check) {
        return new MeterId(
                        check.kind() == Kind.INGRESS_CHECK ? MeterId.Kind.INGRESS_CHECK : MeterId.Kind.EGRESS_CHECK,
                        check.device())
                .value();
    }

    /** The id of the meter of a port, whatever the service. */
    static long meter(final MeterId.Kind kind, final long port) {
        return new MeterId(kind, (int) (port & NUMBER_MASK)).value();
    }

    /** The id of the meter of a service's frames from a port, or from {@link #NO_PORT}. */
    long meter(final MeterId.Kind kind, final Service service, final long port) {
        final int hash = Hashing.murmur3_32_fixed()
                .newHasher()
                .putInt(numbers.of(service))
                .putLong(port)
                .hash()
                .asInt();
        // All ones would be the meter by which a switch is tried.
        return new MeterId(kind, (int) ((hash & NUMBER_MASK) % NUMBER_MASK)).value();
    }

    /** The id of the meter of a service's ICMP errors from a port; that of its echo requests is another. */
    long errorMeter(final Service service, final long port) {
        return meter(MeterId.Kind.ICMP, service, ERRORS | port);
    }

    /** The id of the meter of what a service's search for clients brings from a port. */
    long searchMeter(final MeterId.Kind kind, final Service service, final long port) {
        return meter(kind, service, SEARCHES | port);
    }

    /** Processes a frame by a device's group. */
    Action toGroup(final GroupId.Kind kind, final Service service, final Device device) {
        return new Action.ToGroup(group(kind, service, device));
    }

    /** The metadata of a service's frames. */
    long metadata(final Service service) {
        return numbers.of(service);
    }

    /** The metadata of a service's frames whose device is known. */
    long metadata(final Service service, final Device device) {
        return (long) numbers.of(service, device) << Integer.SIZE | numbers.of(service);
    }

    /** The metadata of frames that stay at a side. */
    static long metadata(final Side side) {
        return side.ordinal() + 1L << SIDE_SHIFT;
    }

    /** The metadata of a client's frames that are the first since its device sent to it. */
    long told(final Service service, final Device device) {
        return metadata(service, device) | TOLD;
    }

    /** Whether metadata is that of a side, and no service's. */
    static boolean isSide(final long metadata) {
        return metadata >>> SIDE_SHIFT != 0;
    }

    /** Whether metadata is that of what a device sends to a client. */
    static boolean isToClient(final long metadata) {
        return (metadata & TO_CLIENT) != 0;
    }

    /** Matches a service's frames, whether their device is known or not. */
    Match.Builder ofService(final Service service) {
        return Match.builder().metadata(metadata(service), SERVICE_MASK);
    }

    /** Matches what devices of any service send to clients. */
    static Match.Builder toAnyClients(final Match.Builder match) {
        return match.metadata(TO_CLIENT, TO_CLIENT);
    }

    /** Matches a service's frames, whatever their slot, and whether their device is known or not. */
    Match ofAnySlot(final Service service) {
        return Match.builder().metadata(metadata(service), ANY_SLOT_MASK).build();
    }

    /** Matches what clients of a service send, whatever their slot, of those frames that match something else too. */
    Match.Builder fromClients(final Match.Builder match, final Service service) {
        return match.metadata(metadata(service), ANY_SLOT_MASK | TO_CLIENT);
    }

    /** Matches what a device of a service sends to clients. */
    Match.Builder toClients(final Service service) {
        return toClients(Match.builder(), service);
    }

    /** The same, of those frames that match something else too. */
    Match.Builder toClients(final Match.Builder match, final Service service) {
        return match.metadata(metadata(service) | TO_CLIENT, ANY_SLOT_MASK | TO_CLIENT);
    }

    /** Matches what a device sends to a client. */
    Match.Builder toClient(final Service service, final Device device, final ClientKey client) {
        return Match.ip(client.family())
                .metadata(metadata(service, device) | TO_CLIENT)
                .to(client);
    }

    /**
     * A lasting entry that marks frames as sent by a device to clients.
     *
     * @throws IllegalArgumentException when the band's table may not lead there
     */
    Flow fromDevice(final Band band, final Match match, final Service service, final Device device, final Table next) {
        return new Flow(
                key(band, match),
                cookie(Kind.TO_CLIENT, service),
                Timeouts.NONE,
                List.of(),
                metadata(service, device) | TO_CLIENT,
                next(band, next));
    }

    /** Matches what a device sends to clients whose slot is still its own. */
    Match.Builder toOwnClients(final Match.Builder match, final Service service, final Device device) {
        return match.metadata(metadata(service, device) | TO_CLIENT, ANY_SLOT_MASK | TO_CLIENT | WAITS | DEVICE_MASK);
    }

    /** Matches new clients whose slot is a device's. */
    Match ofSlots(final Service service, final Device device, final boolean isWaiting) {
        return Match.builder()
                .metadata(
                        metadata(service, device) | (isWaiting ? WAITS : 0),
                        ANY_SLOT_MASK | TO_CLIENT | WAITS | DEVICE_MASK)
                .build();
    }

    /**
     * What tells the entry of a slot apart. While the number of slots changes there are entries of both numbers; those
     * of the larger number win.
     */
    Flow.Key slotKey(final Service service, final int slot) {
        final int slots = service.selection().slots();
        final Match match = Match.builder()
                .metadata(metadata(service) | (long) slot << SLOT_SHIFT, ANY_SLOT_MASK | (slots - 1L) << SLOT_SHIFT)
                .build();
        return new Flow.Key(id(Table.SLOTS), Band.SLOT.priority() + Integer.numberOfTrailingZeros(slots), match);
    }

    /** The entry of a slot, which notes the slot's device in the metadata, and whether the slot waits to move. */
    Flow ofSlot(final Service service, final int slot, final Device owner, final boolean isWaiting) {
        return toSlotDevices(
                slotKey(service, slot), service, metadata(service, owner) & DEVICE_MASK | (isWaiting ? WAITS : 0));
    }

    /** The entry of slots that are nobody's. */
    Flow ofNoSlot(final Service service) {
        return toSlotDevices(key(Band.NO_SLOT, ofAnySlot(service)), service, 0);
    }

    private Flow toSlotDevices(final Flow.Key key, final Service service, final long written) {
        return new Flow(
                key,
                cookie(Kind.SELECTION, service),
                Timeouts.NONE,
                List.of(),
                written,
                DEVICE_MASK | WAITS,
                next(Band.SLOT, Table.SLOT_DEVICES));
    }

    /** The number of the device that the entry of a slot notes; empty when it notes none. */
    static OptionalInt ownerOf(final Flow ofSlot) {
        return ofSlot.metadata() == null
                ? OptionalInt.empty()
                : OptionalInt.of((int) (ofSlot.metadata() >>> Integer.SIZE));
    }

    /**
     * Looks a frame up in a table and goes on.
     *
     * @throws IllegalArgumentException when nothing may look from there into that table
     */
    Action lookUp(final Table from, final Table into) {
        if (!from.mayLookInto(into)) {
            throw new IllegalArgumentException(from + " may not look into " + into + ": see Table");
        }
        return new Action.Resubmit(id(into));
    }

    /** A lasting entry that drops; its band says why. */
    Flow drop(final Band band, final Match match, final long cookie) {
        return flow(band, match, cookie, List.of());
    }

    /** A lasting entry behind whose actions nothing comes. */
    Flow flow(final Band band, final Match match, final long cookie, final List<Action> actions) {
        return flow(band, match, cookie, Timeouts.NONE, actions);
    }

    /** An entry behind whose actions nothing comes. */
    Flow flow(
            final Band band,
            final Match match,
            final long cookie,
            final Timeouts timeouts,
            final List<Action> actions) {
        return new Flow(key(band, match), cookie, timeouts, actions, null, null);
    }

    /**
     * A lasting entry that sends frames on to another table.
     *
     * @throws IllegalArgumentException when the band's table may not lead there
     */
    Flow toTable(final Band band, final Match match, final long cookie, final List<Action> actions, final Table next) {
        return toTable(band, match, cookie, Timeouts.NONE, actions, next);
    }

    /**
     * An entry that sends frames on to another table.
     *
     * @throws IllegalArgumentException when the band's table may not lead there
     */
    Flow toTable(
            final Band band,
            final Match match,
            final long cookie,
            final Timeouts timeouts,
            final List<Action> actions,
            final Table next) {
        return new Flow(key(band, match), cookie, timeouts, actions, null, next(band, next));
    }

    /**
     * A lasting entry that marks frames as a service's, and sends them on to another table.
     *
     * @throws IllegalArgumentException when the band's table may not lead there
     */
    Flow marked(final Band band, final Match match, final long cookie, final Service service, final Table next) {
        return new Flow(key(band, match), cookie, Timeouts.NONE, List.of(), metadata(service), next(band, next));
    }

    /**
     * A lasting entry that keeps frames at a side.
     *
     * @throws IllegalArgumentException when the band's table may not lead there
     */
    Flow toSide(final Band band, final Match match, final long cookie, final List<Action> actions, final Side side) {
        return new Flow(key(band, match), cookie, Timeouts.NONE, actions, metadata(side), next(band, Table.SIDES));
    }

    /**
     * A lasting entry of the table of a bit of the slots.
     *
     * @param band one of those of bits that are one, which notes the bit in the metadata, or of those that are zero
     * @throws IllegalArgumentException when that table may not lead there
     */
    Flow ofSlotBit(final Band band, final int bit, final Match match, final Table next) {
        final Table table = Table.ofSlotBit(bit);
        final int position = SLOT_SHIFT + bit;
        final boolean isOne = switch (band) {
            case SLOT_BIT_ONE, SLOT_PORT_BIT_ONE, DESTINATION_BIT_ONE, DESTINATION_PORT_BIT_ONE -> true;
            default -> false;
        };
        final Long written = isOne ? 1L << position : null;
        return new Flow(
                new Flow.Key(id(table), band.priority(), match),
                cookie(Kind.SELECTION),
                Timeouts.NONE,
                List.of(),
                written,
                written,
                next(table, band, next));
    }

    /** What tells an entry of a band apart. */
    Flow.Key key(final Band band, final Match match) {
        return new Flow.Key(id(band.table()), band.priority(match), match);
    }

    private int next(final Band band, final Table next) {
        return next(band.table(), band, next);
    }

    private int next(final Table table, final Band band, final Table next) {
        if (!table.mayLeadTo(next)) {
            throw new IllegalArgumentException(
                    band + " is of " + table + ", which may not lead to " + next + ": see Table");
        }
        return id(next);
    }
}
