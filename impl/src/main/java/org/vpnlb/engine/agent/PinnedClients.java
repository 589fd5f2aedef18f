/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.PinnedClient;
import org.vpnlb.engine.model.SelectionInUse;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Service.Selection.Method;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.net.ClientKey;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.selection.SourceSlots;
import org.vpnlb.engine.session.SessionRow;

/** Whose session is not where its slot is. Only where the switch selects by the source can that be told. */
record PinnedClients(Plan plan, SwitchLearnedSessions switchLearned) {
    /** Whether the switch selects by the source, so that a client's slot is known. */
    boolean isSlotKnown(final Service service) {
        return plan.selection(service)
                .map(SelectionInUse::method)
                .filter(method -> method == Method.SOURCE_HASH)
                .isPresent();
    }

    /**
     * The pinned clients of a service.
     *
     * @param read vpnlb's flows that the switch holds; needed where the switch learns by itself
     */
    Stream<PinnedClient> of(final ServiceHere here, final Collection<Flow> read) {
        return here.clients().isEmpty()
                ? Stream.empty()
                : new Finder(plan, switchLearned).rows(here, Side.INGRESS, read).flatMap(row -> pinned(here, row));
    }

    private Stream<PinnedClient> pinned(final ServiceHere here, final SessionRow row) {
        return slotDevice(here.service(), row.client())
                .filter(device -> !device.name().equals(row.device()) && mayLeave(here, row.device()))
                .map(device -> new PinnedClient(row.client(), row.device(), device.name()))
                .stream();
    }

    /** Whether the slots of a device's own clients are its own: not while it drains or is full. */
    private boolean mayLeave(final ServiceHere here, final String name) {
        return !here.fullDevices().contains(name)
                && here.service().devices().stream()
                        .filter(device -> device.name().equals(name))
                        .allMatch(device -> device.takesSessions() && !switchLearned.isFull(here.service(), device));
    }

    /** The device of a client's slot, if it takes clients. */
    private Optional<Device> slotDevice(final Service service, final ClientKey client) {
        if (!isSlotKnown(service)) {
            return Optional.empty();
        }
        final List<String> owners = plan.slotMoves().slots().of(service).owners();
        return service.slotKey(client)
                .map(key -> SourceSlots.slot(key, service.selection().slots()))
                .filter(slot -> slot < owners.size())
                .flatMap(slot -> service.devices().stream()
                        .filter(device -> device.name().equals(owners.get(slot)) && device.takesSessions())
                        .findFirst());
    }

    /**
     * Which of some clients are still pinned as they were, and where they go: not beyond a device's max-sessions. Where
     * the switch learns by itself, it is not read again: a client that has gone gets a session that idles out.
     */
    Map<ClientKey, Device> moves(final ServiceHere here, final Collection<PinnedClient> clients) {
        final Service service = here.service();
        final Map<String, Long> counts = new HashMap<>();
        final Map<ClientKey, Device> moves = new LinkedHashMap<>();
        for (final PinnedClient client : clients) {
            final Optional<Device> device = slotDevice(service, client.client())
                    .filter(found -> !found.name().equals(client.from())
                            && mayLeave(here, client.from())
                            && isStillThere(here, client))
                    .filter(found -> counts.computeIfAbsent(found.name(), name -> count(here, found))
                            < found.maxSessions().orElse(Long.MAX_VALUE));
            device.ifPresent(found -> {
                counts.merge(found.name(), 1L, Long::sum);
                moves.put(client.client(), found);
            });
        }
        return moves;
    }

    private boolean isStillThere(final ServiceHere here, final PinnedClient client) {
        return here.clients()
                .filter(sessions -> switchLearned.learns(here.service())
                        || sessions.deviceOf(client.client())
                                .filter(device -> device.name().equals(client.from()))
                                .isPresent())
                .isPresent();
    }

    private long count(final ServiceHere here, final Device device) {
        return switchLearned.learns(here.service())
                ? switchLearned.counts().sessions(Side.INGRESS, here.service(), device, plan.pipeline())
                : here.clientCounts().getOrDefault(device.name(), 0);
    }
}
