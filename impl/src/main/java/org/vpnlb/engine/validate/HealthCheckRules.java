/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.validate;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.vpnlb.engine.model.Check;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.HealthCheck;
import org.vpnlb.engine.model.HealthCheck.Question;
import org.vpnlb.engine.model.HealthCheck.Type;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.net.IpAddress;

/** What the health check of a service must be. */
final class HealthCheckRules {
    private static final int MIN_INTERVAL = 100;
    private static final int MAX_INTERVAL = 60_000;
    private static final int MAX_IN_A_ROW = 100;

    private final Problems problems;

    HealthCheckRules(final Problems problems) {
        this.problems = problems;
    }

    void check(final String path, final HealthCheck check, final Service service, final Map<IpAddress, String> taken) {
        final String type = "the type " + check.type().modelName();
        final var defaults = HealthCheck.LINKS;
        if (check.type() == Type.LINK) {
            // A leaf that is absent has its default.
            saysNothing(path + "/interval", check.interval(), defaults.interval(), type);
            saysNothing(path + "/fall", check.fall(), defaults.fall(), type);
            saysNothing(path + "/rise", check.rise(), defaults.rise(), type);
            check.ingressSource()
                    .ifPresent(address -> saysNothing(path + "/source-address-ingress", address, "", type));
            check.egressSource().ifPresent(address -> saysNothing(path + "/source-address-egress", address, "", type));
        } else {
            problems.between(path + "/interval", check.interval(), MIN_INTERVAL, MAX_INTERVAL, " milliseconds");
            problems.between(path + "/fall", check.fall(), 1, MAX_IN_A_ROW, "");
            problems.between(path + "/rise", check.rise(), 1, MAX_IN_A_ROW, "");
            checkSources(path, check, service, taken);
            service.devices().forEach(device -> checkable(check, service, device));
        }
        checkPort(path, check.type(), check.port());
        final Map<Question, String> asked = new HashMap<>();
        asked.put(asked(check.type(), check.port()), "the health-check");
        for (final Question question : check.additional()) {
            checkAdditional(path + "/additional-check[name='" + question.name() + "']", check.type(), question, asked);
        }
    }

    private void checkAdditional(
            final String path, final Type first, final Question question, final Map<Question, String> asked) {
        if (first == Type.LINK) {
            problems.problem(
                    path,
                    question.type().modelName(),
                    "has no effect with the type link",
                    "use the type of this check for the health-check itself");
            return;
        }
        if (question.name().equals(HealthCheck.FIRST)) {
            problems.problem(
                    path + "/name", question.name(), "is what the state calls the first check", "use another name");
        }
        checkPort(path, question.type(), question.port());
        final Question alike = asked(question.type(), question.port());
        final String other = asked.putIfAbsent(alike, "additional-check " + question.name());
        if (other != null) {
            problems.problem(
                    path + "/type",
                    question.type().modelName(),
                    "is asked by " + other + " already"
                            + alike.port().map(port -> ", at port " + port).orElse(""),
                    "use another type or port, or leave this check out");
        }
    }

    /** What is asked, whatever its name. */
    private static Question asked(final Type type, final Optional<Integer> port) {
        return new Question("", type, type == Type.IKE ? port.or(() -> Optional.of(HealthCheck.IKE_PORT)) : port);
    }

    private void checkPort(final String path, final Type kind, final Optional<Integer> port) {
        final String type = "the type " + kind.modelName();
        if (!kind.hasPort()) {
            port.ifPresent(value -> saysNothing(path + "/port", value, "", type));
        } else if (port.isEmpty() && kind != Type.IKE) {
            problems.problem(
                    path + "/port",
                    "absent",
                    type + " needs a port",
                    "give the one at which the devices serve clients");
        } else if (port.filter(value -> value < 1).isPresent()) {
            problems.problem(path + "/port", port.orElseThrow(), "is no port", "use 1 to 65535");
        }
    }

    private void checkSources(
            final String path, final HealthCheck check, final Service service, final Map<IpAddress, String> taken) {
        check.ingressSource().ifPresent(address -> {
            problems.outer(path + "/source-address-ingress", address);
            if (address.family() != service.clusterAddress().family()) {
                problems.problem(
                        path + "/source-address-ingress",
                        address,
                        "is of another address family than the cluster address " + service.clusterAddress(),
                        "use an address of the same family");
            }
            problems.unique(path + "/source-address-ingress", address, taken, "the checks on the clients' side");
        });
        check.egressSource()
                .filter(address -> !service.egress().gatewayAddresses().contains(address))
                .ifPresent(address -> {
                    problems.inner(path + "/source-address-egress", address);
                    problems.unique(path + "/source-address-egress", address, taken, "the checks on the servers' side");
                });
        final Optional<Type> answered =
                types(check).filter(type -> type != Type.ARP).findFirst();
        if (answered.isPresent() && check.ingressSource().isEmpty()) {
            problems.problem(
                    path + "/source-address-ingress",
                    "absent",
                    "devices answer the type " + answered.orElseThrow().modelName() + " at an address only",
                    "give a free address of the devices' network on the clients' side");
        }
        if (types(check).anyMatch(Type.ICMP::equals)
                && Check.source(service, Side.EGRESS).isEmpty()) {
            problems.problem(
                    path + "/source-address-egress",
                    "absent",
                    "devices answer the type icmp at an address only, and there is no gateway-address either",
                    "give a free address of the devices' network on the servers' side");
        }
    }

    private void checkable(final HealthCheck check, final Service service, final Device device) {
        types(check)
                .filter(type -> !type.hasPort() && device.ingress().address().isEmpty())
                .findFirst()
                .ifPresent(type -> noAddress(Paths.of(service, device) + "/ingress/address", type));
        if (device.egress().address().isEmpty()) {
            noAddress(Paths.of(service, device) + "/egress/address", check.type());
        }
        final Optional<IpAddress> source = Check.source(service, Side.EGRESS);
        device.egress()
                .address()
                .filter(address -> source.isPresent() && source.orElseThrow().family() != address.family())
                .ifPresent(address -> problems.problem(
                        Paths.of(service, device) + "/egress/address",
                        address,
                        "is of another address family than " + source.orElseThrow() + ", which it is asked from",
                        "use an address of that family, or a source-address-egress of this one"));
    }

    private static Stream<Type> types(final HealthCheck check) {
        return check.questions().stream().map(Question::type);
    }

    private void noAddress(final String path, final Type type) {
        problems.problem(
                path,
                "absent",
                "the health-check type " + type.modelName() + " asks at this address",
                "give the device's own address on this side");
    }

    private void saysNothing(final String path, final Object value, final Object absent, final String type) {
        if (!value.equals(absent)) {
            problems.problem(path, value, "has no effect with type " + type, "leave the leaf out");
        }
    }
}
