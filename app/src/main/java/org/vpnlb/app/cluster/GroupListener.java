/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.cluster;

import org.opendaylight.mdsal.eos.common.api.EntityOwnershipStateChange;
import org.opendaylight.mdsal.eos.dom.api.DOMEntity;
import org.opendaylight.mdsal.eos.dom.api.DOMEntityOwnershipListener;
import org.opendaylight.mdsal.eos.dom.api.DOMEntityOwnershipService;
import org.opendaylight.yangtools.concepts.Registration;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifierWithPredicates;

/**
 * Hears which singleton groups of switches are granted to this controller: the first sign of a switch, and early enough
 * to join its group before a short connection ends.
 */
public final class GroupListener implements DOMEntityOwnershipListener {
    private static final String SWITCH = "openflow:";

    private final Mastership mastership;

    private GroupListener(final Mastership mastership) {
        this.mastership = mastership;
    }

    /**
     * Begins to listen, to what is granted already first.
     *
     * @param entities says who owns the groups
     * @param mastership is told the switches
     * @return ends it when closed
     */
    public static Registration register(final DOMEntityOwnershipService entities, final Mastership mastership) {
        return entities.registerListener(SwitchGroup.SERVICE_ENTITY, new GroupListener(mastership));
    }

    @Override
    public void ownershipChanged(
            final DOMEntity entity, final EntityOwnershipStateChange change, final boolean inJeopardy) {
        if (change.isOwner()
                && !change.wasOwner()
                && entity.getIdentifier().getLastPathArgument() instanceof NodeIdentifierWithPredicates key
                && key.values().iterator().next() instanceof String name
                && name.startsWith(SWITCH)) {
            mastership.granted(name);
        }
    }
}
