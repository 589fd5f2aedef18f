/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.shell;

import java.io.IOException;
import java.io.StringWriter;
import org.opendaylight.yangtools.binding.DataObject;
import org.opendaylight.yangtools.binding.DataObjectIdentifier;
import org.opendaylight.yangtools.binding.data.codec.api.BindingNormalizedNodeSerializer;
import org.opendaylight.yangtools.yang.data.api.schema.stream.NormalizedNodeWriter;
import org.opendaylight.yangtools.yang.data.codec.gson.JSONCodecFactorySupplier;
import org.opendaylight.yangtools.yang.data.codec.gson.JSONNormalizedNodeStreamWriter;
import org.opendaylight.yangtools.yang.data.codec.gson.JsonWriterFactory;
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
}
