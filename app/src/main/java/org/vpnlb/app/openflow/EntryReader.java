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
import java.util.function.Supplier;
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

    static final Match ANY = new MatchBuilder().build();

    private final RpcService rpcs;
    private final EntryCounter counter;
    private final Footprint footprint;
    private final InnerParts innerParts;

    EntryReader(final RpcService rpcs, final EntryCounter counter, final Footprint footprint) {
        this.rpcs = rpcs;
        this.counter = counter;
        this.footprint = footprint;
        innerParts = new InnerParts(counter);
    }

    /** A question for the entries of a table that a match is not more special than. */
    record Question(int table, Match match, long cookie, long cookieMask) {
        static Question all(final int table) {
            return new Question(table, ANY, Cookie.PREFIX, Cookie.PREFIX_MASK);
        }
    }

    /** The services are these. */
    void configured(final Collection<Service> services) {
        innerParts.configured(services);
    }

    /** Reads vpnlb's flow entries in a switch. */
    ListenableFuture<List<Flow>> read(final NodeRef node) {
        return FluentFuture.from(counter.ours(node, footprint.clientTables().keySet()))
                .transformAsync(
                        counted -> isMany(counted.values())
                                // A switch that cannot match single bits of an address tells all at once.
                                ? FluentFuture.from(readParts(node, counted))
                                        .catchingAsync(
                                                IllegalStateException.class, refused -> readAll(node), directExecutor())
                                : readAll(node),
                        directExecutor());
    }

    /** What is there besides clients first: it tells the numbers of services. */
    private ListenableFuture<List<Flow>> readParts(final NodeRef node, final Map<Integer, Long> counted) {
        final Set<Integer> tables = counted.keySet().stream()
                .filter(table -> isMany(counted.get(table)))
                .collect(Collectors.toSet());
        return FluentFuture.from(answers(node, besides(tables), List.of()))
                .transformAsync(
                        besides -> Futures.transformAsync(
                                partQuestions(node, tables, counted, besides),
                                parts -> answers(node, parts, besides),
                                directExecutor()),
                        directExecutor());
    }

    private List<Question> besides(final Set<Integer> tables) {
        final List<Question> questions = new ArrayList<>();
        IntStream.range(0, ALL_TABLES)
                .filter(footprint::isTable)
                .filter(table -> !tables.contains(table))
                .mapToObj(Question::all)
                .forEach(questions::add);
        for (final int table : tables) {
            // What is there besides the entries of single clients, and those that match the other address.
            questions.add(new Question(table, ANY, Cookie.PREFIX, Cookie.DEVICE_MASK));
            for (final Kind kind : footprint.besidesClients(table)) {
                questions.add(new Question(table, ANY, Cookie.of(kind).value(), Cookie.KIND_MASK));
            }
        }
        return questions;
    }

    private ListenableFuture<List<Question>> partQuestions(
            final NodeRef node, final Set<Integer> tables, final Map<Integer, Long> counted, final List<Flow> besides) {
        final Map<Integer, Kind> inner = footprint.innerTables();
        final Set<Integer> outer =
                tables.stream().filter(table -> !inner.containsKey(table)).collect(Collectors.toSet());
        ListenableFuture<List<Question>> questions = Futures.transform(
                counter.ours(node, outer, of(Family.V6)), ofIpv6 -> outerParts(counted, ofIpv6), directExecutor());
        for (final int table : tables) {
            if (inner.containsKey(table)) {
                questions = both(
                        questions,
                        () -> innerParts.of(
                                node, table, footprint.clientTables().get(table), inner.get(table), besides));
            }
        }
        return questions;
    }

    private List<Question> outerParts(final Map<Integer, Long> counted, final Map<Integer, Long> ofIpv6) {
        final List<Question> questions = new ArrayList<>();
        ofIpv6.forEach((table, v6) -> Stream.of(Family.values())
                .flatMap(family -> parts(
                        footprint.clientTables().get(table),
                        family,
                        family == Family.V6 ? v6 : counted.get(table) - v6,
                        family.bits()))
                .forEach(part -> questions.add(new Question(table, part, Cookie.PREFIX, Cookie.PREFIX_MASK))));
        return questions;
    }

    /** The matches of the parts of so many entries: few enough for their answers to come one after the other. */
    static Stream<Match> parts(final Part.End end, final Family family, final long entries, final int length) {
        return Part.of(end, family, entries / PARTS_AT_ONCE, length).stream().map(EntryReader::match);
    }

    /** Matches all of a family. */
    static Match of(final Family family) {
        return match(Part.of(Part.End.SOURCE, family, 0, family.bits()).getFirst());
    }

    /** What was made first, and then what is made. */
    static <T> ListenableFuture<List<T>> both(
            final ListenableFuture<List<T>> first, final Supplier<ListenableFuture<List<T>>> then) {
        return Futures.transformAsync(
                first,
                before -> Futures.transform(
                        then.get(),
                        more -> Stream.concat(before.stream(), more.stream()).toList(),
                        directExecutor()),
                directExecutor());
    }

    /** The match of a part, in OpenFlowPlugin's terms. */
    static Match match(final Part part) {
        return MatchCodec.write(part.match(), MatchCodec.Ethernet::write).build();
    }

    private static boolean isMany(final Collection<Long> counted) {
        return counted.stream().anyMatch(EntryReader::isMany);
    }

    /** Whether so many entries are to be read part by part. */
    static boolean isMany(final long entries) {
        return Part.isMany(entries / PARTS_AT_ONCE);
    }

    private ListenableFuture<List<Flow>> readAll(final NodeRef node) {
        return answers(node, List.of(Question.all(ALL_TABLES)), List.of());
    }

    /** One question is open at a time. An entry that answers two is there once. */
    private ListenableFuture<List<Flow>> answers(
            final NodeRef node, final List<Question> questions, final List<Flow> before) {
        final Map<Flow.Key, Flow> known = new LinkedHashMap<>();
        before.forEach(flow -> known.put(flow.key(), flow));
        ListenableFuture<Map<Flow.Key, Flow>> read = Futures.immediateFuture(known);
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
            throw new IllegalStateException("The switch does not tell its flow entries: " + result.getErrors());
        }
        final var entries = result.getResult().getFlowAndStatisticsMapList();
        return entries == null
                ? List.of()
                : entries.stream().map(FlowCodec::read).toList();
    }
}
