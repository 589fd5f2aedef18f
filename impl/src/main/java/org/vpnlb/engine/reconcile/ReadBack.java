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
import java.util.function.Function;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.pipeline.Cookie;

/** The flow entries of vpnlb that were read from a switch, by what becomes of them. */
public final class ReadBack {
    /** What becomes of an entry that was read from a switch. */
    public enum EntryClass {
        /** A client session that the controller is to know. */
        CLIENT_SESSION,
        /** A client that is known by what a device sends to it, as the controller is to know. */
        TO_CLIENT,
        /** A return session that the controller is to know. */
        RETURN_SESSION,
        /** A learned source that the controller is to know. */
        LEARNED_SOURCE,
        /** A session that the switch is to know by itself, whoever learned it. */
        KNOWN_BY_SWITCH,
        /** A session that the switch learned by itself, no longer reachable from table 0. */
        UNREACHABLE,
        /** Keeps frames from being punted, and would be written now too. */
        SUPPRESSION,
        /** For a while says what the switch learns of an inner address that two devices may send. */
        CONTESTED,
        /** An entry of the pipeline, or one that is not wanted any more. */
        PIPELINE
    }

    private final Map<EntryClass, Map<Integer, List<Flow>>> flows = new EnumMap<>(EntryClass.class);

    /**
     * Sorts what was read.
     *
     * @param entries the entries
     * @param classifier tells what becomes of an entry
     */
    public ReadBack(final Collection<Flow> entries, final Function<Flow, EntryClass> classifier) {
        for (final Flow flow : entries) {
            final int service = Cookie.parse(flow.cookie()).map(Cookie::service).orElse(0);
            flows.computeIfAbsent(classifier.apply(flow), found -> new HashMap<>())
                    .computeIfAbsent(service, number -> new ArrayList<>())
                    .add(flow);
        }
    }

    /** All entries of a class. */
    public List<Flow> all(final EntryClass wanted) {
        return flows.getOrDefault(wanted, Map.of()).values().stream()
                .flatMap(List::stream)
                .toList();
    }

    /** The entries of a class that belong to a service; its number is 0 for those that are no service's. */
    public List<Flow> of(final EntryClass wanted, final int service) {
        return flows.getOrDefault(wanted, Map.of()).getOrDefault(service, List.of());
    }
}
