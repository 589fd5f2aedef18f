/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.shell;

import java.util.List;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.TestPath;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.TestPathInputBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.test.path.output.Device;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.test.path.output.device.Step;
import org.opendaylight.yangtools.yang.common.Uint16;
import org.vpnlb.engine.model.Plural;

/** {@code vpnlb:test-path}: whether a client's packets come to a device and back. */
@Service
@Command(
        scope = "vpnlb",
        name = "test-path",
        description = "Tests whether a client's packets come to each gateway and back; fails when one does not pass.",
        detailedDescription = "Example: vpnlb:test-path office g2")
public final class TestPathCommand extends VpnlbCommand {
    @Argument(name = "service", required = true, description = "The service")
    @Completion(ServiceCompleter.class)
    private String service;

    @Argument(index = 1, name = "device", description = "Only this device; all when it is left out")
    @Completion(DeviceCompleter.class)
    private String device;

    @Option(name = "--timeout", description = "How long an answer is waited for, in ms, 100 to 10000; 2000 when absent")
    private Integer timeout;

    @Option(name = "--inner", description = "An address that a client has inside of the tunnel")
    private String inner;

    @Option(name = "--server", description = "The address of the server to which that client sends")
    private String server;

    @Override
    public Object execute() throws Exception {
        final var output = output(rpcs().getRpc(TestPath.class)
                .invoke(new TestPathInputBuilder()
                        .setService(service)
                        .setDevice(device)
                        .setTimeout(millis())
                        .setInnerAddress(inner)
                        .setServerAddress(server)
                        .build()));
        final var rows = new Rows("Device", "Step", "Result", "Round trip", "What");
        for (final Device tested : output.nonnullDevice()) {
            for (final Step step : tested.nonnullStep()) {
                rows.add(
                        tested.getName(),
                        step.getName(),
                        step.getResult().getName(),
                        step.getRoundTrip() == null ? null : step.getRoundTrip().toJava(),
                        step.getText());
            }
        }
        print(rows);
        final List<String> failed = output.nonnullDevice().stream()
                .filter(tested -> !tested.getPassed())
                .map(Device::getName)
                .toList();
        final String tested = Plural.of(output.nonnullDevice().size(), "device");
        if (!failed.isEmpty()) {
            throw new CommandException(
                    "%d of %s did not pass: %s".formatted(failed.size(), tested, String.join(", ", failed)));
        }
        say(tested + " passed");
        return null;
    }

    private Uint16 millis() throws CommandException {
        if (timeout != null && (timeout < 0 || timeout > Uint16.MAX_VALUE.toJava())) {
            throw new CommandException("--timeout " + timeout + " is out of range; use 100 to 10000");
        }
        return timeout == null ? null : Uint16.valueOf(timeout);
    }
}
