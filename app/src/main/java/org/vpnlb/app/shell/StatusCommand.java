/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.shell;

import java.util.Comparator;
import java.util.Objects;
import java.util.stream.Collectors;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.Role;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.VpnService;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service.Switch;

/** {@code vpnlb:status}: whether all works, and what each switch holds. */
@Service
@Command(
        scope = "vpnlb",
        name = "status",
        description = "Tells whether each service works, and what its switches hold.",
        detailedDescription = "Example: vpnlb:status")
public final class StatusCommand extends VpnlbCommand {
    @Override
    public Object execute() throws Exception {
        final var rows = new Rows(
                "Service",
                "Status",
                "Switch",
                "Role",
                "Connected",
                "Reconciled",
                "Flows",
                "Groups",
                "Selection",
                "Redundancy",
                "Reason",
                "Redundancy lacks");
        for (final VpnService service : store().states()) {
            service.nonnullSwitch().values().stream()
                    .sorted(Comparator.comparing(held -> held.getNode().getValue()))
                    .forEach(held -> rows.add(
                            service.getName(),
                            service.getOperStatus().getName(),
                            held.getNode().getValue(),
                            roles(held),
                            held.getConnected(),
                            held.getReconciled(),
                            held.getFlows() == null ? null : held.getFlows().toJava(),
                            held.getGroups() == null ? null : held.getGroups().toJava(),
                            held.getSelection() == null
                                    ? null
                                    : held.getSelection().getMethod().getName(),
                            service.getRedundancy() == null
                                    ? null
                                    : service.getRedundancy().getStatus().getName(),
                            service.getReason(),
                            service.getRedundancy() == null
                                    ? null
                                    : service.getRedundancy().getReason()));
        }
        print(rows);
        return null;
    }

    private static String roles(final Switch held) {
        return Objects.requireNonNull(held.getRole()).stream()
                .map(Role::getName)
                .sorted(Comparator.reverseOrder())
                .collect(Collectors.joining(", "));
    }
}
