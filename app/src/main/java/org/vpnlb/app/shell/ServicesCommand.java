/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.shell;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.inet.types.rev130715.IpAddressNoZone;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.services.VpnService;

/** {@code vpnlb:services}: the services and how they are. */
@Service
@Command(
        scope = "vpnlb",
        name = "services",
        description = "Lists the services.",
        detailedDescription = "Example: vpnlb:services")
public final class ServicesCommand extends VpnlbCommand {
    @Override
    public Object execute() throws Exception {
        final var states = store().states();
        final var rows = new Rows(
                "Service", "Cluster address", "Status", "Devices", "Client sessions", "Return sessions", "Reason");
        for (final VpnService service : store().services()) {
            final var state = states.stream()
                    .filter(found -> found.getName().equals(service.getName()))
                    .findFirst();
            final var devices = state.map(
                            found -> List.copyOf(found.nonnullVpnDevice().values()))
                    .orElse(List.of());
            rows.add(
                    service.getName(),
                    clusterAddresses(service),
                    state.map(found -> found.getOperStatus().getName()).orElse("unknown"),
                    service.nonnullVpnDevice().size(),
                    devices.stream()
                            .mapToLong(device -> device.getClientSessions().toJava())
                            .sum(),
                    devices.stream()
                            .mapToLong(device -> device.getReturnSessions().toJava())
                            .sum(),
                    state.map(found -> found.getReason()).orElse(null));
        }
        print(rows);
        return null;
    }

    /** The cluster address, and behind it the others. */
    private static String clusterAddresses(final VpnService service) {
        return Stream.concat(
                        Stream.of(service.getClusterAddress()),
                        Stream.ofNullable(service.getAdditionalClusterAddress()).flatMap(Set::stream))
                .map(IpAddressNoZone::stringValue)
                .collect(Collectors.joining(", "));
    }
}
