/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicReference;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import org.opendaylight.mdsal.binding.api.RpcService;
import org.opendaylight.yang.gen.v1.urn.opendaylight.action.types.rev131112.action.action.PopVlanActionCaseBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.action.types.rev131112.action.list.ActionBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.action.types.rev131112.action.list.ActionKey;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.inventory.rev130819.meters.MeterBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.service.rev130819.AddFlow;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.service.rev130819.AddFlowInput;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.service.rev130819.AddFlowInputBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.service.rev130819.AddFlowOutput;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.types.rev131026.flow.InstructionsBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.types.rev131026.flow.MatchBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.types.rev131026.instruction.Instruction;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.types.rev131026.instruction.instruction.ApplyActionsCaseBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.types.rev131026.instruction.instruction.ClearActionsCaseBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.types.rev131026.instruction.instruction.WriteMetadataCaseBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.types.rev131026.instruction.instruction.apply.actions._case.ApplyActionsBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.types.rev131026.instruction.instruction.write.metadata._case.WriteMetadataBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.types.rev131026.instruction.list.InstructionBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.group.types.rev131018.GroupId;
import org.opendaylight.yang.gen.v1.urn.opendaylight.group.types.rev131018.groups.GroupBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.NodeConnectorId;
import org.opendaylight.yang.gen.v1.urn.opendaylight.meter.types.rev130918.MeterFlags;
import org.opendaylight.yang.gen.v1.urn.opendaylight.model.match.types.rev131026.match.MetadataBuilder;
import org.opendaylight.yangtools.binding.Rpc;
import org.opendaylight.yangtools.binding.util.BindingMap;
import org.opendaylight.yangtools.yang.common.RpcResult;
import org.opendaylight.yangtools.yang.common.RpcResultBuilder;
import org.opendaylight.yangtools.yang.common.Uint32;
import org.opendaylight.yangtools.yang.common.Uint64;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.openflow.Action;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Group;
import org.vpnlb.engine.openflow.Match;
import org.vpnlb.engine.openflow.Meter;

/** What is read back as something else would be changed at each connection. */
class CodecRoundTripTest {
    private static final ScheduledExecutorService TIMER = Executors.newSingleThreadScheduledExecutor();

    /** The last entry that OpenFlowPlugin was given. */
    private final AtomicReference<AddFlowInput> written = new AtomicReference<>();

    private final class Plugin implements RpcService {
        @Override
        public <T extends Rpc<?, ?>> T getRpc(final Class<T> type) {
            final AddFlow add = input -> {
                written.set(input);
                return succeeded();
            };
            return type.cast(add);
        }

        private static ListenableFuture<RpcResult<AddFlowOutput>> succeeded() {
            return Futures.immediateFuture(
                    RpcResultBuilder.<AddFlowOutput>success().build());
        }
    }

    @AfterContainer
    static void stop() {
        TIMER.shutdownNow();
    }

    @Property
    void aMatchIsReadBackAsItWasWritten(@ForAll("matches") final Match match) {
        assertThat(MatchCodec.read(write(match).build())).isEqualTo(match);
    }

    /** OpenFlowPlugin puts the node before the port, and tells a mask of all bits or none. */
    @Property
    void aMatchIsReadInTheWordsOfThePlugin(@ForAll("matches") final Match match) {
        final MatchBuilder told = write(match);
        if (told.getInPort() != null) {
            told.setInPort(new NodeConnectorId("openflow:1:" + told.getInPort().getValue()));
        }
        if (match.metadata() != null && match.metadataMask() == null) {
            told.setMetadata(new MetadataBuilder(told.getMetadata())
                    .setMetadataMask(Uint64.MAX_VALUE)
                    .build());
        }
        assertThat(MatchCodec.read(told.build())).isEqualTo(match);
    }

    @Property
    void actionsAreReadBackAsTheyWereWritten(@ForAll("actions") final List<Action> actions) {
        assertThat(ActionCodec.readAll(ActionCodec.writeAll(actions).values())).isEqualTo(actions);
    }

