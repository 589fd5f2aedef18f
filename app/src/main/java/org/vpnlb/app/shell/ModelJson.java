/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.shell;

import com.google.gson.stream.JsonReader;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import org.opendaylight.yangtools.binding.DataObject;
import org.opendaylight.yangtools.binding.DataObjectIdentifier;
import org.opendaylight.yangtools.binding.data.codec.api.BindingNormalizedNodeSerializer;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;
import org.opendaylight.yangtools.yang.data.api.schema.stream.NormalizedNodeWriter;
import org.opendaylight.yangtools.yang.data.codec.gson.JSONCodecFactorySupplier;
import org.opendaylight.yangtools.yang.data.codec.gson.JSONNormalizedNodeStreamWriter;
import org.opendaylight.yangtools.yang.data.codec.gson.JsonParserStream;
import org.opendaylight.yangtools.yang.data.codec.gson.JsonWriterFactory;
import org.opendaylight.yangtools.yang.data.impl.schema.ImmutableNormalizedNodeStreamWriter;
import org.opendaylight.yangtools.yang.data.impl.schema.NormalizationResultHolder;
import org.opendaylight.yangtools.yang.model.api.EffectiveModelContext;

/**
 * Writes a container of the model as RESTCONF does, so that it can be sent to one again.
 *
 * @param codec translates from the bindings
 * @param context the models
 */
record ModelJson(BindingNormalizedNodeSerializer codec, EffectiveModelContext context) {
    private static final int INDENT = 2;

    /** The container as JSON. */
    <T extends DataObject> String of(final DataObjectIdentifier<T> path, final T container) throws IOException {
        final var text = new StringWriter();
        final var stream = JSONNormalizedNodeStreamWriter.createExclusiveWriter(
                JSONCodecFactorySupplier.RFC7951.getShared(context), JsonWriterFactory.createJsonWriter(text, INDENT));
        try (var writer = NormalizedNodeWriter.forStreamWriter(stream)) {
            writer.write(codec.toNormalizedDataObject(path, container).node());
        }
        return text.toString();
    }

    /**
     * The container that {@link #of} has written.
     *
     * @throws IllegalArgumentException if the text is none; says why
     */
    @SuppressWarnings("checkstyle:IllegalCatch")
    <T extends DataObject> T read(final Class<T> type, final String text) {
        final var holder = new NormalizationResultHolder();
        try (var parser = JsonParserStream.create(
                        ImmutableNormalizedNodeStreamWriter.from(holder),
                        JSONCodecFactorySupplier.RFC7951.getShared(context));
                var json = new JsonReader(new StringReader(text))) {
            parser.parse(json);
            final NormalizedNode data = holder.result().data();
            return type.cast(codec.fromNormalizedNode(YangInstanceIdentifier.of(data.name()), data)
                    .getValue());
        } catch (IOException | RuntimeException e) {
            // The parser and the codecs of the types have many ways to refuse what they cannot read.
            throw new IllegalArgumentException("configuration.json: " + e.getMessage(), e);
        }
    }
}
