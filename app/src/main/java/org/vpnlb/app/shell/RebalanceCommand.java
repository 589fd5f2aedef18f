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
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.Rebalance;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.RebalanceInputBuilder;
import org.opendaylight.yangtools.yang.common.Uint32;
import org.vpnlb.engine.model.Plural;

/** {@code vpnlb:rebalance}: moves pinned clients to the devices of their slots. */
@Service
@Command(
        scope = "vpnlb",
        name = "rebalance",
        description =
                "Moves pinned clients to the gateways of their slots, after an outage. They have to log in again.",
        detailedDescription = "Example: vpnlb:rebalance --share 20 --dry-run office")
public final class RebalanceCommand extends VpnlbCommand {
    @Argument(name = "service", required = true, description = "The service")
    @Completion(ServiceCompleter.class)
    private String service;

    @Option(name = "--device", description = "Only clients whose session is with this device")
    @Completion(DeviceCompleter.class)
    private String device;

    @Option(name = "--clients", description = "How many clients are moved")
    private Long clients;

    @Option(name = "--share", description = "The share of the pinned clients that is moved, in percent")
    private Long share;

    @Option(
            name = "--per-second",
            description = "The most clients that are moved in a second, 1 to 1000; 10 when absent")
    private Long perSecond;

    @Option(name = "--dry-run", description = "Tell what would be done, and move nobody")
    private boolean isDry;

    @Option(name = "--stop", description = "End the one that runs; who was moved stays")
    private boolean isToStop;

    @Override
    public Object execute() throws Exception {
        final var output = output(rpcs().getRpc(Rebalance.class)
                .invoke(new RebalanceInputBuilder()
                        .setService(service)
                        .setDevice(device)
                        .setClients(number("--clients", clients))
                        .setShare(number("--share", share))
                        .setPerSecond(number("--per-second", perSecond))
                        .setDryRun(isDry)
                        .setStop(isToStop)
                        .build()));
        if (isToStop) {
            final var rows = new Rows("Service", "Moved");
            rows.add(service, output.getMoving().toJava());
            print(rows);
            return null;
        }
        final var rows = new Rows("From", "To", "Clients");
        output.nonnullMove()
                .values()
                .forEach(move ->
                        rows.add(move.getFrom(), move.getTo(), move.getClients().toJava()));
        print(rows);
        say(
                output.getMoving().toJava() == 0
                        ? "nobody is pinned, so nobody moves"
                        : "%d of %s %s within %d s; each has to log in again"
                                .formatted(
                                        output.getMoving().toJava(),
                                        Plural.of(output.getPinned().toJava(), "pinned client"),
                                        isDry ? "would move" : "move",
                                        output.getSeconds().toJava()));
        if (output.getDisconnectedSwitch() != null) {
            output.getDisconnectedSwitch()
                    .forEach(node -> say(node.getValue() + " is not connected: its clients stay"));
        }
        return null;
    }

    private static Uint32 number(final String option, final Long value) throws CommandException {
        if (value != null && (value < 0 || value > Uint32.MAX_VALUE.toJava())) {
            throw new CommandException(option + " " + value + " is out of range; use 1 or more");
        }
        return value == null ? null : Uint32.valueOf(value);
    }
}
