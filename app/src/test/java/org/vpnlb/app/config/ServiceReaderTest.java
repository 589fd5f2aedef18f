/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.VpnServices;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.VpnServicesBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.services.VpnService;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.services.VpnServiceBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.services.VpnServiceKey;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.services.vpn.service.EgressBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.services.vpn.service.HealthCheckBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.services.vpn.service.IngressBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.services.vpn.service.VpnDevice;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.services.vpn.service.VpnDeviceBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.services.vpn.service.VpnDeviceKey;
import org.opendaylight.yangtools.binding.util.BindingMap;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.model.api.DataNodeContainer;
import org.opendaylight.yangtools.yang.model.api.DataSchemaNode;
import org.opendaylight.yangtools.yang.model.api.LeafListSchemaNode;
import org.opendaylight.yangtools.yang.model.api.LeafSchemaNode;
import org.opendaylight.yangtools.yang.model.api.type.BooleanTypeDefinition;
import org.opendaylight.yangtools.yang.model.api.type.EnumTypeDefinition;
import org.vpnlb.app.config.ServiceReader.InvalidLeafException;
import org.vpnlb.engine.model.Attachment;
import org.vpnlb.engine.model.Defaults;
import org.vpnlb.engine.model.HealthCheck.Question;
import org.vpnlb.engine.model.HealthCheck.Type;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Service.Ingress.KeyedBy;
import org.vpnlb.engine.net.IpAddress;

class ServiceReaderTest {
    /**
     * A leaf of the model that has a default.
     *
     * @param path where it is in a service
     * @param value the default
     * @param other another value
     */
    private record Default(List<String> path, JsonElement value, JsonElement other) {
        /** The service with this leaf. */
        JsonObject in(final JsonObject service, final JsonElement written) {
            JsonObject place = service;
            for (final String name : path.subList(0, path.size() - 1)) {
                if (!place.has(name)) {
                    place.add(name, new JsonObject());
                }
                final JsonElement child = place.get(name);
                place = child instanceof JsonArray entries ? entries.get(0).getAsJsonObject() : child.getAsJsonObject();
            }
            place.add(path.getLast(), written);
            return service;
        }

        @Override
        public String toString() {
            return String.join("/", path) + " = " + value;
        }
    }

    /** All defaults of the model, as its parser has read them. */
    private static Stream<Default> defaults() {
        final var services = (DataNodeContainer) Model.CONTEXT.getDataChildByName(VpnServices.QNAME);
        final var service =
                (DataNodeContainer) services.getDataChildByName(QName.create(VpnServices.QNAME, "vpn-service"));
        final List<Default> found = new ArrayList<>();
        collect(List.of(), service.getChildNodes(), found);
        return found.stream();
    }

    private static void collect(
            final List<String> parent, final Collection<? extends DataSchemaNode> nodes, final List<Default> found) {
        for (final DataSchemaNode node : nodes) {
            final List<String> path = new ArrayList<>(parent);
            path.add(node.getQName().getLocalName());
            switch (node) {
                case LeafSchemaNode leaf ->
                    leaf.getType()
                            .getDefaultValue()
                            .ifPresent(value -> found.add(new Default(path, json(leaf, value), other(leaf, value))));
                case LeafListSchemaNode list
                when !list.getDefaults().isEmpty() -> {
                    final var all = new JsonArray();
                    list.getDefaults().forEach(value -> all.add(value.toString()));
                    final var first = new JsonArray();
                    first.add(all.get(0));
                    found.add(new Default(path, all, first));
                }
                case DataNodeContainer inner -> collect(path, inner.getChildNodes(), found);
                default -> {
                    // A leaf-list without a default.
                }
            }
        }
    }

    private static JsonElement json(final LeafSchemaNode leaf, final Object value) {
        return switch (leaf.getType()) {
            case BooleanTypeDefinition bool -> new JsonPrimitive(Boolean.valueOf(value.toString()));
            case EnumTypeDefinition constants -> new JsonPrimitive(value.toString());
            default -> new JsonPrimitive(Long.valueOf(value.toString()));
        };
    }

    private static JsonElement other(final LeafSchemaNode leaf, final Object value) {
        return switch (leaf.getType()) {
            case BooleanTypeDefinition bool -> new JsonPrimitive(!Boolean.parseBoolean(value.toString()));
            case EnumTypeDefinition constants ->
                new JsonPrimitive(constants.getValues().stream()
                        .map(EnumTypeDefinition.EnumPair::getName)
                        .filter(name -> !name.equals(value))
                        .findFirst()
                        .orElseThrow());
            default -> new JsonPrimitive(Long.parseLong(value.toString()) + 1);
        };
    }

