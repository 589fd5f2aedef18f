/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.shell;

import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.ClearSessions;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.ClearSessionsInputBuilder;
import org.opendaylight.yangtools.yang.common.Uint32;

/** {@code vpnlb:clear}: ends sessions. */
@Service
@Command(
        scope = "vpnlb",
        name = "clear",
        description = "Ends the sessions of a device or of a client; one that is still there begins anew.",
        detailedDescription = "Example: vpnlb:clear --client 203.0.113.7 office")
public final class ClearCommand extends VpnlbCommand {
    @Argument(name = "service", required = true, description = "The service")
    @Completion(ServiceCompleter.class)
    private String service;

    @Option(name = "--device", description = "The sessions of this device")
    @Completion(DeviceCompleter.class)
    private String device;

    @Option(name = "--client", description = "The sessions of this address, outer or inner, or of this prefix")
    private String client;

    @Option(name = "--port", description = "Of these the client with this source port, where that tells clients apart")
    private Integer port;

    @Override
    public Object execute() throws Exception {
        final var output = output(rpcs().getRpc(ClearSessions.class)
                .invoke(new ClearSessionsInputBuilder()
                        .setService(service)
                        .setDevice(device)
                        .setPrefix(client)
                        .setPort(port == null ? null : Uint32.valueOf(port))
                        .build()));
        final var rows = new Rows("Service", "Cleared");
        rows.add(service, output.getCleared().toJava());
        print(rows);
        return null;
    }
}
