/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.openflow;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.vpnlb.engine.net.ClientKey;
import org.vpnlb.engine.net.EthernetFrame;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpBits;
import org.vpnlb.engine.net.IpEndpoint;
import org.vpnlb.engine.net.IpPrefix;
import org.vpnlb.engine.net.MacAddress;

/**
 * What a flow matches (OpenFlow 1.3, section 7.2.3); a field that is null matches everything.
 *
 * @param inPort the port at which the frame came in
 * @param metadata the metadata that an earlier table wrote
 * @param metadataMask the bits of the metadata that count, or null: all 64
 * @param etherSource the source MAC address
 * @param etherDestination the destination MAC address
 * @param etherDestinationMask the bits of the destination MAC address that count, or null: all 48
 * @param etherType the EtherType
 * @param ipProtocol the IP protocol
 * @param ipSource the source address
 * @param ipDestination the destination address
 * @param ipSourceBits single bits of the source address; not beside a prefix, which OpenFlowPlugin cannot say
 * @param ipDestinationBits single bits of the destination address; not beside a prefix, or bits of the source
 * @param sourcePort the source port of TCP, UDP or SCTP, as the IP protocol says
 * @param sourcePortMask the bits of the source port that count, or null: all 16. OpenFlow knows no such mask (1.3,
 *     section 7.2.3.7), but Open vSwitch does; of TCP and UDP only
 * @param destinationPort the destination port of TCP, UDP or SCTP, as the IP protocol says
 * @param destinationPortMask the bits of the destination port that count, as those of the source port
 * @param icmpType the type of an ICMP or ICMPv6 message, as the IP protocol says
 * @param arpOperation the operation of an ARP packet
 * @param arpSender the sender's protocol address of an ARP packet
 * @param arpTarget the target's protocol address of an ARP packet
 * @param ndTarget the target address of a neighbour solicitation or advertisement, as the ICMPv6 type says
 */
