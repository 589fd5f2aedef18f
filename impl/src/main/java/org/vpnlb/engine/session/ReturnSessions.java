/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.session;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.event.Notice;
import org.vpnlb.engine.model.AddressConflict;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Learning;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.neighbour.ClientSearch.Waiting;
import org.vpnlb.engine.net.EthernetFrame;
import org.vpnlb.engine.net.EthernetFrame.IpPacket;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpAddress.Family;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.pipeline.Cookie;
import org.vpnlb.engine.pipeline.Cookie.Kind;
import org.vpnlb.engine.pipeline.Pipeline;
import org.vpnlb.engine.session.Counters.Ignored;
import org.vpnlb.engine.session.LearnedReading.Held;
import org.vpnlb.engine.session.SessionSide.Egress;

/** What frames teach on the egress side of a service: inner client address to device. */
public final class ReturnSessions {
    /** Nobody reads more of them. */
    private static final int MAX_TOLD = 100;

    private final SessionTable table;
    private final PuntSuppression suppressedSources;
    private final UnknownClients unknown;
    private final FoundSessions madeBySearches = new FoundSessions();
    private final Conflicts conflicts = new Conflicts();
    private final PairConflicts givenConflicts = new PairConflicts();
    private final LearnedConflicts learnedConflicts = new LearnedConflicts();
    private final Counters.Tally tally;
    private Service service;
    private Set<IpAddress> never;
    private Pipeline pipeline;

    /**
     * No session yet.
     *
     * @param suppressedSources the sources of which the switch punts nothing for a while, of all services
     */
    public ReturnSessions(
            final Service service,
            final Pipeline pipeline,
            final Counters.Tally tally,
            final PuntSuppression suppressedSources) {
        this.service = service;
        never = service.neverClients();
        this.pipeline = pipeline;
        this.tally = tally;
        this.suppressedSources = suppressedSources;
        table = new SessionTable(new Egress(service, pipeline), tally);
        unknown = new UnknownClients(service, pipeline, tally);
    }

    /** The sessions. */
    public SessionTable table() {
        return table;
    }

    /** How many entries the switch may hold that keep frames to clients without a session from being punted. */
    public int suppressed(final long now) {
        return unknown.suppressed(now);
    }

    /** Whether it can be learned that a client is behind a device. */
    public boolean learnsFrom(final Device device, final IpAddress client) {
        return device.keepsSessions() && isClient(device, client);
    }

    private boolean isClient(final Device device, final IpAddress client) {
        return client.isHost()
                && service.mayHaveSession(Side.EGRESS, client)
                && !never.contains(client)
                && device.egress().address().filter(client::equals).isEmpty();
    }

    /** By what the session of a client is known: the first of the addresses that have one session. */
    private IpAddress key(final IpAddress client) {
        return Pipeline.ofSession(service, client).address();
    }

    /** Learns that a client is behind a device, from the copy of a packet that the device sent. */
    public List<Effect> learn(final Device device, final IpPacket packet, final long now) {
        final IpAddress client = packet.source();
        final Optional<Device> given = service.givenTo(client);
        if (given.isPresent()) {
            return given(client, given.orElseThrow(), device, now);
        }
        if (!learnsFrom(device, client)) {
            tally.ignored(isClient(device, client) ? Ignored.OUT_OF_SERVICE : Ignored.NOT_A_CLIENT);
            return suppressedSources.suppress(pipeline.suppressedClient(device, client), now);
        }
        final IpAddress key = key(client);
        final Session session = table.get(key);
        if (session == null) {
            if (table.isFull()) {
                final Flow suppressed = pipeline.suppressedBriefly(device, Pipeline.ofSession(service, client));
                if (!suppressedSources.isActive(suppressed, now)) {
                    tally.rejected();
                }
                return suppressedSources.suppress(suppressed, now);
            }
            return table.create(key, device, now);
        }
        if (!session.device().name().equals(device.name())) {
            return claimed(key, session, device, now);
        }
        conflicts.heard(key);
        if (session.isSettling(Egress.LEARNED_SOURCE, now)) {
            tally.ignored(Ignored.ALREADY_KNOWN);
            return List.of();
        }
        return table.write(key, device, now);
    }

