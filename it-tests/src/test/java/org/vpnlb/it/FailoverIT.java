/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.it;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.ClassOrderer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestClassOrder;
import org.junit.jupiter.api.TestInstance;

/** {@link FailoverScenarios} in one lab, whoever learns the sessions. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestClassOrder(ClassOrderer.OrderAnnotation.class)
@Tag("alone")
class FailoverIT {
    private Lab lab;
    private Restconf restconf;

    @BeforeAll
    void start() {
        lab = Lab.startAsShipped("failover", FailoverScenarios.CLIENTS, FailoverScenarios.GATEWAYS);
        restconf = new Restconf(lab);
        lab.startKaraf();
    }

    @AfterAll
    void stop() {
        if (lab != null) {
            lab.close();
        }
    }

    @Nested
    @Order(1)
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    class WhereTheControllerLearns extends FailoverScenarios {
        WhereTheControllerLearns() {
            super(lab, restconf, "controller");
        }
    }

    @Nested
    @Order(2)
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    class WhereTheSwitchLearns extends FailoverScenarios {
        WhereTheSwitchLearns() {
            super(lab, restconf, "switch");
        }
    }
}
