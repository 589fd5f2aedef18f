/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.model;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vpnlb.engine.model.Target.Kind;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.MacAddress;

@DisplayName("A target that cannot be asked")
class TargetTest {
    private static final MacAddress MAC = MacAddress.parse("02:00:00:00:0a:01");

    @ParameterizedTest(name = "{0} from {1} to {2}, port {3}: {4}")
    @DisplayName("is refused with the field, its value and what to give instead")
    @CsvSource(
            delimiter = '|',
            value = {
                "ICMP |          | 10.0.0.1 | 0     | sourceAddress is null: a probe of kind ICMP needs one",
                "UDP  |          | 10.0.0.1 | 53    | sourceAddress is null: a probe of kind UDP needs one",
                "ICMP | 10.0.0.2 | ::1      | 0     | sourceAddress 10.0.0.2 is not of the family of targetAddress ::1",
                "ARP  | ::1      | 10.0.0.1 | 0     | sourceAddress ::1 is not of the family of targetAddress 10.0.0.1",
                "ARP  | 10.0.0.2 | 10.0.0.1 | 7     | port 7 of a probe of kind ARP: give 0",
                "IKE  | 10.0.0.2 | 10.0.0.1 | 0     | port 0 of a probe of kind IKE: give 1 to 65535",
                "TCP  | 10.0.0.2 | 10.0.0.1 | 65536 | port 65536 of a probe of kind TCP: give 1 to 65535",
                "UDP  | 10.0.0.2 | 10.0.0.1 | -1    | port -1 of a probe of kind UDP: give 1 to 65535"
            })
    void isRefused(final Kind kind, final String source, final String target, final int port, final String complaint) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Target(
                        kind, MAC, source == null ? null : IpAddress.parse(source), MAC, IpAddress.parse(target), port))
                .withMessageContaining(complaint);
    }
}
