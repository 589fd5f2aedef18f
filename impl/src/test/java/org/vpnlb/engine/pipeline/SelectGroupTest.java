/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.openflow.Group;
import org.vpnlb.engine.openflow.Tables;
import org.vpnlb.engine.selection.Assignments;
import org.vpnlb.engine.selection.Slots;

@Label("The select group")
class SelectGroupTest {
    private final Made office = Made.byController(ServiceBuilder.office().build());

    @Provide
    Arbitrary<Slots> slots() {
        return Arbitraries.of("g1", "g2", "g3")
                .list()
                .ofMinSize(1)
                .ofMaxSize(64)
                .map(Slots::new);
    }

    @Property(tries = 100)
    @Label("holds the slots: what is read back is what was written")
    void holdsTheSlots(@ForAll("slots") final Slots slots) {
        assertThat(office.pipeline().adopt(written(slots), List.of(office.service()), Assignments.NONE))
                .isEqualTo(Assignments.NONE.with(office.service(), slots));
    }

    @Property(tries = 100)
    @Label("has a bucket a slot, which watches the port of the slot's device")
    void hasABucketASlot(@ForAll("slots") final Slots slots) {
        final Group group =
                written(slots).groups().get(office.layout().group(GroupId.Kind.SELECTION, office.service()));
        assertThat(group.buckets())
                .extracting(bucket -> "g" + (bucket.watchPort() - 10))
                .isEqualTo(slots.owners());
    }

    @Example
    @Label("that leads to a device that is gone gives its slots to nobody")
    void givesSlotsOfTheGoneToNobody() {
        final Service without =
                ServiceBuilder.like(office.service()).without("g2").build();
        final Assignments adopted = Made.byController(without)
                .pipeline()
                .adopt(written(new Slots(List.of("g1", "g2", "g3"))), List.of(without), Assignments.NONE);
        assertThat(adopted.of(without).owners()).containsExactly("g1", "", "g3");
    }

    @Example
    @Label("that a switch does not have leaves the slots as they were")
    void leavesTheSlotsWhereThereIsNone() {
        final var before = Assignments.NONE.with(office.service(), office.slots());
        assertThat(office.pipeline().adopt(Tables.EMPTY, List.of(office.service()), before))
                .isEqualTo(before);
    }

    private Tables written(final Slots slots) {
        return office.pipeline()
                .tables("sw1", List.of(office.service()), Assignments.NONE.with(office.service(), slots));
    }
}
