/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.session;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.stream.Stream;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.event.Notice;
import org.vpnlb.engine.model.AddressConflict;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Learning;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.pipeline.Cookie;
import org.vpnlb.engine.pipeline.Pipeline;
import org.vpnlb.engine.session.LearnedReading.Held;

/**
 * Inner addresses that two devices send in turn, where the switch learns by itself: each frame takes the session, and
 * no frame goes to the controller. So the readings of the switch are compared. Where a client is at another device than
 * at the reading before, the next frame of both devices is copied, twice: one that has moved is heard from one of them.
 * When both are heard, the switch learns from the first one alone, for as long as that sends.
 */
final class LearnedConflicts {
    /** The milliseconds until the devices are listened to again; their entries last longer. */
    static final long LISTEN_MILLIS = 20_000;

    /** The milliseconds of silence that end the claim of the first device. */
    static final long SILENCE_MILLIS = 45_000;

    /** The most contests at once: each costs the switch two entries, and six messages in each time of listening. */
    static final int MAX = 100;

    /** Not more of those that have moved: after an outage there are very many. */
    static final int MAX_SUSPECTED_AT_ONCE = 20;

    /** The milliseconds between the two times that both are to be heard: late frames of before a move are over then. */
    private static final long PAUSE_MILLIS = 5_000;

    private static final int ROUNDS = 2;

    /** A device sends a client's address beside another one that had it before. */
    private record Claim(IpAddress client, String claimant) {}

    /**
     * One of two devices.
     *
     * @param heardAt when a frame of it was copied last
     * @param isAwaited whether its next frame is copied
     */
    private record Party(String device, long heardAt, boolean isAwaited) {
        Party heard(final String from, final long now) {
            return isAwaited && device.equals(from) ? new Party(device, now, false) : this;
        }

        Party asked() {
            return new Party(device, heardAt, true);
        }
    }

    /**
     * Two devices had a client one after the other.
     *
     * @param rounds how often both have been heard
     * @param dueAt when to listen again, or to end it
     */
    private record Contest(Party holder, Party claimant, int rounds, long dueAt) {
        boolean isProven() {
            return rounds >= ROUNDS;
        }

        boolean isOver(final long now) {
            return isProven()
                    ? now - holder.heardAt > SILENCE_MILLIS || now - claimant.heardAt > Conflicts.QUIET_MILLIS
                    : holder.isAwaited || claimant.isAwaited;
        }

        boolean awaits(final String device) {
            return Stream.of(holder, claimant).anyMatch(party -> party.isAwaited && party.device.equals(device));
        }

        Contest asked(final long now) {
            return new Contest(holder.asked(), claimant.asked(), rounds, now + LISTEN_MILLIS);
        }

        Contest heard(final String device, final long now) {
            final Party first = holder.heard(device, now);
            final Party other = claimant.heard(device, now);
            if (isProven() || first.isAwaited || other.isAwaited) {
                return new Contest(first, other, rounds, dueAt);
            }
            return new Contest(first, other, rounds + 1, now + (rounds + 1 < ROUNDS ? PAUSE_MILLIS : LISTEN_MILLIS));
        }
    }

    private final Map<Claim, Contest> contests = new LinkedHashMap<>();
    /** Those that have moved between two readings, and are not listened to yet: it is no repair what they need. */
    private final Map<Claim, String> suspected = new LinkedHashMap<>();

    /** What a connection before has left in the switch: it ends by itself, unless the configuration changes first. */
    private List<Flow> leftBehind = List.of();

    private LearnedReading last = LearnedReading.NONE;
    private long readAt;
    private int readings;

