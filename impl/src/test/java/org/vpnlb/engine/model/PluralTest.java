/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A number of things")
class PluralTest {
    @Test
    @DisplayName("is singular for one thing alone")
    void isSingularForOneAlone() {
        assertThat(Plural.of(0, "request")).isEqualTo("0 requests");
        assertThat(Plural.of(1, "request")).isEqualTo("1 request");
        assertThat(Plural.of(2, "request")).isEqualTo("2 requests");
        assertThat(Plural.of(1, "entry is", "entries are")).isEqualTo("1 entry is");
        assertThat(Plural.of(21, "entry is", "entries are")).isEqualTo("21 entries are");
    }
}
