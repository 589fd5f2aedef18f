/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.event.Notice;
import org.vpnlb.engine.health.Prober;
import org.vpnlb.engine.model.Attachment;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Learning;
import org.vpnlb.engine.model.Miscabling;
import org.vpnlb.engine.model.Neighbour;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.neighbour.ClientSearch.Waiting;
import org.vpnlb.engine.neighbour.Neighbours;
import org.vpnlb.engine.net.ArpPacket;
import org.vpnlb.engine.net.EthernetFrame;
import org.vpnlb.engine.net.EthernetFrame.IpPacket;
import org.vpnlb.engine.net.NeighbourMessage;
import org.vpnlb.engine.net.NeighbourPacket;
import org.vpnlb.engine.pipeline.Cookie;
import org.vpnlb.engine.pipeline.Pipeline;
import org.vpnlb.engine.reconcile.Reconciler;
import org.vpnlb.engine.session.ClientSessions;
import org.vpnlb.engine.session.Counters.Ignored;
import org.vpnlb.engine.session.Counters.Punt;
import org.vpnlb.engine.session.PuntSuppression;

/** Gives each punted frame to whom it concerns: a check, a neighbour's request, a session. */
final class PuntHandler {
    /** Makes a change of a service's sessions, and moves slots when a device is full by it, or no longer. */
    interface SessionChange {
        List<Effect> make(ServiceHere here, Supplier<List<Effect>> change);
    }

    private final Prober prober;
    private final Neighbours neighbours;
    private final Reconciler reconciler;
    private final SwitchLearnedSessions switchLearned;
    private final PuntSuppression suppressedSources;
    private final IcmpHandler icmp;

    PuntHandler(
            final Prober prober,
            final Neighbours neighbours,
            final Reconciler reconciler,
            final SwitchLearnedSessions switchLearned,
            final PuntSuppression suppressedSources,
            final IcmpHandler icmp) {
        this.prober = prober;
        this.neighbours = neighbours;
        this.reconciler = reconciler;
        this.switchLearned = switchLearned;
        this.suppressedSources = suppressedSources;
        this.icmp = icmp;
    }

    List<Effect> handle(
            final Event.Punted event,
            final Mode.Here mode,
            final ServicesHere services,
            final Pipeline pipeline,
            final SessionChange sessions) {
        final Optional<Cookie> parsed = Cookie.parse(event.cookie());
        if (parsed.isEmpty()) {
            return List.of();
        }
        final Cookie cookie = parsed.orElseThrow();
        final Punt reason = Punt.of(cookie.kind());
        if (cookie.kind().isCheck()) {
            services.of(cookie).ifPresent(here -> here.tally().punted(reason));
            return prober.receive(event.cookie(), event.frame(), event.now());
        }
        final Optional<EthernetFrame> headers = EthernetFrame.parse(event.frame());
        if (headers.isEmpty()) {
            ignored(services.of(cookie).or(() -> services.at(event.inPort())), reason, Ignored.MALFORMED);
            return List.of();
        }
        final EthernetFrame frame = headers.orElseThrow();
        return switch (frame.payload()) {
            case ArpPacket arp -> ofNeighbour(event, frame, arp, mode, services, pipeline);
            case IpPacket packet ->
                switch (cookie.kind()) {
                    case SELECTION -> newClient(services.of(cookie), frame, packet, event, mode, sessions);
                    case TO_CLIENT -> fromDevice(services.of(cookie), frame, packet, event, mode, sessions);
                    case LEARNED_SOURCE -> newSource(frame, packet, event, mode, services, pipeline);
                    case CONTESTED -> contested(cookie, packet, event, services, pipeline);
                    case RETURN_SESSION -> missingReturn(services.of(cookie), frame, packet, event, mode, pipeline);
                    case ICMP_ERROR ->
                        services.of(cookie)
                                .map(here -> icmp.error(here, packet, event))
                                .orElse(List.of());
                    case ECHO_REQUEST ->
                        services.of(cookie)
                                .map(here -> icmp.echo(here, frame, packet, event))
                                .orElse(List.of());
                    case CLASSIFY ->
                        NeighbourPacket.parse(event.frame())
                                .map(message -> ofNeighbour(event, frame, message, mode, services, pipeline))
                                .orElse(List.of());
                    case CLIENT_SESSION, SUPPRESSION, ADDRESS_ANSWER, INGRESS_CHECK, EGRESS_CHECK, DEVICE, SIDE ->
                        List.of();
                };
            case EthernetFrame.Other other -> List.of();
        };
    }

