/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The lab's own logic, by the unit tests beside it: what the others here say rests on it. Not a plain unit test, as
 * importing the lab takes Mininet.
 */
class LabLogicIT {
    /** For example {@code test_ike (test_lab.Classification.test_ike) ... ok}. */
    private static final Pattern RESULT =
            Pattern.compile("^(test\\w+) \\(\\w+\\.(\\w+)\\S*\\)[^\\n]* \\.\\.\\. (.*)$", Pattern.MULTILINE);

    @TestFactory
    List<DynamicTest> unitTestsInPython() throws IOException, InterruptedException {
        final Path lab = Path.of(System.getProperty("vpnlb.root"), "it-tests", "lab");
        final Process process = new ProcessBuilder(
                        "/usr/bin/python3", "-B", "-m", "unittest", "discover", "-v", "-s", lab.toString())
                .redirectErrorStream(true)
                .start();
        final String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        final List<DynamicTest> tests = RESULT.matcher(output)
                .results()
                .map(result -> DynamicTest.dynamicTest(
                        result.group(2) + "." + result.group(1),
                        () -> assertThat(result.group(3)).as(output).isEqualTo("ok")))
                .toList();
        // A file that could not be loaded is counted, but no test of ours.
        assertThat(tests).as(output).isNotEmpty();
        assertThat(output).contains("Ran " + tests.size() + " test");
        return tests;
    }
}
