/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.shell;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.FindClient;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.FindClientInputBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.find.client.output.Place;
import org.opendaylight.yangtools.yang.common.Uint32;

/** {@code vpnlb:find}: where a client is, and why there. */
@Service
@Command(
        scope = "vpnlb",
        name = "find",
        description = "Tells where the packets of a client go, and why, by its outer or its inner address.",
        detailedDescription = "Example: vpnlb:find 203.0.113.7")
public final class FindCommand extends VpnlbCommand {
    private static final String[] HEADINGS = {
        "Service", "Side", "Switch", "Device", "Since", "Slot", "Pinned", "Connected", "Why"
    };

    /** The same in JSON, which has no lines beneath. */
    private static final String[] NAMES =
            Stream.concat(Stream.of(HEADINGS), Stream.of("Before")).toArray(String[]::new);

    @Argument(name = "address", required = true, description = "The client's address, outer or inner")
    private String address;

    @Option(name = "--port", description = "The client's source port, where client-key is address-and-port")
    private Integer port;

    @Option(name = "--service", description = "Only this service")
    @Completion(ServiceCompleter.class)
    private String service;

    @Override
    public Object execute() throws Exception {
        final var output = output(rpcs().getRpc(FindClient.class)
                .invoke(new FindClientInputBuilder()
                        .setAddress(address)
                        .setPort(port == null ? null : Uint32.valueOf(port))
                        .setService(service)
                        .build()));
        final var rows = new Rows(isJson() ? NAMES : HEADINGS);
        for (final Place place : output.nonnullPlace()) {
            final List<Object> cells = new ArrayList<>(Arrays.asList(
                    place.getService(),
                    place.getSide().getName(),
                    place.getNode().getValue(),
                    place.getDevice(),
                    place.getSince() == null ? null : place.getSince().getValue(),
                    place.getSlot() == null ? null : place.getSlot().toJava(),
                    place.getPinned(),
                    place.getConnected(),
                    place.getWhy()));
            if (isJson()) {
                cells.add(place.nonnullBefore().isEmpty() ? null : String.join("\n", before(place)));
            }
            rows.add(cells.toArray());
        }
        print(rows);
        output.nonnullPlace()
                .forEach(place -> before(place)
                        .forEach(stay -> say(
                                "before, in %s: %s".formatted(place.getNode().getValue(), stay))));
        return null;
    }

    private static List<String> before(final Place place) {
        return place.nonnullBefore().stream()
                .map(stay -> "%s%s until %s: %s"
                        .formatted(
                                stay.getDevice(),
                                stay.getSince() == null
                                        ? ""
                                        : " from " + stay.getSince().getValue(),
                                stay.getUntil().getValue(),
                                stay.getWhy()))
                .toList();
    }
}
