/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow;

import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Builders;
import net.jqwik.api.Combinators;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpAddress.Family;
import org.vpnlb.engine.net.IpBits;
import org.vpnlb.engine.net.IpPrefix;
import org.vpnlb.engine.net.MacAddress;
import org.vpnlb.engine.openflow.Action;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Group;
import org.vpnlb.engine.openflow.Match;
import org.vpnlb.engine.openflow.Meter;
import org.vpnlb.engine.pipeline.Cookie;

/** Whatever entries and groups the engine can make. */
final class EngineArbitraries {
    /** OFPP_MAX. */
    private static final long MAX_PORT = 0xffff_feffL;

    private static final int MAX_TABLE = 254;
    private static final int MAX_16_BITS = 0xffff;

    private EngineArbitraries() {}

    static Arbitrary<Flow> flows() {
        return Combinators.combine(
                        keys(),
                        Arbitraries.longs().map(low -> Cookie.PREFIX | low & ~Cookie.PREFIX_MASK),
                        timeouts(),
                        actions().list().ofMaxSize(6),
                        metadata().injectNull(0.5),
                        tables().injectNull(0.5),
                        meterIds().injectNull(0.5))
                .as((key, cookie, timeouts, actions, metadata, next, meter) -> new Flow(
                        key,
                        cookie,
                        timeouts,
                        actions,
                        metadata == null ? null : (Long) metadata.value,
                        metadata == null || metadata.mask == -1 ? null : (Long) metadata.mask,
                        next,
                        meter));
    }

    private record Masked(long value, long mask) {}

    private static Arbitrary<Masked> metadata() {
        return Combinators.combine(Arbitraries.longs(), masks()).as((value, mask) -> new Masked(value & mask, mask));
    }

    static Arbitrary<Group> groups() {
        final Arbitrary<Group.Bucket> buckets = Combinators.combine(
                        Arbitraries.integers().between(0, MAX_16_BITS),
                        ports().injectNull(0.5),
                        groupIds().injectNull(0.5),
                        actions().list().ofMinSize(1).ofMaxSize(3))
                .as(Group.Bucket::new);
        return Combinators.combine(
                        groupIds(),
                        Arbitraries.of(Group.Type.class),
                        buckets.list().ofMaxSize(20))
                .as(Group::new);
    }

    static Arbitrary<Match> matches() {
        return Arbitraries.oneOf(
                Combinators.combine(frames(), Arbitraries.just(0)).as((frame, nothing) -> frame.build()),
                ipMatches(),
                icmpMatches(),
                bits().map(of -> of.builder.ipSourceBits(of.bits).build()),
                bits().map(of -> of.builder.ipDestinationBits(of.bits).build()),
                neighbourMatches(),
                arpMatches());
    }

    private record Bits(Match.Builder builder, IpBits bits) {}

    private static Arbitrary<Bits> bits() {
        return Arbitraries.of(Family.class)
                .flatMap(family -> Combinators.combine(addresses(family), masksOf(family))
                        .as((value, mask) -> new Bits(Match.ip(family), new IpBits(value, mask))));
    }

    /** Masks that are no prefix's. */
    private static Arbitrary<IpAddress> masksOf(final Family family) {
        return Combinators.combine(
                        Arbitraries.integers().between(0, 7),
                        Arbitraries.longs().between(0, 0xffff))
                .as((bit, more) -> switch (family) {
                    case V4 -> new IpAddress(family, 0, 0x101L << bit | more);
                    case V6 -> new IpAddress(family, 0x101L << bit, more);
                });
    }

    private static Arbitrary<Flow.Key> keys() {
        return Combinators.combine(tables(), Arbitraries.integers().between(0, MAX_16_BITS), matches())
                .as(Flow.Key::new);
    }

    private static Arbitrary<Flow.Timeouts> timeouts() {
        return Combinators.combine(
                        Arbitraries.integers().between(0, MAX_16_BITS),
                        Arbitraries.integers().between(0, MAX_16_BITS),
                        Arbitraries.of(true, false))
                .as(Flow.Timeouts::new);
    }

    /** A match of what every frame has. */
    private static Arbitrary<Match.Builder> frames() {
        return Builders.withBuilder(Match::builder)
                .use(ports())
                .withProbability(0.5)
                .in(Match.Builder::inPort)
                .use(Combinators.combine(Arbitraries.longs(), masks())
                        .as((value, mask) -> new long[] {value & mask, mask}))
                .withProbability(0.5)
                .in((match, masked) -> match.metadata(masked[0], masked[1]))
                .use(macs())
                .withProbability(0.5)
                .in(Match.Builder::etherSource)
                .use(macs())
                .withProbability(0.5)
                .in((match, mac) -> match.etherDestination(mac))
                .use(Combinators.combine(macs(), macs()).as((value, mask) ->
                        new MacAddress[] {new MacAddress(value.value() & mask.value()), mask}))
                .withProbability(0.2)
                .in((match, masked) -> match.etherDestination(masked[0], masked[1]))
                .build();
    }

