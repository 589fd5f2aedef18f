/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import net.jqwik.api.constraints.UniqueElements;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Renames;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.openflow.Tables;
import org.vpnlb.engine.selection.Assignments;

@Label("The number of a service or device")
class NumbersTest {
    @Property
    @Label("is its own, within the bits that there are for it, and not 0")
    void isItsOwn(
            @ForAll @UniqueElements @Size(max = 20) final List<@AlphaChars @StringLength(max = 64) String> names) {
        final List<Service> services = services(names);
        final Numbers numbers = Numbers.of(services);
        final Set<Integer> ofServices = new HashSet<>();
        final Set<Integer> ofDevices = new HashSet<>();
        for (final Service service : services) {
            assertThat(numbers.of(service)).isBetween(1, (1 << Cookie.SERVICE_BITS) - 1);
            assertThat(ofServices.add(numbers.of(service))).isTrue();
            for (final Device device : service.devices()) {
                assertThat(numbers.of(service, device)).isBetween(1, (1 << GroupId.NUMBER_BITS) - 1);
                assertThat(ofDevices.add(numbers.of(service, device))).isTrue();
            }
        }
    }

    @Property
    @Label("does not depend on the order of the configuration")
    void doesNotDependOnTheOrder(
            @ForAll @UniqueElements @Size(max = 20) final List<@AlphaChars @StringLength(max = 64) String> names,
            @ForAll final Random random) {
        final List<Service> services = services(names);
        final List<Service> shuffled = new ArrayList<>(services);
        Collections.shuffle(shuffled, random);
        for (final Service service : services) {
            assertThat(Numbers.of(shuffled).of(service))
                    .isEqualTo(Numbers.of(services).of(service));
        }
    }

    @Example
    @Label("is the same on every controller and after every restart")
    void isTheSameEverywhere() {
        // By Python: int.from_bytes(hashlib.sha256(name).digest()[:4], 'little') % (2 ** bits - 1) + 1.
        final Service office = ServiceBuilder.office().build();
        final Numbers numbers = Numbers.of(List.of(office));
        assertThat(numbers.of(office)).isEqualTo(574956);
        assertThat(numbers.of(office, office.devices().get(0))).isEqualTo(370599);
    }

    @Example
    @Label("is the next free one when two services' hashes meet")
    void isTheNextFreeOneForServices() {
        final List<Service> services = services(Names.ofServicesThatMeet());
        final Service first = services.get(0);
        final Service second = services.get(1);
        final int alone = Numbers.of(List.of(first)).of(first);
        assertThat(Numbers.of(List.of(second)).of(second)).isEqualTo(alone);
        final Numbers both = Numbers.of(services);
        assertThat(both.of(first)).isEqualTo(alone);
        assertThat(both.of(second)).isEqualTo(alone % ((1 << Cookie.SERVICE_BITS) - 1) + 1);
        assertThat(Numbers.of(List.of(second, first)).of(second)).isEqualTo(both.of(second));
    }

    @Example
    @Label("is the next free one when two devices' hashes meet")
    void isTheNextFreeOneForDevices() {
        final List<String> names = Names.ofDevicesThatMeet("office");
        final Device first = Names.named(names.get(0));
        final Device second = Names.named(names.get(1));
        final Service office =
                ServiceBuilder.service("office").device(second).device(first).build();
        final Numbers numbers = Numbers.of(List.of(office));
        final Service alone = ServiceBuilder.service("office").device(second).build();
        final int meeting = Numbers.of(List.of(alone)).of(alone, second);
        assertThat(numbers.of(office, first)).isEqualTo(meeting);
        assertThat(numbers.of(office, second)).isEqualTo(meeting % ((1 << GroupId.NUMBER_BITS) - 1) + 1);
    }

    @Example
    @Label("is not that of a device that has just gone, whose entries may be there still")
    void isNotThatOfADeviceThatHasGone() {
        final List<String> names = Names.ofDevicesThatMeet("office");
        final Device first = Names.named(names.get(0));
        final Device other = ServiceBuilder.gateway(2);
        final Device second = ServiceBuilder.with(Names.named(names.get(1)), other.ingress(), other.egress());
        final List<Service> before =
                List.of(ServiceBuilder.service("office").device(first).build());
        final List<Service> after =
                List.of(ServiceBuilder.service("office").device(second).build());
        final Numbers numbers = Numbers.of(before);
        assertThat(Numbers.of(after).of(after.getFirst(), second)).isEqualTo(numbers.of(before.getFirst(), first));
        assertThat(numbers.next(after, Renames.between(before, after)).of(after.getFirst(), second))
                .isNotEqualTo(numbers.of(before.getFirst(), first));
    }

    @Example
    @Label("is not taken away by a new service that got a device of it while the switch was away")
    void isNotTakenAwayByAnotherService() {
        final Service office =
                ServiceBuilder.service("office").device(1).device(2).build();
        final List<Service> after =
                List.of(ServiceBuilder.like(office).without("g2").build(), branch());
        final Numbers numbers = Numbers.of(List.of(office));
        final Numbers now =
                numbers.next(after, Renames.between(List.of(office), after)).asHeld(after, "sw1", held(office));
        assertThat(now.of(after.getFirst())).isEqualTo(numbers.of(office));
        final Device first = office.devices().getFirst();
        assertThat(now.of(after.getFirst(), first)).isEqualTo(numbers.of(office, first));
    }

    @Example
    @Label("is that of the service with more of the devices, where nobody knows the name of before")
    void goesWithMostOfTheDevices() {
        final Service office = ServiceBuilder.office().build();
        final List<Service> after =
                List.of(ServiceBuilder.like(office).name("x").without("g2").build(), branch());
        assertThat(Numbers.of(after).asHeld(after, "sw1", held(office)).of(after.getFirst()))
                .isEqualTo(Numbers.of(List.of(office)).of(office));
    }

    /** Its name is before the others'. */
    private static Service branch() {
        return ServiceBuilder.service("branch")
                .clusterAddress("10.0.0.101")
                .device(2)
                .build();
    }

    private static Tables held(final Service service) {
        return new Pipeline(0, Numbers.of(List.of(service)), Set.of(), Set.of())
                .tables("sw1", List.of(service), Assignments.NONE);
    }

    @Example
    @Label("differs between devices of one name in two services")
    void differsBetweenServices() {
        final List<Service> services = services(List.of("a", "b"));
        final Numbers numbers = Numbers.of(services);
        assertThat(numbers.of(services.get(0), services.get(0).devices().get(0)))
                .isNotEqualTo(
                        numbers.of(services.get(1), services.get(1).devices().get(0)));
    }

    private static List<Service> services(final List<String> names) {
        return names.stream()
                .map(name -> ServiceBuilder.service(name).device(1).device(2).build())
                .toList();
    }
}
