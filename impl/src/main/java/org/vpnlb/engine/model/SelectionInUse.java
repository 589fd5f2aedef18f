/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.model;

/**
 * How a switch selects the devices of a service's new clients.
 *
 * @param method the method in use, never {@link Service.Selection.Method#AUTO}
 * @param reason why that method
 */
public record SelectionInUse(Service.Selection.Method method, String reason) {}
