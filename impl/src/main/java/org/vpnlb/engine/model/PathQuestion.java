/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.model;

/**
 * What a test of the path asks one side of a device.
 *
 * @param device the device's name
 * @param step the name of the step
 * @param side the side
 * @param target whom and what
 */
public record PathQuestion(String device, String step, Side side, Target target) {}
