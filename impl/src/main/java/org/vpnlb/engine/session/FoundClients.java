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
import org.vpnlb.engine.session.Counters.Ignored;

/**
 * The return sessions of clients that were searched for. The first device that answers has the session, and the
 * servers' frames go on at once: to wait for others would cost each first packet that time. When a second one answers
 * the session is taken back: nobody knows which of them is right, and what is wrong must not go on in silence.
 *
 * @param service the service
 * @param pipeline the pipeline with what the switch that is connected can do
 * @param learner who learns the sessions; empty while that changes, so that none can be made
 * @param table those that the controller learns
 * @param unknown the searches
 * @param tally counts them
 */
record FoundClients(
        Service service,
        Pipeline pipeline,
        Optional<Learning> learner,
        SessionTable table,
        UnknownClients unknown,
        Counters.Tally tally) {
    /** The part of the sessions that searches may use up; the rest is left to clients that send. */
    private static final double MOST = 0.9;

    /** A device that may have a client says that it has it. */
    List<Effect> found(final Device device, final IpAddress client, final long now) {
        return switch (unknown.answered(client, device, now)) {
            case Answer.First first -> first(device, client, first.frames(), now);
            case Answer.Contested contested -> {
                final List<Effect> effects = new ArrayList<>(takeBack(contested.other(), client));
                effects.addAll(unknown.contested(client, device, contested, now));
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
        if (learner.isPresent() && known == null) {
            if (isFull(device)) {
                tally.rejected();
                return unknown.unreachable(client, frames, Ignored.NO_SESSION, now);
            }
            effects.addAll(
                    isSwitch()
                            ? List.of(new Effect.AddFlow(entry(device, client)))
                            : table.create(key(client), device, now));
        }
        final Device holder = known == null ? device : known.device();
        frames.forEach(frame -> effects.addAll(UnknownClients.toDevice(holder, frame)));
        return effects;
    }

    private boolean isFull(final Device device) {
        return isSwitch()
                ? pipeline.learnedFormat().isReturnFull(service, device)
                : table.size() >= service.egress().maxSessions() * MOST;
    }

    private List<Effect> takeBack(final String device, final IpAddress client) {
        final List<Effect> effects = new ArrayList<>();
        final Session session = table.get(key(client));
        if (session != null && session.device().name().equals(device)) {
            table.side().deleteEntries(key(client), session.device(), effects);
            table.end(key(client));
            tally.purged();
            effects.addAll(table.updateLimits());
        } else if (session == null && isSwitch()) {
            service.keeper(device)
                    .map(holder -> entry(holder, client))
                    .ifPresent(flow -> effects.add(new Effect.DeleteFlow(flow.key(), flow.cookie())));
        }
        return effects;
    }

    private IpAddress key(final IpAddress client) {
        return Pipeline.ofSession(service, client).address();
    }

    /** Whether the switch learns by itself: the session is one as it would write it. */
    private boolean isSwitch() {
        return learner.filter(Learning.SWITCH::equals).isPresent();
    }

    private Flow entry(final Device device, final IpAddress client) {
        return pipeline.learnedFormat().learnedReturn(service, device, client);
    }
}
