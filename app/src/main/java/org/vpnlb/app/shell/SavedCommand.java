/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.shell;

import com.google.common.annotations.VisibleForTesting;
import java.nio.file.Path;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.opendaylight.mdsal.binding.api.RpcService;
import org.opendaylight.mdsal.dom.api.DOMSchemaService;
import org.opendaylight.yangtools.binding.data.codec.api.BindingNormalizedNodeSerializer;

/** A command that asks the switches, or a bundle that was written before. */
abstract class SavedCommand extends VpnlbCommand {
    @Option(
            name = "--bundle",
            description = "A file of vpnlb:bundle: ask what it has of the switch, and not the switch")
    private String bundle;

    @Reference
    private BindingNormalizedNodeSerializer codec;

    @Reference
    private DOMSchemaService schema;

    private Path data = Path.of(System.getProperty("karaf.data", ""));

    /** The same command outside of Karaf. */
    @VisibleForTesting
    final void use(
            final BindingNormalizedNodeSerializer otherCodec,
            final DOMSchemaService otherSchema,
            final Path otherData) {
        codec = otherCodec;
        schema = otherSchema;
        data = otherData;
    }

    final boolean isOfBundle() {
        return bundle != null;
    }

    /** Who answers. */
    final RpcService asked() throws CommandException {
        return bundle == null
                ? rpcs()
                : SavedBundle.open(data.resolve(bundle), new ModelJson(codec, schema.getGlobalContext()));
    }
}
