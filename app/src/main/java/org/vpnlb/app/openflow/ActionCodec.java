/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.inet.types.rev130715.Uri;
import org.opendaylight.yang.gen.v1.urn.opendaylight.action.types.rev131112.action.action.GroupActionCase;
import org.opendaylight.yang.gen.v1.urn.opendaylight.action.types.rev131112.action.action.GroupActionCaseBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.action.types.rev131112.action.action.OutputActionCase;
import org.opendaylight.yang.gen.v1.urn.opendaylight.action.types.rev131112.action.action.OutputActionCaseBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.action.types.rev131112.action.action.SetFieldCase;
import org.opendaylight.yang.gen.v1.urn.opendaylight.action.types.rev131112.action.action.SetFieldCaseBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.action.types.rev131112.action.action.group.action._case.GroupActionBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.action.types.rev131112.action.action.output.action._case.OutputAction;
import org.opendaylight.yang.gen.v1.urn.opendaylight.action.types.rev131112.action.action.output.action._case.OutputActionBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.action.types.rev131112.action.action.set.field._case.SetField;
import org.opendaylight.yang.gen.v1.urn.opendaylight.action.types.rev131112.action.action.set.field._case.SetFieldBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.action.types.rev131112.action.list.ActionBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.action.types.rev131112.action.list.ActionKey;
import org.opendaylight.yang.gen.v1.urn.opendaylight.model.match.types.rev131026.arp.match.fields.ArpSourceHardwareAddressBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.model.match.types.rev131026.arp.match.fields.ArpTargetHardwareAddressBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.model.match.types.rev131026.ethernet.match.fields.EthernetDestinationBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.model.match.types.rev131026.ethernet.match.fields.EthernetSourceBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.model.match.types.rev131026.match.EthernetMatchBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.model.match.types.rev131026.match.layer._3.match.ArpMatch;
import org.opendaylight.yang.gen.v1.urn.opendaylight.model.match.types.rev131026.match.layer._3.match.ArpMatchBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.nicira.rev261124.NiciraAction;
import org.opendaylight.yangtools.binding.util.BindingMap;
import org.opendaylight.yangtools.yang.common.Uint16;
import org.opendaylight.yangtools.yang.common.Uint32;
import org.vpnlb.app.openflow.nicira.NiciraCodec;
import org.vpnlb.app.openflow.nicira.NiciraOctets;
import org.vpnlb.engine.openflow.Action;

/** Actions: the engine's and OpenFlowPlugin's. */
final class ActionCodec {
    /** Output to port 0, which no port is: with it an entry that somebody changed differs from all of vpnlb's. */
    static final Action FOREIGN = new Action.Output(0);

    private ActionCodec() {}

    static Map<ActionKey, org.opendaylight.yang.gen.v1.urn.opendaylight.action.types.rev131112.action.list.Action>
            writeAll(final List<Action> actions) {
        return IntStream.range(0, actions.size())
                .mapToObj(i -> new ActionBuilder()
                        .setOrder(i)
                        .setAction(write(actions.get(i)))
                        .build())
                .collect(BindingMap.toOrderedMap());
    }

    /** The engine's actions; {@link #FOREIGN} stands for each that vpnlb never writes. */
    static List<Action> readAll(
            final Collection<org.opendaylight.yang.gen.v1.urn.opendaylight.action.types.rev131112.action.list.Action>
                    actions) {
        return actions.stream()
                .sorted(Comparator.comparing(action -> action.key().getOrder()))
                .map(action -> read(action.getAction()).orElse(FOREIGN))
                .toList();
    }

    private static org.opendaylight.yang.gen.v1.urn.opendaylight.action.types.rev131112.action.Action write(
            final Action action) {
        return switch (action) {
            case Action.Output output -> output(Ports.uri(output.port()), 0);
            case Action.OutputInPort back -> output(Ports.IN_PORT, 0);
            case Action.OutputNormal normal -> output(Ports.NORMAL, 0);
            case Action.OutputController copy -> output(Ports.CONTROLLER, copy.maxLength());
            case Action.ToGroup group ->
                new GroupActionCaseBuilder()
                        .setGroupAction(new GroupActionBuilder()
                                .setGroupId(Uint32.valueOf(group.id()))
                                .build())
                        .build();
            case Action.SetDestinationMac set ->
                set(new EthernetMatchBuilder()
                        .setEthernetDestination(new EthernetDestinationBuilder()
                                .setAddress(MatchCodec.mac(set.mac()))
                                .build()));
            case Action.SetSourceMac set ->
                set(new EthernetMatchBuilder()
                        .setEthernetSource(new EthernetSourceBuilder()
                                .setAddress(MatchCodec.mac(set.mac()))
                                .build()));
            case Action.SetArpOperation set -> set(new ArpMatchBuilder().setArpOp(Uint16.valueOf(set.operation())));
            case Action.SetArpSenderMac set ->
                set(new ArpMatchBuilder()
                        .setArpSourceHardwareAddress(new ArpSourceHardwareAddressBuilder()
                                .setAddress(MatchCodec.mac(set.mac()))
                                .build()));
            case Action.SetArpSender set ->
                set(new ArpMatchBuilder().setArpSourceTransportAddress(Layer3Codec.ipv4(set.address())));
            case Action.SetArpTargetMac set ->
                set(new ArpMatchBuilder()
                        .setArpTargetHardwareAddress(new ArpTargetHardwareAddressBuilder()
                                .setAddress(MatchCodec.mac(set.mac()))
                                .build()));
            case Action.SetArpTarget set ->
                set(new ArpMatchBuilder().setArpTargetTransportAddress(Layer3Codec.ipv4(set.address())));
            case Action.Nicira nicira -> NiciraCodec.action(NiciraOctets.write(nicira));
        };
    }

