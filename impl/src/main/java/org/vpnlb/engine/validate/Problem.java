/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.validate;

/**
 * Why a configuration is refused.
 *
 * @param path the leaf, as a path below {@code vpn-services}
 * @param value the value that is refused
 * @param reason what is wrong with it
 * @param fix what to configure instead
 */
public record Problem(String path, String value, String reason, String fix) {
    /** The problem in a line: leaf, value, reason and fix. */
    public String message() {
        return "%s = %s: %s; %s".formatted(path, value, reason, fix);
    }
}
