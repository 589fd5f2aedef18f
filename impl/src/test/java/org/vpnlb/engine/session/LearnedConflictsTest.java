/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.model.AddressConflict;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Learning;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.pipeline.Cookie;
import org.vpnlb.engine.pipeline.Numbers;
import org.vpnlb.engine.pipeline.Pipeline;
import org.vpnlb.engine.session.LearnedReading.Held;

@DisplayName("To find the inner addresses that two devices send, where the switch learns by itself,")
class LearnedConflictsTest {
    private static final int MANY = 500;
    private static final int MINUTE = 60_000;
    private static final int READINGS = 30;
    private static final long PAUSE = 5_000;

    private final Service office =
            ServiceBuilder.office().learning(Learning.SWITCH).build();
    private final Numbers numbers = Numbers.of(List.of(office));
    private final Pipeline pipeline = new Pipeline(0, numbers, Set.of(office.name()), Set.of());
    private final Device first = office.devices().get(0);
    private final Device second = office.devices().get(1);
    private final Device third = office.devices().get(2);
    private final LearnedConflicts conflicts = new LearnedConflicts();
    private long now = 1_000_000;

    @Test
    @DisplayName("nothing is listened to as long as nobody has moved")
    void nothingIsListenedTo() {
        read(first, 1, MANY);
        read(first, 1, MANY);
        assertThat(conflicts.wakeAt()).isEmpty();
        assertThat(tick()).isEmpty();
    }

    @Test
    @DisplayName("the devices of a client that has moved are listened to at once, and then every twenty seconds")
    void theDevicesAreListenedToAtOnce() {
        read(first, 1, 1);
        read(second, 1, 1);
        assertThat(conflicts.wakeAt()).hasValue(now);
        assertThat(tick()).hasSize(2);
        assertThat(conflicts.wakeAt()).hasValue(now + LearnedConflicts.LISTEN_MILLIS);
        heard(client(1), first);
        heard(client(1), second);
        assertThat(conflicts.wakeAt()).hasValue(now + PAUSE);
    }

    @Test
    @DisplayName("of hundreds that have moved few are listened to, others at the next reading")
    void fewAreListenedTo() {
        final Set<IpAddress> heard = new HashSet<>();
        for (int i = 0; i < READINGS; i++) {
            read(i % 2 == 0 ? first : second, 1, MANY);
            assertThat(tick()).hasSizeLessThanOrEqualTo(2 * LearnedConflicts.MAX_SUSPECTED_AT_ONCE);
            IntStream.rangeClosed(1, MANY)
                    .mapToObj(this::client)
                    .filter(client -> !heard(client, first).isEmpty())
                    .forEach(heard::add);
            now += MINUTE;
            assertThat(tick()).hasSizeLessThanOrEqualTo(2 * LearnedConflicts.MAX_SUSPECTED_AT_ONCE);
        }
        assertThat(heard).hasSize(MANY);
    }

    @Test
    @DisplayName("there are at most a hundred conflicts, and each costs few messages")
    void thereAreAtMostAHundred() {
        for (int i = 0; i < READINGS; i++) {
            read(i % 2 == 0 ? first : second, 1, MANY);
            tick();
            prove(second, MANY);
        }
        assertThat(conflicts.all()).hasSize(LearnedConflicts.MAX);
        now = conflicts.wakeAt().orElseThrow() + LearnedConflicts.LISTEN_MILLIS;
        final List<Effect> effects = new ArrayList<>(tick());
        for (int frame = 0; frame < MANY; frame++) {
            for (final AddressConflict conflict : conflicts.all()) {
                effects.addAll(heard(conflict.client(), first));
                effects.addAll(heard(conflict.client(), second));
            }
        }
        assertThat(effects).hasSize(4 * LearnedConflicts.MAX);
    }

    @Test
    @DisplayName("both are to be heard twice, with some seconds between: late frames are no conflict")
    void bothAreToBeHeardTwice() {
        read(first, 1, 1);
        read(second, 1, 1);
        tick();
        for (int i = 0; i < MANY; i++) {
            heard(client(1), first);
            heard(client(1), second);
        }
        now += PAUSE;
        tick();
        heard(client(1), second);
        assertThat(conflicts.all()).isEmpty();
        now += LearnedConflicts.LISTEN_MILLIS;
        assertThat(tick()).hasSize(2).allMatch(Effect.DeleteFlow.class::isInstance);
        assertThat(conflicts.wakeAt()).isEmpty();
    }

    @Test
    @DisplayName("a third device with the address is kept from it as the second is")
    void aThirdDeviceIsKeptFromIt() {
        read(first, 1, 1);
        read(second, 1, 1);
        tick();
        prove(second, 1);
        read(third, 1, 1);
        tick();
        prove(third, 1);
        assertThat(conflicts.all())
                .containsExactly(
                        new AddressConflict(client(1), first.name(), second.name()),
                        new AddressConflict(client(1), first.name(), third.name()));
        assertThat(conflicts.isDamped(client(1), third.name())).isTrue();
        assertThat(conflicts.isDamped(client(1), first.name())).isFalse();
    }

    @Test
    @DisplayName("nothing is left when the controller is to learn, or one of the two is attached elsewhere")
    void nothingIsLeftWhenOneIsAttachedElsewhere() {
        final Service byController =
                ServiceBuilder.like(office).learning(Learning.CONTROLLER).build();
        final Service elsewhere = ServiceBuilder.like(office)
                .device(
                        second.name(),
                        device -> ServiceBuilder.with(
                                device,
                                device.ingress(),
                                ServiceBuilder.gateway(9).egress()))
                .build();
        for (final Service next : List.of(byController, elsewhere)) {
            read(first, 1, 1);
            read(second, 1, 1);
            tick();
            prove(second, 1);
            assertThat(conflicts.configure(office, pipeline, office, pipeline, (device, client) -> true))
                    .as("without a change")
                    .isEmpty();
            assertThat(conflicts.configure(office, pipeline, next, pipeline, (device, client) -> true))
                    .hasSize(2)
                    .allMatch(Effect.DeleteFlow.class::isInstance);
            assertThat(conflicts.all()).isEmpty();
        }
    }

    private IpAddress client(final int number) {
        return IpAddress.parse("10.99.%d.%d".formatted(number / 250, 1 + number % 250));
    }

    private void read(final Device device, final int from, final int to) {
        final int number = Cookie.parse(pipeline.cookie(Cookie.Kind.RETURN_SESSION, office, device))
                .orElseThrow()
                .device();
        conflicts.read(
                IntStream.rangeClosed(from, to)
                        .mapToObj(client -> new Held(client(client), number))
                        .toList(),
                office,
                pipeline,
                (any, client) -> true,
                now);
    }

    private List<Effect> tick() {
        return conflicts.tick(office, pipeline, now);
    }

    private List<Effect> heard(final IpAddress client, final Device device) {
        return conflicts.heard(client, device, office, pipeline, now);
    }

    /** The device and the first one send some clients' addresses, as often as it takes. */
    private void prove(final Device other, final int most) {
        for (int i = 0; i < 2; i++) {
            for (int number = 1; number <= most; number++) {
                heard(client(number), first);
                heard(client(number), other);
            }
            now += PAUSE;
            tick();
        }
    }
}
