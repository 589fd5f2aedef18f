/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.rpc;

import com.google.common.primitives.Shorts;
import java.nio.ByteBuffer;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.inet.types.rev130715.PortNumber;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.ExplainPacketInput;
import org.vpnlb.engine.model.Attachment;
import org.vpnlb.engine.model.Plural;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpDatagram;
import org.vpnlb.engine.net.MacAddress;

/** Makes the packet that is to be explained from what the input says of it. */
final class Packets {
    private static final MacAddress SOMEBODY = MacAddress.parse("02:00:00:00:00:01");
    private static final int MAX_FRAME = 9216;
    private static final int MIN_FRAME = 14;
    private static final int HOPS = 64;
    private static final int SOURCE_PORT = 40_000;
    private static final int DESTINATION_PORT = 4500;
    /** As much as the headers of TCP and UDP have. */
    private static final int PAYLOAD = 20;

    private Packets() {}

    /**
     * The packet of an input.
     *
     * @param services the services that are configured
     * @param node the switch
     * @param inPort the port at which the packet comes in
     */
    static byte[] frame(
            final ExplainPacketInput input, final List<Service> services, final String node, final long inPort)
            throws InvalidInputException {
        if (input.getFrame() != null) {
            return octets(input.getFrame());
        }
        final IpAddress source = Inputs.address("source-address", input.getSourceAddress());
        final IpAddress destination = Inputs.address("destination-address", input.getDestinationAddress());
        if (source.family() != destination.family()) {
            throw new InvalidInputException(
                    "destination-address",
                    destination,
                    "is of another family than source-address",
                    "use two addresses of one family");
        }
        final int protocol = input.getIpProtocol() == null
                ? IpDatagram.UDP
                : input.getIpProtocol().toJava();
        final ByteBuffer payload = ByteBuffer.allocate(PAYLOAD);
        if (protocol == IpDatagram.UDP || protocol == IpDatagram.TCP) {
            payload.put(port(input.getSourcePort(), SOURCE_PORT));
            payload.put(port(input.getDestinationPort(), DESTINATION_PORT));
        }
        final MacAddress from =
                input.getSourceMac() == null ? sender(services, node, inPort) : mac("source-mac", input.getSourceMac());
        final MacAddress to = input.getDestinationMac() == null
                ? receiver(services, node, destination)
                : mac("destination-mac", input.getDestinationMac());
        return new IpDatagram(source, destination, protocol, HOPS, payload.array()).toFrame(to, from);
    }

    private static MacAddress mac(final String leaf, final String text) throws InvalidInputException {
        try {
            return MacAddress.parse(text);
        } catch (IllegalArgumentException e) {
            throw new InvalidInputException(
                    leaf, text, "is not a MAC address", "write one such as 02:00:00:00:0a:01", e);
        }
    }

    private static byte[] octets(final String hex) throws InvalidInputException {
        final String fix = "write its octets in hexadecimal digits, from the destination MAC address on";
        try {
            final byte[] frame = HexFormat.of().parseHex(hex);
            if (frame.length < MIN_FRAME || frame.length > MAX_FRAME) {
                throw new InvalidInputException(
                        "frame", hex, "has " + Plural.of(frame.length, "octet") + ", which is no frame", fix);
            }
            return frame;
        } catch (IllegalArgumentException e) {
            throw new InvalidInputException("frame", hex, "is not hexadecimal", fix, e);
        }
    }

    private static byte[] port(final PortNumber port, final int absent) {
        return Shorts.toByteArray(
                (short) (port == null ? absent : port.getValue().toJava()));
    }

    /** The device at a port, or somebody. */
    private static MacAddress sender(final List<Service> services, final String node, final long inPort) {
        return services.stream()
                .flatMap(service -> service.devices().stream())
                .flatMap(device -> Stream.of(device.ingress(), device.egress()))
                .filter(side -> side.node().equals(node) && side.port() == inPort)
                .map(Attachment::mac)
                .findFirst()
                .orElse(SOMEBODY);
    }

    /** The virtual MAC address by which a packet reaches the service that it is for. */
    private static MacAddress receiver(final List<Service> services, final String node, final IpAddress destination) {
        final List<Service> here = services.stream()
                .filter(service -> service.isAt(node, Side.INGRESS) || service.isAt(node, Side.EGRESS))
                .sorted(Comparator.comparing(Service::name))
                .toList();
        final Optional<Service> meant = here.stream()
                .filter(service -> service.clusterAddresses().contains(destination))
                .findFirst();
        return meant.or(() -> here.stream().findFirst())
                .map(Service::virtualMac)
                .orElse(MacAddress.BROADCAST);
    }
}
