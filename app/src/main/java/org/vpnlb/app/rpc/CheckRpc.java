/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.rpc;

import com.google.common.base.Strings;
import com.google.common.util.concurrent.FluentFuture;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.MoreExecutors;
import java.util.Optional;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.CheckSwitchInput;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.CheckSwitchOutput;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.CheckSwitchOutputBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.check._switch.output.Difference.Kind;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.check._switch.output.DifferenceBuilder;
import org.opendaylight.yangtools.yang.common.RpcResult;
import org.opendaylight.yangtools.yang.common.Uint32;
import org.vpnlb.app.openflow.Inquiry;
import org.vpnlb.engine.agent.Comparison;
import org.vpnlb.engine.agent.Difference;

/** The RPC check-switch. */
final class CheckRpc {
    private static final int MAX_LISTED = 100;

    private final Inquiry inquiry;
    private final Replies replies;

    CheckRpc(final Inquiry inquiry, final Replies replies) {
        this.inquiry = inquiry;
        this.replies = replies;
    }

    ListenableFuture<RpcResult<CheckSwitchOutput>> checkSwitch(final CheckSwitchInput input) {
        return replies.reply(services -> {
            final String node = Inputs.node(input.getNode(), inquiry.nodes());
            return FluentFuture.from(connected(inquiry, node))
                    .transformAsync(is -> inquiry.compare(node), MoreExecutors.directExecutor())
                    .transform(CheckRpc::output, MoreExecutors.directExecutor());
        });
    }

    /** Fails when a switch is not connected. */
    static ListenableFuture<?> connected(final Inquiry inquiry, final String node) {
        return Futures.transformAsync(
                inquiry.ask(node, Optional.empty(), (answers, read) -> answers.isConnected()),
                isConnected -> isConnected
                        ? Futures.immediateVoidFuture()
                        : Futures.immediateFailedFuture(new InvalidInputException(
                                "node",
                                node,
                                "is not connected with this controller, so it cannot be read",
                                "see its state in vpn-services-state")),
                MoreExecutors.directExecutor());
    }

    static CheckSwitchOutput output(final Comparison comparison) {
        return new CheckSwitchOutputBuilder()
                .setConsistent(comparison.differences().isEmpty())
                .setQuiet(comparison.isQuiet())
                .setFlows(Uint32.valueOf(comparison.flows()))
                .setGroups(Uint32.valueOf(comparison.groups()))
                .setGroupsCompared(comparison.areGroupsDescribed())
                .setDifferences(Uint32.valueOf(comparison.differences().size()))
                .setDifference(comparison.differences().stream()
                        .limit(MAX_LISTED)
                        .map(CheckRpc::difference)
                        .toList())
                .build();
    }

    private static org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.check._switch.output.Difference difference(
            final Difference difference) {
        return new DifferenceBuilder()
                .setKind(
                        switch (difference.kind()) {
                            case MISSING -> Kind.Missing;
                            case EXTRA -> Kind.Extra;
                            case DIFFERENT -> Kind.Different;
                            case IN_THE_WAY -> Kind.InTheWay;
                        })
                .setWanted(Strings.emptyToNull(difference.wanted()))
                .setHeld(Strings.emptyToNull(difference.held()))
                .build();
    }
}
