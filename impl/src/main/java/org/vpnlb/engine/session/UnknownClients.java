/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.session;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.event.Notice;
import org.vpnlb.engine.model.AddressConflict;
import org.vpnlb.engine.model.Attachment;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.neighbour.ClientSearch;
import org.vpnlb.engine.neighbour.ClientSearch.Answer;
import org.vpnlb.engine.neighbour.ClientSearch.Begun;
import org.vpnlb.engine.neighbour.ClientSearch.Waiting;
import org.vpnlb.engine.neighbour.Rates;
import org.vpnlb.engine.net.EthernetFrame;
import org.vpnlb.engine.net.Icmp;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.MacAddress;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.pipeline.Pipeline;
import org.vpnlb.engine.session.Counters.Ignored;

/**
 * What becomes of a server's frame to a client without a session: the devices are asked for the client, and where none
 * has it the server is told so. For a while then the switch drops what is sent there.
 */
final class UnknownClients {
    /** ICMP errors to the servers at one port in a second: a scan must not make vpnlb send as much as it sends. */
    private static final int ERRORS = 100;

    private static final int ERRORS_AT_ONCE = 200;

    private final ClientSearch search = new ClientSearch();
    private final Rates<Long> errors = new Rates<>(ERRORS, ERRORS_AT_ONCE);
    private final SuppressedMisses suppressed;
    private final PairConflicts conflicts = new PairConflicts();
    private final Counters.Tally tally;
    private Service service;

    UnknownClients(final Service service, final Pipeline pipeline, final Counters.Tally tally) {
        this.service = service;
        this.tally = tally;
        suppressed = new SuppressedMisses(service, pipeline);
    }

    /**
     * A server's frame to a client without a session.
     *
     * @param nextHop the MAC address to which it was sent
     */
    record Sent(IpAddress client, IpAddress server, MacAddress nextHop, Waiting frame) {}

    /**
     * A server sends to a client without a session. The device whose MAC address the frame has gets it; of any other
     * frame one that has the client.
     *
     * @param isPossible whether a device may have such a client
     * @param isBounded whether meters bound what is sent to the controller
     */
    List<Effect> sent(final Sent sent, final boolean isPossible, final boolean isBounded, final long now) {
        final IpAddress client = sent.client();
        final MacAddress nextHop = sent.nextHop();
        final Waiting frame = sent.frame();
        final Optional<Device> addressed = service.devices().stream()
                .filter(device -> device.egress().mac().equals(nextHop))
                .findFirst();
        if (addressed.isPresent()) {
            tally.ignored(Ignored.NO_SESSION);
            final List<Effect> effects =
                    new ArrayList<>(suppressed.suppressOrAll(client, nextHop, frame.inPort(), now));
            effects.addAll(toDevice(addressed.orElseThrow(), frame));
            return effects;
        }
        if (!search.isUnderWay(client) && suppressed.isActive(client, nextHop, frame.inPort(), now)) {
            // It was on its way when the server was told.
            tally.ignored(Ignored.NO_SESSION);
            return List.of();
        }
        final Begun begun = isPossible && service.egress().deviceSearch()
                ? search.sent(service, client, sent.server(), frame, now)
                : new Begun.Nobody();
        return switch (begun) {
            case Begun.Asked asked -> asked.questions();
            case Begun.Found found ->
                service.keeper(found.device())
                        .map(device -> toDevice(device, frame))
                        .orElseGet(() -> unreachable(client, List.of(frame), Ignored.NO_SESSION, now));
            case Begun.Full full -> {
                tally.ignored(Ignored.NO_SESSION);
                yield suppress(client, nextHop, frame.inPort(), isBounded, now);
            }
            case Begun.Nobody nobody -> {
                final boolean areOthersToBeFound = isBounded && isAnySearchedFor(client.family(), frame.inPort());
                final List<Effect> effects =
                        new ArrayList<>(suppress(client, nextHop, frame.inPort(), areOthersToBeFound, now));
                effects.addAll(unreachable(client, frame, Ignored.NO_SESSION, now));
                yield effects;
            }
            case Begun.TooMany many -> {
                // Nobody has searched for it, so that it is not to be hidden where meters bound what is punted.
                final List<Effect> effects = new ArrayList<>(
                        isBounded ? List.of() : suppressed.suppressAll(client.family(), nextHop, frame.inPort(), now));
                effects.addAll(unreachable(client, frame, Ignored.TOO_MANY_SEARCHES, now));
                yield effects;
            }
        };
    }

    /**
     * A server sends to an address of vpnlb's own: the gateway itself is not to say that it is unreachable.
     *
     * @param isBounded whether meters bound what is sent to the controller
     */
    List<Effect> sentToOurs(
            final IpAddress own, final MacAddress nextHop, final long inPort, final boolean isBounded, final long now) {
        tally.ignored(Ignored.NO_SESSION);
        return suppress(own, nextHop, inPort, isBounded, now);
    }

