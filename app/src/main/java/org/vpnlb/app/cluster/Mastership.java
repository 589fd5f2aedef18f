/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.cluster;

import com.google.common.util.concurrent.FutureCallback;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.MoreExecutors;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.opendaylight.mdsal.eos.dom.api.DOMEntityOwnershipService;
import org.opendaylight.mdsal.singleton.api.ClusterSingletonServiceProvider;
import org.opendaylight.openflowplugin.api.openflow.device.DeviceInfo;
import org.opendaylight.openflowplugin.api.openflow.mastership.MastershipChangeService;
import org.opendaylight.openflowplugin.api.openflow.mastership.MastershipChangeServiceManager;
import org.opendaylight.yangtools.concepts.Registration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Knows which switches this controller masters.
 *
 * <p>OpenFlowPlugin announces the connections that it masters. vpnlb is a member of the singleton group of each switch
 * from the first sign of the switch until it has been away for {@value #QUIET_MILLIS} ms. So a switch that comes and
 * goes quickly does not close its group, and a controller of a cluster that has no connection gives the group up. A
 * switch in the inventory that is not announced, though this controller owns its group, is asked: OpenFlowPlugin does
 * not announce one that connects while vpnlb starts.
 */
public final class Mastership implements MastershipChangeService {
    private static final Logger LOG = LoggerFactory.getLogger(Mastership.class);
    /** A switch that has been away for longer does not bounce, in milliseconds. */
    private static final long QUIET_MILLIS = 5000;
    /** A connection is announced sooner; asking before would only meet it half way up or down, in milliseconds. */
    private static final long ANNOUNCED_MILLIS = 1000;
    /** A single answer may come from a connection that is about to be announced, or to end. */
    private static final int CONVINCING_ANSWERS = 2;

    /**
     * The switches that have shown a sign of themselves, by node. Touched by {@link #thread} only, like all that hangs
     * on it. OpenFlowPlugin's I/O threads and executor bring connections and losses, the datastore's threads the
     * inventory and the configuration, Pekko's dispatcher the owners of groups; a timer looks, and whoever registers a
     * service with the provider is called back with the provider's lock held. All of them only queue here. So nobody
     * waits for another lock while holding the provider's, and a loss is told after its connection and before the next.
     */
    private final Map<String, Watch> watches = new HashMap<>();

    private final Set<String> named = new HashSet<>();
    private final Set<String> listed = new HashSet<>();
    private final ClusterSingletonServiceProvider groups;
    private final DOMEntityOwnershipService entities;
    private final Function<String, ListenableFuture<?>> asking;
    private final Connections connections;
    private final Executor thread;
    private final LongSupplier clock;
    /** When a connection is announced; the beginning of time while OpenFlowPlugin repeats what it announced before. */
    private volatile Supplier<Instant> announcedAt = () -> Instant.EPOCH;

    /** Is told of the connections that this controller masters, by one thread, in order. */
    public interface Connections {
        /**
         * A switch is connected, and this controller masters it.
         *
         * @param node the switch
         * @param since what OpenFlowPlugin wrote of the switch earlier is of an earlier connection
         */
        void connected(String node, Instant since);

        /** A switch has left, or another controller masters it. */
        void disconnected(String node);

        /**
         * OpenDaylight has lost the singleton group of a switch, so that no controller can master it, or has it again.
         *
         * @param node the switch
         * @param isLost whether the group is lost
         */
        void groupLost(String node, boolean isLost);
    }

    /** The connection of a switch. */
    private sealed interface Link {
        /** This controller does not master one since a time; the switch has answered so often since. */
        record Away(long since, int answers) implements Link {}

        /** This controller masters one. */
        record Here() implements Link {}
    }

    /**
     * No switch so far.
     *
     * @param groups has the singleton groups
     * @param entities says who owns them
     * @param asking asks a switch for anything; succeeds only when a controller masters the switch
     * @param connections is told what this controller masters
     * @param thread runs one task after the other, and none before {@code execute} returns
     * @param clock the time, in milliseconds, that only goes forward
     */
    public Mastership(
            final ClusterSingletonServiceProvider groups,
            final DOMEntityOwnershipService entities,
            final Function<String, ListenableFuture<?>> asking,
            final Connections connections,
            final Executor thread,
            final LongSupplier clock) {
        this.groups = groups;
        this.entities = entities;
        this.asking = asking;
        this.connections = connections;
        this.thread = thread;
        this.clock = clock;
    }

    /**
     * Begins to listen to OpenFlowPlugin, to what it masters already first.
     *
     * @param manager OpenFlowPlugin
     * @param time the time of day, OpenFlowPlugin's too
     * @return ends it when closed
     */
    public Registration listen(final MastershipChangeServiceManager manager, final InstantSource time) {
        final Registration listening = manager.register(this);
        announcedAt = time::instant;
        return listening;
    }

    /** Expects the switches that services name. */
    public void serve(final Set<String> nodes) {
        run(() -> {
            final Set<String> added = new HashSet<>(nodes);
            added.removeAll(named);
            named.clear();
            named.addAll(nodes);
            added.forEach(node -> watch(node).expect());
        });
    }

    /** Expects a switch whose group OpenDaylight has granted to this controller. */
    public void granted(final String node) {
        run(() -> watch(node).expect());
    }

    /** Expects a switch that comes into the operational inventory. */
    public void listed(final String node, final boolean isListed) {
        run(() -> {
            if (!isListed) {
                listed.remove(node);
            } else if (listed.add(node)) {
                watch(node).expect();
            }
        });
    }

    @Override
    public void onBecomeOwner(final DeviceInfo device) {
        final String node = device.getNodeId().getValue();
        final Instant since = announcedAt.get();
        run(() -> watch(node).connect(since));
    }

    /** The end of a connection, also of one that was never announced: the switch is there, but nobody may master it. */
    @Override
    public void onLoseOwnership(final DeviceInfo device) {
        final String node = device.getNodeId().getValue();
        run(() -> watch(node).disconnect());
    }

    /** Asks, mends and leaves what is due. To be called every second. */
    public void look() {
        run(() -> {
            watches.values().forEach(Watch::look);
            watches.values().removeIf(Watch::isOver);
        });
    }

    /** Leaves all groups. */
    public void close() {
        run(() -> {
            watches.values().forEach(watch -> watch.group.close());
            watches.clear();
        });
    }

    @SuppressWarnings("checkstyle:IllegalCatch")
    private void run(final Runnable task) {
        thread.execute(() -> {
            try {
                task.run();
            } catch (RuntimeException e) {
                // The provider's: what could not be done for one switch is tried again at the next sign of it.
                LOG.error("A switch's mastership could not be looked after", e);
            }
        });
    }

    private Watch watch(final String node) {
        return watches.computeIfAbsent(node, Watch::new);
    }

    /** One switch. */
    private final class Watch {
        private final String node;
        private final SwitchGroup group;
        private Link link = new Link.Away(clock.getAsLong(), 0);
        private boolean isToldLost;

        Watch(final String node) {
            this.node = node;
            group = new SwitchGroup(node, groups, entities, Mastership.this::run, clock, this::look, this::disconnect);
        }

        void expect() {
            if (group.isOut()) {
                group.join();
                if (link instanceof Link.Away) {
                    link = new Link.Away(clock.getAsLong(), 0);
                }
            }
        }

        void connect(final Instant since) {
            disconnect();
            link = new Link.Here();
            connections.connected(node, since);
        }

        void disconnect() {
            final boolean wasHere = link instanceof Link.Here;
            // A new one each time, so that an answer to an earlier question is told apart.
            link = new Link.Away(clock.getAsLong(), 0);
            expect();
            if (wasHere) {
                connections.disconnected(node);
            }
        }

        void look() {
            group.look();
            if (group.isLost() != isToldLost) {
                isToldLost = group.isLost();
                connections.groupLost(node, isToldLost);
            }
            if (link instanceof Link.Away away) {
                final long absence = clock.getAsLong() - away.since();
                if (absence >= ANNOUNCED_MILLIS && group.isOwner() && listed.contains(node)) {
                    ask(away);
                }
                if (absence >= QUIET_MILLIS) {
                    group.leave();
                }
            }
        }

        /** Whether nothing is left to be known of it. */
        boolean isOver() {
            return group.isOut() && link instanceof Link.Away && !named.contains(node) && !listed.contains(node);
        }

        private void ask(final Link.Away asked) {
            Futures.addCallback(
                    asking.apply(node),
                    new FutureCallback<Object>() {
                        @Override
                        public void onSuccess(final Object answer) {
                            run(() -> answered(asked));
                        }

                        @Override
                        public void onFailure(final Throwable cause) {
                            LOG.trace("{} is in the inventory, but does not answer", node, cause);
                        }
                    },
                    MoreExecutors.directExecutor());
        }

        private void answered(final Link.Away asked) {
            if (link != asked || !group.isOwner()) {
                // It came or went meanwhile.
                return;
            }
            if (asked.answers() + 1 < CONVINCING_ANSWERS) {
                link = new Link.Away(asked.since(), asked.answers() + 1);
            } else {
                LOG.info("{} is connected, though OpenFlowPlugin did not announce it", node);
                connect(Instant.EPOCH);
            }
        }
    }
}
