/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.vpnlb.engine.agent.PuntHandler.SessionChange;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.neighbour.Neighbours;
import org.vpnlb.engine.net.ClientKey;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.pipeline.Cookie;
import org.vpnlb.engine.pipeline.Pipeline;
import org.vpnlb.engine.reconcile.Reconciler;
import org.vpnlb.engine.session.SessionTable;

/** Forgets the entries that a switch has removed or refused: what it does not hold must not be taken for held. */
record GoneEntries(Plan plan, Neighbours neighbours, Reconciler reconciler, Audits audits) {
    private static final String SOMEBODY_ELSE = "an entry of somebody else's has its place";

    /** A session's entry. */
    private record OfSession(ServiceHere here, SessionTable table, Cookie.Kind kind, ClientKey client) {}

    private Optional<OfSession> session(final Flow.Key key, final long cookie) {
        final Optional<Cookie> parsed = Cookie.parse(cookie);
        final Optional<ClientKey> client = parsed.flatMap(mark -> Pipeline.client(mark, key));
        if (client.isEmpty()) {
            return Optional.empty();
        }
        final Cookie.Kind kind = parsed.orElseThrow().kind();
        return plan.services()
                .of(parsed.orElseThrow())
                .flatMap(here -> here.table(kind).map(table -> new OfSession(here, table, kind, client.orElseThrow())));
    }

    /** The switch refused an effect, or somebody else has the place of what it writes. */
    List<Effect> refused(final Event.Refused refused, final SessionChange sessions) {
        if (!(refused.effect() instanceof Effect.AddFlow add)) {
            return reconciler.onRefused(refused);
        }
        final Flow flow = add.flow();
        if (Cookie.parse(flow.cookie())
                .flatMap(cookie -> Pipeline.client(cookie, flow.key()))
                .isPresent()) {
            return session(flow.key(), flow.cookie())
                    .map(of -> sessions.make(of.here(), () -> of.table().refused(of.client(), of.kind(), flow)))
                    .orElse(List.of());
        }
        if (neighbours.removed(flow.key(), flow.cookie())) {
            reconciler.removed(flow.key());
            return List.of();
        }
        return reconciler.onRefused(refused);
    }

    /** Leaves out of effects what would take the place of somebody else's entry. */
    List<Effect> withRoom(final List<Effect> effects, final SessionChange sessions) {
        final Set<Flow.Key> taken = reconciler.foreign().entries();
        if (taken.isEmpty()) {
            return effects;
        }
        final List<Effect> left = new ArrayList<>();
        for (final Effect effect : effects) {
            final Flow written = switch (effect) {
                case Effect.AddFlow add -> add.flow();
                case Effect.AddLater add -> add.flow();
                default -> null;
            };
            if (written != null && taken.contains(written.key())) {
                left.addAll(refused(new Event.Refused(new Effect.AddFlow(written), SOMEBODY_ELSE), sessions));
            } else {
                left.add(effect);
            }
        }
        return left;
    }

    /** The switch removed an entry. */
    List<Effect> removed(final Event.FlowRemoved event, final Mode mode, final SessionChange sessions) {
        audits.removed(event, mode);
        if (neighbours.removed(event.key(), event.cookie())) {
            reconciler.removed(event.key());
        }
        final Optional<OfSession> found = session(event.key(), event.cookie());
        if (found.isEmpty()) {
            return List.of();
        }
        final OfSession of = found.orElseThrow();
        final int before = of.table().entries();
        final List<Effect> effects = sessions.make(of.here(), () -> of.table().removed(of.client(), of.kind(), event));
        if (event.reason() == Event.FlowRemoved.Reason.DELETED && of.table().entries() < before) {
            // Not by vpnlb, which forgets a session before it deletes its entries.
            audits.hurry(event.now());
        }
        return effects;
    }
}
