/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow;

import com.google.common.collect.HashMultiset;
import com.google.common.collect.Multiset;
import java.util.function.Consumer;
import org.vpnlb.engine.event.Event;

/**
 * The frames that wait for a switch's agent: so many at most, with room for each port and entry.
 *
 * <p>One thread at a time brings the frames of all switches, from one queue of MD-SAL's. OpenFlowPlugin drops what a
 * switch has in there above its share of 64,000, and nothing of vpnlb's counts that. So nobody may hold this thread up.
 * It handles a frame itself while the agent is idle and {@link ListenerTime} is left, since to wake another thread
 * costs more than the work; all else is left to the pool.
 *
 * <p>A frame is taken while fewer of its port and entry wait than there is room left, with alpha = 1 in A. K.
 * Choudhury, E. L. Hahne, "Dynamic Queue Length Thresholds for Shared-Memory Packet Switches", IEEE/ACM Transactions on
 * Networking 6(2), 1998. Of n that come without end each gets one part of n + 1, and one part stays free: what comes
 * seldom finds room. What is not taken is dropped and counted.
 */
final class PuntQueue {
    /** The lowest bound. One port alone has half of it: what its meter lets through at once by default. */
    static final int MIN_WAITING = 4000;

    /** The highest: twice what the meter of a port lets through at once at most. */
    private static final int MAX_WAITING = 120_000;

    /**
     * What one port, or one check, sends: entries tell apart by their cookie, so that a flood at a port hides no answer
     * to a check of a device there.
     */
    private record Source(long port, long cookie) {}

    /**
     * What all switches share, and how much may wait of each.
     *
     * @param time the time of the thread that brings frames
     * @param most the number of frames of a switch that may wait
     */
    record Limits(ListenerTime time, int most) {
        /**
         * The limits of a setting.
         *
         * @param learned the frames of new clients that a port may send in a second; at once it may send twice as many
         */
        static Limits of(final ListenerTime time, final int learned) {
            return new Limits(time, (int) Math.clamp(4L * learned, MIN_WAITING, MAX_WAITING));
        }
    }

    private final SerialExecutor executor;
    private final Limits limits;
    private final Consumer<Event.Punted> handler;

    /** Where the frames that wait are from. Guarded by this, as all below; never held while an agent works. */
    private final Multiset<Source> waiting = HashMultiset.create();

    private long dropped;

    /**
     * No frame waits.
     *
     * @param executor runs what the agent does
     * @param limits what may wait
     * @param handler gets the frames, one at a time and in order, with all else that the executor runs
     */
    PuntQueue(final SerialExecutor executor, final Limits limits, final Consumer<Event.Punted> handler) {
        this.executor = executor;
        this.limits = limits;
        this.handler = handler;
    }

    /** Handles a frame at once, queues it, or drops it. */
    void add(final Event.Punted frame) {
        if (limits.time.isLeft() && executor.runHere(() -> handler.accept(frame))) {
            limits.time.spend();
            return;
        }
        final var source = new Source(frame.inPort(), frame.cookie());
        if (isTaken(source)) {
            executor.execute(() -> {
                left(source);
                handler.accept(frame);
            });
        }
    }

    /** The number of frames that were dropped, since too many waited. */
    synchronized long dropped() {
        return dropped;
    }

    private synchronized boolean isTaken(final Source source) {
        if (waiting.count(source) >= limits.most - waiting.size()) {
            dropped++;
            return false;
        }
        return waiting.add(source);
    }

    private synchronized void left(final Source source) {
        waiting.remove(source);
    }
}
