/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.LongUnaryOperator;
import org.vpnlb.engine.model.Capabilities;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.openflow.Action;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Meter;

/**
 * Bounds what entries send to the controller, where the switch has meters: each service and place has a meter of its
 * own, so that nobody takes the controller away from others. A frame that is also forwarded is never dropped for it:
 * only the copy is metered, or nothing.
 */
final class Metering {
    private final Layout layout;
    private final Capabilities.Meters meters;

    Metering(final Layout layout, final Capabilities.Meters meters) {
        this.layout = layout;
        this.meters = meters;
    }

    /** Whether copies can be metered without the frames. */
    boolean boundsCopies() {
        return meters.isAny() && meters.copies();
    }

    /** Whether punts can be metered. */
    boolean boundsPunts() {
        return meters.isAny();
    }

    /** An entry that does nothing but punt, with a meter. */
    Flow bound(final Flow punt, final long meter) {
        return meters.isAny() ? punt.metered(meter) : punt;
    }

    /**
     * Entries that do nothing but punt, each with a meter: one for the frames of each port, and one for all others.
     *
     * @param entry makes the entry for a port, or the one for all others
     */
    List<Flow> boundByPort(
            final MeterId.Kind kind,
            final Service service,
            final Collection<Long> ports,
            final Function<OptionalLong, Flow> entry) {
        return boundByPort(port -> layout.meter(kind, service, port), ports, entry);
    }

    /**
     * The same with other meters.
     *
     * @param meter the id of the meter of a port, and of {@link Layout#NO_PORT}
     */
    List<Flow> boundByPort(
            final LongUnaryOperator meter, final Collection<Long> ports, final Function<OptionalLong, Flow> entry) {
        final Flow others = entry.apply(OptionalLong.empty());
        if (!meters.isAny()) {
            return List.of(others);
        }
        final List<Flow> flows = new ArrayList<>();
        ports.forEach(port -> flows.add(entry.apply(OptionalLong.of(port)).metered(meter.applyAsLong(port))));
        flows.add(others.metered(meter.applyAsLong(Layout.NO_PORT)));
        return flows;
    }

    /** Sends a copy of a frame that is forwarded as well; the meter bounds the copy alone. */
    Action copy(final PuntLength punt, final long meter) {
        return boundsCopies() ? punt.metered(meter) : punt.action();
    }

    /** The meters that entries name. */
    List<Meter> namedBy(final Collection<Flow> flows) {
        return flows.stream()
                .flatMap(flow -> flow.meters().stream())
                .distinct()
                .map(MeterId::parse)
                .flatMap(Optional::stream)
                .map(id -> id.meter(meters.learned()))
                .toList();
    }
}
