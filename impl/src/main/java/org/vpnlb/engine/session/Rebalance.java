/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.session;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.vpnlb.engine.model.PinnedClient;
import org.vpnlb.engine.net.ClientKey;

/** Which pinned clients are moved to the devices of their slots, and how many at a time. */
public final class Rebalance {
    private static final int HUNDRED = 100;

    private Rebalance() {}

    /**
     * From one device to another.
     *
     * @param from the name of the device that loses clients
     * @param to the name of the device that gets them
     */
    public record Move(String from, String to) {}

    private record Ranked(PinnedClient client, double rank) {}

    /**
     * Chooses clients: of each move its share, in an order in which every beginning has these shares too.
     *
     * @param pinned all that may be chosen, each client once
     * @param number how many, at least 0; all when there are fewer
     */
    public static List<PinnedClient> choose(final Collection<PinnedClient> pinned, final int number) {
        final Map<Move, List<PinnedClient>> byMove = new LinkedHashMap<>();
        pinned.stream()
                .sorted(Comparator.comparing(PinnedClient::client, ClientKey.ORDER))
                .forEach(client -> byMove.computeIfAbsent(
                                new Move(client.from(), client.to()), move -> new ArrayList<>())
                        .add(client));
        final List<Ranked> ranked = new ArrayList<>();
        for (final List<PinnedClient> clients : byMove.values()) {
            for (int i = 0; i < clients.size(); i++) {
                ranked.add(new Ranked(clients.get(i), (i + 0.5) / clients.size()));
            }
        }
        return ranked.stream()
                .sorted(Comparator.comparingDouble(Ranked::rank))
                .limit(number)
                .map(Ranked::client)
                .toList();
    }

    /**
     * A share of a number, rounded up: of any client at all one moves at least.
     *
     * @param percent 1 to 100
     * @param number at least 0
     */
    public static int share(final int percent, final int number) {
        return (int) (((long) percent * number + HUNDRED - 1) / HUNDRED);
    }

    /** How many clients go from which device to which, in the order of the devices' names. */
    public static Map<Move, Integer> moves(final Collection<PinnedClient> chosen) {
        final Map<Move, Integer> moves = new LinkedHashMap<>();
        chosen.stream()
                .map(client -> new Move(client.from(), client.to()))
                .sorted(Comparator.comparing(Move::from).thenComparing(Move::to))
                .forEach(move -> moves.merge(move, 1, Integer::sum));
        return moves;
    }
}
