/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.vpnlb.engine.model.Attachment;
import org.vpnlb.engine.model.Check;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Device.AdminState;
import org.vpnlb.engine.model.Health;
import org.vpnlb.engine.model.HealthCheck;
import org.vpnlb.engine.model.Place;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.model.Side;

class HealthMonitorTest {
    private static final Health DEAD = new Health(Health.State.DOWN, Optional.of("no answer"));

    private long now = 1_000_000;
    private final HealthMonitor monitor = new HealthMonitor();
    private final Map<String, Map<Long, Boolean>> ports = new HashMap<>();
    private final Service service =
            ServiceBuilder.office().healthCheck(HealthCheck.LINKS).build();

    @BeforeEach
    void configure() {
        monitor.configured(List.of(service), now);
    }

    @Test
    void whatIsNotKnownIsNotDown() {
        assertThat(stateOf(1)).isEqualTo(Health.State.UNKNOWN);
        assertThat(inService()).containsExactly("g1", "g2", "g3");
        assertThat(stateInSwitch("g1")).isEqualTo(AdminState.ON_TRIAL);
    }

    @Test
    void whatItsChecksToldIsTrueUnderAnotherName() {
        final Service checked =
                ServiceBuilder.office().healthCheck(HealthCheck.Type.ARP).build();
        monitor.configured(List.of(checked), now);
        for (final Device device : checked.devices()) {
            for (final Check check : Check.of(checked, device)) {
                monitor.checked(
                        check.subject(),
                        device.name().equals("g1") ? DEAD : new Health(Health.State.UP, Optional.empty()),
                        now);
            }
        }
        assertThat(inService()).containsExactly("g2", "g3");
        monitor.configured(
                List.of(ServiceBuilder.like(checked)
                        .name("branch")
                        .device("g1", device -> ServiceBuilder.named(device, "north"))
                        .device("g2", device -> ServiceBuilder.named(device, "g1"))
                        .build()),
                now);
        assertThat(inService()).containsExactly("g1", "g3");
        assertThat(stateInSwitch("north")).isEqualTo(AdminState.OUT_OF_SERVICE);
    }

    @Test
    void aDeviceIsUpWhenBothSidesAre() {
        link("sw1", 1, true);
        assertThat(stateOf(1)).isEqualTo(Health.State.UNKNOWN);
        link("sw2", 1, true);
        assertThat(stateOf(1)).isEqualTo(Health.State.UP);
    }

    @Test
    void aDeviceIsDownWhenOneSideIsAndTheReasonNamesThePort() {
        link("sw1", 2, true);
        link("sw2", 2, false);
        assertThat(stateOf(2)).isEqualTo(Health.State.DOWN);
        assertThat(health(2).reason()).hasValue("port 12 of sw2 is down");
        assertThat(inService()).containsExactly("g1", "g3");
    }

    @Test
    void aDeviceIsDownWhenAPortIsGoneAndTheReasonSaysSo() {
        link("sw1", 2, true);
        portsOf("sw1").remove(12L);
        listPorts("sw1");
        assertThat(stateOf(2)).isEqualTo(Health.State.DOWN);
        assertThat(health(2).reason()).hasValue("port 12 of sw1 is gone");
        assertThat(inService()).containsExactly("g1", "g3");
    }

    @Test
    void aPortThatASwitchDoesNotListFromTheStartIsGone() {
        portsOf("sw2").remove(11L);
        listPorts("sw2");
        assertThat(health(1).reason()).hasValue("port 11 of sw2 is gone");
        assertThat(inService()).containsExactly("g2", "g3");
    }

    @Test
    void aPortThatComesBackIsUpAgain() {
        link("sw2", 2, true);
        portsOf("sw1").remove(12L);
        listPorts("sw1");
        link("sw1", 2, true);
        assertThat(stateOf(2)).isEqualTo(Health.State.UP);
        assertThat(inService()).containsExactly("g1", "g2", "g3");
    }

    @Test
    void aPortIsGoneEvenIfItWasDownBefore() {
        link("sw1", 2, false);
        assertThat(health(2).reason()).hasValue("port 12 of sw1 is down");
        portsOf("sw1").remove(12L);
        listPorts("sw1");
        assertThat(health(2).reason()).hasValue("port 12 of sw1 is gone");
    }

