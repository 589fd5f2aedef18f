/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.vpnlb.engine.reconcile.AuditClock;

@DisplayName("A setting in etc/org.vpnlb.cfg")
class SettingsTest {
    @Test
    @DisplayName("is taken as it is written")
    void isTaken() {
        assertThat(Settings.of(100, 5, 60, 7)).isEqualTo(new Settings(100, new AuditClock.Intervals(5000, 60_000), 7));
    }

    @Test
    @DisplayName("that is out of range is refused with its name, its value and what to use")
    void isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Settings.of(250, 10, 300, 1))
                .withMessageContaining("table-base = 250: is out of range; use 0 to 2");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Settings.of(0, 0, 300, 1))
                .withMessage("etc/org.vpnlb.cfg: audit-count-seconds = 0: is out of range; use 1 to 3600");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Settings.of(0, 10, 9, 1))
                .withMessage("etc/org.vpnlb.cfg: audit-read-seconds = 9: is out of range; use 10 to 86400");
    }
}