    /** What a host asks or says about who has an address. */
    private List<Effect> ofNeighbour(
            final Event.Punted event,
            final EthernetFrame frame,
            final NeighbourMessage message,
            final Mode.Here mode,
            final ServicesHere services,
            final Pipeline pipeline) {
        final List<Effect> effects =
                new ArrayList<>(prober.sources().heard(message, event.inPort(), event.frame(), event.now()));
        effects.addAll(miscabled(services.withIngressMac(frame.source()), Side.INGRESS, event));
        effects.addAll(asked(event, frame, message, services, pipeline));
        if (message.isAnswer()) {
            effects.addAll(answered(event, frame, message, mode, services, pipeline));
        }
        return effects;
    }

    /** A device answers to the virtual MAC address: it may have a client that is searched for. */
    private List<Effect> answered(
            final Event.Punted event,
            final EthernetFrame frame,
            final NeighbourMessage message,
            final Mode.Here mode,
            final ServicesHere services,
            final Pipeline pipeline) {
        final List<Effect> effects = new ArrayList<>();
        for (final ServicesHere.DeviceSide side : services.withEgressMac(frame.source())) {
            final Service service = side.here().service();
            final Attachment egress = side.device().egress();
            if (egress.port() == event.inPort()
                    && message.senderMac().equals(egress.mac())
                    && frame.destination().equals(service.virtualMac())) {
                side.here().tally().punted(Punt.CLIENT_FOUND);
                final Optional<Learning> learner = mode.isReading()
                        ? Optional.empty()
                        : Optional.of(switchLearned.learns(service) ? Learning.SWITCH : Learning.CONTROLLER);
                effects.addAll(side.here()
                        .returns()
                        .orElseThrow()
                        .found(side.device(), message.senderAddress(), learner, pipeline, event.now()));
            }
        }
        return effects;
    }

    /** A host asks for the MAC address of an address of ours. */
    private List<Effect> asked(
            final Event.Punted event,
            final EthernetFrame frame,
            final NeighbourMessage message,
            final ServicesHere services,
            final Pipeline pipeline) {
        final Optional<ServiceHere> asked = services.answering(message.targetAddress());
        if (!message.isRequest() || asked.isEmpty() || prober.sources().isUnclaimed(message.targetAddress())) {
            return List.of();
        }
        final ServiceHere here = asked.orElseThrow();
        here.tally().punted(Punt.ADDRESS_ASKED);
        final List<Effect> effects = new ArrayList<>();
        if (neighbours.mayAnswer(here.service(), event.inPort(), event.now())) {
            effects.add(new Effect.SendFrame(
                    event.inPort(), message.answer(here.service().virtualMac())));
        } else {
            here.tally().ignored(Ignored.TOO_MANY_REQUESTS);
        }
        neighbours
                .asked(
                        event.inPort(),
                        frame,
                        message,
                        here.service(),
                        address -> services.answering(address).map(ServiceHere::service),
                        pipeline,
                        event.now())
                .ifPresent(change -> {
                    change.dropped().ifPresent(oldest -> drop(oldest, services, pipeline, effects));
                    reconciler.wrote(change.answer());
                    effects.add(new Effect.AddFlow(change.answer()));
                });
        return effects;
    }

    private void drop(
            final Neighbour oldest, final ServicesHere services, final Pipeline pipeline, final List<Effect> effects) {
        services.answering(oldest.asked())
                .map(here -> pipeline.addressAnswer(here.service(), oldest))
                .ifPresent(flow -> {
                    reconciler.removed(flow.key());
                    effects.add(new Effect.DeleteFlow(flow.key(), flow.cookie()));
                });
    }

    /** The copy of a packet of a client without a session. */
    private List<Effect> newClient(
            final Optional<ServiceHere> service,
            final EthernetFrame frame,
            final IpPacket packet,
            final Event.Punted event,
            final Mode.Here mode,
            final SessionChange sessions) {
        if (service.isEmpty() || service.orElseThrow().clients().isEmpty()) {
            return List.of();
        }
        final ServiceHere here = service.orElseThrow();
        here.tally().punted(Punt.NEW_CLIENT);
        final ClientSessions clients = here.clients().orElseThrow();
        // What a group sent is a copy, and has the device's address.
        final boolean isCopy = !frame.destination().equals(here.service().virtualMac());
        // Ignore it when the switch learns, or a change of the learner is under way.
        if (switchLearned.learns(here.service()) || mode.isReading()) {
            return isCopy ? List.of() : clients.passOn(packet, event.frame(), here.choice());
        }
        return sessions.make(
                here,
                () -> !isCopy
                        ? clients.admit(
                                packet,
                                event.frame(),
                                event.now(),
                                here.choice(),
                                device -> prober.answerMillis(here.service(), device))
                        : clients.learn(frame, packet, event.frame(), event.now()));
    }