    @Test
    void aDeviceIsDownWhileNoPortHasItsName() {
        final Service named = atPortsNamed("g1-out", "g1-in");
        monitor.configured(List.of(named), now);
        assertThat(health(1))
                .isEqualTo(new Health(Health.State.UNKNOWN, Optional.of("port g1-out of sw1 is not known")));

        monitor.ports("sw1", Map.of(11L, true), Map.of("eth1", 11L), now);
        monitor.ports("sw2", Map.of(11L, true), Map.of("g1-in", 11L), now);
        assertThat(health(1)).isEqualTo(new Health(Health.State.DOWN, Optional.of("no port named g1-out of sw1")));

        assertThat(monitor.ports("sw1", Map.of(31L, true), Map.of("g1-out", 31L), now))
                .containsExactly(named);
        assertThat(stateOf(1)).isEqualTo(Health.State.UP);
    }

    @Test
    void aDeviceIsDownWhenTheLinkOfThePortWithItsNameIs() {
        monitor.configured(List.of(atPortsNamed("g1-out", "g1-in")), now);
        monitor.ports("sw2", Map.of(11L, true), Map.of("g1-in", 11L), now);
        monitor.ports("sw1", Map.of(31L, false, 11L, true), Map.of("g1-out", 31L, "eth1", 11L), now);
        assertThat(health(1).reason()).hasValue("port 31 of sw1 is down");
    }

    @Test
    void aDeviceIsDownWhileNoPortHasItsNameThoughItIsNotChecked() {
        final Service unchecked = ServiceBuilder.office()
                .build()
                .withDevices(atPortsNamed("g1-out", "g1-in").devices());
        monitor.configured(List.of(unchecked), now);
        assertThat(health(1)).isEqualTo(Health.UNCHECKED);
        monitor.ports("sw1", Map.of(11L, true), Map.of("eth1", 11L), now);
        assertThat(health(1).reason()).hasValue("no port named g1-out of sw1");
    }

    private Service atPortsNamed(final String ingress, final String egress) {
        final Device device = service.devices().get(0);
        return service.withDevices(
                List.of(device.at(named(device.ingress(), ingress), named(device.egress(), egress))));
    }

    private static Attachment named(final Attachment side, final String name) {
        return new Attachment(
                Place.untagged(side.node(), Attachment.UNNUMBERED), Optional.of(name), side.mac(), side.address());
    }

    @Test
    void aDeviceThatReturnsIsInServiceAgain() {
        for (int device = 1; device <= 3; device++) {
            link("sw1", device, true);
            link("sw2", device, true);
        }
        link("sw1", 2, false);
        link("sw1", 2, true);
        assertThat(monitor.effective()).containsExactly(service);
    }

    @Test
    void whenAllAreDownTheLastOnesStay() {
        link("sw1", 1, false);
        link("sw1", 2, false);
        assertThat(inService()).containsExactly("g3");
        link("sw1", 3, false);
        assertThat(inService()).containsExactly("g3");
        link("sw1", 1, true);
        assertThat(inService()).containsExactly("g1");
    }

    @Test
    void aDeviceThatTakesNoSessionsDoesNotCountAsTheLastOne() {
        monitor.configured(
                List.of(service.withDevices(List.of(
                        ServiceBuilder.gateway(1),
                        ServiceBuilder.with(ServiceBuilder.gateway(2), AdminState.OUT_OF_SERVICE)))),
                now);
        link("sw1", 1, false);
        assertThat(inService()).containsExactly("g1");
    }

    @Test
    void aBackupTakesSessionsOnlyWhileNoOtherDeviceDoesAndKeepsWhatItHas() {
        final Device backup = new Device(
                "spare",
                AdminState.IN_SERVICE,
                1,
                true,
                Optional.empty(),
                ServiceBuilder.gateway(3).ingress(),
                ServiceBuilder.gateway(3).egress());
        monitor.configured(
                List.of(service.withDevices(List.of(
                        ServiceBuilder.gateway(1),
                        ServiceBuilder.with(ServiceBuilder.gateway(2), AdminState.DRAINING),
                        backup))),
                now);
        assertThat(stateInSwitch("spare")).isEqualTo(AdminState.DRAINING);
        link("sw1", 1, false);
        assertThat(inService()).containsExactly("spare");
        link("sw1", 1, true);
        assertThat(inService()).containsExactly("g1");
        assertThat(stateInSwitch("spare")).isEqualTo(AdminState.DRAINING);
    }

