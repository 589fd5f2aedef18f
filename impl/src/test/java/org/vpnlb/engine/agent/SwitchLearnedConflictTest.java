/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.vpnlb.engine.event.Notice;
import org.vpnlb.engine.model.AddressConflict;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Device.AdminState;
import org.vpnlb.engine.model.Learning;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.openflow.Action;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.pipeline.SwitchLearnedFormat;
import org.vpnlb.engine.session.Counters.Ignored;

@DisplayName("Of one inner address at two devices in turn, where the switch learns by itself,")
class SwitchLearnedConflictTest {
    private static final int READINGS = 8;
    private static final int READ_SECONDS = 300;
    private static final int FEW = 10;
    private static final int MINUTE = 60;
    private static final int STEP = 3;
    private static final int MANY = 1000;

    private final Service office =
            ServiceBuilder.office().learning(Learning.SWITCH).build();
    private final IpAddress client = Lab.inner(office, 1);
    private final Device first = office.devices().get(0);
    private final Device second = office.devices().get(1);
    private final Random random = new Random(1);
    private final Lab lab = Lab.of(office);

    @Test
    @DisplayName("the session stays with one, once readings of the switch have found it at both")
    void theSessionStaysWithOne() {
        findTheConflict();
        final Device holder = holder();
        for (int i = 0; i < READ_SECONDS; i += STEP) {
            bothSend();
            assertThat(lab.returnSession(lab.services().getFirst(), client)).contains(holder);
        }
        lab.assertConsistent();
    }

    @Test
    @DisplayName("the conflict is told once, with both devices, and the state names it")
    void theConflictIsToldOnce() {
        findTheConflict();
        for (int i = 0; i < READ_SECONDS; i += STEP) {
            bothSend();
        }
        final Device holder = holder();
        final Device other = holder.equals(first) ? second : first;
        assertThat(lab.network().notices())
                .filteredOn(Notice.Conflict.class::isInstance)
                .containsExactly(new Notice.Conflict(office.name(), client, holder.name(), other.name()));
        assertThat(lab.egressStatus(office).conflicts())
                .containsExactly(new AddressConflict(client, holder.name(), other.name()));
        assertThat(lab.egressStatus(office).counters().ignored()).containsKey(Ignored.CONFLICT);
    }

    @Test
    @DisplayName("the controller hears of a few frames a minute")
    void fewFramesArePunted() {
        findTheConflict();
        final long before = lab.egressStatus(office).counters().punts();
        for (int i = 0; i < MINUTE; i += STEP) {
            bothSend();
        }
        assertThat(lab.egressStatus(office).counters().punts() - before).isBetween(1L, (long) FEW);
    }

    @Test
    @DisplayName("each copy for the controller goes by a meter that the switch has")
    void eachCopyGoesByAMeter() {
        findTheConflict();
        final Set<Long> meters = new HashSet<>();
        for (int i = 0; i < MINUTE; i += STEP) {
            bothSend();
            contested().forEach(flow -> {
                assertThat(flow.actions()).noneMatch(Action.OutputController.class::isInstance);
                meters.addAll(flow.meters());
            });
        }
        assertThat(meters).hasSize(2);
        assertThat(lab.network().datapath("sw2").ours().meters()).containsKeys(meters.toArray(Long[]::new));
    }

    @Test
    @DisplayName("it goes to the other within two minutes when the first falls silent")
    void itGoesToTheOther() {
        findTheConflict();
        final Device other = holder().equals(first) ? second : first;
        sendFor(2 * MINUTE, other);
        assertThat(lab.returnSession(office, client)).contains(other);
        assertThat(lab.egressStatus(office).conflicts()).isEmpty();
    }

    @Test
    @DisplayName("it is over when the other falls silent")
    void itIsOver() {
        findTheConflict();
        final Device holder = holder();
        sendFor(2 * MINUTE, holder);
        assertThat(lab.egressStatus(office).conflicts()).isEmpty();
        assertThat(lab.returnSession(office, client)).contains(holder);
    }

    @Test
    @DisplayName("it goes to the other at once when the first is out of service")
    void itGoesToTheOtherAtOnce() {
        findTheConflict();
        final Device holder = holder();
        final Device other = holder.equals(first) ? second : first;
        lab.reconfigure(ServiceBuilder.like(office)
                .device(holder.name(), device -> ServiceBuilder.with(device, AdminState.OUT_OF_SERVICE))
                .build());
        lab.deviceVerdict(other, client);
        assertThat(lab.returnSession(lab.services().getFirst(), client).map(Device::name))
                .contains(other.name());
        lab.network().settle();
        lab.assertConsistent();
    }

