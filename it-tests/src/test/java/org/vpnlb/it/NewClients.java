/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.it;

import com.google.gson.JsonObject;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/** Clients that are nothing but their packets: as many as a test wants, each with an address of its own. */
final class NewClients {
    /** What the clients of an IPsec service send. */
    static final List<Packet> IPSEC = List.of(Packet.IKE, Packet.NAT_T, Packet.ESP, Packet.AH, Packet.LATER_FRAGMENT);

    /** A packet of a client; each is of another kind to the capture. */
    enum Packet {
        IKE(17, 500, 0),
        NAT_T(17, 4500, 0),
        ESP(50, 0, 0),
        AH(51, 0, 0),
        L2TP(17, 1701, 0),
        LATER_FRAGMENT(17, 0, 185);

        private final int protocol;
        private final int port;
        private final int offset;

        Packet(final int protocol, final int port, final int offset) {
            this.protocol = protocol;
            this.port = port;
            this.offset = offset;
        }
    }

    private static final int CLUSTER_ADDRESS = 0x0a000064;
    private static final String SOURCE_MAC = "0200000000fe";
    /** So few frames at once that a burst fits into the buffer of the switch's port. */
    private static final int AT_ONCE = 100;

    private final Lab lab;
    private final String virtualMac;
    private final int firstAddress;
    private final int count;

    /**
     * Clients at the place of the lab's first one.
     *
     * @param virtualMac the MAC address of the cluster address
     * @param firstAddress the address of the first; the others follow
     */
    NewClients(final Lab lab, final String virtualMac, final int firstAddress, final int count) {
        this.lab = lab;
        this.virtualMac = virtualMac.replace(":", "");
        this.firstAddress = firstAddress;
        this.count = count;
    }

    /**
     * All send these packets, each of them back to back.
     *
     * @param name the name of the capture
     * @return by client, the gateways that saw it, and the kinds of packets that they saw
     */
    Map<String, Seen> send(final String name, final List<Packet> packets) {
        lab.run("capture-start", "name", name);
        final int clients = Math.max(1, AT_ONCE / packets.size());
        for (int first = 0; first < count; first += clients) {
            final int end = Math.min(count, first + clients);
            final List<String> frames = new ArrayList<>();
            for (int client = first; client < end; client++) {
                for (final Packet packet : packets) {
                    frames.add(HexFormat.of().formatHex(frame(firstAddress + client, packet)));
                }
            }
            lab.run("send-frames", "host", "c1", "frames", frames);
            Waiting.until(
                    "the gateways saw all so far",
                    () -> seen(name).values().stream()
                                    .mapToInt(seen -> seen.kinds.size())
                                    .sum()
                            == end * packets.size());
        }
        lab.run("capture-stop", "name", name);
        return seen(name);
    }

    /** What was seen of a client. */
    record Seen(Set<String> gateways, Set<String> kinds) {}

    private Map<String, Seen> seen(final String name) {
        final JsonObject outer =
                lab.run("capture-report", "name", name).getAsJsonObject().getAsJsonObject("outer");
        final Map<String, Seen> seen = new HashMap<>();
        IntStream.range(firstAddress, firstAddress + count)
                .mapToObj(NewClients::text)
                .filter(outer::has)
                .forEach(address -> {
                    final JsonObject gateways = outer.getAsJsonObject(address);
                    final Set<String> kinds = new HashSet<>();
                    gateways.keySet()
                            .forEach(gateway -> kinds.addAll(gateways.getAsJsonObject(gateway)
                                    .getAsJsonObject("kinds")
                                    .keySet()));
                    seen.put(address, new Seen(gateways.keySet(), kinds));
                });
        return seen;
    }

    private static String text(final int address) {
        return "%d.%d.%d.%d".formatted(address >>> 24, address >>> 16 & 0xff, address >>> 8 & 0xff, address & 0xff);
    }

    private byte[] frame(final int source, final Packet packet) {
        final ByteBuffer frame = ByteBuffer.allocate(74);
        frame.put(HexFormat.of().parseHex(virtualMac + SOURCE_MAC)).putShort((short) 0x0800);
        frame.put((byte) 0x45).put((byte) 0).putShort((short) 60).putShort((short) 1);
        frame.putShort((short) packet.offset)
                .put((byte) 64)
                .put((byte) packet.protocol)
                .putShort((short) 0);
        frame.putInt(source).putInt(CLUSTER_ADDRESS);
        frame.putShort(24, (short) checksum(frame, 14, 10));
        // Not zero: that would mark IKE on the port of NAT-T (RFC 3948, section 2.2).
        final short something = 0x0101;
        frame.putShort((short) packet.port)
                .putShort((short) packet.port)
                .putShort((short) 40)
                .putShort((short) 0);
        while (frame.hasRemaining()) {
            frame.putShort(something);
        }
        return frame.array();
    }

    private static int checksum(final ByteBuffer frame, final int offset, final int words) {
        int sum = 0;
        for (int i = 0; i < words; i++) {
            sum += frame.getShort(offset + 2 * i) & 0xffff;
        }
        sum = (sum & 0xffff) + (sum >>> 16);
        return ~(sum + (sum >>> 16)) & 0xffff;
    }
}
