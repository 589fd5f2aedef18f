/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.vpnlb.engine.KnownFault;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.openflow.Flow;

@DisplayName("A foreign entry with a key that vpnlb needs")
class ForeignEntryTest {
    private final Service office = ServiceBuilder.office().build();
    private final Lab lab = Lab.of(office);
    private final InMemorySwitch sw1 = lab.network().datapath("sw1");
    private Flow foreign;

    /** Somebody takes, while vpnlb has nothing in the switch, the key of an entry that it will need. */
    @BeforeEach
    void putAForeignEntry() {
        final Flow.Key key = sw1.ours().flows().values().stream()
                .map(Flow::key)
                .filter(candidate -> candidate.table() == 0 && candidate.priority() == 1)
                .findFirst()
                .orElseThrow();
        lab.reconfigure();
        foreign = new Flow(key, 7, Flow.Timeouts.NONE, List.of(), null, null);
        lab.network().disconnect("sw1");
        sw1.putForeign(foreign);
        sw1.overwriteForeign();
        lab.network().connect("sw1");
        lab.network().settle();
    }

    @Test
    @KnownFault("B10")
    @DisplayName("is left alone")
    void isLeftAlone() {
        lab.reconfigure(office);
        assertThat(sw1.overwritten()).isEmpty();
        assertThat(sw1.flow(foreign.key())).contains(foreign);
    }

    @Test
    @KnownFault("B10")
    @DisplayName("is still there when the service is gone")
    void isStillThere() {
        lab.reconfigure(office);
        lab.reconfigure();
        assertThat(sw1.flow(foreign.key())).contains(foreign);
    }
}
