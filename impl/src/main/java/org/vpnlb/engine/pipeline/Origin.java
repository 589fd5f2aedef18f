/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import java.util.Optional;

/**
 * Why there is a flow entry or a group.
 *
 * @param what what it is for, in plain words
 * @param service the name of the service that it is for; empty when it serves all, or the service is not known any more
 * @param device the name of the device that it is for; empty when it is for none, or the device is not known any more
 */
public record Origin(String what, Optional<String> service, Optional<String> device) {
    /** Something that is not vpnlb's. */
    public static final Origin FOREIGN = new Origin("not vpnlb's", Optional.empty(), Optional.empty());

    @Override
    public String toString() {
        return what
                + device.map(name -> ", for device " + name).orElse("")
                + service.map(name -> (device.isPresent() ? " of " : ", for service ") + name)
                        .orElse("");
    }
}