    @Test
    void aServiceThatDoesNotCheckItsDevicesKeepsThemAll() {
        final Service unchecked = ServiceBuilder.office().build();
        monitor.configured(List.of(unchecked), now);
        link("sw1", 1, false);
        assertThat(monitor.effective()).containsExactly(unchecked);
        assertThat(monitor.of(unchecked, unchecked.devices().getFirst())).isEqualTo(Health.UNCHECKED);
    }

    @Test
    void aDeviceIsUpWhenItsLinksAreUpAndItsChecksOfBothSidesAreAnswered() {
        final Service checked =
                ServiceBuilder.office().healthCheck(HealthCheck.Type.ICMP).build();
        monitor.configured(List.of(checked), now);
        link("sw1", 1, true);
        link("sw2", 1, true);
        check(1, Side.INGRESS, Health.ALIVE);
        assertThat(monitor.of(checked, checked.devices().getFirst()).state()).isEqualTo(Health.State.UNKNOWN);
        check(1, Side.EGRESS, Health.ALIVE);
        assertThat(monitor.of(checked, checked.devices().getFirst()).state()).isEqualTo(Health.State.UP);
        check(1, Side.EGRESS, DEAD);
        assertThat(monitor.of(checked, checked.devices().getFirst())).isEqualTo(DEAD);
        assertThat(inService()).containsExactly("g2", "g3");
    }

    @Test
    void whatIsKnownOfADeviceOutlivesAChangeOfItsChecks() {
        monitor.configured(
                List.of(ServiceBuilder.office()
                        .healthCheck(HealthCheck.Type.ICMP)
                        .build()),
                now);
        check(1, Side.INGRESS, DEAD);
        monitor.configured(
                List.of(ServiceBuilder.office()
                        .healthCheck(HealthCheck.Type.IKE)
                        .build()),
                now);
        assertThat(inService()).containsExactly("g2", "g3");
        monitor.configured(List.of(service), now);
        assertThat(inService()).as("links alone").containsExactly("g1", "g2", "g3");
        monitor.configured(
                List.of(ServiceBuilder.office()
                        .healthCheck(HealthCheck.Type.ICMP)
                        .build()),
                now);
        assertThat(inService()).as("asked anew").containsExactly("g1", "g2", "g3");
    }

    @Test
    void aDeviceThatFlapsIsHeldDownForAWhile() {
        flap(1, 3);
        assertThat(stateOf(1)).isEqualTo(Health.State.DOWN);
        assertThat(health(1).reason().orElseThrow()).startsWith("flapping");
        assertThat(inService()).containsExactly("g2", "g3");
        final long free = monitor.wakeAt().orElseThrow();
        assertThat(free - now).isBetween(30_000L, 60_000L);
        now = free - 1;
        monitor.tick(now);
        assertThat(inService()).containsExactly("g2", "g3");
        now = free;
        monitor.tick(now);
        assertThat(inService()).containsExactly("g1", "g2", "g3");
        assertThat(monitor.wakeAt()).isEmpty();
    }

    @Test
    void noDeviceIsHeldDownForLongerThanAMinute() {
        flap(1, 1000);
        assertThat(monitor.wakeAt().orElseThrow() - now).isBetween(59_000L, 60_000L);
    }

    @Test
    void aDeviceThatGoesDownTwiceOrSeldomIsNotHeldDown() {
        flap(1, 2);
        assertThat(inService()).containsExactly("g1", "g2", "g3");
        for (int hour = 0; hour < 10; hour++) {
            now += 3_600_000;
            flap(1, 1);
            assertThat(inService()).containsExactly("g1", "g2", "g3");
        }
    }

    @Test
    void aDeviceThatOnlyFlapsIsBetterThanOneThatIsDead() {
        flap(1, 3);
        link("sw1", 2, false);
        assertThat(inService()).containsExactly("g3");
        link("sw1", 3, false);
        assertThat(inService()).containsExactly("g1");
    }

    @Test
    void whenTheLastOnesAreRemovedTheOthersStay() {
        link("sw1", 1, false);
        assertThat(inService()).containsExactly("g2", "g3");
        monitor.configured(List.of(service.withDevices(List.of(ServiceBuilder.gateway(1)))), now);
        assertThat(inService()).containsExactly("g1");
    }

