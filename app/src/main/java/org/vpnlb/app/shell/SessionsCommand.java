/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.shell;

import com.google.common.net.HostAndPort;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.support.completers.StringsCompleter;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.ListSessions;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.ListSessionsInputBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.list.sessions.output.Session;
import org.opendaylight.yangtools.yang.common.Uint32;

/** {@code vpnlb:sessions}: the sessions of a side of a service. */
@Service
@Command(
        scope = "vpnlb",
        name = "sessions",
        description = "Lists the sessions of a side of a service, in the order of the clients' addresses.",
        detailedDescription = "Example: vpnlb:sessions --device g1 --limit 20 office ingress")
public final class SessionsCommand extends VpnlbCommand {
    @Argument(name = "service", required = true, description = "The service")
    @Completion(ServiceCompleter.class)
    private String service;

    @Argument(index = 1, name = "side", required = true, description = "ingress (outer) or egress (inner addresses)")
    @Completion(
            value = StringsCompleter.class,
            values = {"ingress", "egress"})
    private String side;

    @Option(name = "--device", description = "Only the sessions of this device")
    @Completion(DeviceCompleter.class)
    private String device;

    @Option(name = "--prefix", description = "Only the sessions of clients in this prefix")
    private String prefix;

    @Option(name = "--after", description = "Only the sessions after this client")
    private String after;

    @Option(name = "--limit", description = "The most clients, 1 to 10000")
    private int limit = 100;

    @Override
    public Object execute() throws Exception {
        if (limit < 1) {
            throw new CommandException("--limit " + limit + " is out of range; use 1 to 10000");
        }
        final var output = output(rpcs().getRpc(ListSessions.class)
                .invoke(new ListSessionsInputBuilder()
                        .setService(service)
                        .setSide(side)
                        .setDevice(device)
                        .setPrefix(prefix)
                        .setMarker(after)
                        .setLimit(Uint32.valueOf(limit))
                        .build()));
        final var rows = new Rows("Client", "Switch", "Device", "Since", "Held");
        for (final Session session : output.nonnullSession()) {
            rows.add(
                    client(session),
                    session.getNode().getValue(),
                    session.getDevice(),
                    session.getSince() == null ? null : session.getSince().getValue(),
                    session.getHeld());
        }
        print(rows);
        if (output.getNextMarker() != null) {
            say("There are more: --after " + output.getNextMarker());
        }
        return null;
    }

    private static String client(final Session session) {
        final String address = session.getClientAddress().stringValue();
        return session.getClientPort() == null
                ? address
                : HostAndPort.fromParts(
                                address, session.getClientPort().getValue().toJava())
                        .toString();
    }
}