    private static Arbitrary<Match> ipMatches() {
        return Arbitraries.of(Family.class)
                .flatMap(family -> Builders.withBuilder(() -> Match.ip(family))
                        .use(frames())
                        .in((match, frame) -> like(frame.build()).etherType(family.etherType()))
                        .use(prefixes(family))
                        .withProbability(0.5)
                        .in(Match.Builder::ipSource)
                        .use(prefixes(family))
                        .withProbability(0.5)
                        .in(Match.Builder::ipDestination)
                        .use(Arbitraries.integers().between(0, 255))
                        .withProbability(0.5)
                        .in(Match.Builder::ipProtocol)
                        .use(Combinators.combine(
                                        Arbitraries.of(6, 17, 132),
                                        Arbitraries.integers().between(0, MAX_16_BITS))
                                .as((protocol, port) -> new int[] {protocol, port}))
                        .withProbability(0.5)
                        .in((match, port) -> match.ipProtocol(port[0]).destinationPort(port[1]))
                        .use(Combinators.combine(
                                        Arbitraries.of(6, 17, 132),
                                        Arbitraries.integers().between(0, MAX_16_BITS))
                                .as((protocol, port) -> new int[] {protocol, port}))
                        .withProbability(0.3)
                        .in((match, port) -> match.ipProtocol(port[0]).sourcePort(port[1]))
                        .use(Combinators.combine(
                                        Arbitraries.of(6, 17),
                                        Arbitraries.integers().between(0, MAX_16_BITS),
                                        Arbitraries.integers().between(1, MAX_16_BITS))
                                .as((protocol, port, mask) -> new int[] {protocol, port & mask, mask}))
                        .withProbability(0.2)
                        .in((match, port) -> match.ipProtocol(port[0])
                                .sourcePort(port[1], port[2])
                                .destinationPort(port[1], port[2]))
                        .build(Match.Builder::build));
    }

    private static Arbitrary<Match> icmpMatches() {
        return Combinators.combine(
                        Arbitraries.of(Family.class), Arbitraries.integers().between(0, 255))
                .as((family, type) -> Match.ip(family)
                        .ipProtocol(family == Family.V4 ? 1 : 58)
                        .icmpType(type)
                        .build());
    }

    private static Arbitrary<Match> neighbourMatches() {
        return Combinators.combine(
                        Arbitraries.of(135, 136),
                        addresses(Family.V6),
                        prefixes(Family.V6).injectNull(0.5),
                        prefixes(Family.V6).injectNull(0.5))
                .as((type, target, source, destination) -> {
                    final Match.Builder match =
                            Match.ip(Family.V6).ipProtocol(58).icmpType(type).ndTarget(target);
                    if (source != null) {
                        match.ipSource(source);
                    }
                    return destination == null
                            ? match.build()
                            : match.ipDestination(destination).build();
                });
    }

    private static Arbitrary<Match> arpMatches() {
        return Builders.withBuilder(Match::arp)
                .use(frames())
                .in((match, frame) ->
                        like(frame.build()).etherType(Match.arp().build().etherType()))
                .use(Arbitraries.integers().between(1, 2))
                .withProbability(0.5)
                .in(Match.Builder::arpOperation)
                .use(addresses(Family.V4))
                .withProbability(0.5)
                .in(Match.Builder::arpSender)
                .use(addresses(Family.V4))
                .withProbability(0.5)
                .in(Match.Builder::arpTarget)
                .build(Match.Builder::build);
    }

    private static Match.Builder like(final Match frame) {
        final Match.Builder match = Match.builder();
        if (frame.inPort() != null) {
            match.inPort(frame.inPort());
        }
        if (frame.metadata() != null) {
            match.metadata(frame.metadata(), frame.metadataMask() == null ? -1 : frame.metadataMask());
        }
        return match.etherSource(frame.etherSource())
                .etherDestination(
                        frame.etherDestination(),
                        frame.etherDestinationMask() == null ? MacAddress.BROADCAST : frame.etherDestinationMask());
    }