    private static SetFieldCase set(final EthernetMatchBuilder field) {
        return set(new SetFieldBuilder().setEthernetMatch(field.build()));
    }

    private static SetFieldCase set(final ArpMatchBuilder field) {
        return set(new SetFieldBuilder().setLayer3Match(field.build()));
    }

    private static SetFieldCase set(final SetFieldBuilder field) {
        return new SetFieldCaseBuilder().setSetField(field.build()).build();
    }

    private static OutputActionCase output(final Uri port, final int maxLength) {
        return new OutputActionCaseBuilder()
                .setOutputAction(new OutputActionBuilder()
                        .setOutputNodeConnector(port)
                        .setMaxLength(Uint16.valueOf(maxLength))
                        .build())
                .build();
    }

    private static Optional<Action> read(
            final org.opendaylight.yang.gen.v1.urn.opendaylight.action.types.rev131112.action.Action action) {
        return switch (action) {
            case OutputActionCase output -> Optional.of(read(output.getOutputAction()));
            case GroupActionCase group ->
                Optional.of(
                        new Action.ToGroup(group.getGroupAction().getGroupId().toJava()));
            case SetFieldCase set -> read(set.getSetField());
            // The same in an entry and in a group's bucket, where OpenFlowPlugin's model has another type for it.
            case NiciraAction nicira ->
                NiciraOctets.read(nicira.getNiciraAction().getOctets());
            case null, default -> Optional.empty();
        };
    }

    private static Action read(final OutputAction output) {
        final Uri port = output.getOutputNodeConnector();
        if (Ports.isInPort(port)) {
            return new Action.OutputInPort();
        }
        if (Ports.isNormal(port)) {
            return new Action.OutputNormal();
        }
        if (Ports.isController(port)) {
            return new Action.OutputController(output.getMaxLength().toJava());
        }
        return new Action.Output(Ports.number(port.getValue()));
    }

    private static Optional<Action> read(final SetField set) {
        final var ethernet = set.getEthernetMatch();
        if (ethernet != null && ethernet.getEthernetDestination() != null) {
            return Optional.of(new Action.SetDestinationMac(
                    MatchCodec.mac(ethernet.getEthernetDestination().getAddress())));
        }
        if (ethernet != null && ethernet.getEthernetSource() != null) {
            return Optional.of(new Action.SetSourceMac(
                    MatchCodec.mac(ethernet.getEthernetSource().getAddress())));
        }
        return set.getLayer3Match() instanceof ArpMatch arp ? read(arp) : Optional.empty();
    }

    private static Optional<Action> read(final ArpMatch set) {
        if (set.getArpOp() != null) {
            return Optional.of(new Action.SetArpOperation(set.getArpOp().toJava()));
        }
        if (set.getArpSourceHardwareAddress() != null) {
            return Optional.of(new Action.SetArpSenderMac(
                    MatchCodec.mac(set.getArpSourceHardwareAddress().getAddress())));
        }
        if (set.getArpSourceTransportAddress() != null) {
            return Optional.of(new Action.SetArpSender(Layer3Codec.ipv4(set.getArpSourceTransportAddress())));
        }
        if (set.getArpTargetHardwareAddress() != null) {
            return Optional.of(new Action.SetArpTargetMac(
                    MatchCodec.mac(set.getArpTargetHardwareAddress().getAddress())));
        }
        if (set.getArpTargetTransportAddress() != null) {
            return Optional.of(new Action.SetArpTarget(Layer3Codec.ipv4(set.getArpTargetTransportAddress())));
        }
        return Optional.empty();
    }
}
