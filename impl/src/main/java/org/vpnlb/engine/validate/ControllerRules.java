/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.validate;

import org.vpnlb.engine.model.HealthCheck;
import org.vpnlb.engine.model.Learning;
import org.vpnlb.engine.model.ModelName;
import org.vpnlb.engine.model.SelectionMetric;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Service.Selection.Method;

/** What the controller needs to select by itself, and what only it can go by. */
final class ControllerRules {
    private ControllerRules() {}

    /**
     * Checks the method and the metric.
     *
     * @param path that of the selection
     */
    static void check(final String path, final Service service, final Problems problems) {
        final Service.Selection selection = service.selection();
        if (selection.method() == Method.CONTROLLER && service.learning() == Learning.SWITCH) {
            problems.problem(
                    path + "/method",
                    ModelName.of(Method.CONTROLLER),
                    "needs learning by the controller: a switch that learns tells it of no new client",
                    "set learning to controller or auto, or the method to source-hash or select-group");
        }
        selection.metric().ifPresent(metric -> {
            if (selection.method() != Method.CONTROLLER) {
                problems.problem(
                        path + "/metric",
                        ModelName.of(metric),
                        "is for the method controller alone, and the method is " + ModelName.of(selection.method()),
                        "leave the leaf out, or set selection/method to controller");
            } else if (metric == SelectionMetric.RESPONSE_TIME
                    && service.healthCheck()
                            .filter(check -> check.type() != HealthCheck.Type.LINK
                                    || !check.additional().isEmpty())
                            .isEmpty()) {
                problems.problem(
                        path + "/metric",
                        ModelName.of(metric),
                        "needs a health check that devices answer",
                        "set health-check/type to another one than link, or use another metric");
            }
        });
    }
}
