/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.rpc;

import com.google.common.util.concurrent.AsyncFunction;
import com.google.common.util.concurrent.ListenableFuture;
import java.time.InstantSource;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.opendaylight.mdsal.binding.api.RpcProviderService;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.CheckSwitch;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.ClearSessions;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.ExplainEntry;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.ExplainPacket;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.FindClient;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.ListEntries;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.ListSessions;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.PlanChange;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.Rebalance;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.TestPath;
import org.opendaylight.yangtools.concepts.Registration;
import org.vpnlb.app.openflow.Inquiry;
import org.vpnlb.engine.model.Service;

/** What operators can ask and order, beside the configuration: the RPCs of the model. */
public final class OperatorRpcs {
    private OperatorRpcs() {}

    /**
     * Offers the RPCs.
     *
     * @param provider where they are offered
     * @param inquiry asks the agents
     * @param rebalances those that run
     * @param paths the tests of the path that run
     * @param links which ports of the switches are down
     * @param services the configured services
     * @param foreseen services as they would be in the switches, as the devices are
     * @param clock the time, in milliseconds, that only goes forward
     * @param time the time of day
     * @return ends it when closed
     */
    public static Registration register(
            final RpcProviderService provider,
            final Inquiry inquiry,
            final Rebalances rebalances,
            final PathTests paths,
            final LinksDown links,
            final Supplier<ListenableFuture<List<Service>>> services,
            final AsyncFunction<List<Service>, List<Service>> foreseen,
            final LongSupplier clock,
            final InstantSource time) {
        final var replies = new Replies(services, clock, time);
        final var sessions = new SessionRpcs(inquiry, replies);
        final var check = new CheckRpc(inquiry, replies);
        final var entries = new EntriesRpc(inquiry, replies);
        final var explain = new ExplainRpcs(inquiry, replies, links);
        final var rebalance = new RebalanceRpc(inquiry, replies, rebalances);
        final var path = new PathRpc(inquiry, replies, paths, links);
        final var plan = new PlanRpc(inquiry, replies, foreseen);
        return provider.registerRpcImplementations(
                (FindClient) sessions::findClient,
                (ListSessions) sessions::listSessions,
                (ClearSessions) sessions::clearSessions,
                (CheckSwitch) check::checkSwitch,
                (ListEntries) entries::listEntries,
                (ExplainPacket) explain::explainPacket,
                (ExplainEntry) explain::explainEntry,
                (TestPath) path::testPath,
                (PlanChange) plan::planChange,
                (Rebalance) rebalance::rebalance);
    }
}