    /** The copy of a packet that a device sent to a client whose slot says another device. */
    private List<Effect> fromDevice(
            final Optional<ServiceHere> service,
            final EthernetFrame frame,
            final IpPacket packet,
            final Event.Punted event,
            final Mode.Here mode,
            final SessionChange sessions) {
        if (service.isEmpty() || service.orElseThrow().clients().isEmpty()) {
            return List.of();
        }
        final ServiceHere here = service.orElseThrow();
        here.tally().punted(Punt.TO_CLIENT);
        return switchLearned.learns(here.service()) || mode.isReading()
                ? List.of()
                : sessions.make(
                        here,
                        () -> here.clients().orElseThrow().learnFromDevice(frame, packet, event.frame(), event.now()));
    }

    /** The copy of a packet that came in at the egress side with a source that is not learned yet. */
    private List<Effect> newSource(
            final EthernetFrame frame,
            final IpPacket packet,
            final Event.Punted event,
            final Mode.Here mode,
            final ServicesHere services,
            final Pipeline pipeline) {
        final List<ServicesHere.DeviceSide> sides = services.withEgressMac(frame.source());
        for (final ServicesHere.DeviceSide side : sides) {
            final Device device = side.device();
            if (device.egress().port() == event.inPort()) {
                final ServiceHere here = side.here();
                here.tally().punted(Punt.UNKNOWN_SOURCE);
                if ((switchLearned.learns(here.service()) || mode.isReading())
                        && device.keepsSessions()
                        && here.service().givenTo(packet.source()).isEmpty()) {
                    return List.of();
                }
                return here.returns().orElseThrow().learn(device, packet, event.now());
            }
        }
        ignored(
                services.at(event.inPort()),
                Punt.UNKNOWN_SOURCE,
                sides.isEmpty() ? Ignored.UNKNOWN_MAC : Ignored.WRONG_PORT);
        final List<Effect> effects = new ArrayList<>(suppressedSources.suppress(
                pipeline.suppressedSource(
                        event.inPort(), frame.source(), packet.source().family()),
                event.now()));
        effects.addAll(miscabled(sides, Side.EGRESS, event));
        return effects;
    }

    /** The copy of a device's frame with a source that two devices may send, where the switch learns by itself. */
    private static List<Effect> contested(
            final Cookie cookie,
            final IpPacket packet,
            final Event.Punted event,
            final ServicesHere services,
            final Pipeline pipeline) {
        final Optional<ServiceHere> here =
                services.of(cookie).filter(found -> found.returns().isPresent());
        here.ifPresent(found -> found.tally().punted(Punt.of(cookie.kind())));
        return here.flatMap(ServiceHere::returns)
                .map(returns -> returns.heard(cookie.device(), packet.source(), pipeline, event.now()))
                .orElse(List.of());
    }

    /** A frame came in with the MAC address that devices have on a side; what is news of those that are elsewhere. */
    private static List<Effect> miscabled(
            final List<ServicesHere.DeviceSide> devices, final Side side, final Event.Punted event) {
        final List<Effect> effects = new ArrayList<>();
        for (final ServicesHere.DeviceSide found : devices) {
            final Service service = found.here().service();
            final Miscabling miscabling = Miscabling.of(service, side, found.device(), event.inPort());
            final Attachment own = found.device().on(side);
            if (!found.device().isAt(own.node(), event.inPort(), own.mac())
                    && found.here().miscablings().see(miscabling, event.now())) {
                effects.add(new Effect.Tell(new Notice.Miscabled(service.name(), miscabling)));
            }
        }
        return effects;
    }

    /** A server's packet to a client for which the switch has no return session. */
    private static List<Effect> missingReturn(
            final Optional<ServiceHere> service,
            final EthernetFrame frame,
            final IpPacket packet,
            final Event.Punted event,
            final Mode.Here mode,
            final Pipeline pipeline) {
        if (service.isEmpty() || service.orElseThrow().returns().isEmpty()) {
            return List.of();
        }
        final ServiceHere here = service.orElseThrow();
        here.tally().punted(Punt.NO_RETURN);
        return mode.isReading()
                ? List.of()
                : here.returns()
                        .orElseThrow()
                        .answer(new Waiting(event.inPort(), event.frame()), frame, packet, pipeline, event.now());
    }

    private static void ignored(final Optional<ServiceHere> service, final Punt reason, final Ignored ignored) {
        service.map(ServiceHere::tally).ifPresent(tally -> {
            tally.punted(reason);
            tally.ignored(ignored);
        });
    }
}
