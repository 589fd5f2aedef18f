/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.probe;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.vpnlb.engine.model.Target;
import org.vpnlb.engine.model.Target.Kind;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.MacAddress;

/** A probe, and what a real host answered to it: see answers.txt. */
record Recorded(
        String title,
        Target target,
        long token,
        List<byte[]> request,
        byte[] answer,
        Verdict verdict,
        List<byte[]> goodbye) {
    private static final HexFormat HEX = HexFormat.of();

    static List<Recorded> all() {
        try (InputStream in = Recorded.class.getResourceAsStream("answers.txt")) {
            final String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return Stream.of(text.split("\n\n"))
                    .filter(paragraph -> !paragraph.startsWith("#"))
                    .map(paragraph -> of(paragraph.split("\n")))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Recorded of(final String[] lines) {
        final String[] words = lines[1].split(" ");
        final var target = new Target(
                Kind.valueOf(words[0]),
                MacAddress.parse(words[1]),
                words[2].equals("-") ? null : IpAddress.parse(words[2]),
                MacAddress.parse(words[3]),
                IpAddress.parse(words[4]),
                Integer.parseInt(words[5]));
        return new Recorded(
                lines[0],
                target,
                Long.parseUnsignedLong(words[6], 16),
                frames(lines[2]),
                HEX.parseHex(lines[3]),
                Verdict.valueOf(lines[4]),
                frames(lines[5]));
    }

    private static List<byte[]> frames(final String text) {
        return text.equals("-")
                ? List.of()
                : Arrays.stream(text.split(",")).map(HEX::parseHex).toList();
    }

    Probe probe() {
        return Probe.of(target, token);
    }

    /** Whether answers repeat something of the request that is of this request alone. */
    boolean repeatsTheToken() {
        return target.kind() != Kind.ARP;
    }

    @Override
    public String toString() {
        return title + ": " + verdict;
    }
}
