/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow;

import static com.google.common.util.concurrent.MoreExecutors.directExecutor;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.types.rev131026.flow.Match;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.NodeRef;
import org.vpnlb.app.openflow.EntryReader.Question;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.net.IpAddress.Family;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Part;
import org.vpnlb.engine.pipeline.Cookie;
import org.vpnlb.engine.pipeline.Numbers;

/**
 * The questions for the entries of inner addresses: those of each service by the length of the prefixes that have one
 * session there. By a shorter one, all addresses of a prefix would be in one answer.
 */
final class InnerParts {
    private final EntryCounter counter;
    /** Guarded by this; grows only, since entries of before may still be in a switch. */
    private final Map<Family, NavigableSet<Integer>> lengths = Map.of(
            Family.V4, new TreeSet<>(Set.of(Family.V4.bits())), Family.V6, new TreeSet<>(Set.of(Family.V6.bits())));
    /** Guarded by this; grows only. */
    private final Set<Integer> numbers = new TreeSet<>();

    InnerParts(final EntryCounter counter) {
        this.counter = counter;
    }

    /** The services are these. */
    synchronized void configured(final Collection<Service> services) {
        final Numbers next = Numbers.of(services);
        services.forEach(service -> {
            numbers.add(next.of(service));
            lengths.get(Family.V4).add(service.egress().sessionPrefixLengthV4());
            lengths.get(Family.V6).add(service.egress().sessionPrefixLengthV6());
        });
    }

    /** The lengths that the prefixes of a family may have, the longest first. */
    private synchronized Iterator<Integer> lengths(final Family family) {
        return List.copyOf(lengths.get(family).descendingSet()).iterator();
    }

    /**
     * The numbers of the services that may have sessions in a switch: in one that has been there for longer than the
     * controller, a service may have another number than its name would give it.
     *
     * @param besides what the switch holds besides sessions
     */
    private synchronized Set<Integer> services(final Collection<Flow> besides) {
        return Stream.concat(
                        numbers.stream(),
                        besides.stream()
                                .flatMap(flow -> Cookie.parse(flow.cookie()).stream())
                                .map(Cookie::service)
                                .filter(service -> service != 0))
                .collect(Collectors.toSet());
    }

    /**
     * The questions for the sessions in a table.
     *
     * @param end which address of a frame is the client's
     * @param kind the kind of its sessions
     * @param besides what the switch holds besides sessions
     */
    ListenableFuture<List<Question>> of(
            final NodeRef node,
            final int table,
            final Part.End end,
            final Cookie.Kind kind,
            final Collection<Flow> besides) {
        ListenableFuture<List<Question>> questions = Futures.immediateFuture(List.of());
        for (final int service : services(besides)) {
            final var sessions = new Sessions(node, table, end, new Cookie(kind, service, 0));
            questions = EntryReader.both(questions, sessions::questions);
        }
        return questions;
    }

    /** The sessions of a service in a table. */
    private final class Sessions {
        private final NodeRef node;
        private final int table;
        private final Part.End end;
        private final Cookie cookie;

        Sessions(final NodeRef node, final int table, final Part.End end, final Cookie cookie) {
            this.node = node;
            this.table = table;
            this.end = end;
            this.cookie = cookie;
        }

        /** The questions for all of them. */
        ListenableFuture<List<Question>> questions() {
            return Futures.transformAsync(
                    counter.ofService(node, table, EntryReader.ANY, cookie),
                    all -> all == 0
                            ? Futures.immediateFuture(List.of())
                            : EntryReader.both(questions(Family.V4), () -> questions(Family.V6)),
                    directExecutor());
        }

        private ListenableFuture<List<Question>> questions(final Family family) {
            return Futures.transformAsync(
                    counter.ofService(node, table, EntryReader.of(family), cookie),
                    count -> Futures.transform(
                            EntryReader.isMany(count)
                                    ? length(family, lengths(family))
                                    : Futures.immediateFuture(family.bits()),
                            length -> EntryReader.parts(end, family, count, length)
                                    .map(part -> new Question(table, part, cookie.value(), Cookie.SERVICE_MASK))
                                    .toList(),
                            directExecutor()),
                    directExecutor());
        }

        /** The longest of some lengths that none of them is shorter than. */
        private ListenableFuture<Integer> length(final Family family, final Iterator<Integer> longestFirst) {
            final int length = longestFirst.next();
            return longestFirst.hasNext()
                    ? Futures.transformAsync(
                            isNoneShorter(family, length),
                            isNone -> isNone ? Futures.immediateFuture(length) : length(family, longestFirst),
                            directExecutor())
                    : Futures.immediateFuture(length);
        }

        /** Each that is long enough has a last bit there. Some come and go meanwhile: so all are counted twice. */
        private ListenableFuture<Boolean> isNoneShorter(final Family family, final int length) {
            final Match all = EntryReader.of(family);
            final List<Match> zeroAndOne = Part.of(end, family, 2L * Part.ENTRIES, length).stream()
                    .map(EntryReader::match)
                    .toList();
            return Futures.transform(
                    counts(List.of(all, zeroAndOne.getFirst(), zeroAndOne.getLast(), all)),
                    counts -> counts.get(1) + counts.get(2) >= Math.min(counts.getFirst(), counts.getLast()),
                    directExecutor());
        }

        private ListenableFuture<List<Long>> counts(final List<Match> matches) {
            ListenableFuture<List<Long>> counts = Futures.immediateFuture(List.of());
            for (final Match match : matches) {
                counts = EntryReader.both(
                        counts,
                        () -> Futures.transform(
                                counter.ofDevices(node, table, match, cookie), List::of, directExecutor()));
            }
            return counts;
        }
    }
}