    /** Suppresses what is sent to an address; beyond the port's share all, unless others are still to be found. */
    private List<Effect> suppress(
            final IpAddress client,
            final MacAddress nextHop,
            final long inPort,
            final boolean areOthersToBeFound,
            final long now) {
        return areOthersToBeFound
                ? suppressed.suppress(client, nextHop, inPort, now)
                : suppressed.suppressOrAll(client, nextHop, inPort, now);
    }

    /** Whether clients of a family are searched for when servers at a port send to them. */
    private boolean isAnySearchedFor(final IpAddress.Family family, final long inPort) {
        return service.egress().deviceSearch()
                && service.egress().gatewayAddress(family).isPresent()
                && service.devices().stream()
                        .anyMatch(device ->
                                device.keepsSessions() && device.egress().port() != inPort);
    }

    /** A device says that it has a client. */
    Answer answered(final IpAddress client, final Device device, final long now) {
        return search.answered(client, device.name(), now);
    }

    /**
     * Two devices have a client, so nobody knows where to send what is for it.
     *
     * @param hasSession whether the client has a session all the same, since it has sent
     */
    List<Effect> contested(
            final IpAddress client,
            final Device device,
            final Answer.Contested answer,
            final boolean hasSession,
            final long now) {
        tally.ignored(Ignored.CONFLICT);
        final List<Effect> effects = new ArrayList<>();
        for (final Waiting frame : hasSession ? List.<Waiting>of() : answer.frames()) {
            effects.addAll(suppressed.suppress(client, service.virtualMac(), frame.inPort(), now));
            effects.addAll(tell(client, frame, now));
        }
        if (conflicts.claimed(client, answer.other(), device.name(), now)) {
            effects.add(
                    new Effect.Tell(new Notice.Conflict(service.name(), client, answer.other(), device.name(), true)));
        }
        return effects;
    }

    /** Nobody has a client: who sends there is told so, and the switch drops what follows for a while. */
    List<Effect> unreachable(final IpAddress client, final List<Waiting> frames, final Ignored reason, final long now) {
        final List<Effect> effects = new ArrayList<>();
        for (final Waiting frame : frames) {
            effects.addAll(suppressed.suppress(client, service.virtualMac(), frame.inPort(), now));
            effects.addAll(unreachable(client, frame, reason, now));
        }
        return effects;
    }

    /** A frame reaches nobody: who sends it is told so. */
    List<Effect> unreachable(final IpAddress client, final Waiting frame, final Ignored reason, final long now) {
        tally.ignored(reason);
        return tell(client, frame, now);
    }

    private List<Effect> tell(final IpAddress client, final Waiting frame, final long now) {
        return service.egress()
                .gatewayAddress(client.family())
                .flatMap(router -> Icmp.unreachable(frame.bytes(), service.virtualMac(), router))
                .filter(error -> errors.take(frame.inPort(), now))
                .<List<Effect>>map(error -> List.of(new Effect.SendFrame(frame.inPort(), error)))
                .orElse(List.of());
    }

    /** Sends a frame on to a device; a switch does not send one back to the port where it came in. */
    static List<Effect> toDevice(final Device device, final Waiting frame) {
        final Attachment egress = device.egress();
        return egress.port() == frame.inPort()
                ? List.of()
                : List.of(new Effect.SendFrame(
                        egress.port(), EthernetFrame.withDestination(frame.bytes(), egress.mac())));
    }

    /**
     * Does what is due.
     *
     * @param known the device that has a client by now
     */
    List<Effect> tick(final Function<IpAddress, Optional<Device>> known, final long now) {
        conflicts.expire(now);
        final List<Effect> effects = new ArrayList<>();
        search.over(now)
                .forEach((client, frames) -> known.apply(client)
                        .ifPresentOrElse(
                                device -> frames.forEach(frame -> effects.addAll(toDevice(device, frame))),
                                () -> effects.addAll(unreachable(client, frames, Ignored.NO_SESSION, now))));
        return effects;
    }

    /** When to {@link #tick} next; without that it may be late. */
    OptionalLong wakeAt() {
        return search.wakeAt();
    }

    /** The addresses for which two devices answered lately: one of each two. */
    List<AddressConflict> conflicts() {
        return conflicts.all();
    }

    /** How many entries the switch may hold that keep frames from being punted. */
    int suppressed(final long now) {
        return suppressed.possible(now);
    }

    /** The switch holds these entries, and no others, that keep frames of this service from being punted. */
    void adoptSuppressed(final List<Flow> misses, final long now) {
        suppressed.adopt(misses, now);
    }

    /** The configuration changed. */
    List<Effect> configure(final Service next, final Pipeline nextPipeline) {
        service = next;
        conflicts.keep(conflict -> next.keeper(conflict.device()).isPresent()
                && next.keeper(conflict.other()).isPresent());
        return suppressed.configure(next, nextPipeline);
    }

    /** The numbers of services and devices are others now. */
    void renumbered(final Pipeline next) {
        suppressed.renumbered(next);
    }

    /** The switch is connected anew: what was asked is answered no more. */
    void connected() {
        search.forget();
    }

    /** Ends all. */
    List<Effect> purge() {
        search.forget();
        return suppressed.release();
    }
}
