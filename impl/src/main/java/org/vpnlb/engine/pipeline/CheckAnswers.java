/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import org.vpnlb.engine.model.Check;
import org.vpnlb.engine.model.PathStep;
import org.vpnlb.engine.model.Place;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.model.Target;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpDatagram;
import org.vpnlb.engine.net.IpPrefix;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Match;
import org.vpnlb.engine.pipeline.Cookie.Kind;

/** What of table 0 brings the devices' answers to the controller's checks; the cookie tells device and side. */
final class CheckAnswers {
    /** Destination unreachable and echo reply (RFC 4443): what asks for the source's MAC address is ICMPv6 too. */
    private static final List<Integer> ANSWERS_V6 = List.of(1, 129);

    private final Layout layout;
    private final Metering metering;

    CheckAnswers(final Layout layout, final Metering metering) {
        this.layout = layout;
        this.metering = metering;
    }

    /** The checks that go through a switch, by the cookie of the entries that send their answers: a device's side. */
    Map<Long, List<Check>> checks(final Site site) {
        final Map<Long, List<Check>> checks = new TreeMap<>();
        for (final Service service : site.services()) {
            service.devices()
                    .forEach(device -> Check.of(service, device).stream()
                            .filter(check -> check.node().equals(site.node()))
                            .forEach(check -> checks.computeIfAbsent(
                                            layout.cookie(kind(check.subject().side()), service, device),
                                            cookie -> new ArrayList<>())
                                    .add(check)));
        }
        return checks;
    }

    /** The entries for the answers to all checks that go through a switch, and to tests of the path. */
    List<Flow> flows(final Site site) {
        final List<Flow> flows = new ArrayList<>();
        final Map<Long, Set<Match>> answers = new TreeMap<>();
        checks(site)
                .forEach((cookie, checks) ->
                        checks.forEach(check -> answers.computeIfAbsent(cookie, known -> new LinkedHashSet<>())
                                .addAll(answers(check.place(), check.target()))));
        for (final Service service : site.at(Side.INGRESS)) {
            service.devices().stream()
                    .filter(device -> device.ingress().node().equals(site.node()))
                    .forEach(device -> PathStep.of(service, device).stream()
                            .filter(step -> step.side() == Side.INGRESS)
                            .flatMap(step -> step.target().stream())
                            .forEach(target -> answers.computeIfAbsent(
                                            layout.cookie(kind(Side.INGRESS), service, device),
                                            known -> new LinkedHashSet<>())
                                    .addAll(answersByIp(device.ingress().place(), target))));
        }
        answers.forEach((cookie, matches) -> matches.forEach(match -> flows.add(answer(match, cookie))));
        return flows;
    }

    /** The answers of a device have a meter of their own: no flood of anything else makes it seem down. */
    private Flow answer(final Match match, final long cookie) {
        return metering.bound(
                layout.flow(Band.CHECK_ANSWER, match, cookie, List.of(PuntLength.WHOLE_FRAME.action())),
                Layout.meter(Cookie.parse(cookie).orElseThrow()));
    }

    private static List<Match> answers(final Place place, final Target target) {
        final List<Match> answers = new ArrayList<>();
        answers.add(from(place, target, NeighbourMatches.tells(target.targetAddress()))
                .build());
        if (target.kind() != Target.Kind.ARP) {
            answers.addAll(answersByIp(place, target));
        }
        return answers;
    }

    private static List<Match> answersByIp(final Place place, final Target target) {
        final List<Match> answers = new ArrayList<>();
        // Echo replies, and the error where nobody listens: a host sends it from the address that was asked.
        if (target.targetAddress().family() == IpAddress.Family.V4) {
            answers.add(fromAsked(place, target, IpDatagram.ICMP).build());
        } else {
            ANSWERS_V6.forEach(type -> answers.add(
                    fromAsked(place, target, IpDatagram.ICMPV6).icmpType(type).build()));
        }
        protocol(target.kind())
                .ifPresent(protocol -> answers.add(fromAsked(place, target, protocol)
                        .sourcePort(target.port())
                        .build()));
        return answers;
    }

    /** The protocol with ports in which a check asks, and is answered. */
    private static OptionalInt protocol(final Target.Kind kind) {
        return switch (kind) {
            case ARP, ICMP -> OptionalInt.empty();
            case TCP -> OptionalInt.of(IpDatagram.TCP);
            case IKE, UDP -> OptionalInt.of(IpDatagram.UDP);
        };
    }

    /** Matches what the device sends from the very address that is asked: its clients have others. */
    private static Match.Builder fromAsked(final Place place, final Target target, final int protocol) {
        return from(place, target, Match.ip(target.targetAddress().family()))
                .ipProtocol(protocol)
                .ipSource(IpPrefix.of(target.targetAddress()))
                .ipDestination(IpPrefix.of(target.sourceAddress()));
    }

    private static Match.Builder from(final Place place, final Target target, final Match.Builder match) {
        return Places.at(place, match).etherSource(target.targetMac()).etherDestination(target.sourceMac());
    }

    static Kind kind(final Side side) {
        return switch (side) {
            case INGRESS -> Kind.INGRESS_CHECK;
            case EGRESS -> Kind.EGRESS_CHECK;
        };
    }
}