    @Property
    void anEntryIsReadBackAsItWasSent(@ForAll("flows") final Flow flow) {
        new SwitchSender("openflow:1", new Plugin(), Runnable::run, TIMER)
                .send(new Effect.AddFlow(flow), refused -> {});
        assertThat(FlowCodec.read(written.get())).isEqualTo(flow);
        assertThat(FlowCodec.key(written.get())).isEqualTo(flow.key());
    }

    @Property
    void aGroupIsReadBackAsItWasWritten(@ForAll("groups") final Group group) {
        assertThat(GroupCodec.read(new GroupBuilder()
                        .setGroupId(new GroupId(Uint32.valueOf(group.id())))
                        .setGroupType(GroupCodec.type(group.type()))
                        .setBuckets(GroupCodec.buckets(group))
                        .build()))
                .isEqualTo(group);
    }

    @Property
    void aMeterIsReadBackAsItWasWritten(@ForAll("meters") final Meter meter) {
        assertThat(MeterCodec.read(written(meter).build())).isEqualTo(meter);
    }

    @Property
    void aMeterThatSomebodyChangedIsReadAsAnotherOne(@ForAll("meters") final Meter meter) {
        final var bytes = written(meter).setFlags(new MeterFlags(true, true, false, true));
        assertThat(MeterCodec.read(bytes.build())).isNotEqualTo(meter);
        final var bandless = written(meter).setMeterBandHeaders(null);
        assertThat(MeterCodec.read(bandless.build())).isNotEqualTo(meter);
    }

    private static MeterBuilder written(final Meter meter) {
        return new MeterBuilder()
                .setMeterId(MeterCodec.id(meter.id()))
                .setFlags(MeterCodec.FLAGS)
                .setMeterBandHeaders(MeterCodec.bands(meter));
    }

    @Provide
    Arbitrary<Meter> meters() {
        return EngineArbitraries.meters();
    }

    @Property
    void anEntryThatSomebodyChangedIsReadAsAnotherOne(
            @ForAll("flows") final Flow flow, @ForAll("strange") final Instruction strange) {
        new SwitchSender("openflow:1", new Plugin(), Runnable::run, TIMER)
                .send(new Effect.AddFlow(flow), refused -> {});
        final var instructions = new ArrayList<>(
                written.get().getInstructions().nonnullInstruction().values());
        instructions.add(new InstructionBuilder()
                .setOrder(instructions.size())
                .setInstruction(strange)
                .build());
        final var changed = new AddFlowInputBuilder(written.get())
                .setInstructions(new InstructionsBuilder()
                        .setInstruction(instructions.stream().collect(BindingMap.toOrderedMap()))
                        .build())
                .build();
        assertThat(FlowCodec.read(changed)).isNotEqualTo(flow);
    }

    /** What vpnlb never writes. */
    @Provide
    Arbitrary<Instruction> strange() {
        return Arbitraries.of(
                new ClearActionsCaseBuilder().build(),
                new WriteMetadataCaseBuilder()
                        .setWriteMetadata(new WriteMetadataBuilder()
                                .setMetadata(Uint64.ONE)
                                .setMetadataMask(Uint64.TWO)
                                .build())
                        .build(),
                new ApplyActionsCaseBuilder()
                        .setApplyActions(new ApplyActionsBuilder()
                                .setAction(Map.of(
                                        new ActionKey(0),
                                        new ActionBuilder()
                                                .setOrder(0)
                                                .setAction(new PopVlanActionCaseBuilder().build())
                                                .build()))
                                .build())
                        .build());
    }

    private static MatchBuilder write(final Match match) {
        return MatchCodec.write(match, MatchCodec.Ethernet::write);
    }

    @Provide
    Arbitrary<Match> matches() {
        return EngineArbitraries.matches();
    }

    @Provide
    Arbitrary<List<Action>> actions() {
        return EngineArbitraries.actions().list().ofMaxSize(6);
    }

    @Provide
    Arbitrary<Flow> flows() {
        return EngineArbitraries.flows();
    }

    @Provide
    Arbitrary<Group> groups() {
        return EngineArbitraries.groups();
    }
}