    @Test
    void whenOneOfTheLastOnesIsRemovedTheRestOfThemStays() {
        final Service checked = service.withDevices(List.of(
                ServiceBuilder.gateway(1),
                ServiceBuilder.atOneSwitch(ServiceBuilder.gateway(2), 12),
                ServiceBuilder.atOneSwitch(ServiceBuilder.gateway(3), 12)));
        monitor.configured(List.of(checked), now);
        link("sw1", 1, false);
        // One port takes both of the others away at once.
        link("sw1", 52, false);
        assertThat(inService()).containsExactly("g2", "g3");
        monitor.configured(List.of(checked.withDevices(checked.devices().subList(0, 2))), now);
        assertThat(inService()).containsExactly("g2");
    }

    @Test
    void whenTheLastOnesTakeNoSessionsAnyMoreTheOthersDo() {
        link("sw1", 1, false);
        link("sw1", 2, false);
        link("sw1", 3, false);
        assertThat(inService()).containsExactly("g3");
        monitor.configured(
                List.of(service.withDevices(List.of(
                        ServiceBuilder.gateway(1),
                        ServiceBuilder.gateway(2),
                        ServiceBuilder.with(ServiceBuilder.gateway(3), AdminState.DRAINING)))),
                now);
        assertThat(inService()).containsExactly("g1", "g2");
    }

    @Test
    void anEventConcernsTheServicesOfItsDeviceAlone() {
        final Service other = ServiceBuilder.service("branch")
                .healthCheck(HealthCheck.LINKS)
                .device(4)
                .build();
        monitor.configured(List.of(service, other), now);
        final Map<Long, Boolean> listed = portsOf("sw1");
        assertThat(monitor.ports("sw1", listed, Map.of(), now)).containsExactlyInAnyOrder(service, other);
        assertThat(monitor.ports("sw1", listed, Map.of(), now)).isEmpty();
        listed.put(14L, false);
        assertThat(monitor.ports("sw1", listed, Map.of(), now)).containsExactly(other);
        listed.remove(1L);
        assertThat(monitor.ports("sw1", listed, Map.of(), now))
                .as("no device is there")
                .isEmpty();
        assertThat(monitor.checked(new Check.Subject("office", "g1", Side.INGRESS, HealthCheck.FIRST), DEAD, now))
                .containsExactly(service);
        assertThat(monitor.checked(new Check.Subject("office", "g9", Side.INGRESS, HealthCheck.FIRST), DEAD, now))
                .isEmpty();
        assertThat(monitor.tick(now)).isEmpty();
    }

    @Test
    void whatIsInServiceDoesNotDependOnWhoAsks() {
        // Nobody asks while g3 is the last one.
        link("sw1", 1, false);
        link("sw1", 2, false);
        link("sw1", 3, false);
        assertThat(inService()).containsExactly("g3");
    }

    private void flap(final int device, final int times) {
        for (int i = 0; i < times; i++) {
            link("sw1", device, false);
            now += 100;
            link("sw1", device, true);
            now += 100;
        }
    }

    private void check(final int device, final Side side, final Health health) {
        monitor.checked(new Check.Subject("office", "g" + device, side, HealthCheck.FIRST), health, now);
    }

    private void link(final String node, final int device, final boolean isUp) {
        portsOf(node).put(10L + device, isUp);
        listPorts(node);
    }

    private void listPorts(final String node) {
        monitor.ports(node, portsOf(node), Map.of(), now);
    }

    /** The ports that a switch lists; all are up at first. */
    private Map<Long, Boolean> portsOf(final String node) {
        return ports.computeIfAbsent(
                node,
                key -> LongStream.rangeClosed(1, 70)
                        .boxed()
                        .collect(Collectors.toMap(Function.identity(), port -> true)));
    }

    private Health health(final int device) {
        return monitor.of(service, service.devices().get(device - 1));
    }

    private Health.State stateOf(final int device) {
        return health(device).state();
    }

    private AdminState stateInSwitch(final String name) {
        return monitor.effective().getFirst().devices().stream()
                .filter(device -> device.name().equals(name))
                .findFirst()
                .orElseThrow()
                .adminState();
    }

    private List<String> inService() {
        return monitor.effective().getFirst().devices().stream()
                .filter(Device::takesSessions)
                .map(Device::name)
                .collect(Collectors.toList());
    }
}
