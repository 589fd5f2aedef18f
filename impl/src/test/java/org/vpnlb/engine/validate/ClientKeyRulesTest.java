/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.validate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.vpnlb.engine.model.Protocol;
import org.vpnlb.engine.model.Service.Ingress.KeyedBy;
import org.vpnlb.engine.model.Service.Selection.Method;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.model.Traffic;

@DisplayName("Clients are told apart by their ports")
class ClientKeyRulesTest {
    private static final int SCTP = 132;

    static Stream<Arguments> unsafe() {
        return Stream.of(
                Arguments.of("IKE changes its port", byPort(Protocol.IKE)),
                Arguments.of("IKE changes its port", byPort(Protocol.IPSEC_NAT_T)),
                Arguments.of("IKE changes its port", byPort().match("nat-t", Traffic.udp(4500))),
                Arguments.of("takes IP protocol 50", byPort(Protocol.ESP)),
                Arguments.of("takes every IP packet", byPort(Protocol.ANY)),
                Arguments.of("by one connection and go on by another", byPort(Protocol.OPENVPN)),
                Arguments.of("by one connection and go on by another", byPort(Protocol.TLS)),
                Arguments.of("by one connection and go on by another", byPort().match("openvpn", Traffic.tcp(1194))),
                Arguments.of("takes IP protocol 17", byPort().match("udp", Traffic.of(17))),
                Arguments.of("takes IP protocol 17 port 51820, ", byPort(Protocol.WIREGUARD, Protocol.DTLS)),
                Arguments.of(
                        "takes IP protocol 17 port 51820, ",
                        byPort(Protocol.WIREGUARD).match("second", Traffic.udp(51821))),
                Arguments.of("takes IP protocol 132 port 9899", byPort().match("sctp", new Traffic(SCTP, 9899))),
                Arguments.of("takes nothing", byPort()),
                Arguments.of("source-hash", byPort(Protocol.WIREGUARD).method(Method.SELECT_GROUP)),
                Arguments.of("source-hash", byPort(Protocol.WIREGUARD).slots(100)));
    }

    @ParameterizedTest
    @MethodSource("unsafe")
    @DisplayName("only where all of a client comes from one port: else the error names leaf, value, reason and fix")
    void isRefusedWhereItIsNotSafe(final String why, final ServiceBuilder service) {
        assertThat(Validator.validate(List.of(service.build()))).singleElement().satisfies(problem -> {
            assertThat(problem.path()).isEqualTo("vpn-service[name='office']/client-key");
            assertThat(problem.value()).isEqualTo("address-and-port");
            assertThat(problem.reason()).contains(why);
            assertThat(problem.fix()).contains("address");
        });
        assertThat(Validator.validate(List.of(service.clientKey(KeyedBy.ADDRESS).build())))
                .isEmpty();
    }

    static Stream<ServiceBuilder> safe() {
        return Stream.of(
                byPort(Protocol.WIREGUARD),
                byPort(Protocol.L2TP),
                byPort(Protocol.DTLS).method(Method.SOURCE_HASH),
                byPort().match("openvpn", Traffic.udp(1194)),
                byPort(Protocol.WIREGUARD).match("the same", Traffic.udp(51820)));
    }

    @ParameterizedTest
    @MethodSource("safe")
    @DisplayName("where a service takes one UDP port")
    void isAcceptedWhereItIsSafe(final ServiceBuilder service) {
        assertThat(Validator.validate(List.of(service.build()))).isEmpty();
    }

    private static ServiceBuilder byPort(final Protocol... protocols) {
        return ServiceBuilder.office()
                .method(Method.AUTO)
                .protocols(Set.of(protocols))
                .clientKey(KeyedBy.ADDRESS_AND_PORT);
    }
}
