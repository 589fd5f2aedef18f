/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.shell;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Takes secrets out of text that is given to others: what looks like one, and those that are known. */
final class Secrets {
    private static final String REMOVED = "(removed)";
    /** A shorter one is a word of many texts. */
    private static final int SHORTEST_KNOWN = 6;

    private static final String NAMES = "(?:password|passwd|passphrase|pwd|secret|token|credential|psk|api-?key|"
            + "private[-_.]?key|store-?key|shared-?key)";
    /** The value of a setting: a line that ends with a backslash goes on in the next one. */
    private static final String SETTING = "(?:[^\\r\\n]*\\\\\\r?\\n)*[^\\r\\n]+";
    /** A name with its value, in a setting, in JSON or in XML. */
    private static final Pattern NAMED = Pattern.compile("(?i)([\\w.-]*" + NAMES
            + "[\\w.-]*[\"']?\\s*(?:(?:[=:]|is)\\s*|>))(?:(?<=>)\\s*[^<\\r\\n]+|(?<!>)" + SETTING + ")");

    private static final Pattern AUTHORIZATION =
            Pattern.compile("(?i)(\\bcookie: *|authorization[\"']?\\s*[=:]\\s*)[^\\r\\n]+");
    private static final Pattern SCHEME = Pattern.compile("(?i)\\b(basic|bearer)\\s+[\\w+/=.~-]{6,}");
    private static final Pattern IN_URL = Pattern.compile("(://)[^/@\\s]+@");
    private static final Pattern AS_ARGUMENT = Pattern.compile("((?:-u|--user)\\s+['\"]?[^:\\s]+:)\\S+");
    private static final Pattern PEM =
            Pattern.compile("-----BEGIN [A-Z ]*PRIVATE KEY-----[\\s\\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\\z)");
    /** An account in Karaf's file: its name, the password, its roles. */
    private static final Pattern ACCOUNT = Pattern.compile("(?m)^\\s*([^#=\\s]+?)\\s*=\\s*([^,\\s]+)");

    private final List<String> known;

    private Secrets(final List<String> known) {
        this.known = known;
    }

    /**
     * Knows the passwords of Karaf's accounts.
     *
     * @param accounts what is in {@code users.properties}
     */
    static Secrets of(final String accounts) {
        final List<String> known = new ArrayList<>();
        ACCOUNT.matcher(accounts).results().forEach(account -> {
            final boolean isGroup = account.group(1).startsWith("_g_");
            if (!isGroup && account.group(2).length() >= SHORTEST_KNOWN) {
                known.add(account.group(2));
            }
        });
        return new Secrets(known);
    }

    /** The text without them. */
    String removedFrom(final String text) {
        String left = PEM.matcher(text).replaceAll(REMOVED);
        left = NAMED.matcher(left).replaceAll("$1" + REMOVED);
        left = AUTHORIZATION.matcher(left).replaceAll("$1" + REMOVED);
        left = SCHEME.matcher(left).replaceAll("$1 " + REMOVED);
        left = IN_URL.matcher(left).replaceAll("$1" + REMOVED + "@");
        left = AS_ARGUMENT.matcher(left).replaceAll("$1" + REMOVED);
        for (final String secret : known) {
            left = left.replace(secret, REMOVED);
        }
        return left;
    }
}
