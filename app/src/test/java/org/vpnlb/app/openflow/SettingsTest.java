/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.vpnlb.engine.reconcile.AuditClock;

@DisplayName("A setting in etc/org.vpnlb.cfg")
class SettingsTest {
    /** A comment that is not indented, and the line that it is about. */
    private static final Pattern DESCRIBED = Pattern.compile("(?m)((?:^# .*\n)+)^#([\\w-]+) = (\\S+)$");

    @Test
    @DisplayName("is taken as it is written")
    void isTaken() {
        assertThat(Settings.of(Map.of(
                        "table-base", "100 ",
                        "audit-count-seconds", 5,
                        "audit-read-seconds", "60",
                        "learned-per-second", "7",
                        "felix.fileinstall.filename", "file:/x/etc/org.vpnlb.cfg")))
                .isEqualTo(new Settings(100, new AuditClock.Intervals(5000, 60_000), 7));
    }

    @Test
    @DisplayName("that is out of range, no number or no setting is refused with its name, its value and what to use")
    void isRefused() {
        assertRefused(Map.of("table-base", "250"), "table-base = 250: is out of range; use 0 to 2");
        assertRefused(Map.of("audit-count-seconds", "0"), "audit-count-seconds = 0: is out of range; use 1 to 3600");
        assertRefused(Map.of("audit-read-seconds", "9"), "audit-read-seconds = 9: is out of range; use 10 to 86400");
        assertRefused(
                Map.of("learned-per-second", "many"),
                "learned-per-second = many: is not a whole number; use 1 to 50000");
        assertRefused(
                Map.of("table_base", "100"),
                "table_base = 100: is not a setting; use one of [table-base, audit-count-seconds, audit-read-seconds,"
                        + " learned-per-second]");
    }

    private static void assertRefused(final Map<String, String> file, final String why) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Settings.of(file))
                .withMessageStartingWith("etc/org.vpnlb.cfg: " + why);
    }

    @Test
    @DisplayName("is in the file of the distribution, with its default and its range")
    void isInTheFile() throws IOException {
        final String file = Files.readString(Path.of("src/main/config/org.vpnlb.cfg"));
        final var described = DESCRIBED.matcher(file).results().toList();
        assertThat(described.stream().map(found -> found.group(2) + " = " + found.group(3)))
                .containsExactlyElementsOf(Arrays.stream(Settings.Setting.values())
                        .map(setting -> setting.key() + " = " + setting.standard())
                        .toList());
        assertThat(described)
                .zipSatisfy(
                        Arrays.asList(Settings.Setting.values()),
                        (found, setting) -> assertThat(comment(found)).contains(setting.range()));
    }

    private static String comment(final MatchResult found) {
        return found.group(1).replace("\n# ", " ");
    }
}
