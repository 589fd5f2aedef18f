/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.shell;

import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.AdminState;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.services.vpn.service.VpnDeviceBuilder;

/** {@code vpnlb:enable}: puts a device in service. */
@Service
@Command(
        scope = "vpnlb",
        name = "enable",
        description = "Puts a device in service: it takes new sessions again.",
        detailedDescription = "Example: vpnlb:enable office g1")
public final class EnableCommand extends VpnlbCommand {
    @Argument(name = "service", required = true, description = "The service")
    @Completion(ServiceCompleter.class)
    private String service;

    @Argument(index = 1, name = "device", required = true, description = "The device")
    @Completion(DeviceCompleter.class)
    private String device;

    @Override
    public Object execute() throws Exception {
        store().write(
                        service,
                        new VpnDeviceBuilder()
                                .setName(device)
                                .setAdminState(AdminState.InService)
                                .build());
        final var rows = new Rows("Service", "Device", "Admin state");
        rows.add(service, device, AdminState.InService.getName());
        print(rows);
        return null;
    }
}
