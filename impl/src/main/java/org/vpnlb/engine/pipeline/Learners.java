/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import java.util.Set;
import org.vpnlb.engine.model.Service;

/**
 * Who learns the sessions of each service.
 *
 * @param names the services whose sessions the switch learns by itself
 */
record Learners(ControllerLearner controller, SwitchLearner bySwitch, Set<String> names) {
    Learners {
        names = Set.copyOf(names);
    }

    /** Who learns the sessions of a service. */
    Learner of(final Service service) {
        return names.contains(service.name()) ? bySwitch : controller;
    }
}
