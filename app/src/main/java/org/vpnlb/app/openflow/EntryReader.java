/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow;

import static com.google.common.util.concurrent.MoreExecutors.directExecutor;

import com.google.common.util.concurrent.FluentFuture;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.opendaylight.mdsal.binding.api.RpcService;
import org.opendaylight.yang.gen.v1.urn.opendaylight.direct.statistics.rev160511.GetFlowStatistics;
import org.opendaylight.yang.gen.v1.urn.opendaylight.direct.statistics.rev160511.GetFlowStatisticsInputBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.direct.statistics.rev160511.GetFlowStatisticsOutput;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.types.rev131026.FlowCookie;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.types.rev131026.flow.Match;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.types.rev131026.flow.MatchBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.NodeRef;
import org.opendaylight.yangtools.yang.common.RpcResult;
import org.opendaylight.yangtools.yang.common.Uint64;
import org.opendaylight.yangtools.yang.common.Uint8;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.net.IpAddress.Family;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Part;
import org.vpnlb.engine.pipeline.Cookie;
import org.vpnlb.engine.pipeline.Cookie.Kind;
import org.vpnlb.engine.pipeline.Footprint;

/**
 * Reads vpnlb's flow entries in a switch: all at once, or where there are very many part by part, since a switch may
 * forward nothing while it tells of them (Open vSwitch's userspace datapath).
 */
final class EntryReader {
    private static final int ALL_TABLES = 0xff;
    /** To tell of an entry takes a switch less time than to delete it. */
    private static final int PARTS_AT_ONCE = 4;

    private static final Match OF_IPV6 =
            match(Part.of(Part.End.SOURCE, Family.V6, 0, Family.V6.bits()).getFirst());

    private final RpcService rpcs;
    private final EntryCounter counter;
    private final Footprint footprint;
    /** The lengths of the shortest prefixes of inner addresses that have one entry. */
    private volatile Map<Family, Integer> shortest = Map.of(Family.V4, Family.V4.bits(), Family.V6, Family.V6.bits());

    EntryReader(final RpcService rpcs, final EntryCounter counter, final Footprint footprint) {
        this.rpcs = rpcs;
        this.counter = counter;
        this.footprint = footprint;
    }

    /** A question for the entries of a table that a match is not more special than. */
    private record Question(int table, Match match, long cookie, long cookieMask) {
        static Question all(final int table) {
            return new Question(table, new MatchBuilder().build(), Cookie.PREFIX, Cookie.PREFIX_MASK);
        }
    }

    /** The services are these: of many inner addresses that have one session there is one entry, also of before. */
    void configured(final Collection<Service> services) {
        final IntStream v4 =
                services.stream().mapToInt(service -> service.egress().sessionPrefixLengthV4());
        final IntStream v6 =
                services.stream().mapToInt(service -> service.egress().sessionPrefixLengthV6());
        shortest = Map.of(
                Family.V4, Math.min(shortest.get(Family.V4), v4.min().orElse(Family.V4.bits())),
                Family.V6, Math.min(shortest.get(Family.V6), v6.min().orElse(Family.V6.bits())));
    }

    /** Reads vpnlb's flow entries in a switch. */
    ListenableFuture<List<Flow>> read(final NodeRef node) {
        return FluentFuture.from(counter.ours(node, footprint.clientTables().keySet()))
                .transformAsync(
                        counted -> isMany(counted.values())
                                // A switch that cannot match single bits of an address tells all at once.
                                ? FluentFuture.from(readParts(node, counted))
                                        .catchingAsync(
                                                UnansweredException.class, refused -> readAll(node), directExecutor())
                                : readAll(node),
                        directExecutor());
    }

    private ListenableFuture<List<Flow>> readParts(final NodeRef node, final Map<Integer, Long> counted) {
        final Set<Integer> tables = counted.keySet().stream()
                .filter(table -> isMany(counted.get(table)))
                .collect(Collectors.toSet());
        return Futures.transformAsync(
                counter.ours(node, tables, OF_IPV6),
                ofIpv6 -> answers(node, questions(counted, ofIpv6)),
                directExecutor());
    }

