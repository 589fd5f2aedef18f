/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.config;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.stream.JsonReader;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.util.ServiceLoader;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.VpnServices;
import org.opendaylight.yangtools.binding.data.codec.api.BindingNormalizedNodeSerializer;
import org.opendaylight.yangtools.binding.data.codec.dynamic.BindingDataCodecFactory;
import org.opendaylight.yangtools.binding.runtime.spi.BindingRuntimeHelpers;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;
import org.opendaylight.yangtools.yang.data.codec.gson.JSONCodecFactorySupplier;
import org.opendaylight.yangtools.yang.data.codec.gson.JsonParserStream;
import org.opendaylight.yangtools.yang.data.impl.schema.ImmutableNormalizedNodeStreamWriter;
import org.opendaylight.yangtools.yang.data.impl.schema.NormalizationResultHolder;
import org.opendaylight.yangtools.yang.model.api.EffectiveModelContext;

/** The YANG model as OpenDaylight has it, and configurations of it as RESTCONF reads them. */
public final class Model {
    static final YangInstanceIdentifier SERVICES = YangInstanceIdentifier.of(VpnServices.QNAME);
    public static final EffectiveModelContext CONTEXT;
    public static final BindingNormalizedNodeSerializer CODEC;

    static {
        final var codec = ServiceLoader.load(BindingDataCodecFactory.class)
                .findFirst()
                .orElseThrow()
                .newBindingDataCodec(BindingRuntimeHelpers.createRuntimeContext(VpnServices.class));
        CONTEXT = codec.modelContext();
        CODEC = codec.nodeSerializer();
    }

    private Model() {}

    /** A service that can be committed, as JSON. Each call gives another one, to be changed at will. */
    static JsonObject service() {
        return JsonParser.parseString("""
                {
                  "name": "office",
                  "cluster-address": "10.0.0.100",
                  "ingress": {"switch": [{"node": "openflow:1", "uplink-port": [1]}]},
                  "egress": {
                    "switch": [{"node": "openflow:2", "server-port": [1]}],
                    "gateway-address": "172.16.0.254"
                  },
                  "health-check": {"type": "arp"},
                  "vpn-device": [
                    {
                      "name": "g1",
                      "ingress": {
                        "node": "openflow:1", "port": 11, "mac": "02:00:00:00:0a:01", "address": "10.0.0.1"
                      },
                      "egress": {
                        "node": "openflow:2", "port": 11, "mac": "02:00:00:00:0b:01", "address": "172.16.0.1"
                      }
                    }
                  ]
                }
                """).getAsJsonObject();
    }

    /** The container of the services, with one service. */
    static NormalizedNode node(final JsonElement service) {
        final var holder = new NormalizationResultHolder();
        try (var stream = JsonParserStream.create(
                        ImmutableNormalizedNodeStreamWriter.from(holder),
                        JSONCodecFactorySupplier.RFC7951.getShared(CONTEXT));
                var json = new JsonReader(
                        new StringReader("{\"vpnlb:vpn-services\": {\"vpn-service\": [" + service + "]}}"))) {
            stream.parse(json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return holder.result().data();
    }

    /** The same in the bindings. */
    static VpnServices services(final JsonElement service) {
        return (VpnServices) CODEC.fromNormalizedNode(SERVICES, node(service)).getValue();
    }
}
