/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.net.IpAddress.Family;
import org.vpnlb.engine.net.IpBits;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Match;
import org.vpnlb.engine.selection.SourceSlots;

/**
 * The table of one bit of the slots. The bit is the parity of some bits of a client's address: masked matches of those
 * addresses of which it is one note it in the metadata. One masked match alone selects bits and cannot combine them.
 * The client is the source, or where a device sends the destination. The tables serve all services that select by the
 * source.
 */
final class SlotBitStage implements Stage {
    private final Layout layout;
    private final SelectionStage selection;
    private final int bit;

    /**
     * The table of a bit.
     *
     * @param bit the bit, 0 = the lowest
     */
    SlotBitStage(final Layout layout, final SelectionStage selection, final int bit) {
        this.layout = layout;
        this.selection = selection;
        this.bit = bit;
    }

    @Override
    public Table table() {
        return Table.ofSlotBit(bit);
    }

    @Override
    public List<Flow> flows(final Site site) {
        final List<Service> services = selection.bySource(site);
        if (services.stream().noneMatch(service -> has(service, bit))) {
            return List.of();
        }
        final Table next =
                services.stream().anyMatch(service -> has(service, bit + 1)) ? Table.ofSlotBit(bit + 1) : Table.SLOTS;
        final Set<Family> families = new TreeSet<>();
        services.forEach(service -> families.addAll(service.outerFamilies()));
        final List<Flow> flows = new ArrayList<>();
        for (final Family family : families) {
            for (final IpBits bits : SourceSlots.ones(family, bit)) {
                final Match fromClient = Match.ip(family).ipSourceBits(bits).build();
                final Match toClient = Layout.toAnyClients(Match.ip(family))
                        .ipDestinationBits(bits)
                        .build();
                flows.add(layout.ofSlotBit(Band.SLOT_BIT_ONE, bit, fromClient, next));
                flows.add(layout.ofSlotBit(Band.DESTINATION_BIT_ONE, bit, toClient, next));
            }
        }
        services.stream()
                .filter(service -> has(service, bit))
                .forEach(service -> service.keyed()
                        .ifPresent(traffic -> flows.addAll(byPort(service, traffic.ipProtocol(), next))));
        flows.add(layout.ofSlotBit(
                Band.DESTINATION_BIT_ZERO,
                bit,
                Layout.toAnyClients(Match.builder()).build(),
                next));
        flows.add(layout.ofSlotBit(Band.SLOT_BIT_ZERO, bit, Match.ALL, next));
        return flows;
    }

    /** The same by address and port, of the services whose clients these tell apart; above those by address alone. */
    private List<Flow> byPort(final Service service, final int protocol, final Table next) {
        final List<Flow> flows = new ArrayList<>();
        for (final Family family : service.outerFamilies()) {
            for (final SourceSlots.Endpoints ones : SourceSlots.endpointOnes(family, bit)) {
                final Match fromClient = layout.fromClients(Match.ip(family), service)
                        .ipProtocol(protocol)
                        .ipSourceBits(ones.address())
                        .sourcePort(ones.port(), ones.portMask())
                        .build();
                final Match toClient = layout.toClients(Match.ip(family), service)
                        .ipProtocol(protocol)
                        .ipDestinationBits(ones.address())
                        .destinationPort(ones.port(), ones.portMask())
                        .build();
                flows.add(layout.ofSlotBit(Band.SLOT_PORT_BIT_ONE, bit, fromClient, next));
                flows.add(layout.ofSlotBit(Band.DESTINATION_PORT_BIT_ONE, bit, toClient, next));
            }
        }
        flows.add(layout.ofSlotBit(
                Band.SLOT_PORT_BIT_ZERO,
                bit,
                layout.fromClients(Match.builder(), service).build(),
                next));
        flows.add(layout.ofSlotBit(
                Band.DESTINATION_PORT_BIT_ZERO,
                bit,
                layout.toClients(Match.builder(), service).build(),
                next));
        return flows;
    }

    /** Whether the slots of a service have a bit. */
    private static boolean has(final Service service, final int bit) {
        return service.selection().slots() > 1 << bit;
    }
}
