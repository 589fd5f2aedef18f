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
 * The frames that wait for a switch's agent: so many at most, with room for each port.
 *
 * <p>One thread at a time brings the frames of all switches, from one queue of MD-SAL's. OpenFlowPlugin drops what a
 * switch has in there above its share of 64,000, and nothing of vpnlb's counts that. So nobody may hold this thread up.
 * It handles a frame itself while the agent is idle and {@link ListenerTime} is left, since to wake another thread
 * costs more than the work; all else is left to the pool.
 *
 * <p>A frame is taken while fewer of its port wait than there is room left, with alpha = 1 in A. K. Choudhury, E. L.
 * Hahne, "Dynamic Queue Length Thresholds for Shared-Memory Packet Switches", IEEE/ACM Transactions on Networking 6(2),
 * 1998. Of n ports that send without end each comes to one part of n + 1, and one part stays free: a port that sends
 * little finds room. What is not taken is dropped and counted.
 */
final class PuntQueue {
    /** One port alone has half of it: what its meter lets through at once by default. At 1.5 kB each some 6 MB. */
    static final int MAX_WAITING = 4000;

    private final SerialExecutor executor;
    private final ListenerTime time;
    private final Consumer<Event.Punted> handler;

    /** The ports of the frames that wait. Guarded by this, as all below; never held while an agent works. */
    private final Multiset<Long> waiting = HashMultiset.create();

    private long dropped;

    /**
     * No frame waits.
     *
     * @param executor runs what the agent does
     * @param time the time of the thread that brings frames
     * @param handler gets the frames, one at a time and in order, with all else that the executor runs
     */
    PuntQueue(final SerialExecutor executor, final ListenerTime time, final Consumer<Event.Punted> handler) {
        this.executor = executor;
        this.time = time;
        this.handler = handler;
    }

    /** Handles a frame at once, queues it, or drops it. */
    void add(final Event.Punted frame) {
        if (time.isLeft() && executor.runHere(() -> handler.accept(frame))) {
            time.spend();
        } else if (isTaken(frame.inPort())) {
            executor.execute(() -> {
                left(frame.inPort());
                handler.accept(frame);
            });
        }
    }

    /** The number of frames that were dropped, since too many waited. */
    synchronized long dropped() {
        return dropped;
    }

    private synchronized boolean isTaken(final long port) {
        if (waiting.count(port) >= MAX_WAITING - waiting.size()) {
            dropped++;
            return false;
        }
        return waiting.add(port);
    }

    private synchronized void left(final long port) {
        waiting.remove(port);
    }
}
