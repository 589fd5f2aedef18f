/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.event.Notice;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Device.AdminState;
import org.vpnlb.engine.model.Learning;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.MacAddress;
import org.vpnlb.engine.pipeline.SwitchLearnedFormat;
import org.vpnlb.engine.session.Counters;
import org.vpnlb.engine.session.SwitchLearnedCounts;

@DisplayName("Where the switch learns by itself")
class SwitchLearningTest {
    private static final Frames.Kind IKE = Frames.Kind.udp(500);
    private static final Frames.Kind ESP = Frames.Kind.protocol(50);

    private final Service office =
            ServiceBuilder.office().learning(Learning.SWITCH).maxSessions(5, 5).build();
    private final Device gateway1 = office.devices().get(0);
    private final Device gateway2 = office.devices().get(1);
    private final IpAddress outer = Lab.outer(1);
    private final IpAddress inner = Lab.inner(office, 1);
    private final Lab lab = Lab.of(office);

    @Test
    @DisplayName("the controller sees no frame, and counts the sessions all the same")
    void theControllerSeesNothing() {
        final Device device = lab.clientSends(office, outer, IKE).orElseThrow();
        lab.deviceSends(device, inner);
        assertThat(lab.serverSends(office, office.virtualMac(), inner)).contains(device);
        lab.network().settle();
        assertThat(lab.ingressStatus(office).counters().punts()).isZero();
        assertThat(lab.egressStatus(office).counters().punts()).isZero();

        lab.network().advance(SwitchLearnedCounts.COUNT_MILLIS);
        lab.network().settle();
        assertThat(lab.ingressStatus(office).devices().get(device.name()).clientSessions())
                .isEqualTo(1);
        assertThat(lab.egressStatus(office).devices().get(device.name()).returnSessions())
                .isEqualTo(1);
        assertThat(lab.ingressStatus(office).learnedBySwitch()).isTrue();
        lab.assertConsistent();
    }

    @Test
    @DisplayName("a session ends by idling, and its next packet makes it anew")
    void aSessionEndsByIdling() {
        lab.clientSends(office, outer, IKE);
        lab.deviceSends(gateway1, inner);
        lab.network().advance(299_999);
        assertThat(lab.clientSession(office, outer)).isPresent();
        lab.network().advance(1);
        assertThat(lab.clientSession(office, outer)).isEmpty();
        assertThat(lab.returnSession(office, inner)).contains(gateway1);
        lab.network().advance(300_000);
        assertThat(lab.returnSession(office, inner)).isEmpty();
        lab.clientSends(office, outer, IKE);
        assertThat(lab.clientSession(office, outer)).isPresent();
    }

    @Test
    @DisplayName("the way back lives while packets go one way only, whichever")
    void theWayBackLivesWhileItsClientSends() {
        lab.deviceSends(gateway1, inner);
        for (int i = 0; i < 4; i++) {
            lab.network().advance(599_000);
            lab.deviceSends(gateway1, inner);
        }
        for (int i = 0; i < 4; i++) {
            lab.network().advance(599_000);
            assertThat(lab.serverSends(office, office.virtualMac(), inner)).contains(gateway1);
        }
    }

    @Test
    @DisplayName("a client to whom nobody has sent for long is reached when the switch begins to learn")
    void aQuietWayBackIsTakenOver() {
        final Service controlled =
                ServiceBuilder.like(office).learning(Learning.CONTROLLER).build();
        lab.reconfigure(controlled);
        lab.deviceSends(gateway1, inner);
        lab.network().settle();
        for (int i = 0; i < 4; i++) {
            lab.network().advance(controlled.idleTimeout(Side.EGRESS) * 1000L / 2);
            lab.deviceSends(gateway1, inner);
            lab.network().settle();
        }
        lab.reconfigure(office);
        assertThat(lab.serverSends(office, office.virtualMac(), inner)).contains(gateway1);
    }

    @Test
    @DisplayName("a client that roams is reached from its first frame on")
    void aClientThatRoamsIsReached() {
        lab.deviceSends(gateway1, inner);
        lab.deviceSends(gateway2, inner);
        assertThat(lab.serverSends(office, office.virtualMac(), inner)).contains(gateway2);
        lab.deviceSends(gateway1, inner);
        assertThat(lab.serverSends(office, office.virtualMac(), inner)).contains(gateway1);
        lab.assertConsistent();
    }

    @Test
    @DisplayName("a MAC address at a port that is not its own teaches nothing")
    void aForeignMacTeachesNothing() {
        final MacAddress stranger = MacAddress.parse("02:00:00:00:ff:ee");
        for (final MacAddress mac : List.of(stranger, gateway2.egress().mac())) {
            lab.network()
                    .receive(
                            Lab.egress(office),
                            gateway1.egress().port(),
                            Frames.ip(Lab.SERVER_MAC, mac, inner, Lab.SERVER, Frames.Kind.PING));
            lab.network().settle();
            assertThat(lab.returnSession(office, inner)).isEmpty();
        }
        assertThat(lab.egressStatus(office).counters().ignored())
                .containsOnlyKeys(Counters.Ignored.UNKNOWN_MAC, Counters.Ignored.WRONG_PORT);
    }

