/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.model;

import java.util.OptionalLong;

/**
 * Which clients of a service have a session in an ingress switch.
 *
 * @param sessions whether all or the pinned ones alone
 * @param pinnedClients the number of clients with a session where that are the pinned ones alone; else 0
 * @param waitingSlots the number of slots that wait to move until their clients are learned
 * @param waitingUntil when all of them have moved, in milliseconds; empty when none waits, or it is not known yet
 */
public record SessionsInUse(Sessions sessions, int pinnedClients, int waitingSlots, OptionalLong waitingUntil) {}
