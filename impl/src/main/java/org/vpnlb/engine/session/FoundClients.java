/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.session;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Learning;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.neighbour.ClientSearch.Answer;
import org.vpnlb.engine.neighbour.ClientSearch.Waiting;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.pipeline.Pipeline;
import org.vpnlb.engine.pipeline.SwitchLearnedFormat;
import org.vpnlb.engine.session.Counters.Ignored;
import org.vpnlb.engine.session.SessionSide.Egress;

/**
 * The return sessions of clients that were searched for. The first device that answers has the session, and the
 * servers' frames go on at once: to wait for others would cost each first packet that time. When a second one answers
 * the session is taken back, unless the client has made it by sending: nobody knows which of them is right, and what is
 * wrong must not go on in silence.
 *
 * @param service the service
 * @param pipeline the pipeline with what the switch that is connected can do
 * @param learner who learns the sessions; empty while that changes, so that none can be made
 * @param table those that the controller learns
 * @param unknown the searches
 * @param made the sessions that searches made
 * @param tally counts them
 */
record FoundClients(
        Service service,
        Pipeline pipeline,
        Optional<Learning> learner,
        SessionTable table,
        UnknownClients unknown,
        FoundSessions made,
        Counters.Tally tally) {
    /** A device that may have a client says that it has it. */
    List<Effect> found(final Device device, final IpAddress client, final long now) {
        return switch (unknown.answered(client, device, now)) {
            case Answer.First first -> first(device, client, first.frames(), now);
            case Answer.Contested contested -> {
                final List<Effect> effects = new ArrayList<>(takeBack(contested.other(), client));
                final boolean hasSession = table.get(key(client)) != null;
                effects.addAll(unknown.contested(client, device, contested, hasSession, now));
                yield effects;
            }
            case Answer.Again again -> {
                tally.ignored(Ignored.ALREADY_KNOWN);
                yield List.of();
            }
            case Answer.NotAsked none -> {
                tally.ignored(Ignored.NOT_ASKED);
                yield List.of();
            }
        };
    }

    private List<Effect> first(
            final Device device, final IpAddress client, final List<Waiting> frames, final long now) {
        final List<Effect> effects = new ArrayList<>();
        final Session known = table.get(key(client));
        if (known != null) {
            made.foundToo(key(client), client);
        } else if (learner.isPresent() && isFull(device, now)) {
            // The client is there all the same: it has its session when it answers.
            tally.rejected();
        } else if (learner.isPresent()) {
            final Optional<Flow> entry = isSwitch() ? Optional.of(entry(device, client)) : Optional.empty();
            made.made(key(client), client, entry, now);
            effects.addAll(entry.<List<Effect>>map(flow -> List.of(new Effect.AddFlow(flow)))
                    .orElseGet(() -> create(key(client), device, now)));
        }
        final Device holder = known == null ? device : known.device();
        frames.forEach(frame -> effects.addAll(UnknownClients.toDevice(holder, frame)));
        return effects;
    }

    /** Without a learned source: the client's first frame comes to the controller, and tells that it has sent. */
    private List<Effect> create(final IpAddress key, final Device device, final long now) {
        table.history().began(key, device);
        table.put(key, Session.of(table.side().initial(), device, Session.GONE));
        final List<Effect> effects = new ArrayList<>();
        effects.add(table.writeEntry(Egress.RETURN_SESSION, key, now));
        effects.addAll(table.updateLimits());
        return effects;
    }

    private boolean isFull(final Device device, final long now) {
        final boolean isLimit = isSwitch() ? pipeline.learnedFormat().isReturnFull(service, device) : table.isFull();
        return isLimit
                || made.isFull(
                        service.egress().maxSessions(),
                        (session, at) -> isSwitch()
                                // The switch does not tell when it ends.
                                ? at + SwitchLearnedFormat.FOUND_SECONDS * 1000L > now
                                : isAsMade(table.get(session), at),
                        now);
    }

    /** Whether a session is as it was made: when a client of its sends, its source is learned. */
    private static boolean isAsMade(final Session session, final long at) {
        return session != null
                && session.writtenAt(Egress.LEARNED_SOURCE) == Session.GONE
                && session.writtenAt(Egress.RETURN_SESSION) == at;
    }

    private List<Effect> takeBack(final String device, final IpAddress client) {
        final List<Effect> effects = new ArrayList<>();
        final IpAddress key = key(client);
        final long at = made.madeAt(key);
        if (!made.isOf(key, client, at)) {
            return effects;
        }
        final Session session = table.get(key);
        if (isAsMade(session, at) && session.device().name().equals(device)) {
            table.side().deleteEntries(key, session.device(), effects);
            table.end(key);
            tally.purged();
            effects.addAll(table.updateLimits());
        } else if (session == null && isSwitch()) {
            service.keeper(device)
                    .map(holder -> entry(holder, client))
                    .ifPresent(flow -> effects.add(new Effect.DeleteFlow(flow.key(), flow.cookie())));
        }
        made.end(key);
        return effects;
    }

    private IpAddress key(final IpAddress client) {
        return Pipeline.ofSession(service, client).address();
    }

    /** Whether the switch learns by itself: what a search found is below what it learns. */
    private boolean isSwitch() {
        return learner.filter(Learning.SWITCH::equals).isPresent();
    }

    private Flow entry(final Device device, final IpAddress client) {
        return pipeline.learnedFormat().foundReturn(service, device, client);
    }
}
