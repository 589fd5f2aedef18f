/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.shell;

import java.util.Comparator;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.VpnService;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service.VpnDevice;

/** {@code vpnlb:devices}: the devices and how they are. */
@Service
@Command(
        scope = "vpnlb",
        name = "devices",
        description = "Lists the VPN devices, of one service or of all.",
        detailedDescription = "Example: vpnlb:devices office")
public final class DevicesCommand extends VpnlbCommand {
    @Argument(name = "service", description = "The service; all when it is left out")
    @Completion(ServiceCompleter.class)
    private String service;

    @Override
    public Object execute() throws Exception {
        final var rows = new Rows(
                "Service",
                "Device",
                "Admin state",
                "Health",
                "Since",
                "Slots",
                "Client sessions",
                "Return sessions",
                "Reason",
                "Safe to remove",
                "Drain");
        for (final VpnService state : store().states()) {
            if (service == null || service.equals(state.getName())) {
                state.nonnullVpnDevice().values().stream()
                        .sorted(Comparator.comparing(VpnDevice::getName))
                        .forEach(device -> rows.add(
                                state.getName(),
                                device.getName(),
                                device.getAdminState().getName(),
                                device.getHealth().getName(),
                                device.getSince() == null
                                        ? null
                                        : device.getSince().getValue(),
                                device.getSlots().toJava(),
                                device.getClientSessions().toJava(),
                                device.getReturnSessions().toJava(),
                                device.getReason(),
                                device.getSafeToRemove(),
                                DrainText.of(device.getDrain())));
            }
        }
        print(rows);
        return null;
    }
}
