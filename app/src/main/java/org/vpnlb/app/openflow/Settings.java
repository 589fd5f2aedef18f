/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow;

import com.google.common.primitives.Ints;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.vpnlb.engine.model.Capabilities;
import org.vpnlb.engine.pipeline.Table;
import org.vpnlb.engine.reconcile.AuditClock;

/**
 * What is set for all switches in {@code etc/org.vpnlb.cfg}.
 *
 * @param tableBase the number of the switches' table that is table 0 of the pipeline
 * @param audits how often a switch is audited
 * @param learned the frames of clients without a session that a port may send to the controller in a second
 */
public record Settings(int tableBase, AuditClock.Intervals audits, int learned) {
    private static final long MILLIS = 1000;

    /** A setting: its name in the file, its default, and what it may be. */
    enum Setting {
        TABLE_BASE("table-base", 0, "0", 254 - (Table.values().length - 1)),
        COUNT("audit-count-seconds", (int) (AuditClock.COUNT_MILLIS / MILLIS), "1", 3600),
        READ("audit-read-seconds", (int) (AuditClock.READ_MILLIS / MILLIS), "audit-count-seconds", 86_400),
        LEARNED("learned-per-second", Capabilities.Meters.LEARNED, "1", 50_000);

        private final String key;
        private final int standard;
        /** A number, or the name of the setting that is the least. */
        private final String min;

        private final int max;

        Setting(final String key, final int standard, final String min, final int max) {
            this.key = key;
            this.standard = standard;
            this.min = min;
            this.max = max;
        }

        String key() {
            return key;
        }

        int standard() {
            return standard;
        }

        String range() {
            return min + " to " + max;
        }

        private int in(final Map<String, ?> file) {
            final String text = file.containsKey(key) ? file.get(key).toString().strip() : Integer.toString(standard);
            final int least = min.equals(COUNT.key) ? COUNT.in(file) : Integer.parseInt(min);
            final Integer value = Ints.tryParse(text);
            if (value == null) {
                throw refused("%s = %s: is not a whole number; use %d to %d", key, text, least, max);
            }
            if (value < least || value > max) {
                throw refused("%s = %s: is out of range; use %d to %d", key, text, least, max);
            }
            return value;
        }
    }

    /**
     * Settings as they are written in the file.
     *
     * @param file names and values; a name with a dot is not vpnlb's but Karaf's
     * @throws IllegalArgumentException if one is no setting, no number or out of range; says which, and what to use
     */
    public static Settings of(final Map<String, ?> file) {
        final List<String> known =
                Arrays.stream(Setting.values()).map(Setting::key).toList();
        file.forEach((name, value) -> {
            if (name.indexOf('.') < 0 && !known.contains(name)) {
                throw refused("%s = %s: is not a setting; use one of %s", name, value, known);
            }
        });
        return new Settings(
                Setting.TABLE_BASE.in(file),
                new AuditClock.Intervals(MILLIS * Setting.COUNT.in(file), MILLIS * Setting.READ.in(file)),
                Setting.LEARNED.in(file));
    }

    private static IllegalArgumentException refused(final String what, final Object... values) {
        return new IllegalArgumentException("etc/org.vpnlb.cfg: " + what.formatted(values));
    }
}