    /** The match of a part, in OpenFlowPlugin's terms. */
    static Match match(final Part part) {
        return MatchCodec.write(part.match(), MatchCodec.Ethernet::write).build();
    }

    private static boolean isMany(final Collection<Long> counted) {
        return counted.stream().anyMatch(EntryReader::isMany);
    }

    private static boolean isMany(final long entries) {
        return Part.isMany(entries / PARTS_AT_ONCE);
    }

    private ListenableFuture<List<Flow>> readAll(final NodeRef node) {
        return answers(node, List.of(Question.all(ALL_TABLES)));
    }

    private List<Question> questions(final Map<Integer, Long> counted, final Map<Integer, Long> ofIpv6) {
        final List<Question> questions = new ArrayList<>();
        IntStream.range(0, ALL_TABLES)
                .filter(footprint::isTable)
                .filter(table -> !isMany(counted.getOrDefault(table, 0L)))
                .mapToObj(Question::all)
                .forEach(questions::add);
        footprint.clientTables().forEach((table, end) -> {
            final long entries = counted.getOrDefault(table, 0L);
            if (isMany(entries)) {
                Stream.of(Family.values())
                        .flatMap(family -> Part.of(
                                end,
                                family,
                                (family == Family.V6 ? ofIpv6.get(table) : entries - ofIpv6.get(table)) / PARTS_AT_ONCE,
                                footprint.innerTables().contains(table) ? shortest.get(family) : family.bits())
                                .stream())
                        .forEach(part ->
                                questions.add(new Question(table, match(part), Cookie.PREFIX, Cookie.PREFIX_MASK)));
                // What is there besides the entries of single clients, and those that match the other address.
                questions.add(new Question(table, new MatchBuilder().build(), Cookie.PREFIX, Cookie.DEVICE_MASK));
                for (final Kind kind : footprint.besidesClients(table)) {
                    questions.add(new Question(
                            table, new MatchBuilder().build(), Cookie.of(kind).value(), Cookie.KIND_MASK));
                }
            }
        });
        return questions;
    }

    /** One question is open at a time. An entry that answers two is there once. */
    private ListenableFuture<List<Flow>> answers(final NodeRef node, final List<Question> questions) {
        ListenableFuture<Map<Flow.Key, Flow>> read = Futures.immediateFuture(new LinkedHashMap<>());
        for (final Question question : questions) {
            read = Futures.transformAsync(
                    read,
                    entries -> Futures.transform(
                            ask(node, question),
                            answer -> {
                                answer.forEach(flow -> entries.put(flow.key(), flow));
                                return entries;
                            },
                            directExecutor()),
                    directExecutor());
        }
        return Futures.transform(read, entries -> List.copyOf(entries.values()), directExecutor());
    }

    private ListenableFuture<List<Flow>> ask(final NodeRef node, final Question question) {
        return Futures.transform(
                rpcs.getRpc(GetFlowStatistics.class)
                        .invoke(new GetFlowStatisticsInputBuilder()
                                .setNode(node)
                                .setTableId(Uint8.valueOf(question.table))
                                .setMatch(question.match)
                                .setCookie(new FlowCookie(Uint64.fromLongBits(question.cookie)))
                                .setCookieMask(new FlowCookie(Uint64.fromLongBits(question.cookieMask)))
                                .build()),
                EntryReader::entries,
                directExecutor());
    }

    private static List<Flow> entries(final RpcResult<GetFlowStatisticsOutput> result) {
        if (!result.isSuccessful()) {
            throw new UnansweredException("The switch does not tell its flow entries: " + result.getErrors());
        }
        final var entries = result.getResult().getFlowAndStatisticsMapList();
        return entries == null
                ? List.of()
                : entries.stream().map(FlowCodec::read).toList();
    }

    /** The switch refused a question. */
    private static final class UnansweredException extends IllegalStateException {
        private static final long serialVersionUID = 1L;

        UnansweredException(final String message) {
            super(message);
        }
    }
}
