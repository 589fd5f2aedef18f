/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.Example;
import net.jqwik.api.Label;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.openflow.Action;
import org.vpnlb.engine.openflow.Flow;

@Label("A switch")
class SideStageTest {
    private static final Service ONE_SWITCH = ServiceBuilder.office()
            .egress("sw1", 5L)
            .device("g1", device -> ServiceBuilder.atOneSwitch(device, 11))
            .device("g2", device -> ServiceBuilder.atOneSwitch(device, 12))
            .device("g3", device -> ServiceBuilder.atOneSwitch(device, 13))
            .build();

    @Example
    @Label("of one side has nothing of the other's table, and forwards normally")
    void ofOneSideForwardsNormally() {
        final Made office = Made.byController(ServiceBuilder.office().build());
        assertThat(bandsOfSides()).allMatch(band -> office.flows(band).isEmpty());
        assertThat(office.flows(Band.FROM_CLIENT_SIDE)).isEmpty();
        assertThat(office.flows(Band.FROM_SERVER_SIDE)).isEmpty();
        assertThat(office.flows(Band.TO_SERVER)).allMatch(SideStageTest::isNormal);
    }

    @Example
    @Label("of both sides forwards nothing normally but what comes from a port of neither")
    void ofBothSidesForwardsNothingNormally() {
        for (final Made made : List.of(Made.byController(ONE_SWITCH), Made.bySwitch(ONE_SWITCH))) {
            assertThat(made.tables("sw1").flows().values())
                    .filteredOn(SideStageTest::isNormal)
                    .allMatch(flow -> made.isOf(flow, Band.NOT_OURS))
                    .hasSize(1);
            assertThat(made.flows(Band.FROM_CLIENT_SIDE))
                    .extracting(flow -> flow.key().match().inPort())
                    .containsExactlyInAnyOrder(1L, 11L, 12L, 13L);
            assertThat(made.flows(Band.FROM_SERVER_SIDE))
                    .extracting(flow -> flow.key().match().inPort())
                    .containsExactlyInAnyOrder(5L, 61L, 62L, 63L);
        }
    }

    @Example
    @Label("of both sides needs four entries a device, whatever the number of devices")
    void ofBothSidesNeedsFewEntries() {
        final Made made = Made.byController(ONE_SWITCH);
        final long entries = Stream.concat(bandsOfSides(), Stream.of(Band.FROM_CLIENT_SIDE, Band.FROM_SERVER_SIDE))
                .mapToLong(band -> made.flows(band).size())
                .sum();
        assertThat(entries).isEqualTo(4 * ONE_SWITCH.devices().size() + 2 + 6);
    }

    @Example
    @Label("does not take what stays at a side for a service's frames")
    void tellsASideFromAService() {
        final Made made = Made.byController(ONE_SWITCH);
        assertThat(Stream.of(Side.values()).map(Layout::metadata)).allMatch(Layout::isSide);
        assertThat(Layout.isSide(made.layout().metadata(ONE_SWITCH, made.device())))
                .isFalse();
        assertThat(made.flows(Band.FROM_CLIENT_SIDE)).noneMatch(SwitchLearnedFormat::passesBy);
        assertThat(made.flows(Band.TO_DEVICE_ITSELF)).isNotEmpty().noneMatch(SwitchLearnedFormat::passesBy);
    }

    private static Stream<Band> bandsOfSides() {
        return Stream.of(Band.values()).filter(band -> band.table() == Table.SIDES);
    }

    private static boolean isNormal(final Flow flow) {
        return flow.actions().contains(new Action.OutputNormal());
    }
}
