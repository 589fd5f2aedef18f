/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.reconcile;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.pipeline.Cookie;

/** The flow entries of vpnlb that a switch was found to hold, sorted by what becomes of them. */
public final class Found {
    /** What an entry is. */
    public enum Sort {
        /** A session for the controller to know: its entry of the clients' side. */
        CLIENT_SESSION,
        /** The same of the servers' side: its way back. */
        RETURN_SESSION,
        /** The same: the source that was learned. */
        LEARNED_SOURCE,
        /** A session that the switch is to know by itself, whoever has learned it. */
        KNOWN_BY_SWITCH,
        /** A session that the switch has learned by itself and where nothing looks any more. */
        LEFT_OVER,
        /** What is held, and would be held now too. */
        HOLD,
        /** The pipeline, or what is not wanted any more. */
        OTHER
    }

    private final Map<Sort, Map<Integer, List<Flow>>> flows = new EnumMap<>(Sort.class);

    /**
     * Sorts entries.
     *
     * @param entries the entries
     * @param sortOf tells what an entry is
     */
    public Found(final Collection<Flow> entries, final Function<Flow, Sort> sortOf) {
        for (final Flow flow : entries) {
            final int service = Cookie.parse(flow.cookie()).map(Cookie::service).orElse(0);
            flows.computeIfAbsent(sortOf.apply(flow), sort -> new HashMap<>())
                    .computeIfAbsent(service, number -> new ArrayList<>())
                    .add(flow);
        }
    }

    /** All entries of a sort. */
    public List<Flow> all(final Sort sort) {
        return flows.getOrDefault(sort, Map.of()).values().stream()
                .flatMap(List::stream)
                .toList();
    }

    /** The entries of a sort that belong to a service; its number is 0 for those that are no service's. */
    public List<Flow> of(final Sort sort, final int service) {
        return flows.getOrDefault(sort, Map.of()).getOrDefault(service, List.of());
    }

    /** The numbers of the services of some entries. */
    public static Set<Integer> services(final Collection<Flow> entries, final Predicate<Flow> which) {
        return entries.stream()
                .filter(which)
                .flatMap(flow -> Cookie.parse(flow.cookie()).stream())
                .map(Cookie::service)
                .collect(Collectors.toSet());
    }
}
