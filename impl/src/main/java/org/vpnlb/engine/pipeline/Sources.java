/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.vpnlb.engine.model.Check;
import org.vpnlb.engine.model.CheckSource;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.net.IpAddress;

/**
 * The addresses that checks come from: those that vpnlb has, and those that it does not have, since they are somebody's
 * or not known to be free.
 */
record Sources(Set<CheckSource> unclaimed) {
    Sources {
        unclaimed = Set.copyOf(unclaimed);
    }

    /** The address that the devices of a side are asked from, where vpnlb has it. */
    Optional<IpAddress> ours(final Service service, final Side side) {
        return unclaimed(service, side).isPresent() ? Optional.empty() : Check.source(service, side);
    }

    /** The addresses for which vpnlb answers at a side: the service's own without one that it does not have. */
    List<IpAddress> answered(final Service service, final Side side) {
        final Optional<IpAddress> not = unclaimed(service, side).map(CheckSource::address);
        return service.ownAddresses(side).stream()
                .filter(address -> not.filter(address::equals).isEmpty())
                .toList();
    }

    /** The address that vpnlb has for checks alone. */
    Optional<CheckSource> claimed(final Service service, final Side side) {
        return CheckSource.of(service, side).filter(source -> !unclaimed.contains(source));
    }

    /** The address that vpnlb would have for checks alone. */
    Optional<CheckSource> unclaimed(final Service service, final Side side) {
        return CheckSource.of(service, side).filter(unclaimed::contains);
    }
}