    @Test
    void theModelHasDefaults() {
        assertThat(defaults().map(Default::toString))
                .contains("learning = \"controller\"", "ingress/idle-timeout = 300", "vpn-device/weight = 1")
                .hasSizeGreaterThanOrEqualTo(16);
    }

    @ParameterizedTest
    @MethodSource("defaults")
    void anAbsentLeafIsReadAsItsDefault(final Default leaf) throws InvalidLeafException {
        assertThat(read(leaf.in(Model.service(), leaf.value()))).isEqualTo(read(Model.service()));
    }

    @ParameterizedTest
    @MethodSource("defaults")
    void aLeafWithAnotherValueIsReadAsThat(final Default leaf) throws InvalidLeafException {
        assertThat(read(leaf.in(Model.service(), leaf.other()))).isNotEqualTo(read(Model.service()));
    }

    /** The datastore's codec puts the defaults in, a builder does not: the reader's own must be the same. */
    @Test
    void whatABuilderLeavesOutIsReadAsItsDefault() throws InvalidLeafException {
        final VpnService full =
                Model.services(Model.service()).nonnullVpnService().get(new VpnServiceKey("office"));
        final VpnDevice device = full.nonnullVpnDevice().get(new VpnDeviceKey("g1"));
        final VpnService bare = new VpnServiceBuilder()
                .setName(full.getName())
                .setClusterAddress(full.getClusterAddress())
                .setIngress(new IngressBuilder()
                        .setSwitch(full.getIngress().getSwitch())
                        .build())
                .setEgress(new EgressBuilder()
                        .setSwitch(full.getEgress().getSwitch())
                        .setGatewayAddress(full.getEgress().getGatewayAddress())
                        .build())
                .setHealthCheck(new HealthCheckBuilder()
                        .setType(full.getHealthCheck().getType())
                        .build())
                .setVpnDevice(BindingMap.of(new VpnDeviceBuilder()
                        .setName(device.getName())
                        .setIngress(device.getIngress())
                        .setEgress(device.getEgress())
                        .build()))
                .build();
        assertThat(bare.getLearning()).isNull();
        assertThat(ServiceReader.read(new VpnServicesBuilder()
                        .setVpnService(BindingMap.of(bare))
                        .build()))
                .containsExactly(read(Model.service()));
    }

    @Test
    void additionalGatewayAddressesAreReadBehindTheFirstInOrder() throws InvalidLeafException {
        final JsonObject service = Model.service();
        final var additional = new JsonArray();
        Stream.of("fd01::fe", "172.16.0.253").forEach(additional::add);
        service.getAsJsonObject("egress").add("additional-gateway-address", additional);
        assertThat(read(service).egress().gatewayAddresses())
                .extracting(IpAddress::toString)
                .containsExactly("172.16.0.254", "172.16.0.253", "fd01::fe");
    }

    @Test
    void whereClientsAreToldApartByTheirPortsThereIsNoDefaultProtocol() throws InvalidLeafException {
        final JsonObject service = Model.service();
        service.remove("protocol");
        assertThat(read(service).protocols()).isEqualTo(Defaults.PROTOCOLS);
        service.addProperty("client-key", "address-and-port");
        assertThat(read(service).protocols()).isEmpty();
        assertThat(read(service).ingress().clientKey()).isEqualTo(KeyedBy.ADDRESS_AND_PORT);
    }

    @Test
    void additionalChecksAreReadByNameAndBelongToTheHealthCheck() throws InvalidLeafException {
        final JsonObject service = Model.service();
        final JsonObject check = service.getAsJsonObject("health-check");
        final var additional = new JsonArray();
        additional.add(JsonParser.parseString("{'name': 'wireguard', 'type': 'udp', 'port': 51820}"));
        additional.add(JsonParser.parseString("{'name': 'ping', 'type': 'icmp'}"));
        check.add("additional-check", additional);
        assertThat(read(service).healthCheck().orElseThrow().additional())
                .containsExactly(
                        new Question("ping", Type.ICMP, Optional.empty()),
                        new Question("wireguard", Type.UDP, Optional.of(51820)));
    }

