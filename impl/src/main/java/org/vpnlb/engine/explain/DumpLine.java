/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.explain;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A flow entry as {@code ovs-ofctl dump-flows} prints it, or a cookie alone.
 *
 * @param cookie its cookie
 * @param table its table; empty when only the cookie is known
 * @param priority its priority
 */
public record DumpLine(long cookie, OptionalInt table, int priority) {
    /** What OpenFlow gives an entry that is told none, and {@code ovs-ofctl} then leaves out. */
    private static final int DEFAULT_PRIORITY = 32_768;

    private static final Pattern COOKIE = Pattern.compile("(?:^|[\\s,])cookie=0x([0-9a-fA-F]{1,16})(?=[\\s,]|$)");
    private static final Pattern BARE_COOKIE = Pattern.compile("0x([0-9a-fA-F]{1,16})");
    private static final Pattern TABLE = Pattern.compile("(?:^|[\\s,])table=([0-9]{1,3})(?=[\\s,]|$)");
    private static final Pattern PRIORITY = Pattern.compile("(?:^|[\\s,])priority=([0-9]{1,5})(?=[\\s,]|$)");

    /** Reads a line, or a cookie such as {@code 0x7670...}; empty when there is no cookie in it. */
    public static Optional<DumpLine> parse(final String text) {
        final Matcher bare = BARE_COOKIE.matcher(text.strip());
        if (bare.matches()) {
            return Optional.of(new DumpLine(Long.parseUnsignedLong(bare.group(1), 16), OptionalInt.empty(), 0));
        }
        final Matcher cookie = COOKIE.matcher(text);
        return cookie.find()
                ? Optional.of(new DumpLine(
                        Long.parseUnsignedLong(cookie.group(1), 16),
                        OptionalInt.of(number(TABLE, text, 0)),
                        number(PRIORITY, text, DEFAULT_PRIORITY)))
                : Optional.empty();
    }

    private static int number(final Pattern pattern, final String text, final int absent) {
        final Matcher matcher = pattern.matcher(text);
        return matcher.find() ? Integer.parseInt(matcher.group(1)) : absent;
    }
}