    /** A device sent an address that is given to a device: to itself, or to another one, which alone has it. */
    private List<Effect> given(final IpAddress client, final Device owner, final Device device, final long now) {
        if (owner.name().equals(device.name())) {
            tally.ignored(device.keepsSessions() ? Ignored.ALREADY_KNOWN : Ignored.OUT_OF_SERVICE);
            return suppressedSources.suppress(pipeline.suppressedClient(device, client), now);
        }
        tally.ignored(Ignored.GIVEN_TO_ANOTHER);
        // All of the prefix: made-up sources of one client must not use up what may be suppressed.
        final List<Effect> effects = new ArrayList<>(suppressedSources.suppress(
                pipeline.suppressedGiven(device, owner.given(client).orElseThrow()), now));
        if (givenConflicts.claimed(client, owner.name(), device.name(), now)) {
            effects.add(new Effect.Tell(new Notice.Conflict(service.name(), client, owner.name(), device.name())));
        }
        return effects;
    }

    /** Another device than the holder of the session sent the client's address. */
    private List<Effect> claimed(final IpAddress client, final Session session, final Device device, final long now) {
        final boolean isHolderAsked = session.writtenAt(Egress.LEARNED_SOURCE) == Session.GONE;
        final Conflicts.Verdict verdict = conflicts.claimed(client, device.name(), isHolderAsked, now);
        if (verdict == Conflicts.Verdict.MOVE) {
            return table.move(client, device, Stay.End.CLAIMED, now);
        }
        tally.ignored(Ignored.CONFLICT);
        final List<Effect> effects = new ArrayList<>(suppressedSources.suppress(
                pipeline.suppressedBriefly(device, Pipeline.ofSession(service, client)), now));
        if (!isHolderAsked) {
            // The holder's next frame is punted then, which shows that it lives.
            if (session.writtenAt(Egress.RETURN_SESSION) == Session.GONE) {
                effects.add(table.writeEntry(Egress.RETURN_SESSION, client, now));
            }
            effects.add(table.deleteEntry(Egress.LEARNED_SOURCE, client));
        }
        if (verdict == Conflicts.Verdict.BEGIN) {
            effects.add(new Effect.Tell(
                    new Notice.Conflict(service.name(), client, session.device().name(), device.name())));
        }
        return effects;
    }

    /** The switch learns by itself, and was read: it has these entries, and these for addresses in conflict. */
    public void learnedBySwitch(final List<Flow> flows, final List<Flow> contested, final long now) {
        final List<Held> there = new ArrayList<>();
        for (final Flow flow : flows) {
            final Cookie cookie = Cookie.parse(flow.cookie()).orElseThrow();
            // A client that sends elsewhere than a device answered for has not moved.
            if (cookie.kind() == Kind.RETURN_SESSION
                    && !pipeline.learnedFormat().isFound(flow.key())) {
                there.add(new Held(Pipeline.client(flow).address(), cookie.device()));
            }
        }
        learnedConflicts.adopt(contested);
        learnedConflicts.read(there, service, pipeline, this::learnsFrom, now);
    }

    /**
     * The switch learns by itself, and copied a frame of a device with an address that two devices may send.
     *
     * @param number the number of the device
     * @param current the pipeline with what the switch that is connected can do
     */
    public List<Effect> heard(final int number, final IpAddress client, final Pipeline current, final long now) {
        final Optional<Device> device = current.learnedFormat().keeper(service, number);
        final boolean isDamped = device.filter(found -> learnedConflicts.isDamped(client, found.name()))
                .isPresent();
        tally.ignored(isDamped ? Ignored.CONFLICT : Ignored.ALREADY_KNOWN);
        return device.map(found -> learnedConflicts.heard(client, found, service, current, now))
                .orElse(List.of());
    }

