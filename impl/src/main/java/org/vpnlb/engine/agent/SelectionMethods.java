/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.vpnlb.engine.model.SelectionInUse;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Service.Selection.Method;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Match;
import org.vpnlb.engine.selection.SourceSlots;

/**
 * By which method a switch selects for each service, and why. Whether it takes masked matches of the source is tried:
 * a switch that refuses one on this connection selects by group.
 */
final class SelectionMethods {
    private Optional<Flow> refused = Optional.empty();
    /** A masked match of a port, which OpenFlow does not know: services without such are not concerned. */
    private Optional<Flow> refusedOfPort = Optional.empty();

    /** The switch is connected: it may be another one now. */
    void connected() {
        refused = Optional.empty();
        refusedOfPort = Optional.empty();
    }

    /**
     * The switch refused an entry by which slots are found by the source.
     *
     * @return whether it is the first one of its kind
     */
    boolean refuse(final Flow flow) {
        final Match match = flow.key().match();
        if (match.sourcePortMask() != null || match.destinationPortMask() != null) {
            final boolean isFirst = refusedOfPort.isEmpty();
            refusedOfPort = refusedOfPort.or(() -> Optional.of(flow));
            return isFirst;
        }
        final boolean isFirst = refused.isEmpty();
        refused = refused.or(() -> Optional.of(flow));
        return isFirst;
    }

    /** How the switch selects for a service. */
    SelectionInUse of(final Service service) {
        return switch (service.selection().method()) {
            case SELECT_GROUP -> selectedByGroup("configured");
            case SOURCE_HASH ->
                refused(service).map(SelectionMethods::refusal).orElseGet(() -> selectedBySource("configured"));
            case AUTO ->
                SourceSlots.isPossible(service.selection().slots())
                        ? refused(service)
                                .map(SelectionMethods::refusal)
                                .orElseGet(() -> selectedBySource("auto: the switch can"))
                        : selectedByGroup("auto: source-hash needs a power of two of slots from 2 to "
                                + SourceSlots.MAX_SLOTS + ", and slots is "
                                + service.selection().slots());
            case CONTROLLER -> new SelectionInUse(Method.CONTROLLER, "configured");
        };
    }

    private Optional<Flow> refused(final Service service) {
        return refused.or(() -> service.keyed().flatMap(port -> refusedOfPort));
    }

    /** The services whose slots the switch finds by the source. */
    Set<String> bySource(final Collection<Service> services) {
        return services.stream()
                .filter(service -> of(service).method() == Method.SOURCE_HASH)
                .map(Service::name)
                .collect(Collectors.toUnmodifiableSet());
    }

    private static SelectionInUse refusal(final Flow flow) {
        return selectedByGroup("the switch refuses an entry of source-hash: " + flow);
    }

    private static SelectionInUse selectedByGroup(final String reason) {
        return new SelectionInUse(Method.SELECT_GROUP, reason);
    }

    private static SelectionInUse selectedBySource(final String reason) {
        return new SelectionInUse(Method.SOURCE_HASH, reason);
    }
}
