/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.opendaylight.mdsal.eos.common.api.CandidateAlreadyRegisteredException;
import org.opendaylight.mdsal.eos.common.api.EntityOwnershipState;
import org.opendaylight.mdsal.eos.common.api.EntityOwnershipStateChange;
import org.opendaylight.mdsal.eos.dom.api.DOMEntity;
import org.opendaylight.mdsal.eos.dom.api.DOMEntityOwnershipListener;
import org.opendaylight.mdsal.eos.dom.api.DOMEntityOwnershipService;
import org.opendaylight.mdsal.singleton.api.ClusterSingletonService;
import org.opendaylight.mdsal.singleton.api.ServiceGroupIdentifier;
import org.opendaylight.mdsal.singleton.impl.EOSClusterSingletonServiceProvider;
import org.opendaylight.yangtools.concepts.Registration;

@DisplayName("OpenDaylight's own singleton groups, when the last member leaves while its ownership is being granted")
class LostGroupTest {
    private static final String NODE = "openflow:1";
    private static final int SECONDS = 20;

    private final Entities entities = new Entities();
    private final EOSClusterSingletonServiceProvider groups = new EOSClusterSingletonServiceProvider(entities);
    private final Queue<Runnable> tasks = new ArrayDeque<>();
    private final List<String> told = new ArrayList<>();
    private final Mastership mastership = new Mastership(
            groups, entities, node -> Futures.immediateVoidFuture(), new Told(), tasks::add, () -> millis());

    private long millis;

    /** The candidates for entities; who registers first owns the entity, once that has been told. */
    private static final class Entities implements DOMEntityOwnershipService {
        private final Map<String, DOMEntityOwnershipListener> listeners = new HashMap<>();
        private final Set<DOMEntity> candidates = new LinkedHashSet<>();
        private final Set<DOMEntity> owned = new LinkedHashSet<>();

        /** The next change of an owner is told; only what is so at that time. */
        boolean tellNext() {
            final Optional<DOMEntity> lost = owned.stream()
                    .filter(entity -> !candidates.contains(entity))
                    .findFirst();
            if (lost.isPresent()) {
                owned.remove(lost.orElseThrow());
                tell(lost.orElseThrow(), EntityOwnershipStateChange.LOCAL_OWNERSHIP_LOST_NO_OWNER);
                return true;
            }
            final Optional<DOMEntity> granted = candidates.stream()
                    .filter(entity -> !owned.contains(entity))
                    .findFirst();
            granted.ifPresent(entity -> {
                owned.add(entity);
                tell(entity, EntityOwnershipStateChange.LOCAL_OWNERSHIP_GRANTED);
            });
            return granted.isPresent();
        }

        private void tell(final DOMEntity entity, final EntityOwnershipStateChange change) {
            listeners.get(entity.getType()).ownershipChanged(entity, change, false);
        }

        @Override
        public Registration registerCandidate(final DOMEntity entity) throws CandidateAlreadyRegisteredException {
            if (!candidates.add(entity)) {
                throw new CandidateAlreadyRegisteredException(entity);
            }
            return () -> candidates.remove(entity);
        }

        @Override
        public Registration registerListener(final String type, final DOMEntityOwnershipListener listener) {
            listeners.put(type, listener);
            return () -> listeners.remove(type);
        }

        @Override
        public Optional<EntityOwnershipState> getOwnershipState(final DOMEntity entity) {
            return owned.contains(entity) ? Optional.of(EntityOwnershipState.IS_OWNER) : Optional.empty();
        }

        @Override
        public boolean isCandidateRegistered(final DOMEntity entity) {
            return candidates.contains(entity);
        }
    }

    /** What OpenFlowPlugin registers for a connection of the switch. */
    private static final class Plugin implements ClusterSingletonService {
        private boolean masters;

        @Override
        public ServiceGroupIdentifier getIdentifier() {
            return new ServiceGroupIdentifier(NODE);
        }

        @Override
        public void instantiateServiceInstance() {
            masters = true;
        }

        @Override
        public ListenableFuture<?> closeServiceInstance() {
            masters = false;
            return Futures.immediateVoidFuture();
        }
    }

    /** Writes down what is told. */
    private final class Told implements Mastership.Connections {
        @Override
        public void connected(final String node, final Instant since) {
            told.add("connected");
        }

        @Override
        public void disconnected(final String node) {
            told.add("disconnected");
        }

        @Override
        public void groupLost(final String node, final boolean isLost) {
            told.add(isLost ? "lost" : "mended");
        }
    }

    @BeforeEach
    void bounce() {
        final Registration connection = groups.registerClusterSingletonService(new Plugin());
        // The service entity is granted; before the cleanup entity is, the connection closes.
        assertThat(entities.tellNext()).isTrue();
        connection.close();
        pass(1);
    }

    @Test
    @DisplayName("are lost: the switch is mastered by nobody, however long it is connected")
    void areLost() {
        final var next = new Plugin();
        groups.registerClusterSingletonService(next);
        pass(SECONDS);
        assertThat(next.masters).isFalse();
    }

    @Test
    @DisplayName("are mended by vpnlb, which tells of it; the switch is mastered again")
    void areMended() {
        final var next = new Plugin();
        groups.registerClusterSingletonService(next);
        mastership.serve(Set.of(NODE));
        pass(SECONDS);
        assertThat(told).containsExactly("lost", "mended");
        assertThat(next.masters).isTrue();
    }

    /** Lets some seconds pass, in which everything is told. */
    private void pass(final int seconds) {
        for (int i = 0; i < seconds; i++) {
            mastership.look();
            settle();
            millis += 1000;
        }
    }

    private void settle() {
        boolean isAnything;
        do {
            isAnything = entities.tellNext();
            while (!tasks.isEmpty()) {
                tasks.remove().run();
                isAnything = true;
            }
        } while (isAnything);
    }

    private long millis() {
        return millis;
    }
}