    /** The switch does not learn by itself: nothing is known of conflicts in what it has learned. */
    public void forgetLearned() {
        learnedConflicts.forget();
    }

    /** The switch is connected anew: nobody knows what it has learned since. */
    public void connected() {
        forgetLearned();
        unknown.connected();
    }

    /**
     * Forgets the conflicts that are over by time alone, listens to those devices that are in one, and gives up the
     * searches that found nobody.
     *
     * @param current the pipeline with what the switch that is connected can do
     */
    public List<Effect> expire(final Pipeline current, final long now) {
        conflicts.expire(now);
        givenConflicts.expire(now);
        final List<Effect> effects = new ArrayList<>(learnedConflicts.tick(service, current, now));
        effects.addAll(unknown.tick(this::holder, now));
        return effects;
    }

    /** The device of a client that is known to have one that lives. */
    private Optional<Device> holder(final IpAddress client) {
        return service.givenTo(client)
                .filter(Device::keepsSessions)
                .or(() -> Optional.ofNullable(table.get(key(client))).map(Session::device));
    }

    /** When to {@link #expire} next; without that it may be late. */
    public OptionalLong wakeAt() {
        return LongStream.concat(learnedConflicts.wakeAt().stream(), unknown.wakeAt().stream())
                .min();
    }

    /** The inner addresses that two devices send in turn, {@value #MAX_TOLD} at most; of more devices, two are told. */
    public List<AddressConflict> conflicts() {
        final Map<IpAddress, AddressConflict> told = new LinkedHashMap<>();
        conflicts.claimants().forEach((client, claimant) -> {
            final Session session = table.get(client);
            if (session != null) {
                told.put(client, new AddressConflict(client, session.device().name(), claimant));
            }
        });
        givenConflicts.all().forEach(conflict -> told.putIfAbsent(conflict.client(), conflict));
        learnedConflicts.all().forEach(conflict -> told.putIfAbsent(conflict.client(), conflict));
        unknown.conflicts().forEach(conflict -> told.putIfAbsent(conflict.client(), conflict));
        return told.values().stream().limit(MAX_TOLD).toList();
    }

    /**
     * Answers a server's frame to a client for which the switch has no entry.
     *
     * @param current the pipeline with what the switch that is connected can do
     */
    public List<Effect> answer(
            final Waiting waiting,
            final EthernetFrame frame,
            final IpPacket packet,
            final Pipeline current,
            final long now) {
        final IpAddress client = packet.destination();
        final Session session = table.get(key(client));
        final Optional<Device> given = service.givenTo(client);
        if (given.isPresent()) {
            // The frame was on its way when the switch had no entry for it yet, or the device is dead.
            return given.orElseThrow().keepsSessions()
                    ? UnknownClients.toDevice(given.orElseThrow(), waiting)
                    : unknown.unreachable(client, waiting, Ignored.OUT_OF_SERVICE, now);
        }
        if (never.contains(client)) {
            return unknown.sentToOurs(client, frame.destination(), waiting.inPort(), current.boundsPunts(), now);
        }
        if (session == null) {
            final boolean isPossible = service.devices().stream().anyMatch(device -> learnsFrom(device, client));
            return unknown.sent(
                    new UnknownClients.Sent(client, packet.source(), frame.destination(), waiting),
                    isPossible,
                    current.boundsPunts(),
                    now);
        }
        final List<Effect> effects = new ArrayList<>();
        if (!session.isSettling(Egress.RETURN_SESSION, now)) {
            effects.add(table.writeEntry(Egress.RETURN_SESSION, key(client), now));
        }
        effects.addAll(UnknownClients.toDevice(session.device(), waiting));
        return effects;
    }