    @Test
    @DisplayName("nothing is learned from where no client is")
    void nothingIsLearnedFromWhereNoClientIs() {
        final Service all = ServiceBuilder.like(office).clientPrefixes().build();
        final Lab open = Lab.of(all);
        for (final String none : List.of("0.0.0.0", "224.0.0.1", "255.255.255.255", "10.0.0.100", "172.16.0.1")) {
            final IpAddress address = IpAddress.parse(none);
            open.deviceSends(gateway1, address);
            assertThat(open.returnSession(all, address)).as(none).isEmpty();
        }
        for (final String none : List.of("0.0.0.0", "224.0.0.1", "255.255.255.255")) {
            assertThat(open.clientVerdict(all, IpAddress.parse(none), IKE, 1).isDropped())
                    .as(none)
                    .isTrue();
        }
        final IpAddress other = IpAddress.parse("192.0.2.1");
        lab.deviceSends(gateway1, other);
        assertThat(lab.returnSession(office, other)).isEmpty();
    }

    @Test
    @DisplayName("a device has no more sessions than it may; further clients are forwarded by hash")
    void aDeviceHasNoMoreSessionsThanItMay() {
        for (int i = 0; i < 100; i++) {
            assertThat(lab.clientSends(office, Lab.outer(i), IKE)).isPresent();
            lab.deviceSends(gateway1, Lab.inner(office, i));
        }
        lab.count();
        lab.ingressStatus(office)
                .devices()
                .values()
                .forEach(device -> assertThat(device.clientSessions()).isEqualTo(5));
        assertThat(lab.egressStatus(office).devices().get("g1").returnSessions())
                .isEqualTo(5);
    }

    @Test
    @DisplayName("a limit too high for the switch to keep is kept by the controller, from its next count on")
    void aHighLimitIsKeptByTheController() {
        final int most = (int) SwitchLearnedFormat.MOST_COUNTED_BY_SWITCH + 1;
        final Service big = ServiceBuilder.like(office).maxSessions(most, most).build();
        final Lab own = Lab.of(big);
        for (int i = 0; i < most; i++) {
            own.clientSends(big, Lab.outer(i), IKE);
            own.deviceSends(gateway1, Lab.inner(big, i));
        }
        own.count();
        own.network().settle();
        for (int i = most; i < most + 20; i++) {
            assertThat(own.clientSends(big, Lab.outer(i), IKE)).isPresent();
            own.deviceSends(gateway1, Lab.inner(big, i));
            assertThat(own.clientSession(big, Lab.outer(i))).isEmpty();
            assertThat(own.returnSession(big, Lab.inner(big, i))).isEmpty();
        }
        assertThat(own.network().notices())
                .containsExactlyInAnyOrder(
                        new Notice.SessionLimitReached("office", Side.INGRESS, Optional.empty(), most),
                        new Notice.SessionLimitReached("office", Side.EGRESS, Optional.empty(), most));
        own.assertConsistent();

        own.network().advance(big.egress().idleTimeout() * 1000L);
        own.count();
        own.network().settle();
        own.clientSends(big, Lab.outer(most), IKE);
        own.deviceSends(gateway1, Lab.inner(big, most));
        assertThat(own.clientSession(big, Lab.outer(most))).isPresent();
        assertThat(own.returnSession(big, Lab.inner(big, most))).isPresent();
    }

    @Test
    @DisplayName("a device that is full gives its slots to the others, and keeps its clients")
    void aDeviceThatIsFullGivesItsSlotsToTheOthers() {
        final Service limited = ServiceBuilder.office()
                .learning(Learning.SWITCH)
                .device("g1", device -> ServiceBuilder.withMaxSessions(device, 3))
                .build();
        final Lab own = Lab.of(limited);
        for (int i = 0; i < 40; i++) {
            own.clientSends(limited, Lab.outer(i), IKE);
        }
        own.count();
        own.network().settle();
        assertThat(own.ingressStatus(limited).devices().get("g1").slots()).isZero();
        assertThat(own.ingressStatus(limited).devices().get("g1").clientSessions())
                .isEqualTo(3);
        for (int i = 0; i < 40; i++) {
            final Optional<Device> had = own.clientSession(limited, Lab.outer(i));
            final Optional<Device> now = own.clientSends(limited, Lab.outer(i), IKE);
            assertThat(now).isPresent();
            assertThat(had)
                    .as("client %d", i)
                    .satisfiesAnyOf(
                            before -> assertThat(before).isEmpty(),
                            before -> assertThat(before).isEqualTo(now));
        }
        own.assertConsistent();
    }

