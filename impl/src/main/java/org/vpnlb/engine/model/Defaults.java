/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.model;

import java.util.Set;

/**
 * What a service has where a leaf is absent. The YANG model says the same; a test of the application compares the two,
 * and everything else refers to these.
 */
public final class Defaults {
    /** The clients' protocols. */
    public static final Set<Protocol> PROTOCOLS = Set.of(Protocol.IKE, Protocol.IPSEC_NAT_T, Protocol.ESP, Protocol.AH);

    /** What tells clients apart. */
    public static final Service.Ingress.KeyedBy CLIENT_KEY = Service.Ingress.KeyedBy.ADDRESS;

    /** Who is to learn the sessions. */
    public static final Learning LEARNING = Learning.CONTROLLER;

    /** Which clients have a session. */
    public static final Sessions SESSIONS = Sessions.ALL;

    /** The seconds after which an idle client session ends. */
    public static final int CLIENT_IDLE_TIMEOUT = 300;

    /** The seconds after which an idle return session ends. */
    public static final int RETURN_IDLE_TIMEOUT = 600;

    /** The most sessions of a side in a switch. */
    public static final long MAX_SESSIONS = 100_000;

    /** The part of an inner IPv4 address that makes a session: all of it. */
    public static final int SESSION_PREFIX_LENGTH_V4 = 32;

    /** The part of an inner IPv6 address that makes a session: all of it. */
    public static final int SESSION_PREFIX_LENGTH_V6 = 128;

    /** Whether devices are asked for a client without a session. */
    public static final boolean DEVICE_SEARCH = true;

    /** Who selects a device for a new client. */
    public static final Service.Selection.Method METHOD = Service.Selection.Method.AUTO;

    /** The number of equal shares of the clients. */
    public static final int SLOTS = 64;

    /** The milliseconds between two questions of a check. */
    public static final int CHECK_INTERVAL = 500;

    /** The questions in a row without an answer after which a side of a device is down. */
    public static final int CHECK_FALL = 3;

    /** The answers in a row after which a side that was down is up. */
    public static final int CHECK_RISE = 2;

    /** What the operator wants of a device. */
    public static final Device.AdminState ADMIN_STATE = Device.AdminState.IN_SERVICE;

    /** What the controller goes by where it selects. */
    public static final SelectionMetric METRIC = SelectionMetric.LEAST_SESSIONS;

    /** The share of a device, relative to the others. */
    public static final int WEIGHT = 1;

    private Defaults() {}
}
