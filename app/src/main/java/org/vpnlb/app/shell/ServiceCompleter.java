/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.shell;

import java.util.List;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.api.console.CommandLine;
import org.apache.karaf.shell.api.console.Completer;
import org.apache.karaf.shell.api.console.Session;
import org.apache.karaf.shell.support.completers.StringsCompleter;
import org.opendaylight.mdsal.binding.api.DataBroker;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.services.VpnService;

/** Completes the names of services. */
@Service
public final class ServiceCompleter implements Completer {
    @Reference
    private DataBroker broker;

    /** Made by Karaf. */
    public ServiceCompleter() {
        // The datastore is set afterwards.
    }

    ServiceCompleter(final DataBroker broker) {
        this.broker = broker;
    }

    @Override
    public int complete(final Session session, final CommandLine commandLine, final List<String> candidates) {
        try {
            return new StringsCompleter(new Store(broker)
                            .services().stream().map(VpnService::getName).toList())
                    .complete(session, commandLine, candidates);
        } catch (CommandException e) {
            return -1;
        }
    }
}
