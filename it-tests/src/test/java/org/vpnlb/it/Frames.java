/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.it;

import java.util.Arrays;
import java.util.stream.Collectors;

/** Ethernet frames as hexadecimal digits. MAC addresses are written with colons, IPv4 addresses with dots. */
final class Frames {
    /** What is in a {@link #keepalive} behind the addresses. */
    static final String KEEPALIVE = "1194" + "1194" + "0009" + "0000" + "ff";

    private static final String BROADCAST = "ff:ff:ff:ff:ff:ff";
    private static final String NO_MAC = "00:00:00:00:00:00";
    private static final int ICMP = 1;
    private static final int UDP = 17;
    private static final int MORE_FRAGMENTS = 0x2000;

    private Frames() {}

    /** A NAT keepalive (RFC 3948, section 2.3): a UDP datagram to port 4500. */
    static String keepalive(final String toMac, final String fromMac, final String from, final String to) {
        return datagram(toMac, fromMac, UDP, from, to, KEEPALIVE);
    }

    /** A UDP datagram to port 9, discard. */
    static String discard(final String toMac, final String fromMac, final String from, final String to) {
        return datagram(toMac, fromMac, UDP, from, to, "0009" + "0009" + "0008" + "0000");
    }

    /** An empty UDP datagram to the port of WireGuard. */
    static String wireGuard(
            final String toMac, final String fromMac, final String from, final int sourcePort, final String to) {
        return datagram(toMac, fromMac, UDP, from, to, wireGuard(sourcePort));
    }

    /** What is behind its IP header. */
    static String wireGuard(final int sourcePort) {
        return "%04xca6c".formatted(sourcePort) + "0008" + "0000";
    }

    /** The first fragment of a datagram to the port of WireGuard. */
    static String fragment(
            final String toMac, final String fromMac, final String from, final int sourcePort, final String to) {
        return datagram(toMac, fromMac, MORE_FRAGMENTS, UDP, from, to, wireGuard(sourcePort));
    }

    /** An ICMP error (RFC 1191): fragmentation needed by a packet of an IP protocol between two addresses. */
    static String tooBig(
            final String toMac,
            final String fromMac,
            final String router,
            final int protocol,
            final String from,
            final String to) {
        final String quoted = "450005dc00004000" + "3f%02x0000".formatted(protocol) + octets(from) + octets(to) + "1194"
                + "1194" + "05c8" + "0000";
        final String end = "0000" + "0514" + quoted;
        return datagram(toMac, fromMac, ICMP, router, from, "0304" + checksum("0304" + end) + end);
    }

    /** An ARP announcement (RFC 5227). */
    static String announcement(final String mac, final String address) {
        return digits(BROADCAST) + digits(mac) + "0806" + "0001080006040001" + digits(mac) + octets(address)
                + digits(NO_MAC) + octets(address);
    }

    /** A MAC address as it is in a frame. */
    static String digits(final String mac) {
        return mac.replace(":", "");
    }

    private static String datagram(
            final String toMac,
            final String fromMac,
            final int protocol,
            final String from,
            final String to,
            final String payload) {
        return datagram(toMac, fromMac, 0, protocol, from, to, payload);
    }

    private static String datagram(
            final String toMac,
            final String fromMac,
            final int flags,
            final int protocol,
            final String from,
            final String to,
            final String payload) {
        final String begin = "4500%04x0000%04x40%02x".formatted(20 + payload.length() / 2, flags, protocol);
        final String addresses = octets(from) + octets(to);
        return digits(toMac) + digits(fromMac) + "0800" + begin + checksum(begin + addresses) + addresses + payload;
    }

    /** The checksum of a header in which it is left out (RFC 1071). */
    private static String checksum(final String header) {
        int sum = 0;
        for (int i = 0; i < header.length(); i += 4) {
            sum += Integer.parseInt(header.substring(i, i + 4), 16);
        }
        sum = (sum & 0xffff) + (sum >>> 16);
        return "%04x".formatted(~((sum & 0xffff) + (sum >>> 16)) & 0xffff);
    }

    private static String octets(final String address) {
        return Arrays.stream(address.split("\\."))
                .map(octet -> "%02x".formatted(Integer.parseInt(octet)))
                .collect(Collectors.joining());
    }
}
