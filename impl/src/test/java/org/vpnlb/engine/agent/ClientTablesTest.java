/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.vpnlb.engine.net.IpAddress.Family;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Part;
import org.vpnlb.engine.openflow.Part.End;
import org.vpnlb.engine.pipeline.Cookie;
import org.vpnlb.engine.pipeline.Footprint;

@Label("A table with an entry for each client")
class ClientTablesTest {
    private static final Map<End, List<Part>> PARTS =
            Map.of(End.SOURCE, parts(End.SOURCE), End.DESTINATION, parts(End.DESTINATION));

    private static final int CLIENT = 77;

    private static List<Part> parts(final End end) {
        return Stream.of(Family.values())
                .flatMap(family -> Part.of(end, family, 4 * Part.ENTRIES, family.bits()).stream())
                .toList();
    }

    @Provide
    Arbitrary<Shape> shapes() {
        return Shape.ofAnyFamily(Shape.pinnedToo(Shape.any()));
    }

    @Property(tries = 100)
    @Label("is read whole by its parts, by what is no device's, and by the kinds that match another address")
    void isReadWhole(@ForAll("shapes") final Shape shape, @ForAll final long seed) {
        final Lab lab = PinnedTablesTest.withSessions(Lab.of(shape, seed));
        lab.enabled()
                .forEach(service -> service.devices()
                        .forEach(device -> lab.deviceSendsOut(
                                service,
                                device,
                                Lab.outer(CLIENT),
                                Frames.Kind.of(service).get(0))));
        lab.network().settle();
        final Footprint footprint = new Footprint(shape.tableBase());
        for (final String node : lab.network().names()) {
            assertThat(lab.network().datapath(node).ours().flows().values())
                    .allMatch(flow -> footprint.isTable(flow.key().table()))
                    .filteredOn(flow ->
                            footprint.clientTables().containsKey(flow.key().table()))
                    .allMatch(flow -> isRead(
                            flow,
                            footprint,
                            PARTS.get(footprint.clientTables().get(flow.key().table()))));
        }
    }

    private static boolean isRead(final Flow flow, final Footprint footprint, final List<Part> parts) {
        final int table = flow.key().table();
        return isOfClients(flow, footprint.innerTables().get(table))
                        && parts.stream().anyMatch(part -> part.holds(flow.key().match()))
                || (flow.cookie() & Cookie.DEVICE_MASK) == Cookie.PREFIX
                || footprint.besidesClients(table).stream()
                        .anyMatch(kind -> (flow.cookie() & Cookie.KIND_MASK)
                                == Cookie.of(kind).value());
    }

    /** Whether an entry is asked for as one of a client; where sessions may be of many addresses, by its service. */
    private static boolean isOfClients(final Flow flow, final Cookie.Kind inner) {
        return inner == null
                || Cookie.parse(flow.cookie())
                        .filter(cookie -> cookie.kind() == inner && cookie.service() != 0)
                        .isPresent();
    }
}
