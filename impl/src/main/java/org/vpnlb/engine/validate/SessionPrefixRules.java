/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.validate;

import java.util.List;
import java.util.stream.Stream;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Learning;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpAddress.Family;
import org.vpnlb.engine.net.IpPrefix;

/** Where many inner addresses may have one session: nobody but one client may be among them. */
final class SessionPrefixRules {
    private final Problems problems;

    SessionPrefixRules(final Problems problems) {
        this.problems = problems;
    }

    void check(final Service service) {
        check(service, Family.V4, service.egress().sessionPrefixLengthV4());
        check(service, Family.V6, service.egress().sessionPrefixLengthV6());
    }

    private void check(final Service service, final Family family, final int length) {
        final int bits = family.bits();
        final String path = Paths.of(service) + "/egress/session-prefix-length-" + (family == Family.V4 ? "v4" : "v6");
        final String otherwise = " or leave the leaf out";
        if (length == bits) {
            return;
        }
        if (length < 1 || length > bits) {
            problems.problem(path, length, "is no prefix length of that family", "use 1 to " + bits + otherwise);
            return;
        }
        if (service.learning() == Learning.SWITCH) {
            problems.problem(
                    path,
                    length,
                    "needs learning controller: a switch learns one address at a time",
                    "set learning to controller or auto," + otherwise);
        }
        final List<IpPrefix> clients = service.egress().clientPrefixes().stream()
                .filter(prefix -> prefix.address().family() == family)
                .toList();
        if (clients.isEmpty()) {
            problems.problem(
                    path,
                    length,
                    "a session could have anybody's addresses: no client-prefix of that family is configured",
                    "list the clients' prefixes in egress/client-prefix," + otherwise);
        }
        clients.stream()
                .filter(prefix -> prefix.length() > length)
                .findFirst()
                .ifPresent(prefix -> problems.problem(
                        path,
                        length,
                        "a session would have addresses beside client-prefix " + prefix,
                        "use %d to %d".formatted(prefix.length(), bits)));
        service.devices()
                .forEach(device -> device.clientPrefixes().stream()
                        .filter(prefix -> prefix.address().family() == family && prefix.length() > length)
                        .findFirst()
                        .ifPresent(prefix -> problems.problem(
                                path,
                                length,
                                "a session would have addresses in and beside client-prefix %s of device '%s'"
                                        .formatted(prefix, device.name()),
                                "use %d to %d".formatted(prefix.length(), bits))));
        reserved(service)
                .filter(address -> clients.stream().anyMatch(prefix -> prefix.contains(address)))
                .findFirst()
                .ifPresent(address -> problems.problem(
                        path,
                        length,
                        "a session could have %s in it, which is vpnlb's or a device's own".formatted(address),
                        "list client prefixes without it in egress/client-prefix," + otherwise));
    }

    private static Stream<IpAddress> reserved(final Service service) {
        return Stream.concat(
                service.neverClients().stream(),
                service.devices().stream().map(Device::egress).flatMap(egress -> egress.address().stream()));
    }
}