    /**
     * The switch was read: it has these sessions. Without a reading before nothing can be compared.
     *
     * @param learnsFrom whether a device may have a client now
     */
    void read(
            final List<Held> there,
            final Service service,
            final Pipeline pipeline,
            final BiPredicate<Device, IpAddress> learnsFrom,
            final long now) {
        final List<Held> moved = new ArrayList<>();
        for (final Held held : there) {
            last.device(held.client()).stream()
                    .filter(before -> before != held.device())
                    .forEach(before -> moved.add(held));
        }
        // Not the same ones each time: those that only move must not hide those that are in conflict.
        Collections.rotate(moved, readings * MAX_SUSPECTED_AT_ONCE);
        readings++;
        suspected.clear();
        for (final Held held : moved) {
            if (suspected.size() >= MAX_SUSPECTED_AT_ONCE) {
                break;
            }
            final Optional<Device> device = pipeline.learnedFormat()
                    .keeper(service, held.device())
                    .filter(found -> learnsFrom.test(found, held.client()));
            final Optional<Device> before = pipeline.learnedFormat()
                    .keeper(service, last.device(held.client()).orElseThrow())
                    .filter(found -> learnsFrom.test(found, held.client()));
            if (device.isPresent() && before.isPresent()) {
                suspect(
                        held.client(),
                        before.orElseThrow().name(),
                        device.orElseThrow().name());
            }
        }
        last = new LearnedReading(there);
        readAt = now;
    }

    /** A client has moved; of one in a conflict another device has taken the session. */
    private void suspect(final IpAddress client, final String before, final String now) {
        final String holder = contests.entrySet().stream()
                .filter(entry -> entry.getKey().client.equals(client))
                .map(entry -> entry.getValue().holder.device)
                .findFirst()
                .orElse(before);
        final Claim claim = new Claim(client, now.equals(holder) ? before : now);
        if (!claim.claimant.equals(holder)
                && !contests.containsKey(claim)
                && contests.size() + suspected.size() < MAX) {
            suspected.put(claim, holder);
        }
    }

    /** The switch is gone, or learns by itself no more. Entries that it has end by themselves. */
    void forget() {
        contests.clear();
        suspected.clear();
        last = LearnedReading.NONE;
    }

    /**
     * The configuration changed: devices may have gone, or be elsewhere, and an address may be no client's any more.
     *
     * @param learnsFrom whether a device may have a client now
     */
    List<Effect> configure(
            final Service before,
            final Pipeline pipeline,
            final Service next,
            final Pipeline nextPipeline,
            final BiPredicate<Device, IpAddress> learnsFrom) {
        final List<Effect> effects = new ArrayList<>();
        suspected.clear();
        if (before.learning() != next.learning()) {
            last = LearnedReading.NONE;
        }
        contests.entrySet().removeIf(entry -> {
            final IpAddress client = entry.getKey().client;
            final List<Flow> held = entries(client, entry.getValue(), before, pipeline);
            final boolean isOver = before.learning() != next.learning()
                    || !Stream.of(entry.getValue().holder, entry.getValue().claimant)
                            .allMatch(party -> isSame(party.device, before, next)
                                    && next.keeper(party.device)
                                            .filter(device -> learnsFrom.test(device, client))
                                            .isPresent());
            if (isOver) {
                held.forEach(flow -> effects.add(new Effect.DeleteFlow(flow.key(), flow.cookie())));
            } else {
                entries(client, entry.getValue(), next, nextPipeline).stream()
                        .filter(flow -> !held.contains(flow))
                        .forEach(flow -> effects.add(new Effect.AddFlow(flow)));
            }
            return isOver;
        });
        final Set<Flow.Key> wanted = new HashSet<>();
        contests.forEach((claim, contest) ->
                entries(claim.client, contest, next, nextPipeline).forEach(flow -> wanted.add(flow.key())));
        leftBehind.stream()
                .filter(flow -> !wanted.contains(flow.key()))
                .forEach(flow -> effects.add(new Effect.DeleteFlow(flow.key(), flow.cookie())));
        leftBehind = List.of();
        return effects;
    }

    private static boolean isSame(final String name, final Service before, final Service next) {
        return next.keeper(name).map(Device::egress).equals(before.keeper(name).map(Device::egress));
    }

    /** The switch was read, and has these entries. */
    void adopt(final List<Flow> contested) {
        leftBehind = List.copyOf(contested);
    }

    /** Whether a device's frames teach the switch nothing of a client. */
    boolean isDamped(final IpAddress client, final String device) {
        final Contest contest = contests.get(new Claim(client, device));
        return contest != null && contest.isProven();
    }

