/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.cluster;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.opendaylight.mdsal.eos.common.api.CandidateAlreadyRegisteredException;
import org.opendaylight.mdsal.eos.common.api.EntityOwnershipState;
import org.opendaylight.mdsal.eos.dom.api.DOMEntity;
import org.opendaylight.mdsal.eos.dom.api.DOMEntityOwnershipListener;
import org.opendaylight.mdsal.eos.dom.api.DOMEntityOwnershipService;
import org.opendaylight.mdsal.singleton.api.ClusterSingletonService;
import org.opendaylight.mdsal.singleton.api.ClusterSingletonServiceProvider;
import org.opendaylight.yangtools.concepts.Registration;

/**
 * One singleton group, as mdsal has it. It is granted at once, unless another controller owns it, or it was lost: a
 * lost group keeps its members waiting until its cleanup entity has changed hands.
 */
final class FakeGroups implements ClusterSingletonServiceProvider, DOMEntityOwnershipService {
    private final List<ClusterSingletonService> members = new ArrayList<>();
    private final Set<DOMEntity> borrowed = new HashSet<>();
    /** How often the group was joined, left, and its cleanup entity given back. */
    int joined;

    int left;
    int givenBack;
    boolean isLost;
    boolean isClosing;
    boolean isOwnedElsewhere;

    boolean isEmpty() {
        return members.isEmpty();
    }

    /** Another controller gets the group. */
    void revoke() {
        isOwnedElsewhere = true;
        List.copyOf(members).forEach(ClusterSingletonService::closeServiceInstance);
    }

    @Override
    public Registration registerClusterSingletonService(final ClusterSingletonService service) {
        joined++;
        members.add(service);
        if (!isLost && !isOwnedElsewhere) {
            service.instantiateServiceInstance();
        }
        return () -> {
            left++;
            members.remove(service);
            service.closeServiceInstance();
        };
    }

    @Override
    public Registration registerCandidate(final DOMEntity entity) throws CandidateAlreadyRegisteredException {
        if (isClosing || !borrowed.add(entity)) {
            throw new CandidateAlreadyRegisteredException(entity);
        }
        return () -> {
            borrowed.remove(entity);
            givenBack++;
            isLost = false;
            List.copyOf(members).forEach(ClusterSingletonService::instantiateServiceInstance);
        };
    }

    @Override
    public boolean isCandidateRegistered(final DOMEntity entity) {
        return !members.isEmpty() && !isLost;
    }

    @Override
    public Registration registerListener(final String type, final DOMEntityOwnershipListener listener) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Optional<EntityOwnershipState> getOwnershipState(final DOMEntity entity) {
        throw new UnsupportedOperationException();
    }
}
