/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.neighbour;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.model.Neighbour;
import org.vpnlb.engine.model.Place;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.net.ArpPacket;
import org.vpnlb.engine.net.EthernetFrame;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.NeighbourMessage;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.pipeline.Pipeline;

/** The neighbours of one switch: whom the switch answers by itself, and who has been told a gratuitous ARP. */
public final class Neighbours {
    /** So many entries at most: made-up neighbours must not fill the switch. */
    private static final int MAX = 1000;
    /** Answers of a service to the hosts at one port, in a second; far more than real hosts need. */
    private static final int ANSWERS = 200;

    private static final int ANSWERS_AT_ONCE = 400;
    /** New entries of a service for the hosts at one port, in a second. */
    private static final int ENTRIES = 200;

    private static final int ENTRIES_AT_ONCE = 2 * MAX;

    /**
     * A neighbour is new.
     *
     * @param answer the entry by which the switch is to answer it from now on
     * @param dropped the neighbour whose entry is to go
     */
    public record Change(Flow answer, Optional<Neighbour> dropped) {}

    /** Those who ask for addresses of a service at a port. */
    private record Asking(String service, long inPort) {}

    private final String node;
    private final KnownNeighbours known = new KnownNeighbours();

    private final Map<Asking, TokenBucket> answers = new HashMap<>();
    private final Map<Asking, TokenBucket> entries = new HashMap<>();
    private Set<GratuitousArp> announced = Set.of();

    /**
     * No neighbour yet.
     *
     * @param node the switch
     */
    public Neighbours(final String node) {
        this.node = node;
    }

    /**
     * Whether the controller answers a request for an address of a service that came in at a port: a flood of them must
     * cost little, and silence nobody who asks for another service.
     */
    public boolean mayAnswer(final Service service, final long inPort, final long now) {
        return take(answers, new Asking(service.name(), inPort), ANSWERS, ANSWERS_AT_ONCE, now);
    }

    private static boolean take(
            final Map<Asking, TokenBucket> buckets, final Asking who, final int rate, final int burst, final long now) {
        final TokenBucket bucket = buckets.get(who);
        final Optional<TokenBucket> left = (bucket == null ? TokenBucket.full(rate, burst, now) : bucket).take(now);
        left.ifPresent(next -> buckets.put(who, next));
        return left.isPresent();
    }

    /**
     * A host asked for an address of ours. Where the limit of neighbours is reached, a new one takes the place of
     * the one who has not asked for longest of the service that has most: a flood takes nobody's place elsewhere.
     *
     * @param inPort the port at which the request came in
     * @param service the service that answers for the address
     * @param answering the service that answers for an address
     * @return the new neighbour; empty when it asks by neighbour discovery, of whose messages OpenFlow 1.3 cannot
     *     change the flags, when it is known already, when too many are new, or when the host does not say who it is,
     *     as in a probe (RFC 5227), or contradicts itself
     */
    public Optional<Change> asked(
            final long inPort,
            final EthernetFrame frame,
            final NeighbourMessage message,
            final Service service,
            final Function<IpAddress, Optional<Service>> answering,
            final Pipeline pipeline,
            final long now) {
        if (!(message instanceof ArpPacket request)
                || frame.vlanId() != 0
                || !frame.source().equals(request.senderMac())
                || !frame.source().isStation()
                || !request.senderAddress().isHost()) {
            return Optional.empty();
        }
        final Neighbour neighbour = new Neighbour(
                Place.untagged(node, inPort), frame.source(), request.senderAddress(), request.targetAddress());
        if (known.remove(neighbour)) {
            known.add(neighbour);
            return Optional.empty();
        }
        if (!take(entries, new Asking(service.name(), inPort), ENTRIES, ENTRIES_AT_ONCE, now)) {
            return Optional.empty();
        }
        Optional<Neighbour> dropped = Optional.empty();
        if (known.size() >= MAX) {
            dropped = Optional.of(known.removeOldest(
                    address -> answering.apply(address).map(Service::name).orElse("")));
        }
        known.add(neighbour);
        return Optional.of(new Change(pipeline.addressAnswer(service, neighbour), dropped));
    }

    /** The switch holds an entry that may answer a neighbour. */
    public void adopt(final Flow flow) {
        Pipeline.neighbour(node, flow.key(), flow.cookie()).ifPresent(known::add);
    }

    /** The switch removed an entry; whether it answered a neighbour. */
    public boolean removed(final Flow.Key key, final long cookie) {
        return Pipeline.neighbour(node, key, cookie).filter(known::remove).isPresent();
    }

    /**
     * The entries that answer all neighbours; those that asked for what is no address of ours any more are forgotten.
     *
     * @param answering the service that answers for an address
     */
    public List<Flow> answers(final Function<IpAddress, Optional<Service>> answering, final Pipeline pipeline) {
        known.keep(address -> answering.apply(address).isPresent());
        return known.all()
                .map(neighbour -> pipeline.addressAnswer(
                        answering.apply(neighbour.asked()).orElseThrow(), neighbour))
                .toList();
    }

    /** Sends each gratuitous ARP that has not been sent since the switch connected. */
    public List<Effect> announce(final List<Service> services, final Pipeline pipeline) {
        final Set<GratuitousArp> wanted = GratuitousArp.all(node, services, pipeline);
        final List<Effect> effects = new ArrayList<>();
        wanted.stream().filter(arp -> !announced.contains(arp)).forEach(arp -> effects.add(arp.toFrame()));
        announced = wanted;
        return effects;
    }

    /** The switch connected, or is gone: everybody is to be told again. */
    public void forgetAnnounced() {
        announced = Set.of();
    }
}
