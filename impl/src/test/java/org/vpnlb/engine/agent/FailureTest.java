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
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Device.AdminState;
import org.vpnlb.engine.model.HealthCheck;
import org.vpnlb.engine.model.HealthCheck.Type;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.openflow.Tables;
import org.vpnlb.engine.pipeline.Cookie;
import org.vpnlb.engine.pipeline.GroupId;
import org.vpnlb.engine.pipeline.Numbers;

@Label("When devices fail")
class FailureTest {
    private static final int INTERVAL = 2000;
    private static final int FALL = 3;
    private static final int RISE = 2;
    private static final int CLIENTS = 12;
    private static final long LONG_ENOUGH = (FALL + RISE + 3L) * INTERVAL;
    /** The longest that a device is held down which flaps. */
    private static final long HOLD_DOWN = 60_000;

    private static final Frames.Kind ESP = Frames.Kind.udp(4500);

    private enum What {
        KILL,
        REVIVE,
        BREAK_CONNECTION,
        RESTART_CONTROLLER,
        NOTHING
    }

    /** What happens to one of the devices, or of the switches, and how long it takes till the next. */
    private record Step(What what, int number, int millis) {}

    @Provide
    Arbitrary<List<Step>> days() {
        return Combinators.combine(
                        Arbitraries.of(What.class),
                        Arbitraries.integers().between(0, 3),
                        Arbitraries.integers().between(0, 5 * INTERVAL))
                .as(Step::new)
                .list()
                .ofMinSize(1)
                .ofMaxSize(8);
    }

    @Provide
    Arbitrary<Type> types() {
        return Arbitraries.of(Type.ARP, Type.ICMP, Type.TCP, Type.UDP);
    }

    @Property(tries = 25)
    @Label("no client of a device that lives leaves it, whatever becomes of messages, and the others come to it")
    void noClientOfALivingDeviceLeavesIt(
            @ForAll("days") final List<Step> day, @ForAll("types") final Type type, @ForAll final long seed) {
        final Random random = new Random(seed);
        final Service service = service(type);
        final var lab = new CheckedLab(service, random);
        lab.lab().network().duplicate(0.1);
        final Map<IpAddress, Device> homes = new HashMap<>();
        final Runnable listener = () -> {
            speak(lab, random);
            watch(lab, homes);
        };
        lab.run(LONG_ENOUGH, listener);
        for (final Step step : day) {
            happen(lab, step, homes);
            lab.run(step.millis(), listener);
        }
        lab.run(LONG_ENOUGH + HOLD_DOWN, () -> {
            lab.tick();
            listener.run();
        });
        lab.lab().network().settle();

        for (final Device device : service.devices()) {
            assertThat(lab.lives(device) ? AdminState.IN_SERVICE : AdminState.OUT_OF_SERVICE)
                    .as("%s in the switches", device.name())
                    .isEqualTo(stateOf(lab, device));
            if (!lab.lives(device)) {
                assertThatNothingLeadsTo(device, lab);
            }
        }
        assertThatSlotsAreBalanced(lab);
        lab.lab().assertConsistent();
        for (int client = 0; client < CLIENTS; client++) {
            final Optional<Device> got = lab.lab().clientSends(lab.effective(), Lab.outer(client), ESP);
            assertThat(got.map(lab::lives)).as("client %s", client).contains(true);
        }
    }

    @Example
    @Label("nobody is moved while the controller hears of no device for a moment")
    void nobodyIsMovedWhileNobodyIsHeard() {
        final var lab = new CheckedLab(service(Type.ICMP), new Random(3));
        lab.loseNothing();
        final Map<IpAddress, Device> homes = new HashMap<>();
        final var random = new Random(5);
        final Runnable listener = () -> {
            speak(lab, random);
            watch(lab, homes);
        };
        lab.run(LONG_ENOUGH, listener);
        lab.living().forEach(lab::kill);
        lab.run((FALL + 2L) * INTERVAL, () -> watch(lab, homes));
        lab.service().devices().forEach(lab::revive);
        lab.run(LONG_ENOUGH, listener);
        assertThat(lab.effective().devices())
                .allSatisfy(device -> assertThat(device.adminState()).isEqualTo(AdminState.IN_SERVICE));
        assertThat(homes).isNotEmpty();
    }

