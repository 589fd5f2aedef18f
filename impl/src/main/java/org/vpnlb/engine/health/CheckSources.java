/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.health;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.event.Notice;
import org.vpnlb.engine.model.Check;
import org.vpnlb.engine.model.CheckSource;
import org.vpnlb.engine.model.Renames;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.model.SourceConflict;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.MacAddress;
import org.vpnlb.engine.net.NeighbourMessage;
import org.vpnlb.engine.pipeline.Pipeline;

/**
 * Knows which of the addresses that checks come from are free around one switch. vpnlb takes one only when nobody
 * answers for it, and gives it up to whoever uses it: without checks clients are served, without their router they are
 * not (RFC 5227, section 2.4, leaves the choice).
 */
public final class CheckSources {
    private final String node;
    private final Map<Key, Watched> watched = new LinkedHashMap<>();
    /** When something is due; the end of time when nothing is. */
    private long next = Long.MAX_VALUE;

    private OptionalLong changed = OptionalLong.empty();

    private record Key(String service, Side side) {}

    /**
     * An address, and how it is asked for.
     *
     * @param source the address
     * @param watch what is known of it
     * @param mac the MAC address that asks
     * @param ports the ports of its side
     * @param others the ports of the other side, of which nothing is believed
     */
    private record Watched(CheckSource source, SourceWatch watch, MacAddress mac, Set<Long> ports, Set<Long> others) {
        Watched with(final SourceWatch next) {
            return new Watched(source, next, mac, ports, others);
        }
    }

    /**
     * No address yet.
     *
     * @param node the switch
     */
    public CheckSources(final String node) {
        this.node = node;
    }

    /**
     * The services of the switch are these. An address that is new is asked for.
     *
     * @param renames which services they were before
     */
    public void configure(final List<Service> services, final Renames renames, final long now) {
        final Map<Key, Watched> before = new HashMap<>();
        watched.forEach((key, known) ->
                renames.service(key.service).ifPresent(service -> before.put(new Key(service, key.side), known)));
        watched.clear();
        for (final Service service : services) {
            for (final Side side : Side.values()) {
                if (service.isAt(node, side)) {
                    final var key = new Key(service.name(), side);
                    CheckSource.of(service, side)
                            .ifPresent(source -> watched.put(
                                    key,
                                    new Watched(
                                            source,
                                            Optional.ofNullable(before.get(key))
                                                    .filter(known -> known.source
                                                            .address()
                                                            .equals(source.address()))
                                                    .map(Watched::watch)
                                                    .orElse(new SourceWatch.Asking(0, now)),
                                            service.virtualMac(),
                                            Pipeline.ports(node, services, side),
                                            Pipeline.ports(node, services, other(side)))));
                }
            }
        }
        schedule();
    }

    private void schedule() {
        next = watched.values().stream()
                .mapToLong(known -> known.watch.next())
                .min()
                .orElse(Long.MAX_VALUE);
    }

    private static Side other(final Side side) {
        return side == Side.INGRESS ? Side.EGRESS : Side.INGRESS;
    }

    /**
     * The switch is connected.
     *
     * @param isHeld whether it holds the entries by which vpnlb has an address
     */
    public void connected(final Predicate<IpAddress> isHeld, final long now) {
        watched.replaceAll((key, known) -> known.with(known.watch.connected(isHeld.test(known.source.address()), now)));
        schedule();
        changed = OptionalLong.empty();
    }

    /** When to call {@link #tick} next; empty when nobody is to be asked. */
    public OptionalLong wakeAt() {
        return next == Long.MAX_VALUE ? OptionalLong.empty() : OptionalLong.of(next);
    }

    /** Sends the probes that are due. */
    List<Effect> tick(final long now) {
        final List<Effect> effects = new ArrayList<>();
        if (next > now) {
            return effects;
        }
        watched.replaceAll((key, known) -> {
            if (known.watch.next() > now) {
                return known;
            }
            final SourceWatch after = known.watch.proceed(now);
            if (after instanceof SourceWatch.Claimed) {
                changed = OptionalLong.of(now);
            } else {
                final byte[] probe = NeighbourMessage.probe(known.source.address(), known.mac);
                known.ports.forEach(port -> effects.add(new Effect.SendFrame(port, probe)));
            }
            return known.with(after);
        });
        schedule();
        return effects;
    }

    /**
     * A message came in that may be of somebody who has one of the addresses.
     *
     * @param inPort the port at which it came in
     * @param frame the whole frame: where the switch kept it back, it is passed on
     */
    public List<Effect> heard(final NeighbourMessage message, final long inPort, final byte[] frame, final long now) {
        final List<Effect> effects = new ArrayList<>();
        watched.replaceAll((key, known) -> {
            if (!known.source.address().equals(message.senderAddress())
                    || known.mac.equals(message.senderMac())
                    || known.others.contains(inPort)) {
                return known;
            }
            final var conflict = new SourceConflict(known.source, message.senderMac(), node, inPort);
            switch (known.watch) {
                case SourceWatch.Somebodys somebodys -> {}
                case SourceWatch.Asking asking -> begin(conflict, effects, now);
                case SourceWatch.Claimed claimed -> {
                    begin(conflict, effects, now);
                    known.ports.stream()
                            .filter(port -> port != inPort)
                            .forEach(port -> effects.add(new Effect.SendFrame(port, frame)));
                }
            }
            return known.with(known.watch.heard(conflict, now));
        });
        schedule();
        return effects;
    }

    private void begin(final SourceConflict conflict, final List<Effect> effects, final long now) {
        changed = OptionalLong.of(now);
        effects.add(new Effect.Tell(new Notice.SourceTaken(conflict)));
    }

    /** When it last became another question which addresses vpnlb has, if it did since this was asked. */
    public OptionalLong takeChange() {
        final OptionalLong taken = changed;
        changed = OptionalLong.empty();
        return taken;
    }

    /** The addresses that vpnlb does not have. */
    public Set<CheckSource> unclaimed() {
        return notClaimed().collect(Collectors.toUnmodifiableSet());
    }

    /** Whether an address is one of those that vpnlb does not have. */
    public boolean isUnclaimed(final IpAddress address) {
        return notClaimed().anyMatch(source -> source.address().equals(address));
    }

    private Stream<CheckSource> notClaimed() {
        return watched.values().stream()
                .filter(known -> !(known.watch instanceof SourceWatch.Claimed))
                .map(Watched::source);
    }

    /** Whether a side of a device may be asked. */
    boolean isClaimed(final Check.Subject subject) {
        final Watched known = of(subject);
        return known == null || known.watch instanceof SourceWatch.Claimed;
    }

    /** Who has the address that a side of a device is to be asked from; empty when nobody is known to. */
    Optional<SourceConflict> conflict(final Check.Subject subject) {
        return conflicts(Stream.ofNullable(of(subject))).findFirst();
    }

    private Watched of(final Check.Subject subject) {
        return watched.get(new Key(subject.service(), subject.side()));
    }

    /** Who has addresses that the devices of a service are to be asked from. */
    public List<SourceConflict> conflicts(final String service) {
        return conflicts(Stream.of(Side.values())
                        .map(side -> watched.get(new Key(service, side)))
                        .filter(Objects::nonNull))
                .toList();
    }

    private static Stream<SourceConflict> conflicts(final Stream<Watched> some) {
        return some.map(Watched::watch)
                .filter(SourceWatch.Somebodys.class::isInstance)
                .map(watch -> ((SourceWatch.Somebodys) watch).conflict());
    }
}
