/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow;

import org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.inet.types.rev130715.IetfInetUtil;
import org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.inet.types.rev130715.Ipv4Address;
import org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.yang.types.rev130715.DottedQuad;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.types.rev131026.flow.Match;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.types.rev131026.flow.MatchBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.l2.types.rev130827.EtherType;
import org.opendaylight.yang.gen.v1.urn.opendaylight.model.match.types.rev131026.ethernet.match.fields.EthernetTypeBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.model.match.types.rev131026.match.EthernetMatchBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.model.match.types.rev131026.match.Layer3Match;
import org.opendaylight.yang.gen.v1.urn.opendaylight.model.match.types.rev131026.match.layer._3.match.Ipv4MatchArbitraryBitMaskBuilder;
import org.opendaylight.yangtools.yang.common.Uint32;
import org.vpnlb.engine.net.IpBits;
import org.vpnlb.engine.openflow.Part;

/** Translates a part of the flow entries to OpenFlowPlugin's terms. */
final class PartCodec {
    private PartCodec() {}

    /** The match that the entries of a part are more special than. */
    static Match write(final Part part) {
        final IpBits bits = part.bits();
        final var match = new MatchBuilder()
                .setEthernetMatch(new EthernetMatchBuilder()
                        .setEthernetType(new EthernetTypeBuilder()
                                .setType(new EtherType(
                                        Uint32.valueOf(bits.family().etherType())))
                                .build())
                        .build());
        return bits.mask().isUnspecified()
                ? match.build()
                : match.setLayer3Match(client(part.end(), bits)).build();
    }

    private static Layer3Match client(final Part.End end, final IpBits bits) {
        final Ipv4Address value = IetfInetUtil.ipv4AddressFor(bits.value().toBytes());
        final var mask = new DottedQuad(bits.mask().toString());
        final var client = new Ipv4MatchArbitraryBitMaskBuilder();
        return switch (end) {
            case SOURCE ->
                client.setIpv4SourceAddressNoMask(value)
                        .setIpv4SourceArbitraryBitmask(mask)
                        .build();
            case DESTINATION ->
                client.setIpv4DestinationAddressNoMask(value)
                        .setIpv4DestinationArbitraryBitmask(mask)
                        .build();
        };
    }
}
