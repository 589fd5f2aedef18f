/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.cluster;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.opendaylight.mdsal.eos.common.api.CandidateAlreadyRegisteredException;
import org.opendaylight.mdsal.eos.dom.api.DOMEntity;
import org.opendaylight.mdsal.eos.dom.api.DOMEntityOwnershipService;
import org.opendaylight.mdsal.singleton.api.ClusterSingletonService;
import org.opendaylight.mdsal.singleton.api.ClusterSingletonServiceProvider;
import org.opendaylight.mdsal.singleton.api.ServiceGroupIdentifier;
import org.opendaylight.yangtools.concepts.Registration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * vpnlb's membership in the singleton group of a switch. OpenFlowPlugin joins the same group while the switch is
 * connected, and masters the switch while this controller owns the group.
 *
 * <p>OpenDaylight (mdsal 14.0.18) loses a group whose last member leaves while its ownership is being granted: the
 * group waits for ever for an event that was never sent, and later members wait for the group. A switch that bounces
 * does that to OpenFlowPlugin. vpnlb's own membership keeps the group alive meanwhile; a group that was lost before
 * vpnlb joined is mended by sending the missing event.
 *
 * <p>Not safe for several threads: all methods are called by the executor's one thread. The provider calls the
 * {@link Seat} by threads of its own, which only queue what they bring.
 */
final class SwitchGroup {
    /** The types of the two entities of a singleton group, which mdsal and OpenFlowPlugin repeat as well. */
    static final String SERVICE_ENTITY = "org.opendaylight.mdsal.ServiceEntityType";

    private static final String CLEANUP_ENTITY = "org.opendaylight.mdsal.AsyncServiceCloseEntityType";
    private static final Logger LOG = LoggerFactory.getLogger(SwitchGroup.class);
    /** Longer than it takes to grant a group, or to close one. */
    private static final long SETTLED_MILLIS = TimeUnit.SECONDS.toMillis(5);
    /** Longer than it takes to tell that an entity has an owner; sooner, the event that mends would not be sent. */
    private static final long BORROWED_MILLIS = TimeUnit.SECONDS.toMillis(2);

    private final String node;
    private final ClusterSingletonServiceProvider provider;
    private final DOMEntityOwnershipService entities;
    private final Executor thread;
    private final LongSupplier clock;
    private final Runnable granted;
    private final Runnable revoked;
    private Stage stage = new Stage.Out();

    /** What the membership has come to. */
    private sealed interface Stage {
        /** vpnlb is not in the group. */
        record Out() implements Stage {}

        /** In the group, which another controller owns, or which is still to be granted or closed. */
        record Waiting(Membership membership, long since, int mended) implements Stage {}

        /** In the group, which this controller owns. */
        record Owner(Membership membership) implements Stage {}

        /** In a group that was lost; its cleanup entity is borrowed, so that OpenDaylight hears of its release. */
        record Mending(Membership membership, Registration borrowed, long until, int mended) implements Stage {}
    }

    private record Membership(Seat seat, Registration registration) {}

    /** What the provider knows of a membership. What comes late from one that has ended is told apart by its seat. */
    private final class Seat implements ClusterSingletonService {
        @Override
        public ServiceGroupIdentifier getIdentifier() {
            return new ServiceGroupIdentifier(node);
        }

        @Override
        public void instantiateServiceInstance() {
            thread.execute(() -> grant(this));
        }

        @Override
        public ListenableFuture<?> closeServiceInstance() {
            thread.execute(() -> revoke(this));
            return Futures.immediateVoidFuture();
        }
    }

    /**
     * A group that vpnlb is not in.
     *
     * @param node the switch
     * @param provider has the groups
     * @param entities says who owns them
     * @param thread runs everything here, one thing after the other
     * @param clock the time, in milliseconds, that only goes forward
     * @param granted is run when this controller becomes the owner
     * @param revoked is run when this controller ceases to be the owner, but not by {@link #leave}
     */
    SwitchGroup(
            final String node,
            final ClusterSingletonServiceProvider provider,
            final DOMEntityOwnershipService entities,
            final Executor thread,
            final LongSupplier clock,
            final Runnable granted,
            final Runnable revoked) {
        this.node = node;
        this.provider = provider;
        this.entities = entities;
        this.thread = thread;
        this.clock = clock;
        this.granted = granted;
        this.revoked = revoked;
    }

