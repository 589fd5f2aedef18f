/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.model;

/**
 * What a switch can do beyond what every OpenFlow 1.3 switch must.
 *
 * @param learn whether it can learn sessions by itself (the {@code learn} action of Open vSwitch)
 * @param meters its meters
 */
public record Capabilities(boolean learn, Meters meters) {
    /**
     * The meters of a switch (OpenFlow 1.3, section 5.7).
     *
     * @param max the number of meters that there can be, of those that count packets and drop; 0 = it has none
     * @param copies whether a meter can bound what goes to the controller alone, while the frame itself goes on (the
     *     {@code controller} action of Open vSwitch with a {@code meter_id}). In OpenFlow a meter drops the frame
     * @param learned the frames of clients without a session that one port of a service may send to the controller in a
     *     second, above 0
     */
    public record Meters(long max, boolean copies, int learned) {
        /** What a controller can do that has just been started, even on a busy machine. */
        public static final int LEARNED = 1000;

        /** No meter. */
        public static final Meters NONE = new Meters(0, false);

        /** Meters with the default of {@value #LEARNED} frames in a second. */
        public Meters(final long max, final boolean copies) {
            this(max, copies, LEARNED);
        }

        /** Whether there are meters. */
        public boolean isAny() {
            return max > 0;
        }
    }

    /** Only what every OpenFlow 1.3 switch can do. */
    public static final Capabilities BASIC = new Capabilities(false, Meters.NONE);

    /** What Open vSwitch can do, with the meters of its userspace datapath. */
    public static final Capabilities OPEN_VSWITCH = new Capabilities(true, new Meters(1L << 18, true));
}