    @Example
    @Label("a controller that starts gives no client to a device that was dead before, nor ends what others have")
    void aControllerThatStartsGivesNothingToTheDead() {
        final var lab = new CheckedLab(service(Type.ICMP), new Random(7));
        final Map<IpAddress, Device> homes = new HashMap<>();
        final var random = new Random(1);
        lab.run(LONG_ENOUGH, () -> speak(lab, random));
        final Device victim = lab.living().getFirst();
        lab.kill(victim);
        lab.run(LONG_ENOUGH, () -> watch(lab, homes));
        final Service service = service(Type.ICMP);
        // All is unknown again.
        lab.lab()
                .configure(List.of(service.withDevices(service.devices().stream()
                        .map(device -> device.with(AdminState.ON_TRIAL))
                        .toList())));
        lab.lab().network().replaceAgent("sw1");
        lab.lab().network().connect("sw1");
        lab.lab().network().settle();
        assertThatNothingLeadsTo(victim, lab);
        watch(lab, homes);
    }

    private static Service service(final Type type) {
        return ServiceBuilder.office()
                .device(4)
                .idleTimeouts(65535, 65535)
                .healthCheck(new HealthCheck(
                        type,
                        type.hasPort() ? Optional.of(1194) : Optional.empty(),
                        INTERVAL,
                        FALL,
                        RISE,
                        Optional.of(IpAddress.parse("10.0.0.250")),
                        Optional.empty()))
                .build();
    }

    private static void happen(final CheckedLab lab, final Step step, final Map<IpAddress, Device> homes) {
        final Device device = lab.effective().devices().get(step.number());
        final String node = step.number() % 2 == 0 ? "sw1" : "sw2";
        final SimulatedNetwork network = lab.lab().network();
        switch (step.what()) {
            case KILL -> {
                if (lab.living().size() > 1) {
                    lab.kill(device);
                    homes.values().removeIf(home -> home.name().equals(device.name()));
                }
            }
            case REVIVE -> lab.revive(device);
            case BREAK_CONNECTION -> {
                network.disconnect(node);
                network.connect(node);
            }
            case RESTART_CONTROLLER -> {
                network.replaceAgent(node);
                network.connect(node);
            }
            default -> {}
        }
    }

    /** A client sends, and its device forwards, if it lives. */
    private static void speak(final CheckedLab lab, final Random random) {
        final int client = random.nextInt(CLIENTS);
        lab.lab()
                .clientSends(lab.effective(), Lab.outer(client), ESP)
                .filter(lab::lives)
                .ifPresent(device -> lab.lab().deviceSends(device, Lab.inner(lab.effective(), client)));
    }

    /** Whoever has a session with a device that lives keeps it. */
    private static void watch(final CheckedLab lab, final Map<IpAddress, Device> homes) {
        homes.forEach((client, home) -> assertThat(
                        lab.lab().clientSession(lab.effective(), client).map(Device::name))
                .as("the device of %s", client)
                .contains(home.name()));
        for (int client = 0; client < CLIENTS; client++) {
            final IpAddress outer = Lab.outer(client);
            lab.lab()
                    .clientSession(lab.effective(), outer)
                    .filter(lab::surelyLives)
                    .ifPresent(device -> homes.putIfAbsent(outer, device));
        }
    }

    private static AdminState stateOf(final CheckedLab lab, final Device device) {
        return lab.effective().devices().stream()
                .filter(now -> now.name().equals(device.name()))
                .findFirst()
                .orElseThrow()
                .adminState();
    }

    private static void assertThatNothingLeadsTo(final Device device, final CheckedLab lab) {
        final Numbers numbers = lab.lab().numbers();
        final int number = numbers.of(lab.effective(), device);
        for (final String node : lab.lab().network().names()) {
            final Tables tables = lab.lab().network().datapath(node).ours();
            assertThat(tables.flows().values())
                    .noneMatch(flow -> Cookie.parse(flow.cookie())
                            .filter(cookie ->
                                    cookie.device() == number && !cookie.kind().isCheck())
                            .isPresent());
        }
        final long selection = new GroupId(GroupId.Kind.SELECTION, numbers.of(lab.effective())).value();
        assertThat(lab.lab()
                        .network()
                        .datapath("sw1")
                        .ours()
                        .groups()
                        .get(selection)
                        .buckets())
                .noneMatch(bucket -> Long.valueOf(device.ingress().port()).equals(bucket.watchPort()));
    }

    private static void assertThatSlotsAreBalanced(final CheckedLab lab) {
        final double ideal = 64.0 / lab.living().size();
        assertThat(lab.living())
                .allSatisfy(device -> assertThat((double) lab.lab()
                                .ingressStatus(lab.effective())
                                .devices()
                                .get(device.name())
                                .slots())
                        .isBetween(ideal - 1, ideal + 1));
    }
}
