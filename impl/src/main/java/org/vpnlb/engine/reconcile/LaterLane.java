/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.reconcile;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.openflow.Flow;

/**
 * What is written later ({@link Effect.AddLater}), in its order. Urgent effects overtake it, so each of them takes away
 * what must not come after it: an entry that was deleted or written anew.
 *
 * @param <T> what does the work
 */
public final class LaterLane<T> {
    /** An entry that is to be written, or a mark, which has none. */
    private record Waiting<T>(Optional<Flow> flow, T work) {}

    private final Map<Object, Waiting<T>> waiting = new LinkedHashMap<>();

    /** An entry is to be written. */
    public void add(final Flow flow, final T work) {
        // To the end, behind what may have been added since.
        waiting.remove(flow.key());
        waiting.put(flow.key(), new Waiting<>(Optional.of(flow), work));
    }

    /** Something is to be done when all that was added so far has been. */
    public void addMark(final T work) {
        waiting.put(new Object(), new Waiting<>(Optional.empty(), work));
    }

    /** An effect that does not wait is on its way. */
    public void overtakenBy(final Effect effect) {
        if (waiting.isEmpty()) {
            return;
        }
        switch (effect) {
            case Effect.AddFlow add -> waiting.remove(add.flow().key());
            case Effect.DeleteFlow delete ->
                waiting.computeIfPresent(
                        delete.key(), (key, later) -> hasCookie(later, delete.cookie()) ? null : later);
            case Effect.DeleteFlows delete -> waiting.values().removeIf(later -> hasCookie(later, delete.cookie()));
            default -> {
                // Changes no entry that is written later.
            }
        }
    }

    private static boolean hasCookie(final Waiting<?> later, final long cookie) {
        return later.flow().filter(flow -> flow.cookie() == cookie).isPresent();
    }

    /** Takes the next one out; empty when there is none. */
    public Optional<T> poll() {
        final var all = waiting.values().iterator();
        if (!all.hasNext()) {
            return Optional.empty();
        }
        final T work = all.next().work();
        all.remove();
        return Optional.of(work);
    }

    /** The number of entries and marks. */
    public int size() {
        return waiting.size();
    }

    /** Drops all. */
    public void clear() {
        waiting.clear();
    }
}