    @Test
    @DisplayName("no longer, what ends its sessions once more leaves those that the controller has learned since")
    void whatEndsItsSessionsLeavesTheControllers() {
        final Service byController =
                ServiceBuilder.like(office).learning(Learning.CONTROLLER).build();
        lab.deviceSends(gateway1, inner);
        lab.reconfigure();
        lab.reconfigure(byController);
        lab.clientSends(byController, outer, IKE);
        lab.deviceSends(gateway1, inner);
        lab.network().settle();
        lab.network().advance(SwitchLearnedCounts.REPEAT_MILLIS);
        lab.network().settle();
        assertThat(lab.clientSession(byController, outer)).isPresent();
        assertThat(lab.returnSession(byController, inner)).isPresent();
    }

    @Test
    @DisplayName("a device that drains keeps its clients and gets no others")
    void aDeviceThatDrainsKeepsItsClients() {
        final Device device = lab.clientSends(office, outer, IKE).orElseThrow();
        lab.deviceSends(device, inner);
        lab.reconfigure(with(device, AdminState.DRAINING));
        final Service now = lab.services().get(0);
        assertThat(lab.clientSends(now, outer, ESP).map(Device::name)).contains(device.name());
        assertThat(lab.serverSends(now, office.virtualMac(), inner).map(Device::name))
                .contains(device.name());
        for (int i = 10; i < 30; i++) {
            assertThat(lab.clientSends(now, Lab.outer(i), IKE).orElseThrow().name())
                    .isNotEqualTo(device.name());
        }
    }

    @Test
    @DisplayName("a device out of service loses its sessions at once; their next packet goes to another, for good")
    void aDeviceOutOfServiceLosesItsSessions() {
        final Device device = lab.clientSends(office, outer, IKE).orElseThrow();
        lab.deviceSends(device, inner);
        lab.reconfigure(with(device, AdminState.OUT_OF_SERVICE));
        final Service now = lab.services().get(0);
        assertThat(lab.returnSession(now, inner)).isEmpty();
        final Device other = lab.clientSends(now, outer, IKE).orElseThrow();
        assertThat(other.name()).isNotEqualTo(device.name());
        assertThat(lab.clientSession(now, outer)).contains(other);
        lab.assertConsistent();
    }

    @Test
    @DisplayName(
            "an entry that the switch writes again after its end is ended again, and leads nobody astray meanwhile")
    void anEntryThatComesBackIsEndedAgain() {
        final Device device = lab.clientSends(office, outer, IKE).orElseThrow();
        final var back = lab.network().datapath("sw1").ours().flows().values().stream()
                .filter(flow -> flow.timeouts().idle() > 0)
                .findFirst()
                .orElseThrow();
        lab.reconfigure(with(device, AdminState.OUT_OF_SERVICE));
        final Service now = lab.services().get(0);
        lab.network().datapath("sw1").apply(new Effect.AddFlow(back));
        lab.network().advance(SwitchLearnedCounts.REPEAT_MILLIS);
        lab.network().settle();
        assertThat(lab.network().datapath("sw1").count(back.cookie())).isZero();

        lab.network().datapath("sw1").apply(new Effect.AddFlow(back));
        final Device other = lab.clientSends(now, outer, ESP).orElseThrow();
        assertThat(other.name()).isNotEqualTo(device.name());
        assertThat(lab.clientSession(now, outer)).contains(other);
    }