public record Match(
        Long inPort,
        Long metadata,
        Long metadataMask,
        MacAddress etherSource,
        MacAddress etherDestination,
        MacAddress etherDestinationMask,
        Integer etherType,
        Integer ipProtocol,
        IpPrefix ipSource,
        IpPrefix ipDestination,
        IpBits ipSourceBits,
        IpBits ipDestinationBits,
        Integer sourcePort,
        Integer sourcePortMask,
        Integer destinationPort,
        Integer destinationPortMask,
        Integer icmpType,
        Integer arpOperation,
        IpAddress arpSender,
        IpAddress arpTarget,
        IpAddress ndTarget) {
    private static final long ALL_BITS = -1L;
    private static final int ALL_PORT_BITS = 0xffff;

    /** Matches every frame. */
    public static final Match ALL = builder().build();

    /** A match without a field so far. */
    public static Builder builder() {
        return new Builder();
    }

    /** A match of the IP packets of one family. */
    public static Builder ip(final IpAddress.Family family) {
        return builder().etherType(family.etherType());
    }

    /** A match of ARP packets. */
    public static Builder arp() {
        return builder().etherType(EthernetFrame.ARP);
    }

    /** The same, of the frames of one port alone. */
    public Match at(final long port) {
        return new Match(
                port,
                metadata,
                metadataMask,
                etherSource,
                etherDestination,
                etherDestinationMask,
                etherType,
                ipProtocol,
                ipSource,
                ipDestination,
                ipSourceBits,
                ipDestinationBits,
                sourcePort,
                sourcePortMask,
                destinationPort,
                destinationPortMask,
                icmpType,
                arpOperation,
                arpSender,
                arpTarget,
                ndTarget);
    }

    /** The client whose packets are matched by their source; empty where that is no single one. */
    public Optional<ClientKey> source() {
        return client(ipSource, sourcePort);
    }

    /** The client whose packets are matched by their destination; empty where that is no single one. */
    public Optional<ClientKey> destination() {
        return client(ipDestination, destinationPort);
    }

    private Optional<ClientKey> client(final IpPrefix prefix, final Integer port) {
        return Optional.ofNullable(prefix)
                .filter(IpPrefix::isHost)
                .map(host -> port == null ? host.address() : new IpEndpoint(host.address(), ipProtocol, port));
    }

    @Override
    public String toString() {
        final List<String> fields = new ArrayList<>();
        add(fields, "in_port", inPort);
        add(
                fields,
                "metadata",
                metadata == null
                        ? null
                        : "0x" + Long.toHexString(metadata)
                                + (metadataMask == null ? "" : "/0x" + Long.toHexString(metadataMask)));
        add(fields, "eth_src", etherSource);
        add(
                fields,
                "eth_dst",
                etherDestinationMask == null ? etherDestination : etherDestination + "/" + etherDestinationMask);
        add(fields, "eth_type", etherType == null ? null : "0x" + Integer.toHexString(etherType));
        add(fields, "ip_proto", ipProtocol);
        add(fields, "ip_src", ipSource);
        add(fields, "ip_dst", ipDestination);
        add(fields, "ip_src", ipSourceBits);
        add(fields, "ip_dst", ipDestinationBits);
        add(fields, "src_port", masked(sourcePort, sourcePortMask));
        add(fields, "dst_port", masked(destinationPort, destinationPortMask));
        add(fields, "icmp_type", icmpType);
        add(fields, "arp_op", arpOperation);
        add(fields, "arp_spa", arpSender);
        add(fields, "arp_tpa", arpTarget);
        add(fields, "nd_target", ndTarget);
        return fields.isEmpty() ? "all" : String.join(",", fields);
    }

    private static String masked(final Integer port, final Integer mask) {
        if (port == null) {
            return null;
        }
        return mask == null ? port.toString() : "0x%x/0x%x".formatted(port, mask);
    }

    private static void add(final List<String> fields, final String name, final Object value) {
        if (value != null) {
            fields.add(name + "=" + value);
        }
    }

    /** Collects the fields of a match. */
    public static final class Builder {
        private Long inPort;
        private Long metadata;
        private Long metadataMask;
        private MacAddress etherSource;
        private MacAddress etherDestination;
        private MacAddress etherDestinationMask;
        private Integer etherType;
        private Integer ipProtocol;
        private IpPrefix ipSource;
        private IpPrefix ipDestination;
        private IpBits ipSourceBits;
        private IpBits ipDestinationBits;
        private Integer sourcePort;
        private Integer sourcePortMask;
        private Integer destinationPort;
        private Integer destinationPortMask;
        private Integer icmpType;
        private Integer arpOperation;
        private IpAddress arpSender;
        private IpAddress arpTarget;
        private IpAddress ndTarget;

        private Builder() {}

        /** Sets the port at which the frame came in. */
        public Builder inPort(final long value) {
            inPort = value;
            return this;
        }

        /** Sets the metadata. */
        public Builder metadata(final long value) {
            return metadata(value, ALL_BITS);
        }

        /** Sets the metadata and which bits of it count; no other may be set in the value. */
        public Builder metadata(final long value, final long mask) {
            metadata = value;
            metadataMask = mask == ALL_BITS ? null : mask;
            return this;
        }

        /** Sets the source MAC address. */
        public Builder etherSource(final MacAddress value) {
            etherSource = value;
            return this;
        }

        /** Sets the destination MAC address. */
        public Builder etherDestination(final MacAddress value) {
            return etherDestination(value, MacAddress.BROADCAST);
        }

        /** Sets the destination MAC address and which bits of it count; no other may be set in the value. */
        public Builder etherDestination(final MacAddress value, final MacAddress mask) {
            etherDestination = value;
            etherDestinationMask = mask.equals(MacAddress.BROADCAST) ? null : mask;
            return this;
        }

        /** Sets the EtherType. */
        public Builder etherType(final int value) {
            etherType = value;
            return this;
        }

        /** Sets the IP protocol. */
        public Builder ipProtocol(final int value) {
            ipProtocol = value;
            return this;
        }

        /** Sets the source prefix; one that holds every address is no condition. */
        public Builder ipSource(final IpPrefix value) {
            ipSource = value.length() == 0 ? null : value;
            return this;
        }

        /** Sets the destination prefix; one that holds every address is no condition. */
        public Builder ipDestination(final IpPrefix value) {
            ipDestination = value.length() == 0 ? null : value;
            return this;
        }

        /** Sets single bits of the source address, where no prefix is set. */
        public Builder ipSourceBits(final IpBits value) {
            ipSourceBits = value;
            return this;
        }

        /** Sets single bits of the destination address, where no prefix is set, and no bits of the source. */
        public Builder ipDestinationBits(final IpBits value) {
            ipDestinationBits = value;
            return this;
        }

        /** Sets the source port. */
        public Builder sourcePort(final int value) {
            return sourcePort(value, ALL_PORT_BITS);
        }

        /** Sets the source port and which bits of it count; no other may be set in the value. */
        public Builder sourcePort(final int value, final int mask) {
            sourcePort = value;
            sourcePortMask = mask == ALL_PORT_BITS ? null : mask;
            return this;
        }

        /** Sets the destination port. */
        public Builder destinationPort(final int value) {
            return destinationPort(value, ALL_PORT_BITS);
        }

        /** Sets the destination port and which bits of it count; no other may be set in the value. */
        public Builder destinationPort(final int value, final int mask) {
            destinationPort = value;
            destinationPortMask = mask == ALL_PORT_BITS ? null : mask;
            return this;
        }

        /** Sets what comes from a client: its address and, where that is the client's, its port. */
        public Builder from(final ClientKey client) {
            ipSource(IpPrefix.of(client.address()));
            return client.port() == ClientKey.NONE
                    ? this
                    : ipProtocol(client.protocol()).sourcePort(client.port());
        }

        /** Sets what goes to a client: its address and, where that is the client's, its port. */
        public Builder to(final ClientKey client) {
            ipDestination(IpPrefix.of(client.address()));
            return client.port() == ClientKey.NONE
                    ? this
                    : ipProtocol(client.protocol()).destinationPort(client.port());
        }

        /** Sets the type of the ICMP or ICMPv6 message. */
        public Builder icmpType(final int value) {
            icmpType = value;
            return this;
        }

        /** Sets the ARP operation. */
        public Builder arpOperation(final int value) {
            arpOperation = value;
            return this;
        }

        /** Sets the ARP sender's address. */
        public Builder arpSender(final IpAddress value) {
            arpSender = value;
            return this;
        }

        /** Sets the ARP target's address. */
        public Builder arpTarget(final IpAddress value) {
            arpTarget = value;
            return this;
        }

        /** Sets the target address of a neighbour solicitation or advertisement; the ICMPv6 type is set too. */
        public Builder ndTarget(final IpAddress value) {
            ndTarget = value;
            return this;
        }

        /** The match. */
        public Match build() {
            return new Match(
                    inPort,
                    metadata,
                    metadataMask,
                    etherSource,
                    etherDestination,
                    etherDestinationMask,
                    etherType,
                    ipProtocol,
                    ipSource,
                    ipDestination,
                    ipSourceBits,
                    ipDestinationBits,
                    sourcePort,
                    sourcePortMask,
                    destinationPort,
                    destinationPortMask,
                    icmpType,
                    arpOperation,
                    arpSender,
                    arpTarget,
                    ndTarget);
        }
    }
}
