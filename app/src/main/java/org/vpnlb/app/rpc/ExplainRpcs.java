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
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.ExplainEntryInput;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.ExplainEntryOutput;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.ExplainEntryOutputBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.ExplainPacketInput;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.ExplainPacketOutput;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.ExplainPacketOutputBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.explain.packet.output.Branch.Outcome;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.explain.packet.output.BranchBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.explain.packet.output.branch.Step.Kind;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.explain.packet.output.branch.StepBuilder;
import org.opendaylight.yangtools.yang.common.RpcResult;
import org.opendaylight.yangtools.yang.common.Uint8;
import org.vpnlb.app.openflow.Inquiry;
import org.vpnlb.engine.agent.Answers;
import org.vpnlb.engine.explain.Branch;
import org.vpnlb.engine.explain.DumpLine;
import org.vpnlb.engine.explain.Explainer;
import org.vpnlb.engine.explain.Step;
import org.vpnlb.engine.explain.Supposed;
import org.vpnlb.engine.explain.Supposition;
import org.vpnlb.engine.openflow.Tables;
import org.vpnlb.engine.pipeline.Origin;
import org.vpnlb.engine.pipeline.Origins;

/** The RPCs explain-packet and explain-entry. */
final class ExplainRpcs {
    private final Inquiry inquiry;
    private final Replies replies;
    private final LinksDown links;

    ExplainRpcs(final Inquiry inquiry, final Replies replies, final LinksDown links) {
        this.inquiry = inquiry;
        this.replies = replies;
        this.links = links;
    }

    ListenableFuture<RpcResult<ExplainPacketOutput>> explainPacket(final ExplainPacketInput input) {
        return replies.reply(services -> {
            final String node = Inputs.node(input.getNode(), inquiry.nodes());
            final long inPort = Inputs.present("in-port", input.getInPort(), "write the number of a port")
                    .getValue()
                    .toJava();
            final byte[] frame = Packets.frame(input, services, node, inPort);
            final Optional<Supposition> supposed = Suppositions.of(input, services, node);
            final BiFunction<Answers, Tables, Explained> explain = (answers, tables) -> {
                final Supposed held = supposed.map(is -> answers.supposing(is, inPort, frame, tables))
                        .orElseGet(() -> new Supposed.Held(tables, Tables.EMPTY));
                return switch (held) {
                    case Supposed.Held is -> {
                        final List<Branch> ways =
                                new Explainer(is.tables(), links.of(node), answers.narrator()).explain(inPort, frame);
                        yield is.isMet(ways)
                                ? new Explained(ways, "")
                                : new Explained(
                                        List.of(),
                                        "the packet comes to no session and no slot of service "
                                                + supposed.orElseThrow().service());
                    }
                    case Supposed.Refused refused -> new Explained(List.of(), refused.why());
                };
            };
            return Futures.transformAsync(
                    explain(node, explain, Inputs.isOfHeld(input.getTables())),
                    explained -> explained.refusal().isEmpty()
                            ? Futures.immediateFuture(output(explained.branches()))
                            : Futures.immediateFailedFuture(
                                    Suppositions.refused(supposed.orElseThrow(), explained.refusal())),
                    MoreExecutors.directExecutor());
        });
    }

    /** The ways of a packet, or why there can be none. */
    private record Explained(List<Branch> branches, String refusal) {}

    private ListenableFuture<Explained> explain(
            final String node, final BiFunction<Answers, Tables, Explained> explain, final boolean isOfHeld) {
        if (!isOfHeld) {
            return inquiry.ask(
                    node, Optional.empty(), (answers, read) -> explain.apply(answers, answers.desired(inquiry.now())));
        }
        return FluentFuture.from(CheckRpc.connected(inquiry, node))
                .transformAsync(is -> inquiry.held(node), MoreExecutors.directExecutor())
                .transformAsync(
                        held -> inquiry.ask(node, Optional.empty(), (answers, read) -> explain.apply(answers, held)),
                        MoreExecutors.directExecutor());
    }

    static ExplainPacketOutput output(final List<Branch> branches) {
        return new ExplainPacketOutputBuilder()
                .setBranch(branches.stream()
                        .map(branch -> new BranchBuilder()
                                .setChoice(Strings.emptyToNull(branch.choice()))
                                .setOutcome(
                                        switch (branch.result().outcome()) {
                                            case SENT -> Outcome.Sent;
                                            case NORMAL -> Outcome.Normal;
                                            case PUNTED -> Outcome.Punted;
                                            case DROPPED -> Outcome.Dropped;
                                        })
                                .setSure(branch.result().isSure())
                                .setStep(branch.steps().stream()
                                        .map(ExplainRpcs::step)
                                        .toList())
                                .build())
                        .toList())
                .build();
    }

    private static org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.explain.packet.output.branch.Step step(
            final Step step) {
        final var builder = new StepBuilder()
                .setKind(
                        switch (step.kind()) {
                            case MATCH -> Kind.Match;
                            case MISS -> Kind.Miss;
                            case ACTION -> Kind.Action;
                            case LEARN -> Kind.Learn;
                            case GROUP -> Kind.Group;
                            case BUCKET -> Kind.Bucket;
                            case SENT -> Kind.Sent;
                            case NOT_SENT -> Kind.NotSent;
                            case PUNTED -> Kind.Punted;
                            case NORMAL -> Kind.Normal;
                            case STOPPED -> Kind.Stopped;
                            case DROPPED -> Kind.Dropped;
                        })
                .setText(step.text())
                .setEntry(step.entry().orElse(null))
                .setService(step.origin().flatMap(Origin::service).orElse(null))
                .setDevice(step.origin().flatMap(Origin::device).orElse(null));
        step.table().ifPresent(table -> builder.setTable(Uint8.valueOf(table)));
        return builder.build();
    }

    ListenableFuture<RpcResult<ExplainEntryOutput>> explainEntry(final ExplainEntryInput input) {
        return replies.reply(services -> {
            final String node = Inputs.node(input.getNode(), inquiry.nodes());
            final DumpLine line = line(input);
            return Futures.transform(
                    inquiry.ask(node, Optional.empty(), (answers, read) -> answers.origins()),
                    origins -> told(origins, line),
                    MoreExecutors.directExecutor());
        });
    }

    static DumpLine line(final ExplainEntryInput input) throws InvalidInputException {
        final String fix = "paste a line of ovs-ofctl dump-flows, or a cookie such as 0x7670100000000000";
        final String text = Inputs.present("entry", input.getEntry(), fix);
        return DumpLine.parse(text)
                .orElseThrow(() -> new InvalidInputException("entry", text, "there is no cookie in it", fix));
    }

    static ExplainEntryOutput told(final Origins origins, final DumpLine line) {
        final Origin origin = origin(origins, line);
        return new ExplainEntryOutputBuilder()
                .setOurs(!origin.equals(Origin.FOREIGN))
                .setText(origin.toString())
                .setService(origin.service().orElse(null))
                .setDevice(origin.device().orElse(null))
                .build();
    }

    private static Origin origin(final Origins origins, final DumpLine line) {
        return line.table().isPresent()
                ? origins.of(line.cookie(), line.table().getAsInt(), line.priority())
                : origins.of(line.cookie());
    }
}