    @Test
    @DisplayName("a client that has moved is none, though late frames come from where it was")
    void aClientThatHasMovedIsNone() {
        sendFor(READ_SECONDS + 1, first);
        boolean isLate = false;
        for (int i = 0; i < 2 * READ_SECONDS; i += STEP) {
            if (!isLate && !contested().isEmpty()) {
                isLate = true;
                lab.deviceVerdict(first, client);
            }
            sendFor(1, second);
            assertThat(lab.returnSession(office, client)).contains(second);
        }
        assertThat(isLate).isTrue();
        assertThat(lab.network().notices()).noneMatch(Notice.Conflict.class::isInstance);
        assertThat(lab.egressStatus(office).conflicts()).isEmpty();
        lab.assertConsistent();
    }

    @Test
    @DisplayName("changes of the configuration change nothing, and the conflict is not told again")
    void changesOfTheConfigurationChangeNothing() {
        findTheConflict();
        final Device holder = holder();
        for (int i = 0; i < READ_SECONDS; i += STEP) {
            change(i);
            bothSend();
            assertThat(lab.returnSession(lab.services().getFirst(), client).map(Device::name))
                    .contains(holder.name());
        }
        assertThat(lab.network().notices())
                .filteredOn(Notice.Conflict.class::isInstance)
                .hasSize(1);
        lab.assertConsistent();
    }

    @Test
    @DisplayName("one that moves is soon listened to no more, though the configuration is changed again and again")
    void oneThatMovesIsSoonListenedToNoMore() {
        sendFor(READ_SECONDS + 1, first);
        for (int i = 0; contested().isEmpty() && i < READINGS * READ_SECONDS; i += STEP) {
            sendFor(1, second);
        }
        assertThat(contested()).hasSize(2);
        for (int i = 0; i < MINUTE; i += STEP) {
            change(i);
            sendFor(1, second);
        }
        assertThat(contested()).isEmpty();
        assertThat(lab.network().notices()).noneMatch(Notice.Conflict.class::isInstance);
    }

    @Test
    @DisplayName("the readings of the switch repair nothing, also at max-sessions")
    void theReadingsRepairNothing() {
        findTheConflict();
        final Service full = ServiceBuilder.like(office).maxSessions(MANY, 1).build();
        lab.reconfigure(full);
        lab.count();
        lab.network().settle();
        lab.network().notices();
        for (int i = 0; i < 2 * READ_SECONDS; i += STEP) {
            bothSend();
            assertThat(contested()).isNotEmpty();
        }
        assertThat(lab.network().notices()).noneMatch(Notice.SwitchRepaired.class::isInstance);
        assertThat(lab.egressStatus(full).conflicts()).hasSize(1);
    }

    @Test
    @DisplayName("it is over at once when the address is no client's any more, or is given to a device")
    void itIsOverWhenTheAddressIsNoClients() {
        findTheConflict();
        final Service other = noClient();
        lab.reconfigure(other);
        assertThat(lab.egressStatus(other).conflicts()).isEmpty();
        assertThat(contested()).isEmpty();

        lab.reconfigure(office);
        findTheConflict();
        final Service given = given();
        lab.reconfigure(given);
        assertThat(lab.egressStatus(given).conflicts()).isEmpty();
        assertThat(contested()).isEmpty();
        lab.assertConsistent();
    }

    @Test
    @DisplayName("it is over at once when the controller is to learn, or the service is disabled")
    void itIsOverWhenTheControllerIsToLearn() {
        for (final Service next : List.of(
                ServiceBuilder.like(office).learning(Learning.CONTROLLER).build(),
                ServiceBuilder.like(office).enabled(false).build())) {
            findTheConflict();
            lab.reconfigure(next);
            assertThat(contested()).isEmpty();
            lab.assertConsistent();
            lab.reconfigure(office);
            lab.network().settle();
        }
    }