    /**
     * A device says that it has an address, which may be a client that is searched for.
     *
     * @param learner who learns the sessions; empty while that changes, so that none can be made
     * @param current the pipeline with what the switch that is connected can do
     */
    public List<Effect> found(
            final Device device,
            final IpAddress client,
            final Optional<Learning> learner,
            final Pipeline current,
            final long now) {
        if (!learnsFrom(device, client)) {
            tally.ignored(Ignored.NOT_ASKED);
            return List.of();
        }
        return new FoundClients(service, current, learner, table, unknown, madeBySearches, tally)
                .found(device, client, now);
    }

    /** The configuration changed: sessions that it does not allow end, all others keep their device. */
    public List<Effect> configure(final Service next, final Pipeline nextPipeline, final long now) {
        final Rekeying rekeying = new Rekeying(table, service, next);
        final List<Effect> effects = new ArrayList<>(rekeying.begin(new Egress(next, nextPipeline)));
        effects.addAll(table.configure(new Egress(next, nextPipeline), now));
        effects.addAll(rekeying.end());
        effects.addAll(unknown.configure(next, nextPipeline));
        effects.addAll(madeBySearches.configure(service, next, now));
        final Service before = service;
        final Pipeline beforePipeline = pipeline;
        service = next;
        never = next.neverClients();
        pipeline = nextPipeline;
        givenConflicts.keep(conflict -> next.givenTo(conflict.client())
                        .filter(device -> device.name().equals(conflict.device()))
                        .isPresent()
                && next.devices().stream().anyMatch(device -> device.name().equals(conflict.other())));
        effects.addAll(learnedConflicts.configure(before, beforePipeline, next, nextPipeline, this::learnsFrom));
        return effects;
    }

    /** Whether the same addresses have one session in two configurations of a service. */
    public static boolean isKeyedAlike(final Service before, final Service next) {
        return Stream.of(Family.values()).allMatch(family -> Rekeying.isKeyedAlike(before, next, family));
    }

    /** The numbers of services and devices are others now. */
    public void renumbered(final Pipeline next) {
        table.renumbered(new Egress(service, next));
        unknown.renumbered(next);
        pipeline = next;
    }

    /**
     * Takes the sessions from the entries that the switch holds.
     *
     * @param sources the learned sources of this service
     * @param returns the return sessions of this service
     * @param since see {@link SessionTable#adopt}
     */
    public List<Effect> adopt(final List<Flow> sources, final List<Flow> returns, final long since) {
        final Map<Boolean, List<Flow>> bySource = byWidth(sources);
        // Of a client's two the switch has used that of the higher priority.
        final Map<Boolean, List<Flow>> byReturn = byWidth(returns.stream()
                .sorted(Comparator.comparing((Flow flow) -> flow.key().priority())
                        .reversed())
                .toList());
        final List<Effect> effects = new ArrayList<>(table.adopt(
                Map.of(Kind.LEARNED_SOURCE, bySource.get(true), Kind.RETURN_SESSION, byReturn.get(true)), since));
        // Which of the addresses of one that was wider is the client, nobody knows.
        bySource.get(false).forEach(flow -> effects.add(SessionSide.delete(flow)));
        byReturn.get(false).forEach(flow -> effects.add(SessionSide.delete(flow)));
        return effects;
    }

    private Map<Boolean, List<Flow>> byWidth(final List<Flow> entries) {
        return entries.stream().collect(Collectors.partitioningBy(flow -> Pipeline.isOfOneSession(service, flow)));
    }

    /** The switch holds these entries, and no others, that keep misses of this service from being punted. */
    public void adoptSuppressed(final List<Flow> misses, final long now) {
        unknown.adoptSuppressed(misses, now);
    }

    /** The switch has lost all that it had: all sessions are to be written again. */
    public void lost() {
        table.lost();
    }

    /** Forgets the sessions that the switch has lost. */
    public void abandon() {
        table.abandon();
    }

    /** Ends all sessions. */
    public List<Effect> purge() {
        final List<Effect> effects = new ArrayList<>(unknown.purge());
        effects.addAll(learnedConflicts.purge(service, pipeline));
        effects.addAll(table.purge());
        return effects;
    }
}
