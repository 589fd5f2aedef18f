/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.model;

import java.util.Locale;

/** The names that the YANG model gives to the engine's constants. */
public final class ModelName {
    private ModelName() {}

    /** A constant as the model names it: {@code IPSEC_NAT_T} is {@code ipsec-nat-t}. */
    public static String of(final Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
