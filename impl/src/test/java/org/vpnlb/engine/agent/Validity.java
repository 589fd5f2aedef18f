/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import org.vpnlb.engine.net.IpAddress.Family;
import org.vpnlb.engine.net.IpBits;
import org.vpnlb.engine.net.IpPrefix;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Group;
import org.vpnlb.engine.openflow.Match;
import org.vpnlb.engine.openflow.PacketFields;

/** What OpenFlow 1.3 demands of one flow entry or one group, looked at by itself. */
final class Validity {
    private static final int ARP = 0x0806;
    private static final int IPV4 = 0x0800;
    private static final int IPV6 = 0x86dd;
    private static final int MOST_SECONDS = 0xffff;
    private static final long LAST_GROUP = 0xffff_ff00L;

    private Validity() {}

    static void check(final Flow flow) {
        final Match match = flow.key().match();
        final Integer type = match.etherType();
        final boolean isIp = type != null && (type == IPV4 || type == IPV6);
        final boolean isArp = type != null && type == ARP;
        require(
                match.etherDestinationMask() == null
                        || (match.etherDestination().value()
                                        & ~match.etherDestinationMask().value())
                                == 0,
                "OFPBMC_BAD_WILDCARDS: a bit is set that does not count",
                flow);
        require(isIp || match.ipProtocol() == null, "ip_proto needs the EtherType of IP", flow);
        require(isOf(match.ipSource(), type) && isOf(match.ipDestination(), type), "an address needs its family", flow);
        for (final IpBits bits : new IpBits[] {match.ipSourceBits(), match.ipDestinationBits()}) {
            require(
                    bits == null
                            || isOf(IpPrefix.of(bits.value()), type)
                                    && match.ipSource() == null
                                    && match.ipDestination() == null
                                    && (match.ipSourceBits() == null || match.ipDestinationBits() == null),
                    "bits of an address need its family, and stand beside no prefix and no other bits",
                    flow);
        }
        require(
                match.sourcePort() == null && match.destinationPort() == null
                        || PacketFields.hasPorts(match.ipProtocol()),
                "a port needs its protocol",
                flow);
        require(
                match.icmpType() == null
                        || type != null && match.ipProtocol() != null && match.ipProtocol() == (type == IPV4 ? 1 : 58),
                "an ICMP type needs its protocol",
                flow);
        require(
                match.ndTarget() == null
                        || type != null
                                && type == IPV6
                                && match.icmpType() != null
                                && (match.icmpType() == 135 || match.icmpType() == 136),
                "nd_target needs a message of neighbour discovery",
                flow);
        require(
                isArp || match.arpOperation() == null && match.arpSender() == null && match.arpTarget() == null,
                "an ARP field needs the EtherType of ARP",
                flow);
        require(flow.nextTable() == null || flow.nextTable() > flow.key().table(), "goto leads back", flow);
        require(isTime(flow.timeouts().idle()) && isTime(flow.timeouts().hard()), "a timeout has 16 bits", flow);
    }

    static void check(final Group group) {
        require(group.id() <= LAST_GROUP, "OFPGMFC_INVALID_GROUP", group);
        require(
                group.type() != Group.Type.INDIRECT || group.buckets().size() == 1,
                "an indirect group has one bucket",
                group);
        for (final Group.Bucket bucket : group.buckets()) {
            require(
                    bucket.weight() > 0 == (group.type() == Group.Type.SELECT),
                    "weights are for select groups, and positive there",
                    group);
            require(
                    group.type() != Group.Type.FAST_FAILOVER
                            || bucket.watchPort() != null
                            || bucket.watchGroup() != null,
                    "OFPGMFC_INVALID_GROUP: a bucket of a fast failover group watches something",
                    group);
        }
    }

    private static boolean isOf(final IpPrefix prefix, final Integer type) {
        return prefix == null || type != null && type == (prefix.address().family() == Family.V4 ? IPV4 : IPV6);
    }

    private static boolean isTime(final int seconds) {
        return seconds >= 0 && seconds <= MOST_SECONDS;
    }

    private static void require(final boolean holds, final String error, final Object what) {
        Refusal.unless(holds, error, what);
    }
}
