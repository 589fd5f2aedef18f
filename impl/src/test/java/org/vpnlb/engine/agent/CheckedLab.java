/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.vpnlb.engine.event.Notice;
import org.vpnlb.engine.health.HealthMonitor;
import org.vpnlb.engine.model.Attachment;
import org.vpnlb.engine.model.Check;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Health;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.probe.Answers;

/**
 * A lab with a service whose devices are asked whether they live, and with what the controller makes of their answers.
 * Questions and answers may be lost, late and out of order, but never so many in a row that a device that lives must be
 * taken for dead.
 */
final class CheckedLab {
    private static final int STEP = 50;
    private static final int LATEST = 300;

    private final Lab lab;
    private final HealthMonitor monitor = new HealthMonitor();
    private final Random random;
    private Service configured;
    private final Set<String> dead = new HashSet<>();
    private final Set<String> doubtful = new HashSet<>();
    private final Map<String, Predicate<byte[]>> deaf = new HashMap<>();
    private final Map<Attachment, Integer> lostInARow = new HashMap<>();
    private final List<Answer> onTheWay = new ArrayList<>();

    private boolean lossy = true;
    private boolean keepsUp;
    private Runnable noise = () -> {};

    private record Answer(long at, Attachment from, byte[] frame) {}

    CheckedLab(final Service service, final Random random) {
        configured = service;
        this.random = random;
        lab = Lab.of(service);
        final long now = lab.network().now();
        monitor.configured(List.of(service), now);
        service.devices().stream()
                .flatMap(device -> Stream.of(device.ingress(), device.egress()))
                .collect(Collectors.groupingBy(
                        Attachment::node, Collectors.toMap(Attachment::port, side -> true, (one, two) -> one)))
                .forEach((node, ports) -> monitor.ports(node, ports, Map.of(), now));
        apply();
    }

    Lab lab() {
        return lab;
    }

    /** The service as it is configured. */
    Service service() {
        return configured;
    }

    /** The service as it is in the switches. */
    Service effective() {
        return lab.services().getFirst();
    }

    /** The service is configured so. */
    void reconfigure(final Service service) {
        configured = service;
        monitor.configured(List.of(service), lab.network().now());
        apply();
    }

    /** From now on nothing is lost but what is sent to the dead. */
    void loseNothing() {
        lossy = false;
    }

    /**
     * From now on something comes in all the time, before any answer does. The controller keeps up with it: else it is
     * behind with its questions, and nobody is taken for dead who does not answer.
     */
    void flood(final Runnable frames) {
        noise = frames;
        keepsUp = true;
    }

    void kill(final Device device) {
        dead.add(device.name());
    }

    /** A device answers no such frame from now on, though it lives. */
    void deafen(final Device device, final Predicate<byte[]> question) {
        deaf.put(device.name(), question);
    }

    void revive(final Device device) {
        if (dead.remove(device.name())
                && effective().devices().stream()
                        .anyMatch(now -> now.name().equals(device.name()) && now.keepsSessions())) {
            doubtful.add(device.name());
        }
    }

    /** Whether nobody can have reason to think that a device that lives is dead: it never was for a moment only. */
    boolean surelyLives(final Device device) {
        return lives(device) && !doubtful.contains(device.name());
    }

    boolean lives(final Device device) {
        return !dead.contains(device.name());
    }

    List<Device> living() {
        return configured.devices().stream().filter(this::lives).toList();
    }

    /** Time passes; each time that something has happened the listener looks. */
    void run(final long millis, final Runnable listener) {
        final SimulatedNetwork network = lab.network();
        final long end = network.now() + millis;
        while (network.now() < end) {
            network.advance(STEP);
            noise.run();
            network.wake();
            if (keepsUp) {
                network.settle();
            } else {
                network.steps(random.nextInt(20));
            }
            network.spoken().forEach(this::hear);
            deliver();
            network.notices().forEach(this::notice);
            listener.run();
        }
    }

    private void hear(final SimulatedNetwork.Spoken spoken) {
        for (final Device device : living()) {
            Stream.of(device.ingress(), device.egress())
                    .filter(side -> side.node().equals(spoken.node()) && Lab.isAt(side, spoken.sent()))
                    .filter(side -> !deaf.getOrDefault(device.name(), question -> false)
                            .test(spoken.sent().frame()))
                    .forEach(side -> Answers.of(spoken.sent().frame())
                            .filter(frame -> !isLost(side))
                            .ifPresent(frame -> answer(side, frame)));
        }
    }

    private void answer(final Attachment from, final byte[] frame) {
        final int times = random.nextInt(5) == 0 ? 2 : 1;
        for (int i = 0; i < times; i++) {
            onTheWay.add(new Answer(lab.network().now() + random.nextInt(LATEST), from, frame));
        }
    }

    private boolean isLost(final Attachment side) {
        final int fall = configured.healthCheck().orElseThrow().fall();
        final int before = lostInARow.getOrDefault(side, 0);
        final boolean lost = lossy && before < fall - 1 && random.nextInt(3) == 0;
        lostInARow.put(side, lost ? before + 1 : 0);
        return lost;
    }

    private void deliver() {
        final Iterator<Answer> answers = onTheWay.iterator();
        while (answers.hasNext()) {
            final Answer answer = answers.next();
            if (answer.at() <= lab.network().now()) {
                answers.remove();
                lab.network().receive(answer.from().node(), answer.from().port(), answer.frame());
            }
        }
    }

    private void notice(final Notice notice) {
        if (notice instanceof Notice.Checked checked) {
            monitor.checked(checked.subject(), checked.health(), lab.network().now());
            apply();
        }
    }

    /** What is known of a device. */
    Health health(final Device device) {
        return monitor.of(configured, device);
    }

    /** What each check of a device tells. */
    Map<Check.Subject, Health> checks(final Device device) {
        return monitor.checks(configured, device);
    }

    /** Time alone may have changed something. */
    void tick() {
        monitor.tick(lab.network().now());
        apply();
    }

    private void apply() {
        if (!monitor.effective().equals(lab.services())) {
            lab.configure(monitor.effective());
        }
    }
}
