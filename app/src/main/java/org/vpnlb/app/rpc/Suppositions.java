/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.rpc;

import java.util.List;
import java.util.Optional;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.ExplainPacketInput;
import org.vpnlb.engine.explain.Supposition;
import org.vpnlb.engine.explain.Supposition.What;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Side;

/** Reads what the input of explain-packet supposes. */
final class Suppositions {
    private static final String SELECTED = "as-if-selected";
    private static final String SESSION = "as-if-session";

    private Suppositions() {}

    /**
     * What an input supposes; empty when it supposes nothing.
     *
     * @param services the services that are configured
     * @param node the switch
     */
    static Optional<Supposition> of(final ExplainPacketInput input, final List<Service> services, final String node)
            throws InvalidInputException {
        if (input.getService() != null && input.getAsIfSelected() == null && input.getAsIfSession() == null) {
            throw new InvalidInputException(
                    "service",
                    input.getService(),
                    SELECTED + " and " + SESSION + " are absent, and only their device's service is meant",
                    "write one of the two, or leave it out");
        }
        if (input.getAsIfSelected() != null && input.getAsIfSession() != null) {
            throw new InvalidInputException(
                    SESSION,
                    input.getAsIfSession(),
                    SELECTED + " is there too, and a client with a session has no device selected",
                    "write one of the two");
        }
        if (input.getAsIfSelected() != null) {
            return Optional.of(supposition(What.SELECTED, input.getAsIfSelected(), input.getService(), services, node));
        }
        return input.getAsIfSession() == null
                ? Optional.empty()
                : Optional.of(supposition(What.SESSION, input.getAsIfSession(), input.getService(), services, node));
    }

    private static Supposition supposition(
            final What what, final String device, final String service, final List<Service> services, final String node)
            throws InvalidInputException {
        final List<Service> here = services.stream()
                .filter(each -> each.isAt(node, Side.INGRESS) || each.isAt(node, Side.EGRESS))
                .toList();
        final List<Service> meant = service == null ? here : List.of(Inputs.service(service, here));
        final List<String> having = meant.stream()
                .filter(each -> names(each).contains(device))
                .map(Service::name)
                .toList();
        if (having.isEmpty()) {
            throw new InvalidInputException(
                    leaf(what),
                    device,
                    "no service of " + node + " has such a device",
                    "use one of "
                            + meant.stream()
                                    .flatMap(each -> names(each).stream())
                                    .distinct()
                                    .toList());
        }
        if (having.size() > 1) {
            throw new InvalidInputException(
                    "service", "absent", "several services have a device " + device, "use one of " + having);
        }
        return new Supposition(what, having.getFirst(), device);
    }

    private static List<String> names(final Service service) {
        return service.devices().stream().map(Device::name).toList();
    }

    /** It cannot be so. */
    static InvalidInputException refused(final Supposition supposed, final String why) {
        return new InvalidInputException(
                leaf(supposed.what()),
                supposed.device(),
                why,
                "ask of a device that is in service or draining, with a packet of its service's ports and addresses");
    }

    private static String leaf(final What what) {
        return switch (what) {
            case SELECTED -> SELECTED;
            case SESSION -> SESSION;
        };
    }
}
