/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.openflow;

/**
 * A meter (OpenFlow 1.3, section 5.7) that counts packets and has one band: what is above its rate is dropped.
 *
 * @param id its id, 1 to 0xffff0000; see {@link org.vpnlb.engine.pipeline.MeterId}
 * @param rate the packets that pass in a second, above 0
 * @param burst the most packets that pass at once, after silence; above 0
 */
public record Meter(long id, int rate, int burst) {}
