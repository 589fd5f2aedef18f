/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.vpnlb.engine.agent.PuntHandler.SessionChange;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.PinnedClient;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.net.ClientKey;
import org.vpnlb.engine.pipeline.SwitchLearnedFormat;
import org.vpnlb.engine.session.SessionClearing;
import org.vpnlb.engine.session.SessionMoves;

/** Does what an operator orders. */
record Orders(Plan plan, SwitchLearnedSessions switchLearned, PathOrders paths) {
    List<Effect> carryOut(final Event.Ordered event, final SessionChange sessions) {
        final Optional<ServiceHere> found = plan.services().named(event.service());
        if (found.isEmpty()) {
            return List.of();
        }
        final ServiceHere here = found.orElseThrow();
        return switch (event) {
            case Event.Cleared cleared -> clear(here, cleared, sessions);
            case Event.Rebalanced rebalanced -> rebalance(here, rebalanced, sessions);
            case Event.PathAsked asked -> paths.begin(here.service(), asked);
        };
    }

    /** Ends sessions. A client that is still there begins anew with its next packet. */
    private List<Effect> clear(final ServiceHere here, final Event.Cleared event, final SessionChange sessions) {
        if (switchLearned.learns(here.service())) {
            final Predicate<LearnedEntry> isMeant = learned -> event.filter().takes(learned.client(), learned.device());
            final List<LearnedEntry> all =
                    LearnedEntry.of(here.service(), plan, event.learned()).toList();
            final Set<ClientKey> clients =
                    all.stream().filter(isMeant).map(LearnedEntry::client).collect(Collectors.toSet());
            // What a search found of such a client lies below, and must not come to light again.
            return all.stream()
                    .filter(isMeant.or(learned -> clients.contains(learned.client())
                            && plan.pipeline()
                                    .learnedFormat()
                                    .isFound(learned.flow().key())))
                    .<Effect>map(learned -> new Effect.DeleteFlow(
                            learned.flow().key(), learned.flow().cookie()))
                    .toList();
        }
        return sessions.make(
                here,
                () -> here.tables()
                        .flatMap(table -> SessionClearing.clear(table, event.filter(), event.now()).stream())
                        .toList());
    }

    /** Gives pinned clients sessions with the devices of their slots. */
    private List<Effect> rebalance(final ServiceHere here, final Event.Rebalanced event, final SessionChange sessions) {
        final Map<ClientKey, Device> moves = new PinnedClients(plan, switchLearned).moves(here, event.clients());
        return switchLearned.learns(here.service())
                ? rewrite(here, event, moves)
                : sessions.make(
                        here,
                        () -> SessionMoves.move(here.clients().orElseThrow().table(), moves, event.now()));
    }

    /** The entry of a client that sends is above what the old device's packets teach: these do not bring it back. */
    private List<Effect> rewrite(
            final ServiceHere here, final Event.Rebalanced event, final Map<ClientKey, Device> moves) {
        final Service service = here.service();
        final SwitchLearnedFormat format = plan.pipeline().learnedFormat();
        final List<Effect> effects = new ArrayList<>();
        for (final PinnedClient pinned : event.clients()) {
            final ClientKey client = pinned.client();
            if (moves.containsKey(client)) {
                here.tally().moved();
                effects.add(new Effect.AddFlow(format.learnedClient(service, moves.get(client), client)));
                service.devices().stream()
                        .filter(device -> device.name().equals(pinned.from()))
                        .map(device -> format.toldClient(service, device, client))
                        .forEach(told -> effects.add(new Effect.DeleteFlow(told.key(), told.cookie())));
            }
        }
        return effects;
    }
}