    static Arbitrary<Action> actions() {
        return Arbitraries.oneOf(
                ports().map(Action.Output::new),
                Arbitraries.create(Action.OutputInPort::new),
                Arbitraries.create(Action.OutputNormal::new),
                Arbitraries.integers().between(0, MAX_16_BITS).map(Action.OutputController::new),
                groupIds().map(Action.ToGroup::new),
                macs().map(Action.SetDestinationMac::new),
                macs().map(Action.SetSourceMac::new),
                Arbitraries.integers().between(1, 2).map(Action.SetArpOperation::new),
                macs().map(Action.SetArpSenderMac::new),
                addresses(Family.V4).map(Action.SetArpSender::new),
                macs().map(Action.SetArpTargetMac::new),
                addresses(Family.V4).map(Action.SetArpTarget::new),
                Arbitraries.longs().map(Action.SetMetadata::new),
                tables().map(Action.Resubmit::new),
                Combinators.combine(Arbitraries.integers().between(0, MAX_16_BITS), meterIds())
                        .as(Action.CopyToController::new),
                learns());
    }

    private static Arbitrary<Action> learns() {
        return Combinators.combine(
                        Arbitraries.of(Family.class),
                        tables(),
                        Arbitraries.integers().between(0, MAX_16_BITS),
                        Arbitraries.longs().tuple2(),
                        Arbitraries.longs().map(low -> Cookie.PREFIX | low & ~Cookie.PREFIX_MASK),
                        Arbitraries.integers().between(0, MAX_16_BITS),
                        Arbitraries.of(Action.Learn.Field.class).tuple2(),
                        Combinators.combine(
                                        Arbitraries.integers().greaterOrEqual(0),
                                        Arbitraries.of(6, 17).injectNull(0.5))
                                .as(Limit::new))
                .as((family, table, priority, metadata, cookie, idle, fields, limit) -> new Action.Learn(
                        new Flow(
                                new Flow.Key(
                                        table,
                                        priority,
                                        learned(family, limit.protocol())
                                                .metadata(metadata.get1())
                                                .build()),
                                cookie,
                                new Flow.Timeouts(idle, 0, false),
                                List.of(new Action.SetMetadata(metadata.get2())),
                                null,
                                null),
                        fields.get1(),
                        fields.get2(),
                        limit.number()));
    }

    /** The limit of a learned entry, and the IP protocol that it matches; none = null. */
    private record Limit(int number, Integer protocol) {}

    private static Match.Builder learned(final Family family, final Integer protocol) {
        return protocol == null ? Match.ip(family) : Match.ip(family).ipProtocol(protocol);
    }

    private static Arbitrary<Long> masks() {
        return Arbitraries.oneOf(Arbitraries.longs(), Arbitraries.of(-1L, 0xffff_ffffL, 1L));
    }

    private static Arbitrary<Long> ports() {
        return Arbitraries.longs().between(1, MAX_PORT);
    }

    private static Arbitrary<Long> groupIds() {
        return Arbitraries.longs().between(0, 0xffff_ff00L);
    }

    static Arbitrary<Meter> meters() {
        return Combinators.combine(
                        meterIds(),
                        Arbitraries.integers().between(1, Integer.MAX_VALUE),
                        Arbitraries.integers().between(1, Integer.MAX_VALUE))
                .as(Meter::new);
    }

    private static Arbitrary<Long> meterIds() {
        return Arbitraries.longs().between(1, 0xffff_0000L);
    }

    private static Arbitrary<Integer> tables() {
        return Arbitraries.integers().between(0, MAX_TABLE);
    }

    private static Arbitrary<MacAddress> macs() {
        return Arbitraries.longs().between(0, 0xffff_ffff_ffffL).map(MacAddress::new);
    }

    private static Arbitrary<IpPrefix> prefixes(final Family family) {
        return Combinators.combine(addresses(family), Arbitraries.integers().between(0, family.bits()))
                .as(IpPrefix::new);
    }

    private static Arbitrary<IpAddress> addresses(final Family family) {
        return switch (family) {
            case V4 -> Arbitraries.longs().between(0, 0xffff_ffffL).map(low -> new IpAddress(Family.V4, 0, low));
            case V6 ->
                Arbitraries.oneOf(
                        Combinators.combine(Arbitraries.longs(), Arbitraries.longs())
                                .as((high, low) -> new IpAddress(Family.V6, high, low)),
                        // IPv4-mapped (RFC 4291, section 2.5.5.2): a frame may well say that it comes from there.
                        Arbitraries.longs()
                                .between(0, 0xffff_ffffL)
                                .map(low -> new IpAddress(Family.V6, 0, 0xffff_0000_0000L | low)));
        };
    }
}