    boolean isOut() {
        return stage instanceof Stage.Out;
    }

    boolean isOwner() {
        return stage instanceof Stage.Owner;
    }

    /** Whether OpenDaylight lost the group, and it is not mended yet. */
    boolean isLost() {
        return switch (stage) {
            case Stage.Out out -> false;
            case Stage.Owner owner -> false;
            case Stage.Waiting waiting -> waiting.mended() > 0;
            case Stage.Mending mending -> true;
        };
    }

    /** Joins the group, unless vpnlb is in it. */
    void join() {
        if (isOut()) {
            final var seat = new Seat();
            final var membership = new Membership(seat, provider.registerClusterSingletonService(seat));
            stage = new Stage.Waiting(membership, clock.getAsLong(), 0);
            LOG.debug("{}: joined its singleton group", node);
        }
    }

    /** Leaves the group, unless that could lose it: not while it is being granted, closed or mended. */
    void leave() {
        switch (stage) {
            case Stage.Owner owner -> giveUp(owner.membership());
            case Stage.Waiting waiting when isSettled(waiting) && isAlive() -> giveUp(waiting.membership());
            default -> LOG.debug("{}: its singleton group cannot be left yet", node);
        }
    }

    /** Leaves the group whatever its state. */
    void close() {
        membership().ifPresent(this::giveUp);
    }

    /** Mends a group that was lost. To be called every second or so. */
    void look() {
        switch (stage) {
            case Stage.Waiting waiting when isSettled(waiting) && !isAlive() -> mend(waiting);
            case Stage.Mending mending
            when clock.getAsLong() >= mending.until() -> {
                mending.borrowed().close();
                stage = new Stage.Waiting(mending.membership(), clock.getAsLong(), mending.mended());
            }
            default -> {
                // Nothing is wrong.
            }
        }
    }

    /** A living group that this controller is in always has a candidate for its service entity here. */
    private boolean isAlive() {
        return entities.isCandidateRegistered(new DOMEntity(SERVICE_ENTITY, node));
    }

    private boolean isSettled(final Stage.Waiting waiting) {
        return clock.getAsLong() - waiting.since() >= SETTLED_MILLIS;
    }

    /** Has the cleanup entity change hands: the lost group waits for that, then closes and makes way for a new one. */
    private void mend(final Stage.Waiting waiting) {
        try {
            final var borrowed = entities.registerCandidate(new DOMEntity(CLEANUP_ENTITY, node));
            stage = new Stage.Mending(
                    waiting.membership(), borrowed, clock.getAsLong() + BORROWED_MILLIS, waiting.mended() + 1);
            if (waiting.mended() == 0) {
                LOG.warn("{} cannot be mastered: OpenDaylight lost its singleton group; mending it", node);
            }
        } catch (CandidateAlreadyRegisteredException e) {
            LOG.debug("{}: its singleton group is still being closed", node, e);
        }
    }

    private void grant(final Seat seat) {
        final var current = membership().filter(membership -> membership.seat() == seat);
        if (current.isEmpty()) {
            return;
        }
        if (isLost()) {
            LOG.info("{} can be mastered again", node);
        }
        if (stage instanceof Stage.Mending mending) {
            mending.borrowed().close();
        }
        stage = new Stage.Owner(current.orElseThrow());
        granted.run();
    }

    private void revoke(final Seat seat) {
        if (stage instanceof Stage.Owner owner && owner.membership().seat() == seat) {
            stage = new Stage.Waiting(owner.membership(), clock.getAsLong(), 0);
            revoked.run();
        }
    }

    private Optional<Membership> membership() {
        return switch (stage) {
            case Stage.Out out -> Optional.empty();
            case Stage.Waiting waiting -> Optional.of(waiting.membership());
            case Stage.Owner owner -> Optional.of(owner.membership());
            case Stage.Mending mending -> Optional.of(mending.membership());
        };
    }

    private void giveUp(final Membership membership) {
        if (stage instanceof Stage.Mending mending) {
            mending.borrowed().close();
        }
        stage = new Stage.Out();
        try {
            membership.registration().close();
            LOG.debug("{}: left its singleton group", node);
        } catch (IllegalStateException e) {
            // The provider has been stopped, and its groups with it.
            LOG.debug("{}: its singleton group is closed", node, e);
        }
    }
}
