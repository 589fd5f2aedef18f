/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.probe;

/** What a frame tells about the target of a probe. */
public enum Verdict {
    /** The target answered. */
    ALIVE,

    /**
     * The host of the target answered, the target itself was silent: only of {@link Target.Kind#UDP}, since daemons
     * such as OpenVPN with tls-crypt and WireGuard answer nobody whom they do not know. It stands for life as long as
     * no {@link #REFUSED} is at hand. It is no proof that the port is open: a host tells of a closed port about once a
     * second only (Linux: {@code net.ipv4.icmp_ratelimit}, after a burst of six), and so stays silent to the probes in
     * between. Who probes more often must let a {@code REFUSED} of this target stand against later {@code HOST_ALIVE}
     * for longer than a second, and must not count {@code HOST_ALIVE} as a success while it does; {@link #ALIVE} ends
     * it at once.
     */
    HOST_ALIVE,

    /** The host of the target said that the target is not there: a TCP reset, or an ICMP destination unreachable. */
    REFUSED,

    /** The frame is no answer to this probe. */
    UNRELATED
}
