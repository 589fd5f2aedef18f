/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.shell;

import com.google.common.annotations.VisibleForTesting;
import java.nio.file.Path;
import java.util.List;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.opendaylight.mdsal.binding.api.RpcService;
import org.opendaylight.mdsal.dom.api.DOMSchemaService;
import org.opendaylight.yangtools.binding.data.codec.api.BindingNormalizedNodeSerializer;

/** A command that asks the switches, or a bundle that was written before. */
abstract class SavedCommand extends VpnlbCommand {
    /** The most lines that cannot be read that are shown. */
    static final int MAX_UNREAD = 100;

    @Option(
            name = "--bundle",
            description = "A file of vpnlb:bundle: ask what it has of the switch, and not the switch")
    private String bundle;

    @Reference
    private BindingNormalizedNodeSerializer codec;

    @Reference
    private DOMSchemaService schema;

    private SavedBundle.Opened opened;
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
        if (bundle == null) {
            return rpcs();
        }
        opened = SavedBundle.open(data.resolve(bundle), new ModelJson(codec, schema.getGlobalContext()));
        opened.doubt().ifPresent(this::say);
        return opened.rpcs();
    }

    /** Whether what the bundle tells of the groups that a switch held may be older. */
    final boolean areGroupsChanging(final String node) {
        return opened != null && opened.changing().contains(node);
    }

    /** The lines about a switch in the bundle that cannot be read, so that the answer may be wrong. */
    final List<SavedBundle.Unread> unread(final String node) {
        return opened == null ? List.of() : opened.unread().getOrDefault(node, List.of());
    }
}
