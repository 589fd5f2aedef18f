/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.event.Notice.SwitchRepaired;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.openflow.Meter;
import org.vpnlb.engine.openflow.Tables;
import org.vpnlb.engine.reconcile.AuditClock;

@DisplayName("A meter that somebody changed")
class MeterAuditTest {
    private final Lab lab = Lab.of(ServiceBuilder.office().build());
    private final InMemorySwitch sw1 = lab.network().datapath("sw1");
    private Tables whole;
    private Meter meter;

    @BeforeEach
    void settle() {
        lab.network().notices();
        whole = sw1.ours();
        meter = whole.meters().values().stream()
                .min(Comparator.comparing(Meter::id))
                .orElseThrow();
    }

    @Test
    @DisplayName("to let more pass is made as it was, with the entries that name it, and told of once")
    void isMadeAsItWas() {
        sw1.putMeter(new Meter(meter.id(), 65 * meter.rate(), meter.burst()));
        audit();
        assertThat(sw1.ours()).isEqualTo(whole);
        assertThat(lab.network().notices())
                .singleElement()
                .isInstanceOfSatisfying(
                        SwitchRepaired.class, told -> assertThat(told.example()).contains(Long.toString(meter.id())));
        audit();
        assertThat(lab.network().notices()).isEmpty();
    }

    @Test
    @DisplayName("to let more pass at once is made as it was")
    void mayHaveAnotherBurst() {
        sw1.putMeter(new Meter(meter.id(), meter.rate(), 1));
        audit();
        assertThat(sw1.ours()).isEqualTo(whole);
    }

    @Test
    @DisplayName("is not one of which is told what it did before vpnlb made it")
    void wasNotTheOneBefore() {
        assertThat(counted(meter.id(), lab.network().now() - 1)).doesNotHaveAnyElementsOfTypes(Effect.Audit.class);
    }

    @Test
    @DisplayName("is not one that is gone, of which OpenFlowPlugin goes on telling")
    void isNotOneThatIsGone() {
        final long gone = meter.id() - 1;
        assertThat(whole.meters()).doesNotContainKey(gone);
        assertThat(counted(gone, lab.network().now() + AuditClock.COUNT_MILLIS))
                .doesNotHaveAnyElementsOfTypes(Effect.Audit.class);
    }

    /** What the agent does when a count tells that a meter was another at a time. */
    private List<Effect> counted(final long id, final long at) {
        final SwitchAgent agent = lab.network().agent("sw1");
        final long now = lab.network().now() + AuditClock.COUNT_MILLIS;
        assertThat(agent.handle(new Event.Tick(now))).hasAtLeastOneElementOfType(Effect.AuditCounts.class);
        return agent.handle(new Event.AuditCounted(
                AuditTest.byTable(whole),
                Map.of(),
                whole.groups().keySet(),
                Optional.of(new Event.Audited.Described(whole.groups().values(), List.of(new Meter(id, 1, 1)), at)),
                now));
    }

    private void audit() {
        lab.network().settle();
        lab.network().advance(AuditClock.COUNT_MILLIS);
        lab.network().settle();
    }
}
