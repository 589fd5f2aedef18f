/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import java.util.ArrayList;
import java.util.List;
import org.vpnlb.engine.model.Attachment;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpPrefix;
import org.vpnlb.engine.net.MacAddress;
import org.vpnlb.engine.openflow.Action;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Flow.Timeouts;
import org.vpnlb.engine.openflow.Match;
import org.vpnlb.engine.pipeline.Cookie.Kind;

/**
 * Table 3: lets the controller know who is behind a device, from the source of what the device sends. Every frame goes
 * on to table 4, learned from or not.
 */
final class LearnedSourceStage implements Stage {
    /** The cookie of all suppressed sources, which are nobody's. */
    static final long SUPPRESSED_COOKIE = Layout.cookie(Kind.SUPPRESSION);

    private static final int SUPPRESSED_SECONDS = 30;
    private static final int SUPPRESSED_BRIEFLY_SECONDS = 5;
    /** Longer than {@code session.LearnedConflicts} takes to write them again. */
    private static final int CONTESTED_SECONDS = 30;

    private final Layout layout;
    private final Metering metering;
    private final LearnerEntriesByService learners;

    LearnedSourceStage(final Layout layout, final Metering metering, final LearnerEntriesByService learners) {
        this.layout = layout;
        this.metering = metering;
        this.learners = learners;
    }

    @Override
    public Table table() {
        return Table.LEARNED_SOURCES;
    }

    @Override
    public List<Flow> flows(final Site site) {
        final List<Flow> flows = new ArrayList<>();
        for (final Service service : site.at(Side.EGRESS)) {
            for (final Device device : service.devices()) {
                device.egress().address().ifPresent(own -> flows.add(neverLearned(service, device.egress(), own)));
                for (final IpPrefix prefix : service.innerPrefixes()) {
                    flows.addAll(unknown(device.egress(), prefix));
                }
                flows.addAll(given(service, device));
                if (device.keepsSessions() && learners.of(service).learnsFromAnySource()) {
                    flows.addAll(givenToOthers(service, device));
                }
            }
            flows.addAll(learners.of(service).learnedSources(service));
            flows.add(layout.toTable(
                    Band.NO_SOURCE, Match.ALL, Layout.cookie(Kind.LEARNED_SOURCE), List.of(), Table.RETURN_SESSIONS));
        }
        return flows;
    }

    /** A device's own addresses inside need nobody who learns; while it is down, its frames teach nothing as ever. */
    private List<Flow> given(final Service service, final Device device) {
        return device.keepsSessions()
                ? device.clientPrefixes().stream()
                        .map(prefix -> layout.toTable(
                                Band.GIVEN_SOURCE,
                                from(device.egress(), prefix),
                                layout.cookie(Kind.DEVICE, service, device),
                                List.of(),
                                Table.RETURN_SESSIONS))
                        .toList()
                : List.of();
    }

    /** The switch would learn these from the device. */
    private List<Flow> givenToOthers(final Service service, final Device device) {
        return service.devices().stream()
                .filter(other -> !other.name().equals(device.name()))
                .flatMap(other -> other.clientPrefixes().stream())
                .map(prefix -> copy(
                        Band.GIVEN_TO_ANOTHER,
                        Places.from(device.egress(), Match.ip(prefix.address().family())),
                        prefix,
                        MeterId.Kind.UNKNOWN_SOURCE,
                        device.egress()))
                .toList();
    }

    /** The addresses that have one session with an address. */
    static IpPrefix ofSession(final Service service, final IpAddress client) {
        return new IpPrefix(
                client,
                switch (client.family()) {
                    case V4 -> service.egress().sessionPrefixLengthV4();
                    case V6 -> service.egress().sessionPrefixLengthV6();
                });
    }

    /** The entry by which a client's frames from its device are known. */
    Flow source(final Service service, final Device device, final IpAddress client) {
        return layout.toTable(
                Band.LEARNED_SOURCE,
                from(device.egress(), ofSession(service, client)),
                layout.cookie(Kind.LEARNED_SOURCE, service, device),
                Timeouts.idle(service.egress().idleTimeout()),
                List.of(),
                Table.RETURN_SESSIONS);
    }

