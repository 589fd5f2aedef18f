/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.state;

import com.google.common.util.concurrent.FutureCallback;
import com.google.common.util.concurrent.MoreExecutors;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongFunction;
import org.opendaylight.mdsal.binding.api.DataBroker;
import org.opendaylight.mdsal.common.api.CommitInfo;
import org.opendaylight.mdsal.common.api.LogicalDatastoreType;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.VpnServicesState;
import org.opendaylight.yangtools.binding.DataObjectIdentifier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vpnlb.app.health.DeviceHealth;
import org.vpnlb.app.openflow.Switches;
import org.vpnlb.app.rpc.Rebalances;

/**
 * Writes the operational tree, when it has changed. Sessions are counted there, never listed: their number has no bound
 * that a datastore would like.
 */
public final class StatePublisher {
    private static final Logger LOG = LoggerFactory.getLogger(StatePublisher.class);
    private static final DataObjectIdentifier<VpnServicesState> PATH =
            DataObjectIdentifier.builder(VpnServicesState.class).build();

    private final DataBroker broker;
    private final LongFunction<Instant> timeOfDay;
    /** What the datastore has, or is about to have; null where that is not known. A failed write sets it to null. */
    private final AtomicReference<VpnServicesState> published = new AtomicReference<>();

    /**
     * A publisher that has published nothing.
     *
     * @param broker the datastore
     * @param timeOfDay tells the time of day of a time that the agents know, always the same
     */
    public StatePublisher(final DataBroker broker, final LongFunction<Instant> timeOfDay) {
        this.broker = broker;
        this.timeOfDay = timeOfDay;
    }

    /**
     * Publishes what has changed. Called by one thread at a time.
     *
     * @param services what is configured, and how the devices are
     * @param switches what the agents know
     * @param drains how far the devices are that drain
     * @param rebalances how far the services' rebalances are
     * @return what is published now
     */
    public VpnServicesState publish(
            final DeviceHealth.Snapshot services,
            final List<Switches.Observation> switches,
            final DrainReports drains,
            final Rebalances rebalances) {
        final VpnServicesState state = StateWriter.write(services, switches, drains, rebalances, timeOfDay);
        if (state.equals(published.getAndSet(state))) {
            return state;
        }
        final var transaction = broker.newWriteOnlyTransaction();
        transaction.put(LogicalDatastoreType.OPERATIONAL, PATH, state);
        transaction
                .commit()
                .addCallback(
                        new FutureCallback<CommitInfo>() {
                            @Override
                            public void onSuccess(final CommitInfo info) {
                                LOG.trace("The operational tree is written");
                            }

                            @Override
                            public void onFailure(final Throwable cause) {
                                LOG.warn("The operational tree could not be written; it is tried again", cause);
                                published.set(null);
                            }
                        },
                        MoreExecutors.directExecutor());
        return state;
    }
}
