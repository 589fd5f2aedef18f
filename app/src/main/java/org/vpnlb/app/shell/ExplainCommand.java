/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.shell;

import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.ExplainEntry;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.ExplainEntryInputBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.ExplainPacket;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.ExplainPacketInputBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.PortNumber;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.explain.packet.output.Branch;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.explain.packet.output.branch.Step;
import org.opendaylight.yangtools.yang.common.Uint16;
import org.opendaylight.yangtools.yang.common.Uint32;
import org.opendaylight.yangtools.yang.common.Uint8;

/** {@code vpnlb:explain}: the way of a packet, or what a flow entry is for. */
@Service
@Command(
        scope = "vpnlb",
        name = "explain",
        description = "Tells step by step what a switch does with a packet, or what a flow entry is for.",
        detailedDescription = "Examples: vpnlb:explain --port 1 --from 203.0.113.7 --to 10.0.0.100 --to-port 500"
                + " openflow:1, vpnlb:explain --entry 0x7670100000000000 openflow:1")
public final class ExplainCommand extends SavedCommand {
    @Argument(name = "node", required = true, description = "The switch, openflow:<datapath id in decimal>")
    private String node;

    @Option(name = "--entry", description = "A line of ovs-ofctl dump-flows, or a cookie: tell what it is for")
    private String entry;

    @Option(name = "--port", description = "The port at which the packet comes in")
    private long port = -1;

    @Option(name = "--frame", description = "The whole frame in hexadecimal digits, instead of its headers")
    private String frame;

    @Option(name = "--from", description = "The source address")
    private String from;

    @Option(name = "--to", description = "The destination address")
    private String to;

    @Option(name = "--from-mac", description = "The source MAC address")
    private String fromMac;

    @Option(name = "--to-mac", description = "The destination MAC address; the service's when it is left out")
    private String toMac;

    @Option(name = "--protocol", description = "The IP protocol: 17 UDP (if left out), 6 TCP, 50 ESP, 51 AH, 1 ICMP")
    private short protocol = 17;

    @Option(name = "--from-port", description = "The source port; 40000 when it is left out")
    private int fromPort = 40_000;

    @Option(name = "--to-port", description = "The destination port; 4500 when it is left out")
    private int toPort = 4500;

    @Option(name = "--held", description = "By the tables that the switch holds now, not by those that it should hold")
    private boolean held;

    @Option(
            name = "--as-if-selected",
            description = "A device: as if the client had no session, and this device were selected for it")
    private String selected;

    @Option(name = "--as-if-session", description = "A device: as if the client had a session with this device")
    private String session;

    @Option(name = "--service", description = "The service of that device, where several have one of that name")
    private String service;

    @Override
    public Object execute() throws Exception {
        if (entry != null) {
            explainEntry();
        } else {
            explainPacket();
        }
        return null;
    }

    private void explainEntry() throws CommandException {
        final var output = output(asked().getRpc(ExplainEntry.class)
                .invoke(new ExplainEntryInputBuilder()
                        .setNode(node)
                        .setEntry(entry)
                        .build()));
        final var rows = new Rows("Ours", "Service", "Device", "What");
        rows.add(output.getOurs(), output.getService(), output.getDevice(), output.getText());
        print(rows);
    }

    private void explainPacket() throws CommandException {
        final var builder = new ExplainPacketInputBuilder()
                .setNode(node)
                .setFrame(frame)
                .setTables(held ? "held" : "desired")
                .setAsIfSelected(selected)
                .setAsIfSession(session)
                .setService(service);
        try {
            builder.setInPort(port < 0 ? null : new PortNumber(Uint32.valueOf(port)))
                    .setSourceMac(fromMac)
                    .setDestinationMac(toMac)
                    .setSourceAddress(from)
                    .setDestinationAddress(to)
                    .setIpProtocol(Uint8.valueOf(protocol))
                    .setSourcePort(transport(fromPort))
                    .setDestinationPort(transport(toPort));
        } catch (IllegalArgumentException e) {
            throw new CommandException("an option cannot be what it is: " + e.getMessage(), e);
        }
        final var output = output(asked().getRpc(ExplainPacket.class).invoke(builder.build()));
        final var rows = new Rows("Way", "Step", "Service", "Device", "What");
        int way = 0;
        for (final Branch branch : output.nonnullBranch()) {
            way++;
            if (branch.getChoice() != null) {
                rows.add(way, "choice", null, null, branch.getChoice());
            }
            for (final Step step : branch.nonnullStep()) {
                rows.add(way, step.getKind().getName(), step.getService(), step.getDevice(), step.getText());
            }
        }
        if (held && areGroupsChanging(node)) {
            rows.add(
                    null,
                    "doubtful",
                    null,
                    null,
                    "groups had changed just before the bundle was written: one may lack");
        }
        // An entry that is not there may change the way.
        unread(node).stream()
                .filter(line -> line.isOfHeld() == held)
                .limit(MAX_UNREAD)
                .forEach(line -> rows.add(null, "unreadable", null, null, line.text()));
        print(rows);
    }

    private static org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.inet.types.rev130715.PortNumber
            transport(final int number) {
        return new org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.inet.types.rev130715.PortNumber(
                Uint16.valueOf(number));
    }
}