    @Test
    void anAdditionalCheckWithoutATypeIsRefused() {
        final JsonObject service = Model.service();
        final var additional = new JsonArray();
        additional.add(JsonParser.parseString("{'name': 'ping'}"));
        service.getAsJsonObject("health-check").add("additional-check", additional);
        assertThatThrownBy(() -> read(service))
                .hasMessageContaining("/health-check/additional-check[name='ping']/type");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ingress", "egress", "selection"})
    void anAbsentContainerIsReadAsOneWithDefaults(final String container) throws InvalidLeafException {
        final JsonObject absent = Model.service();
        absent.remove(container);
        final JsonObject empty = Model.service();
        empty.add(container, new JsonObject());
        assertThat(read(absent)).isEqualTo(read(empty));
    }

    @ParameterizedTest
    @ValueSource(strings = {"::ffff:10.0.0.0/104", "::ffff:10.0.0.0/24"})
    void anIpv4PrefixInTheFormOfIpv6IsRefused(final String prefix) {
        final JsonObject service = Model.service();
        final var prefixes = new JsonArray();
        prefixes.add(prefix);
        service.getAsJsonObject("egress").add("client-prefix", prefixes);
        assertThatThrownBy(() -> read(service))
                .isInstanceOf(InvalidLeafException.class)
                .hasMessageContaining("client-prefix")
                .hasMessageContaining(prefix);
    }

    @Test
    void aDeviceHasInnerPrefixesOnlyWhereTheyAreConfigured() throws InvalidLeafException {
        assertThat(read(Model.service()).devices().getFirst().clientPrefixes()).isEmpty();
        final JsonObject service = Model.service();
        service.getAsJsonArray("vpn-device")
                .get(0)
                .getAsJsonObject()
                .add("client-prefix", list("fd00:1::/64", "10.99.1.128/25", "10.99.1.0/25"));
        assertThat(read(service).devices().getFirst().clientPrefixes())
                .extracting(Object::toString)
                .containsExactly("10.99.1.0/25", "10.99.1.128/25", "fd00:1::/64");

        final JsonObject mapped = Model.service();
        mapped.getAsJsonArray("vpn-device").get(0).getAsJsonObject().add("client-prefix", list("::ffff:10.0.0.0/104"));
        assertThatThrownBy(() -> read(mapped))
                .hasMessageContaining("vpn-device[name='g1']/client-prefix")
                .hasMessageContaining("::ffff:10.0.0.0/104");
    }

    @Test
    void furtherClusterAddressesAreReadAfterTheFirst() throws InvalidLeafException {
        final JsonObject service = Model.service();
        service.add("additional-cluster-address", list("2001:db8::100", "192.0.2.100"));
        assertThat(read(service).clusterAddresses())
                .extracting(Object::toString)
                .containsExactly("10.0.0.100", "192.0.2.100", "2001:db8::100");
        assertThat(read(Model.service()).clusterAddresses()).hasSize(1);
    }

    @Test
    void aFurtherClusterAddressThatIsNoneIsRefused() {
        final JsonObject service = Model.service();
        service.add("additional-cluster-address", list("10.0.0.300"));
        assertThatThrownBy(() -> read(service))
                .isInstanceOf(InvalidLeafException.class)
                .hasMessageContaining("additional-cluster-address")
                .hasMessageContaining("10.0.0.300");
    }

    @Test
    void aDrainHasADeadlineOnlyWhereOneIsConfigured() throws InvalidLeafException {
        assertThat(read(Model.service()).devices().getFirst().drainDeadline()).isEmpty();
        final JsonObject service = Model.service();
        service.getAsJsonArray("vpn-device").get(0).getAsJsonObject().addProperty("drain-deadline", 3600);
        assertThat(read(service).devices().getFirst().drainDeadline()).hasValue(3600L);
    }

    private static JsonArray list(final String... values) {
        final var list = new JsonArray();
        Stream.of(values).forEach(list::add);
        return list;
    }

    @Test
    void aPortIsConfiguredByItsNumberOrByItsName() throws InvalidLeafException {
        final JsonObject service = Model.service();
        final JsonObject ingress = ingressOfG1(service);
        ingress.remove("port");
        ingress.addProperty("port-name", "g1-out");
        final Attachment attachment = read(service).devices().getFirst().ingress();
        assertThat(attachment.portName()).hasValue("g1-out");
        assertThat(attachment.port()).isEqualTo(Attachment.UNNUMBERED);
        assertThat(read(Model.service()).devices().getFirst().ingress().portName())
                .isEmpty();
    }

    @Test
    void aPortThatIsConfiguredTwiceOrNotAtAllIsRefused() {
        final JsonObject both = Model.service();
        ingressOfG1(both).addProperty("port-name", "g1-out");
        assertThatThrownBy(() -> read(both))
                .hasMessageContaining("vpn-device[name='g1']/ingress/port-name")
                .hasMessageContaining("g1-out")
                .hasMessageContaining("leave one of the two out");

        final JsonObject none = Model.service();
        ingressOfG1(none).remove("port");
        assertThatThrownBy(() -> read(none))
                .hasMessageContaining("vpn-device[name='g1']/ingress/port")
                .hasMessageContaining("absent")
                .hasMessageContaining("port-name instead");
    }

    private static JsonObject ingressOfG1(final JsonObject service) {
        return service.getAsJsonArray("vpn-device").get(0).getAsJsonObject().getAsJsonObject("ingress");
    }

    private static Service read(final JsonObject service) throws InvalidLeafException {
        return ServiceReader.read(Model.services(service)).getFirst();
    }
}
