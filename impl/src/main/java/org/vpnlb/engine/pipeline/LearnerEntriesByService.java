/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import java.util.Set;
import org.vpnlb.engine.model.Service;

/**
 * Which of the {@link LearnerEntries} each service has.
 *
 * @param names the services whose sessions the switch learns by itself
 */
record LearnerEntriesByService(ControllerLearnerEntries controller, SwitchLearnerEntries bySwitch, Set<String> names) {
    LearnerEntriesByService {
        names = Set.copyOf(names);
    }

    /** The entries of a service, by who learns its sessions. */
    LearnerEntries of(final Service service) {
        return names.contains(service.name()) ? bySwitch : controller;
    }
}