    /** A frame of a device with a contested address was copied; some more may be until the switch has the answer. */
    List<Effect> heard(
            final IpAddress client,
            final Device device,
            final Service service,
            final Pipeline pipeline,
            final long now) {
        final List<Effect> effects = new ArrayList<>();
        for (final Map.Entry<Claim, Contest> entry : contests.entrySet()) {
            final Contest contest = entry.getValue();
            if (!entry.getKey().client.equals(client) || !contest.awaits(device.name())) {
                continue;
            }
            final Contest next = contest.heard(device.name(), now);
            entry.setValue(next);
            if (next.isProven() && !contest.isProven()) {
                effects.addAll(listen(client, next, service, pipeline));
                service.keeper(next.holder.device)
                        .map(holder -> pipeline.learnedFormat().learnedReturn(service, holder, client))
                        .ifPresent(session -> effects.add(new Effect.AddFlow(session)));
                effects.add(new Effect.Tell(
                        new Notice.Conflict(service.name(), client, next.holder.device, next.claimant.device)));
            } else {
                effects.add(new Effect.AddFlow(pipeline.learnedFormat()
                        .contested(service, device, client, !isDamped(client, device.name()), false)));
            }
        }
        return effects;
    }

    /** When to {@link #tick} next. */
    OptionalLong wakeAt() {
        return suspected.isEmpty()
                ? contests.values().stream().mapToLong(Contest::dueAt).min()
                : OptionalLong.of(readAt);
    }

    /** Listens to those who are suspected, listens again, and ends what is over. */
    List<Effect> tick(final Service service, final Pipeline pipeline, final long now) {
        final List<Effect> effects = new ArrayList<>();
        contests.entrySet().removeIf(entry -> {
            final Contest contest = entry.getValue();
            if (contest.dueAt > now) {
                return false;
            }
            if (contest.isOver(now)) {
                entries(entry.getKey().client, contest, service, pipeline)
                        .forEach(flow -> effects.add(new Effect.DeleteFlow(flow.key(), flow.cookie())));
                return true;
            }
            entry.setValue(contest.asked(now));
            effects.addAll(listen(entry.getKey().client, entry.getValue(), service, pipeline));
            return false;
        });
        suspected.forEach((claim, holder) -> {
            final Contest contest =
                    new Contest(new Party(holder, now, true), new Party(claim.claimant, now, true), 0, now).asked(now);
            contests.put(claim, contest);
            effects.addAll(listen(claim.client, contest, service, pipeline));
        });
        suspected.clear();
        return effects;
    }

    /** Ends all, also what was forgotten when the switch was gone: its entries may be there still. */
    List<Effect> purge(final Service service, final Pipeline pipeline) {
        forget();
        return service.learning() == Learning.CONTROLLER
                ? List.of()
                : service.devices().stream()
                        .<Effect>map(device ->
                                new Effect.DeleteFlows(pipeline.cookie(Cookie.Kind.CONTESTED, service, device)))
                        .toList();
    }

    private static List<Effect> listen(
            final IpAddress client, final Contest contest, final Service service, final Pipeline pipeline) {
        return entries(client, contest, service, pipeline).stream()
                .<Effect>map(Effect.AddFlow::new)
                .toList();
    }

    /** What the switch is to have of a contest; the claimant's first, so that it learns nothing in between. */
    private static List<Flow> entries(
            final IpAddress client, final Contest contest, final Service service, final Pipeline pipeline) {
        return Stream.of(contest.claimant, contest.holder)
                .flatMap(party -> service
                        .keeper(party.device)
                        .map(device -> pipeline.learnedFormat()
                                .contested(
                                        service,
                                        device,
                                        client,
                                        party == contest.holder || !contest.isProven(),
                                        party.isAwaited))
                        .stream())
                .toList();
    }

    /** The addresses that two devices send, and that the first of them keeps. */
    List<AddressConflict> all() {
        return contests.entrySet().stream()
                .filter(entry -> entry.getValue().isProven())
                .map(entry -> new AddressConflict(
                        entry.getKey().client, entry.getValue().holder.device, entry.getKey().claimant))
                .toList();
    }
}
