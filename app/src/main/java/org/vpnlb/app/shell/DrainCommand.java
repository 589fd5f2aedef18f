/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.shell;

import java.util.List;
import java.util.Optional;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.AdminState;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.VpnService;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service.VpnDevice;

/** {@code vpnlb:drain}: takes a device out of the selection of new clients. */
@Service
@Command(
        scope = "vpnlb",
        name = "drain",
        description = "Drains a device: it takes no new sessions, and keeps its old ones until they end.",
        detailedDescription = "Example: vpnlb:drain --wait --timeout 3600 office g1")
public final class DrainCommand extends VpnlbCommand {
    @Argument(name = "service", required = true, description = "The service")
    @Completion(ServiceCompleter.class)
    private String service;

    @Argument(index = 1, name = "device", required = true, description = "The device")
    @Completion(DeviceCompleter.class)
    private String device;

    @Option(name = "--wait", description = "Wait until the device has no session; fail when the timeout comes first")
    private boolean wait;

    @Option(name = "--timeout", description = "With --wait, the most seconds; 0 = wait for ever")
    private long timeout;

    @Override
    public Object execute() throws Exception {
        if (timeout < 0) {
            throw new CommandException("--timeout " + timeout + " is out of range; use 0 or more seconds");
        }
        store().write(service, device, AdminState.Draining);
        final boolean isEmpty = wait && store().await(states -> isEmpty(states), timeout);
        final Optional<VpnDevice> state = device(store().states());
        final var rows = new Rows("Service", "Device", "Admin state", "Client sessions", "Return sessions");
        rows.add(
                service,
                device,
                AdminState.Draining.getName(),
                state.map(found -> found.getClientSessions().toJava()).orElse(null),
                state.map(found -> found.getReturnSessions().toJava()).orElse(null));
        print(rows);
        if (wait && !isEmpty) {
            throw new CommandException(
                    "%s still has sessions after %d s; it goes on draining. See them with vpnlb:sessions"
                            .formatted(device, timeout));
        }
        return null;
    }

    /** Whether it is drained: the state may tell of the time before. */
    private boolean isEmpty(final List<VpnService> states) {
        return device(states)
                .filter(found -> found.getAdminState() == AdminState.Draining)
                .filter(found -> found.getClientSessions().toJava() == 0
                        && found.getReturnSessions().toJava() == 0)
                .isPresent();
    }

    private Optional<VpnDevice> device(final List<VpnService> states) {
        return states.stream()
                .filter(found -> found.getName().equals(service))
                .flatMap(found -> found.nonnullVpnDevice().values().stream())
                .filter(found -> found.getName().equals(device))
                .findFirst();
    }
}