    @ParameterizedTest
    @EnumSource(Learning.class)
    @DisplayName("or no longer, or from now on, the sessions stay with their devices")
    void theSessionsStayWhoeverLearns(final Learning next) {
        for (final Learning first : Learning.values()) {
            final Service before = ServiceBuilder.office().learning(first).build();
            final Lab changed = Lab.of(before);
            final Device device = changed.clientSends(before, outer, IKE).orElseThrow();
            changed.deviceSends(device, inner);
            changed.network().settle();

            final Service after = ServiceBuilder.like(before).learning(next).build();
            changed.reconfigure(after);

            assertThat(changed.ingressStatus(after).learnedBySwitch()).isEqualTo(next != Learning.CONTROLLER);
            assertThat(changed.clientSession(after, outer)).contains(device);
            assertThat(changed.clientSends(after, outer, ESP)).contains(device);
            assertThat(changed.serverSends(after, after.virtualMac(), inner)).contains(device);
            changed.assertConsistent();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "CONTROLLER, SWITCH, false, false",
        "CONTROLLER, SWITCH, true, false",
        "CONTROLLER, SWITCH, false, true",
        "SWITCH, CONTROLLER, false, false",
        "SWITCH, CONTROLLER, true, false",
        "SWITCH, CONTROLLER, false, true"
    })
    @DisplayName("or no longer, or from now on, no packet of a session goes astray while that changes")
    void noPacketGoesAstrayWhileWhoLearnsChanges(
            final Learning first, final Learning next, final boolean byBarriersOnly, final boolean breaks) {
        for (int seed = 0; seed < 10; seed++) {
            final Service before = ServiceBuilder.office().learning(first).build();
            final Lab changed = new Lab(List.of(before), 0, new Random(seed));
            if (byBarriersOnly) {
                changed.network().orderByBarriersOnly();
            }
            final Map<IpAddress, Device> clients = new HashMap<>();
            final Map<IpAddress, Device> returns = new HashMap<>();
            for (int client = 0; client < 8; client++) {
                logIn(changed, before, client);
            }
            changed.network().settle();

            final Service after = ServiceBuilder.like(before).learning(next).build();
            changed.configure(List.of(after));
            int number = 8;
            do {
                logIn(changed, after, number++);
                for (int client = 0; client < number; client++) {
                    final IpAddress outside = Lab.outer(client);
                    if (isInEffect(changed, Lab.ingress(after))) {
                        changed.clientSession(after, outside).ifPresent(device -> clients.putIfAbsent(outside, device));
                    }
                    final IpAddress inside = Lab.inner(after, client);
                    if (isInEffect(changed, Lab.egress(after))) {
                        changed.returnSession(after, inside).ifPresent(device -> returns.putIfAbsent(inside, device));
                    }
                }
                clients.forEach((outside, device) ->
                        assertThat(changed.clientSends(after, outside, ESP)).contains(device));
                returns.forEach((inside, device) -> assertThat(changed.serverSends(after, after.virtualMac(), inside))
                        .contains(device));
                if (breaks && number == 10 + 3 * seed) {
                    changed.network().names().forEach(changed.network()::disconnect);
                    changed.network().names().forEach(changed.network()::connect);
                }
            } while (changed.network().step() && number < 100);
            changed.network().settle();
            assertThat(changed.ingressStatus(after).learnedBySwitch()).isEqualTo(next == Learning.SWITCH);
            changed.assertConsistent();
        }
    }

    /** Whether one of both, and not the other, holds the sessions in a switch. */
    private static boolean isInEffect(final Lab lab, final String node) {
        final var flows = lab.network().datapath(node).flows();
        return flows.stream().noneMatch(SwitchLearnedFormat::passesBy)
                || flows.stream().noneMatch(SwitchLearnedFormat::looksUp)
                        && flows.stream().noneMatch(SwitchLearnedFormat::learns);
    }

    private static void logIn(final Lab lab, final Service service, final int client) {
        final Optional<Device> device = lab.clientSends(service, Lab.outer(client), IKE);
        lab.deviceSends(device.orElseThrow(), Lab.inner(service, client));
    }

    @Test
    @DisplayName("or no longer, a service that is full keeps its sessions too")
    void aFullServiceIsHandedOver() {
        final Map<IpAddress, Device> clients = new HashMap<>();
        for (int client = 0; client < 15; client++) {
            final IpAddress outside = Lab.outer(client);
            logIn(lab, office, client);
            lab.clientSession(office, outside).ifPresent(device -> clients.put(outside, device));
            lab.count();
            lab.network().settle();
        }
        assertThat(lab.network().datapath("sw1").ours().flows().values()).noneMatch(SwitchLearnedFormat::learns);

        final Service byController =
                ServiceBuilder.like(office).learning(Learning.CONTROLLER).build();
        lab.reconfigure(byController);

        assertThat(lab.ingressStatus(byController).learnedBySwitch()).isFalse();
        clients.forEach((outside, device) ->
                assertThat(lab.clientSends(byController, outside, ESP)).contains(device));
    }

    @Test
    @DisplayName("again, an entry that it wrote after the controller took over misleads nobody")
    void whatIsLeftFromBeforeMisleadsNobody() {
        final Service byController =
                ServiceBuilder.like(office).learning(Learning.CONTROLLER).build();
        final Device device = lab.clientSends(office, outer, IKE).orElseThrow();
        final Device other = device.equals(gateway1) ? gateway2 : gateway1;
        lab.reconfigure(byController);
        final var left = lab.pipeline().learnedFormat().learnedClient(office, other, outer);
        lab.network().datapath("sw1").apply(new Effect.AddFlow(left));

        lab.reconfigure(office);

        assertThat(lab.clientSends(office, outer, ESP)).contains(device);
        lab.assertConsistent();
    }

    private Service with(final Device device, final AdminState state) {
        return office.withDevices(office.devices().stream()
                .map(each -> each.name().equals(device.name()) ? each.with(state) : each)
                .toList());
    }
}
