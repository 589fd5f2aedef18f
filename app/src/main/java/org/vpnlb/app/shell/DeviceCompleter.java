/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.shell;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.api.console.CommandLine;
import org.apache.karaf.shell.api.console.Completer;
import org.apache.karaf.shell.api.console.Session;
import org.apache.karaf.shell.support.completers.StringsCompleter;
import org.opendaylight.mdsal.binding.api.DataBroker;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.services.VpnService;

/** Completes the names of devices: of the services that are named before, or else of all. */
@Service
public final class DeviceCompleter implements Completer {
    @Reference
    private DataBroker broker;

    /** Made by Karaf. */
    public DeviceCompleter() {
        // The datastore is set afterwards.
    }

    DeviceCompleter(final DataBroker broker) {
        this.broker = broker;
    }

    @Override
    public int complete(final Session session, final CommandLine commandLine, final List<String> candidates) {
        try {
            final var store = new Store(broker);
            final List<String> services =
                    store.services().stream().map(VpnService::getName).toList();
            final List<String> words = Arrays.asList(commandLine.getArguments());
            final List<String> named = services.stream().filter(words::contains).toList();
            final List<String> devices = new ArrayList<>();
            for (final String service : named.isEmpty() ? services : named) {
                devices.addAll(store.devices(service));
            }
            return new StringsCompleter(devices).complete(session, commandLine, candidates);
        } catch (CommandException e) {
            return -1;
        }
    }
}
