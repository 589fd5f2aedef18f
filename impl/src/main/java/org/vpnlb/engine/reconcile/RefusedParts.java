/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.reconcile;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.openflow.Tables;

/** What a switch refused of a change, and why: entries, groups and meters. */
final class RefusedParts {
    /** How the error of a change says that the group is not there; OpenFlowPlugin has no underscore in it. */
    private static final Pattern UNKNOWN_GROUP = Pattern.compile("UNKNOWN_?GROUP");

    private final Map<Object, Event.Refused> parts = new LinkedHashMap<>();
    /** Why groups were not added: they are tried as a change then. */
    private final Map<Long, String> notAdded = new HashMap<>();

    void clear() {
        parts.clear();
        notAdded.clear();
    }

    boolean isEmpty() {
        return parts.isEmpty();
    }

    List<Event.Refused> all() {
        return List.copyOf(parts.values());
    }

    /** The switch did not add a group. */
    void notAdded(final long group, final String why) {
        notAdded.put(group, why);
    }

    /** The switch refused something; what is not wanted any more holds nothing up. */
    void put(final Object what, final Event.Refused event, final Tables desired) {
        if (isWanted(event.effect(), desired)) {
            // Of a group that is there, why it cannot be changed is what matters.
            final String why = event.effect() instanceof Effect.ModifyGroup modify
                            && UNKNOWN_GROUP.matcher(event.why()).find()
                    ? notAdded.getOrDefault(modify.group().id(), event.why())
                    : event.why();
            parts.put(what, new Event.Refused(event.effect(), why));
        }
    }

    /** Something else may be wanted now. */
    void keepWanted(final Tables desired) {
        parts.values().removeIf(each -> !isWanted(each.effect(), desired));
    }

    private static boolean isWanted(final Effect effect, final Tables desired) {
        return switch (effect) {
            case Effect.AddFlow add ->
                add.flow().equals(desired.flows().get(add.flow().key()));
            case Effect.ModifyGroup modify ->
                modify.group().equals(desired.groups().get(modify.group().id()));
            case Effect.AddMeter add ->
                add.meter().equals(desired.meters().get(add.meter().id()));
            default -> true;
        };
    }
}
