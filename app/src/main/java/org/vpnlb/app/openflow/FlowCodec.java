/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow;

import java.util.ArrayList;
import java.util.List;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.types.rev131026.FlowModFlags;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.types.rev131026.RemovedFlowReason;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.types.rev131026.flow.Instructions;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.types.rev131026.flow.InstructionsBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.types.rev131026.instruction.Instruction;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.types.rev131026.instruction.instruction.ApplyActionsCase;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.types.rev131026.instruction.instruction.ApplyActionsCaseBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.types.rev131026.instruction.instruction.GoToTableCase;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.types.rev131026.instruction.instruction.GoToTableCaseBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.types.rev131026.instruction.instruction.MeterCase;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.types.rev131026.instruction.instruction.MeterCaseBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.types.rev131026.instruction.instruction.WriteMetadataCase;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.types.rev131026.instruction.instruction.WriteMetadataCaseBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.types.rev131026.instruction.instruction.apply.actions._case.ApplyActionsBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.types.rev131026.instruction.instruction.go.to.table._case.GoToTableBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.types.rev131026.instruction.instruction.meter._case.MeterBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.types.rev131026.instruction.instruction.write.metadata._case.WriteMetadataBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.types.rev131026.instruction.list.InstructionBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.types.rev131026.instruction.list.InstructionKey;
import org.opendaylight.yangtools.binding.util.BindingMap;
import org.opendaylight.yangtools.yang.common.Uint16;
import org.opendaylight.yangtools.yang.common.Uint64;
import org.opendaylight.yangtools.yang.common.Uint8;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.openflow.Action;
import org.vpnlb.engine.openflow.Flow;

/** Flow entries: the engine's and OpenFlowPlugin's. */
final class FlowCodec {
    private static final FlowModFlags SILENT = new FlowModFlags(false, false, false, false, false);

    /** The last of the flags is SEND_FLOW_REM. */
    private static final FlowModFlags REPORT = new FlowModFlags(false, false, false, false, true);

    private FlowCodec() {}

    /** What an entry does; the same for all sessions of a device. */
    record Behaviour(List<Action> actions, Long metadata, Long metadataMask, Integer nextTable, Long meter) {
        static Behaviour of(final Flow flow) {
            return new Behaviour(flow.actions(), flow.metadata(), flow.metadataMask(), flow.nextTable(), flow.meter());
        }
    }

    static Instructions instructions(final Behaviour behaviour) {
        final var instructions = BindingMap
                .<InstructionKey,
                        org.opendaylight.yang.gen.v1.urn.opendaylight.flow.types.rev131026.instruction.list.Instruction>
                        orderedBuilder();
        int order = 0;
        if (behaviour.meter() != null) {
            instructions.add(instruction(
                    order++,
                    new MeterCaseBuilder()
                            .setMeter(new MeterBuilder()
                                    .setMeterId(MeterCodec.id(behaviour.meter()))
                                    .build())
                            .build()));
        }
        if (!behaviour.actions().isEmpty()) {
            instructions.add(instruction(
                    order++,
                    new ApplyActionsCaseBuilder()
                            .setApplyActions(new ApplyActionsBuilder()
                                    .setAction(ActionCodec.writeAll(behaviour.actions()))
                                    .build())
                            .build()));
        }
        if (behaviour.metadata() != null) {
            instructions.add(instruction(
                    order++,
                    new WriteMetadataCaseBuilder()
                            .setWriteMetadata(new WriteMetadataBuilder()
                                    .setMetadata(Uint64.fromLongBits(behaviour.metadata()))
                                    .setMetadataMask(
                                            behaviour.metadataMask() == null
                                                    ? Uint64.MAX_VALUE
                                                    : Uint64.fromLongBits(behaviour.metadataMask()))
                                    .build())
                            .build()));
        }
        if (behaviour.nextTable() != null) {
            instructions.add(instruction(
                    order,
                    new GoToTableCaseBuilder()
                            .setGoToTable(new GoToTableBuilder()
                                    .setTableId(Uint8.valueOf(behaviour.nextTable()))
                                    .build())
                            .build()));
        }
        return new InstructionsBuilder().setInstruction(instructions.build()).build();
    }

    static FlowModFlags flags(final Flow flow) {
        return flow.timeouts().report() ? REPORT : SILENT;
    }

    /** The engine's entry; see {@link ActionCodec#FOREIGN} for what vpnlb never writes. */
    static Flow read(final org.opendaylight.yang.gen.v1.urn.opendaylight.flow.types.rev131026.Flow flow) {
        final List<Action> actions = new ArrayList<>();
        Long metadata = null;
        Long metadataMask = null;
        Integer nextTable = null;
        Long meter = null;
        if (flow.getInstructions() != null) {
            for (final var entry : flow.getInstructions().nonnullInstruction().values()) {
                switch (entry.getInstruction()) {
                    case ApplyActionsCase apply ->
                        actions.addAll(ActionCodec.readAll(
                                apply.getApplyActions().nonnullAction().values()));
                    case WriteMetadataCase write -> {
                        metadata = write.getWriteMetadata().getMetadata().longValue();
                        metadataMask = mask(write.getWriteMetadata().getMetadataMask());
                    }
                    case MeterCase metered ->
                        meter = metered.getMeter().getMeterId().getValue().toJava();
                    case GoToTableCase go ->
                        nextTable = (int) go.getGoToTable().getTableId().toJava();
                    case null, default -> actions.add(ActionCodec.FOREIGN);
                }
            }
        }
        return new Flow(
                key(flow),
                flow.getCookie().getValue().longValue(),
                new Flow.Timeouts(
                        number(flow.getIdleTimeout()),
                        number(flow.getHardTimeout()),
                        flow.getFlags() != null && flow.getFlags().getSENDFLOWREM()),
                actions,
                metadata,
                metadataMask,
                nextTable,
                meter);
    }

    /** Why a flow entry was removed. */
    static Event.FlowRemoved.Reason reason(final RemovedFlowReason reason) {
        return reason == RemovedFlowReason.OFPRRIDLETIMEOUT || reason == RemovedFlowReason.OFPRRHARDTIMEOUT
                ? Event.FlowRemoved.Reason.EXPIRED
                : Event.FlowRemoved.Reason.DELETED;
    }

    static Flow.Key key(final org.opendaylight.yang.gen.v1.urn.opendaylight.flow.types.rev131026.Flow flow) {
        return new Flow.Key(flow.getTableId().toJava(), number(flow.getPriority()), MatchCodec.read(flow.getMatch()));
    }

    /** The bits that are written; null: all. */
    private static Long mask(final Uint64 mask) {
        return mask == null || mask.equals(Uint64.MAX_VALUE) ? null : mask.longValue();
    }

    private static int number(final Uint16 value) {
        return value == null ? 0 : value.toJava();
    }

    private static org.opendaylight.yang.gen.v1.urn.opendaylight.flow.types.rev131026.instruction.list.Instruction
            instruction(final int order, final Instruction instruction) {
        return new InstructionBuilder()
                .setOrder(order)
                .setInstruction(instruction)
                .build();
    }
}
