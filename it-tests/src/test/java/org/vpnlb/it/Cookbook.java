/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/** The examples of docs/cookbook.md: what is to be called, and what the page says that it answers. */
final class Cookbook {
    private static final Path ROOT = Path.of(System.getProperty("vpnlb.root"));
    private static final Pattern SCRIPT = Pattern.compile("^```sh\\n(.*?)^```\\n", Pattern.MULTILINE | Pattern.DOTALL);
    private static final Pattern EXAMPLE =
            Pattern.compile("^```sh\\n(.*?)^```\\n```text\\n(.*?)^```\\n", Pattern.MULTILINE | Pattern.DOTALL);

    private Cookbook() {}

    /**
     * An example.
     *
     * @param script the whole script, with what the page sets up
     * @param told the lines of the page's answer
     */
    record Example(String script, List<String> told) {
        /** The lines that an answer lacks, whatever the white space. */
        List<String> missingFrom(final String answer) {
            final String given = answer.replaceAll("\\s", "");
            return told.stream()
                    .filter(line -> !given.contains(line.replaceAll("\\s", "")))
                    .toList();
        }
    }

    /** All examples, in the order of the page. */
    static List<Example> examples() {
        final String page;
        try {
            page = Files.readString(ROOT.resolve("docs/cookbook.md"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        final List<String> scripts =
                SCRIPT.matcher(page).results().map(found -> found.group(1)).toList();
        final List<Example> examples = EXAMPLE.matcher(page)
                .results()
                .map(found -> new Example(
                        "cd '%s'\n%s\n%s".formatted(ROOT, scripts.getFirst(), found.group(1)),
                        found.group(2).lines().toList()))
                .toList();
        if (examples.size() != scripts.size() - 1) {
            throw new IllegalStateException("an example of the page has no answer");
        }
        return examples;
    }
}