    @Test
    @DisplayName("the switch's new connection ends it within half a minute, and it is found anew")
    void aNewConnectionEndsIt() {
        findTheConflict();
        lab.network().disconnect("sw2");
        lab.network().connect("sw2");
        lab.network().settle();
        assertThat(lab.egressStatus(office).conflicts()).isEmpty();
        for (int i = 0; i <= 30; i += STEP) {
            pass();
        }
        assertThat(contested()).isEmpty();
        lab.assertConsistent();
        findTheConflict();
        assertThat(lab.returnSession(office, client)).isPresent();
    }

    @Test
    @DisplayName("a service that is disabled leaves none of its entries, also those that a new connection forgot")
    void aDisabledServiceLeavesNothing() {
        findTheConflict();
        lab.network().disconnect("sw2");
        lab.network().connect("sw2");
        lab.network().settle();
        assertThat(contested()).isNotEmpty();

        lab.reconfigure(ServiceBuilder.like(office).enabled(false).build());
        assertThat(contested()).isEmpty();
        lab.assertConsistent();
    }

    @Test
    @DisplayName("what a new connection forgot teaches nothing once it could be wrong")
    void whatIsForgottenTeachesNothing() {
        for (final Service next : List.of(noClient(), given(), withoutBoth())) {
            findTheConflict();
            lab.network().disconnect("sw2");
            lab.network().connect("sw2");
            lab.network().settle();
            assertThat(contested()).isNotEmpty();

            lab.reconfigure(next);
            assertNothingIsTaught();
        }
    }

    @Test
    @DisplayName("a new connection ends it when the address is no client's any more by then, or is given")
    void aNewConnectionEndsWhatIsNoClients() {
        for (final Service next : List.of(noClient(), given())) {
            findTheConflict();
            lab.network().disconnect("sw2");
            lab.reconfigure(next);
            assertThat(contested()).isNotEmpty();

            lab.network().connect("sw2");
            lab.network().settle();
            assertNothingIsTaught();
        }
    }

    private void assertNothingIsTaught() {
        assertThat(contested()).isEmpty();
        bothSend();
        lab.assertConsistent();
        lab.reconfigure(office);
        lab.network().settle();
    }

    @Test
    @DisplayName("a controller that starts anew leaves what it finds, and nothing of it stays")
    void aNewControllerLeavesWhatItFinds() {
        findTheConflict();
        assertThat(contested()).isNotEmpty();
        lab.assertConsistent();
        lab.network().replaceAgent("sw2");
        lab.network().connect("sw2");
        lab.network().settle();
        for (int i = 0; i <= 30; i += STEP) {
            pass();
        }
        assertThat(contested()).isEmpty();
        lab.assertConsistent();
    }

    private Service noClient() {
        return ServiceBuilder.like(office).clientPrefixes("10.123.0.0/16").build();
    }

    private Service given() {
        return ServiceBuilder.like(office)
                .device(first.name(), device -> ServiceBuilder.withPrefixes(device, client + "/32"))
                .build();
    }

    private Service withoutBoth() {
        return ServiceBuilder.like(office)
                .without(first.name())
                .without(second.name())
                .build();
    }

    /** A change that has nothing to do with the conflict. */
    private void change(final int number) {
        lab.reconfigure(ServiceBuilder.like(office)
                .device(office.devices().get(2).name(), device -> ServiceBuilder.with(device, 1 + number % 5))
                .build());
    }

    private List<Flow> contested() {
        return lab.network().datapath("sw2").ours().flows().values().stream()
                .filter(SwitchLearnedFormat::isContested)
                .toList();
    }

    /** Both send, in an order that is drawn, until the conflict is found. */
    private void findTheConflict() {
        for (int i = 0; i < READINGS * READ_SECONDS; i += STEP) {
            if (!lab.egressStatus(office).conflicts().isEmpty()) {
                return;
            }
            bothSend();
        }
        assertThat(lab.egressStatus(office).conflicts()).isNotEmpty();
    }

    private void bothSend() {
        final boolean isFirst = random.nextBoolean();
        for (final Device device : isFirst ? List.of(first, second) : List.of(second, first)) {
            lab.deviceVerdict(device, client);
            lab.network().settle();
        }
        pass();
    }

    private void sendFor(final int seconds, final Device device) {
        for (int i = 0; i < seconds; i += STEP) {
            lab.deviceVerdict(device, client);
            lab.network().settle();
            pass();
        }
    }

    private void pass() {
        lab.network().advance(STEP * 1000L);
        lab.network().wake();
        lab.network().settle();
    }

    private Device holder() {
        return lab.returnSession(office, client).orElseThrow();
    }
}
