/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Learning;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.MacAddress;
import org.vpnlb.engine.session.Counters.Ignored;

/** Two services on the same switches; what tells them apart for servers is the next hop. */
@Label("Where the inner addresses of two services overlap,")
class OverlappingServicesTest {
    private static final int TRIES = 30;
    private static final IpAddress CLIENT = IpAddress.parse("10.99.7.9");

    @Provide
    Arbitrary<Learning> learning() {
        return Arbitraries.of(Learning.CONTROLLER, Learning.SWITCH);
    }

    /** Equal, nested either way, and all of IPv4. */
    @Provide
    Arbitrary<String> prefix() {
        return Arbitraries.of("10.99.0.0/16", "10.99.7.0/24", "10.0.0.0/8", "");
    }

    @Property(tries = TRIES)
    @Label("each service's client with the same address is reached by its own service's next hops, and only so")
    void eachClientIsReachedByItsOwnService(
            @ForAll("learning") final Learning learning,
            @ForAll("learning") final Learning other,
            @ForAll("prefix") final String prefix,
            @ForAll final boolean isGiven,
            @ForAll final boolean isOtherGiven) {
        final Service office = given(ServiceBuilder.office().learning(learning).build(), "g1", isGiven);
        final Service branch = given(branch(prefix).learning(other).build(), "g4", isOtherGiven);
        final Lab lab = new Lab(List.of(office, branch), 0, new Random(1));

        assertThat(reached(lab, office)).isEqualTo(byAll(office, "g1", isGiven));
        lab.deviceSends(device(office, "g1"), CLIENT);
        assertThat(reached(lab, branch)).isEqualTo(byAll(branch, "g4", isOtherGiven));
        lab.deviceSends(device(branch, "g4"), CLIENT);
        lab.network().settle();

        assertThat(reached(lab, office)).hasSize(Lab.nextHops(office).size()).containsOnly("g1");
        assertThat(reached(lab, branch)).hasSize(Lab.nextHops(branch).size()).containsOnly("g4");
        assertThat(lab.egressStatus(office).counters().ignored())
                .doesNotContainKeys(Ignored.CONFLICT, Ignored.GIVEN_TO_ANOTHER);
        lab.assertConsistent();

        lab.reconfigure(office);
        assertThat(reached(lab, office)).containsOnly("g1");
        lab.assertConsistent();
    }

    /** The devices that get what servers send to the client, by all next hops of a service. */
    private static List<String> reached(final Lab lab, final Service service) {
        final Stream.Builder<String> devices = Stream.builder();
        for (final MacAddress nextHop : Lab.nextHops(service)) {
            final Verdict verdict = lab.serverVerdict(service, nextHop, CLIENT);
            verdict.sent()
                    .forEach(sent -> lab.services().stream()
                            .flatMap(each -> each.devices().stream())
                            .filter(device -> Lab.isAt(device.egress(), sent))
                            .forEach(device -> devices.add(device.name())));
        }
        lab.network().settle();
        return devices.build().toList();
    }

    /** The device by each next hop of the service, if it is given the client. */
    private static List<String> byAll(final Service service, final String device, final boolean isGiven) {
        return isGiven ? Collections.nCopies(Lab.nextHops(service).size(), device) : List.of();
    }

    private static Service given(final Service service, final String name, final boolean isGiven) {
        return isGiven
                ? ServiceBuilder.like(service)
                        .device(name, device -> ServiceBuilder.withPrefixes(device, "10.99.7.0/28"))
                        .build()
                : service;
    }

    private static ServiceBuilder branch(final String prefix) {
        return ServiceBuilder.service("branch")
                .clusterAddress("10.0.1.100")
                .gatewayAddress("172.16.0.253")
                .clientPrefixes(prefix.isEmpty() ? new String[0] : new String[] {prefix})
                .device(4)
                .device(5);
    }

    private static Device device(final Service service, final String name) {
        return service.devices().stream()
                .filter(device -> device.name().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
