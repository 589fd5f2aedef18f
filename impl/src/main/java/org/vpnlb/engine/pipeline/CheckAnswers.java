/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.vpnlb.engine.model.Check;
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

    /** The entries for the answers to all checks that go through a switch. */
    List<Flow> flows(final Site site) {
        final List<Flow> flows = new ArrayList<>();
        checks(site)
                .forEach((cookie, checks) -> checks.stream()
                        .flatMap(check -> answers(check).stream())
                        .distinct()
                        .forEach(match -> flows.add(answer(match, cookie))));
        return flows;
    }

    /** The answers of a device have a meter of their own: no flood of anything else makes it seem down. */
    private Flow answer(final Match match, final long cookie) {
        return metering.bound(
                layout.flow(Band.CHECK_ANSWER, match, cookie, List.of(PuntLength.WHOLE_FRAME.action())),
                Layout.meter(Cookie.parse(cookie).orElseThrow()));
    }

    private static List<Match> answers(final Check check) {
        final Target target = check.target();
        final List<Match> answers = new ArrayList<>();
        answers.add(from(check, NeighbourMatches.tells(target.targetAddress())).build());
        if (target.kind() != Target.Kind.ARP) {
            // Echo replies, and the error where nobody listens: a host sends it from the address that was asked.
            if (target.targetAddress().family() == IpAddress.Family.V4) {
                answers.add(fromAsked(check, IpDatagram.ICMP).build());
            } else {
                ANSWERS_V6.forEach(type -> answers.add(
                        fromAsked(check, IpDatagram.ICMPV6).icmpType(type).build()));
            }
        }
        protocol(target.kind())
                .ifPresent(protocol -> answers.add(
                        fromAsked(check, protocol).sourcePort(target.port()).build()));
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
    private static Match.Builder fromAsked(final Check check, final int protocol) {
        final Target target = check.target();
        return from(check, Match.ip(target.targetAddress().family()))
                .ipProtocol(protocol)
                .ipSource(IpPrefix.of(target.targetAddress()))
                .ipDestination(IpPrefix.of(target.sourceAddress()));
    }

    private static Match.Builder from(final Check check, final Match.Builder match) {
        return Places.at(check.place(), match)
                .etherSource(check.target().targetMac())
                .etherDestination(check.target().sourceMac());
    }

    private static Kind kind(final Side side) {
        return switch (side) {
            case INGRESS -> Kind.INGRESS_CHECK;
            case EGRESS -> Kind.EGRESS_CHECK;
        };
    }
}