    /** Keeps frames of a MAC address that is no device's at this port from being punted for a while. */
    Flow suppressedSource(final long inPort, final MacAddress mac, final IpAddress.Family family) {
        return suppressed(Match.ip(family).inPort(inPort).etherSource(mac).build(), SUPPRESSED_SECONDS);
    }

    /** Keeps frames of a device with a source from which nothing is learned from being punted for a while. */
    Flow suppressedClient(final Device device, final IpAddress source) {
        return suppressed(from(device.egress(), source), SUPPRESSED_SECONDS);
    }

    /** Keeps frames of a device with sources that another device is given from being punted for a while. */
    Flow suppressedGiven(final Device device, final IpPrefix given) {
        return suppressed(from(device.egress(), given), SUPPRESSED_SECONDS);
    }

    /** Keeps frames of a device with a client that it cannot have just now from being punted for a few seconds. */
    Flow suppressedBriefly(final Device device, final IpPrefix source) {
        return suppressed(from(device.egress(), source), SUPPRESSED_BRIEFLY_SECONDS);
    }

    /**
     * The entry for the frames of a device with a source that another one may send too, where the switch learns.
     *
     * @param learns what the switch learns by them; nothing where it is not to learn
     * @param isAsked whether the controller gets a copy
     */
    Flow contested(
            final Service service,
            final Device device,
            final IpAddress source,
            final List<Action> learns,
            final boolean isAsked) {
        final List<Action> actions = new ArrayList<>();
        if (isAsked) {
            actions.add(metering.copy(
                    PuntLength.HEADERS,
                    Layout.meter(MeterId.Kind.UNKNOWN_SOURCE, device.egress().port())));
        }
        actions.addAll(learns);
        return layout.toTable(
                Band.CONTESTED_SOURCE,
                from(device.egress(), source),
                layout.cookie(Kind.CONTESTED, service, device),
                Timeouts.hard(CONTESTED_SECONDS),
                actions,
                Table.RETURN_SESSIONS);
    }

    private Flow suppressed(final Match match, final int seconds) {
        return layout.toTable(
                Band.SUPPRESSED_SOURCE,
                match,
                SUPPRESSED_COOKIE,
                Timeouts.hard(seconds),
                List.of(),
                Table.RETURN_SESSIONS);
    }

    private Flow neverLearned(final Service service, final Attachment egress, final IpAddress own) {
        return layout.toTable(
                Band.NEVER_LEARNED,
                from(egress, own),
                layout.cookie(Kind.LEARNED_SOURCE, service),
                List.of(),
                Table.RETURN_SESSIONS);
    }

    /** Where copies are metered, frames that are not the device's must not use up what its own may. */
    private List<Flow> unknown(final Attachment egress, final IpPrefix prefix) {
        final Match.Builder at =
                Places.at(egress.place(), Match.ip(prefix.address().family()));
        final Flow others = copy(Band.UNKNOWN_SOURCE, at, prefix, MeterId.Kind.STRAY_SOURCE, egress);
        if (!metering.boundsCopies()) {
            return List.of(others);
        }
        final Match.Builder own = Places.from(egress, Match.ip(prefix.address().family()));
        return List.of(copy(Band.UNKNOWN_CLIENT, own, prefix, MeterId.Kind.UNKNOWN_SOURCE, egress), others);
    }

    private Flow copy(
            final Band band,
            final Match.Builder match,
            final IpPrefix prefix,
            final MeterId.Kind kind,
            final Attachment egress) {
        return layout.toTable(
                band,
                match.ipSource(prefix).build(),
                Layout.cookie(Kind.LEARNED_SOURCE),
                List.of(metering.copy(PuntLength.HEADERS, Layout.meter(kind, egress.port()))),
                Table.RETURN_SESSIONS);
    }

    private static Match from(final Attachment egress, final IpAddress source) {
        return from(egress, IpPrefix.of(source));
    }

    private static Match from(final Attachment egress, final IpPrefix source) {
        return Places.from(egress, Match.ip(source.address().family()))
                .ipSource(source)
                .build();
    }
}
