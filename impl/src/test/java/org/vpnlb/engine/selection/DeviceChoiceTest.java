/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.selection;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.SelectionMetric;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.net.IpAddress;

class DeviceChoiceTest {
    private static final List<Device> DEVICES =
            IntStream.rangeClosed(1, 3).mapToObj(ServiceBuilder::gateway).toList();
    private static final IpAddress CLIENT = IpAddress.parse("192.0.2.7");

    /** Those of 192.0.2.1 to 192.0.2.6. */
    private static final List<String> PINNED = List.of("g2", "g2", "g3", "g2", "g2", "g2");

    private final DeviceChoice choice = new DeviceChoice(new Random(1));

    @Test
    void nobodyIsChosenWhereNobodyTakesClients() {
        for (final SelectionMetric metric : SelectionMetric.values()) {
            assertThat(choice.next(metric, device -> 0, device -> OptionalDouble.empty()))
                    .isEmpty();
        }
        assertThat(choice.steady(CLIENT)).isEmpty();
    }

    @Test
    void byResponseTimeTheFastestIsChosenAndOneThatHasNotAnsweredOnlyWhereNoneHas() {
        choose(DEVICES);
        assertThat(List.of(fastest(Map.of()), fastest(Map.of()), fastest(Map.of())))
                .containsExactly("g1", "g2", "g3");
        assertThat(fastest(Map.of("g2", 900.0))).isEqualTo("g2");
        assertThat(fastest(Map.of("g1", 3.0, "g2", 2.5, "g3", 2.75))).isEqualTo("g2");
        assertThat(fastest(Map.of("g1", 3.0, "g2", 2.5, "g3", 2.25))).isEqualTo("g3");
    }

    private String fastest(final Map<String, Double> millis) {
        return choice.next(
                        SelectionMetric.RESPONSE_TIME,
                        device -> 0,
                        device -> millis.containsKey(device.name())
                                ? OptionalDouble.of(millis.get(device.name()))
                                : OptionalDouble.empty())
                .orElseThrow()
                .name();
    }

    @Test
    void oneOfWhomNothingWillBeKnownHasASlotThatItsAddressTellsInEachController() {
        choose(DEVICES, "g1", "g2", "g3", "g1", "g2");
        final List<String> homes = steady();
        assertThat(homes).containsOnly("g1", "g2", "g3");
        assertThat(homes.subList(0, 6)).isEqualTo(PINNED);
        choose(DEVICES.subList(0, 2), "g1", "g2", "g1", "g1", "g2");
        final List<String> left = steady();
        for (int i = 0; i < homes.size(); i++) {
            if (!"g3".equals(homes.get(i))) {
                assertThat(left.get(i)).isEqualTo(homes.get(i));
            }
        }
    }

    private List<String> steady() {
        return IntStream.rangeClosed(1, 50)
                .mapToObj(host -> choice.steady(IpAddress.parse("192.0.2." + host)))
                .map(device -> device.orElseThrow().name())
                .toList();
    }

    private void choose(final List<Device> takers, final String... slots) {
        choice.configure(takers, List.of(slots), DEVICES);
    }
}
