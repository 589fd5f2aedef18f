/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.rpc;

import com.google.common.util.concurrent.FluentFuture;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.MoreExecutors;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.ListEntriesInput;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.ListEntriesOutput;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.ListEntriesOutputBuilder;
import org.opendaylight.yangtools.yang.common.RpcResult;
import org.vpnlb.app.openflow.Inquiry;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Group;
import org.vpnlb.engine.openflow.Meter;
import org.vpnlb.engine.openflow.Tables;

/** The RPC that tells all of vpnlb's entries in a switch, for those who look for a fault elsewhere. */
final class EntriesRpc {
    /** An entry and its text, which takes long to make. */
    private record Line(Flow flow, String text) {
        static final Comparator<Line> ORDER = Comparator.comparing(
                        (Line line) -> line.flow.key().table())
                .thenComparing(line -> -line.flow.key().priority())
                .thenComparing(Line::text);
    }

    private final Inquiry inquiry;
    private final Replies replies;

    EntriesRpc(final Inquiry inquiry, final Replies replies) {
        this.inquiry = inquiry;
        this.replies = replies;
    }

    ListenableFuture<RpcResult<ListEntriesOutput>> listEntries(final ListEntriesInput input) {
        return replies.reply(services -> {
            final String node = Inputs.node(input.getNode(), inquiry.nodes());
            return Futures.transform(
                    tables(node, Inputs.isOfHeld(input.getTables())),
                    tables -> new ListEntriesOutputBuilder()
                            .setEntry(lines(tables))
                            .build(),
                    EntriesRpc::elsewhere);
        });
    }

    /** Not on the agent's thread, which has other work, nor on one of the common pool, where Jetty cannot answer. */
    private static void elsewhere(final Runnable task) {
        Thread.ofPlatform().daemon().name("vpnlb-entries").start(task);
    }

    private ListenableFuture<Tables> tables(final String node, final boolean isOfHeld) {
        return isOfHeld
                ? FluentFuture.from(CheckRpc.connected(inquiry, node))
                        .transformAsync(is -> inquiry.held(node), MoreExecutors.directExecutor())
                : inquiry.ask(node, Optional.empty(), (answers, read) -> answers.desired(inquiry.now()));
    }

    private static List<String> lines(final Tables tables) {
        return Stream.of(
                        tables.flows().values().stream()
                                .map(flow -> new Line(flow, flow.toString()))
                                .sorted(Line.ORDER)
                                .map(Line::text),
                        tables.groups().values().stream()
                                .sorted(Comparator.comparing(Group::id))
                                .map(Group::toString),
                        tables.meters().values().stream()
                                .sorted(Comparator.comparing(Meter::id))
                                .map(Meter::toString))
                .flatMap(lines -> lines)
                .toList();
    }
}
