/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.health;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.opendaylight.mdsal.binding.api.DataBroker;
import org.opendaylight.mdsal.binding.api.DataObjectModification;
import org.opendaylight.mdsal.binding.api.DataObjectModification.ModificationType;
import org.opendaylight.mdsal.binding.api.DataTreeChangeListener;
import org.opendaylight.mdsal.binding.api.DataTreeModification;
import org.opendaylight.mdsal.common.api.LogicalDatastoreType;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.inventory.rev130819.FlowCapableNodeConnector;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.Nodes;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.node.NodeConnector;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.nodes.Node;
import org.opendaylight.yangtools.binding.DataObjectReference;
import org.opendaylight.yangtools.concepts.Registration;

/**
 * Hears from OpenFlowPlugin's inventory which ports a switch has, and of their links. It looks at whole switches, since
 * a port vanishes from the inventory in two ways: alone when the switch has it no more, and with all else of the switch
 * when the switch is away, which says nothing of its links.
 */
public final class LinkListener implements DataTreeChangeListener<Node> {
    /** Is told which ports a switch has. */
    @FunctionalInterface
    public interface Target {
        /**
         * A switch has listed its ports.
         *
         * @param node the switch
         * @param ports all of its ports, by number, and whether the link of each is up
         * @param numbers the numbers of its ports, by name
         */
        void ports(String node, Map<Long, Boolean> ports, Map<String, Long> numbers);
    }

    private final Target target;

    private LinkListener(final Target target) {
        this.target = target;
    }

    /**
     * Begins to listen, to what is there already first.
     *
     * @param broker the datastore
     * @param target is told the ports
     * @return ends it when closed
     */
    public static Registration register(final DataBroker broker, final Target target) {
        return broker.registerTreeChangeListener(
                LogicalDatastoreType.OPERATIONAL,
                DataObjectReference.builder(Nodes.class).child(Node.class).build(),
                new LinkListener(target));
    }

    @Override
    public void onDataTreeChanged(final List<DataTreeModification<Node>> changes) {
        for (final DataTreeModification<Node> change : changes) {
            final DataObjectModification<Node> node = change.getRootNode();
            if (node.modificationType() != ModificationType.DELETE && mayConcernPorts(node)) {
                tell(node.dataAfter());
            }
        }
    }

    /** Statistics of flow entries, if these are polled, come often. */
    private static boolean mayConcernPorts(final DataObjectModification<Node> node) {
        return node.modificationType() == ModificationType.WRITE
                || !node.getModifiedChildren(NodeConnector.class).isEmpty();
    }

    private void tell(final Node node) {
        boolean isListed = false;
        final Map<Long, Boolean> ports = new HashMap<>();
        final Map<String, Long> numbers = new HashMap<>();
        for (final NodeConnector connector : node.nonnullNodeConnector().values()) {
            final var port = connector.augmentation(FlowCapableNodeConnector.class);
            // Statistics may be written for a port that is not described, also for one that has just gone.
            if (port != null && port.getState() != null) {
                isListed = true;
                final boolean isUp = !Boolean.TRUE.equals(port.getState().getLinkDown());
                portNumber(connector.getId().getValue()).ifPresent(number -> {
                    ports.put(number, isUp);
                    if (port.getName() != null) {
                        numbers.put(port.getName(), number);
                    }
                });
            }
        }
        // Each switch has a port; one without has not been asked for its ports, or has not answered.
        if (isListed) {
            target.ports(node.getId().getValue(), ports, numbers);
        }
    }

    /** The number of a port; reserved ports have names instead of numbers, and no link. */
    private static Optional<Long> portNumber(final String connector) {
        final String last = connector.substring(connector.lastIndexOf(':') + 1);
        return last.chars().allMatch(Character::isDigit) && !last.isEmpty()
                ? Optional.of(Long.valueOf(last))
                : Optional.empty();
    }
}
