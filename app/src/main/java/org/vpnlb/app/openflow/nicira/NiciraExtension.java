/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow.nicira;

import java.util.List;
import org.opendaylight.openflowjava.protocol.api.keys.ExperimenterSerializerKey;
import org.opendaylight.openflowjava.protocol.api.keys.MessageTypeKey;
import org.opendaylight.openflowjava.protocol.api.util.EncodeConstants;
import org.opendaylight.openflowjava.protocol.spi.connection.SwitchConnectionProvider;
import org.opendaylight.openflowplugin.api.openflow.protocol.deserialization.MessageCodeExperimenterKey;
import org.opendaylight.yang.gen.v1.urn.opendaylight.action.types.rev131112.action.Action;
import org.opendaylight.yang.gen.v1.urn.vpnlb.nicira.rev261124.NiciraAction;
import org.opendaylight.yang.gen.v1.urn.vpnlb.nicira.rev261124.nodes.node.group.buckets.bucket.action.action.NiciraBucketActionCase;
import org.opendaylight.yang.gen.v1.urn.vpnlb.nicira.rev261124.nodes.node.table.flow.instructions.instruction.instruction.apply.actions._case.apply.actions.action.action.NiciraFlowActionCase;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Teaches OpenFlowPlugin the actions of Open vSwitch, as octets: it has none of its own in this release, and cannot
 * read an entry with an action that it does not know.
 *
 * <p>It depends on nothing but the ports that OpenFlowPlugin listens at, so that it is there before the first switch
 * is.
 */
@Component(service = NiciraExtension.class, immediate = true)
public final class NiciraExtension {
    private static final Logger LOG = LoggerFactory.getLogger(NiciraExtension.class);
    private static final MessageCodeExperimenterKey READING = new MessageCodeExperimenterKey(
            EncodeConstants.OF_VERSION_1_3, NiciraOctets.TYPE, Action.class, NiciraOctets.EXPERIMENTER);

    private final List<SwitchConnectionProvider> providers;

    /** A key that can be unregistered; it equals the one that is looked up. */
    private static final class WritingKey<T extends NiciraAction> extends MessageTypeKey<T>
            implements ExperimenterSerializerKey {
        /** The same in an entry and in a group's bucket, where OpenFlowPlugin's model has another type for it. */
        private static final List<WritingKey<?>> ALL =
                List.of(new WritingKey<>(NiciraFlowActionCase.class), new WritingKey<>(NiciraBucketActionCase.class));

        WritingKey(final Class<T> type) {
            super(EncodeConstants.OF_VERSION_1_3, type);
        }
    }

    /** Registers the codec where OpenFlowPlugin listens. */
    @Activate
    public NiciraExtension(
            @Reference(cardinality = ReferenceCardinality.AT_LEAST_ONE, policyOption = ReferencePolicyOption.GREEDY)
                    final List<SwitchConnectionProvider> providers) {
        this.providers = List.copyOf(providers);
        final var codec = new NiciraCodec();
        this.providers.forEach(provider -> {
            WritingKey.ALL.forEach(key -> provider.registerSerializer(key, codec));
            provider.registerDeserializer(READING, codec);
        });
        LOG.info("OpenFlowPlugin knows the actions of Open vSwitch, at {} ports", this.providers.size());
    }

    /** Takes the codec back. */
    @Deactivate
    public void close() {
        providers.forEach(provider -> {
            WritingKey.ALL.forEach(provider::unregisterSerializer);
            provider.unregisterDeserializer(READING);
        });
    }
}
