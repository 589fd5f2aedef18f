/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.validate;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.vpnlb.engine.model.Attachment;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Device.AdminState;
import org.vpnlb.engine.model.HealthCheck;
import org.vpnlb.engine.model.Place;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.net.MacAddress;

class ManyServicesTest {
    private static final int SERVICES = 100;
    private static final int DEVICES = 255;

    @Test
    void ofTheLargestSizeAreValid() {
        assertThat(Validator.validate(largest(ServiceBuilder::build))).isEmpty();
    }

    /** What a commit may take at all, see docs/service.md. */
    @Test
    void ofTheLargestSizeAreLookedAtWithinTwoSeconds() {
        final List<Service> services = largest(ServiceBuilder::build);
        final long begun = System.nanoTime();
        Validator.validate(services);
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(2));
    }

    @Test
    void ofTheLargestSizeThatHaveTheVirtualMacInCommonAreValidToo() {
        assertThat(Validator.validate(largest(
                        builder -> builder.virtualMac("5e:c3:f8:28:38:ba").build())))
                .isEmpty();
    }

    @Test
    void theDevicesThatShareAnAttachmentAreFoundInTheirOrder() {
        for (int seed = 0; seed < 300; seed++) {
            final List<Service> services = meeting(new Random(seed));
            final List<Device> devices = services.getFirst().devices();
            for (final Device other : services.getLast().devices()) {
                assertThat(new Attachments(services.getFirst()).sharedWith(other))
                        .containsExactlyElementsOf(devices.stream()
                                .filter(device -> share(device, other))
                                .toList());
            }
        }
    }

    @Test
    void eachContradictionIsFoundInTheOrderOfAllPairs() {
        for (int seed = 0; seed < 300; seed++) {
            final List<Service> services = meeting(new Random(seed));
            assertThat(Validator.validate(services)).as("seed %d", seed).isEqualTo(pairByPair(services));
        }
    }

    /** Looks at each pair of services, whether they have anything in common or not. */
    private static List<Problem> pairByPair(final List<Service> services) {
        final Problems problems = new Problems();
        final ServiceRules ofService = new ServiceRules(problems);
        services.forEach(ofService::check);
        for (int i = 0; i < services.size(); i++) {
            for (int j = 0; j < i; j++) {
                new PairRules(problems).check(services.get(j), services.get(i));
            }
        }
        return problems.found();
    }

    /** Few services that have few addresses to choose from. */
    private static List<Service> meeting(final Random random) {
        final List<Service> services = new ArrayList<>();
        for (int i = 0; i < 2 + random.nextInt(4); i++) {
            final var builder = ServiceBuilder.service("s" + i)
                    .clusterAddress("10.0.0." + (100 + random.nextInt(4)))
                    .gatewayAddress("172.16.0." + (250 + random.nextInt(4)))
                    .clientPrefixes("10." + random.nextInt(3) + ".0.0/16");
            if (random.nextInt(3) > 0) {
                builder.virtualMac("02:00:00:00:00:0%d".formatted(random.nextInt(9)));
            }
            if (random.nextBoolean()) {
                builder.healthCheck(HealthCheck.Type.ARP);
            }
            for (int j = 0; j < random.nextInt(4); j++) {
                builder.device(device(j, attachment(random, random.nextInt(9)), attachment(random, random.nextInt(9))));
            }
            services.add(builder.build());
        }
        return services;
    }

    private static Attachment attachment(final Random random, final int mac) {
        return new Attachment(
                Place.untagged(random.nextBoolean() ? "sw1" : "sw2", 10L + random.nextInt(9)),
                new MacAddress(0x0200_0000_0000L + mac),
                Optional.empty());
    }

    private static boolean share(final Device one, final Device other) {
        return Stream.of(one.ingress(), one.egress())
                .anyMatch(mine -> Stream.of(other.ingress(), other.egress())
                        .anyMatch(theirs ->
                                mine.node().equals(theirs.node()) && mine.mac().equals(theirs.mac())));
    }

    private static Device device(final int number, final Attachment ingress, final Attachment egress) {
        return new Device("g" + number, AdminState.IN_SERVICE, 1, false, Optional.empty(), ingress, egress);
    }

    private static List<Service> largest(final Function<ServiceBuilder, Service> change) {
        return IntStream.range(0, SERVICES)
                .mapToObj(service -> {
                    final var builder = ServiceBuilder.service("s" + service)
                            .clusterAddress("10.0." + service + ".100")
                            .gatewayAddress("172.16." + service + ".254")
                            .clientPrefixes("10." + (100 + service) + ".0.0/16")
                            .slots(DEVICES);
                    for (int i = 0; i < DEVICES; i++) {
                        final long number = (long) service * DEVICES + i;
                        builder.device(device(
                                i,
                                new Attachment(
                                        Place.untagged("sw1", 10 + number),
                                        new MacAddress(0x0200_000a_0000L + number),
                                        Optional.empty()),
                                new Attachment(
                                        Place.untagged("sw2", 10 + number),
                                        new MacAddress(0x0200_000b_0000L + number),
                                        Optional.empty())));
                    }
                    return change.apply(builder);
                })
                .toList();
    }
}
