/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.vpnlb.engine.model.Capabilities;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.openflow.Action;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Group;
import org.vpnlb.engine.openflow.Tables;
import org.vpnlb.engine.selection.Assignments;
import org.vpnlb.engine.selection.Slots;

@Label("The source hash")
class SourceHashTest {
    private static final int SLOTS = 16;

    private final Service service = ServiceBuilder.office().slots(SLOTS).build();
    private final Made office = Made.bySource(service);

    @Provide
    Arbitrary<Slots> slots() {
        return Arbitraries.of("g1", "g2", "g3").list().ofSize(SLOTS).map(Slots::new);
    }

    @Property(tries = 100)
    @Label("holds the slots in an entry each: what is read back is what was written")
    void holdsTheSlots(@ForAll("slots") final Slots slots) {
        assertThat(office.pipeline().adopt(written(slots), List.of(service), Assignments.NONE))
                .isEqualTo(Assignments.NONE.with(service, slots));
    }

    @Example
    @Label("gives the slots of a device that is gone to nobody, and takes that of a lost entry from the select group")
    void givesSlotsOfTheGoneToNobody() {
        final Service without = ServiceBuilder.like(service).without("g2").build();
        final var all = new Slots(IntStream.range(0, SLOTS)
                .mapToObj(slot -> slot == 1 ? "g2" : "g1")
                .toList());
        final Tables lacking = written(all).without(office.layout().slotKey(service, 0));
        assertThat(Made.bySource(without)
                        .pipeline()
                        .adopt(lacking, List.of(without), Assignments.NONE)
                        .of(without)
                        .owners())
                .startsWith("g1", "", "g1");
    }

    @Example
    @Label("believes the entries of the slots before the select group: they decide")
    void believesTheEntries() {
        final var ofEntries = new Slots(Collections.nCopies(SLOTS, "g1"));
        final Tables groups = written(new Slots(Collections.nCopies(SLOTS, "g2")));
        final Tables both =
                Tables.of(written(ofEntries).flows().values(), groups.groups().values());
        assertThat(office.pipeline()
                        .adopt(both, List.of(service), Assignments.NONE)
                        .of(service))
                .isEqualTo(ofEntries);
    }

    @Example
    @Label("takes the slots over from the select group, and the select group from it")
    void takesTheSlotsOver() {
        final Made byGroup = Made.byController(service);
        final var slots = new Slots(IntStream.range(0, SLOTS)
                .mapToObj(slot -> slot % 5 == 0 ? "g3" : "g1")
                .toList());
        final Tables selecting =
                byGroup.pipeline().tables("sw1", List.of(service), Assignments.NONE.with(service, slots));
        assertThat(office.pipeline()
                        .adopt(selecting, List.of(service), Assignments.NONE)
                        .of(service))
                .isEqualTo(slots);
        assertThat(byGroup.pipeline()
                        .adopt(written(slots), List.of(service), Assignments.NONE)
                        .of(service))
                .isEqualTo(slots);
    }

    @Example
    @Label("sends a slot's clients to its device, and to the others while that has no link")
    void sendsElsewhereWithoutALink() {
        final Device device = office.device();
        final long others = office.layout().group(GroupId.Kind.SELECTION, service);
        assertThat(office.group(GroupId.Kind.SLOT, device))
                .contains(new Group(
                        office.layout().group(GroupId.Kind.SLOT, service, device),
                        Group.Type.FAST_FAILOVER,
                        List.of(
                                new Group.Bucket(
                                        0,
                                        device.ingress().port(),
                                        List.of(office.layout().toGroup(GroupId.Kind.NEW_CLIENT, service, device))),
                                new Group.Bucket(0, null, others, List.of(new Action.ToGroup(others))))));
    }

    @Example
    @Label("needs two masked matches a bit, and an entry a slot")
    void needsFewEntries() {
        assertThat(office.flows(Band.SLOT_BIT_ONE)).hasSize(2 * 4);
        assertThat(office.flows(Band.SLOT_BIT_ZERO)).hasSize(4);
        assertThat(office.tables("sw1").flows().keySet())
                .filteredOn(key -> key.priority() > Band.SLOT.priority() && key.table() == Table.SLOTS.ordinal())
                .hasSize(SLOTS);
        assertThat(office.flows(Band.NO_SLOT)).hasSize(1);
    }

    @Example
    @Label("of ten devices with 256 slots fits into 400 entries, with all the rest of an ingress switch")
    void fitsIntoASmallSwitch() {
        final var builder = ServiceBuilder.service("office").slots(256);
        IntStream.rangeClosed(1, 10).forEach(builder::device);
        assertThat(Made.bySource(builder.build()).tables("sw1").flows()).hasSizeLessThanOrEqualTo(400);
    }

    @Example
    @Label("shares the tables of the bits among services, of which each has its own number of slots")
    void sharesTheTablesOfTheBits() {
        final Service branch = ServiceBuilder.like(ServiceBuilder.service("branch")
                        .clusterAddress("10.0.1.100")
                        .device(4)
                        .slots(64)
                        .build())
                .build();
        final var pipeline = new Pipeline(
                0,
                Numbers.of(List.of(service, branch)),
                Set.of(),
                Set.of(),
                Set.of("office", "branch"),
                Set.of(),
                Capabilities.Meters.NONE);
        final Tables tables = pipeline.tables(
                "sw1",
                List.of(service, branch),
                Assignments.NONE
                        .with(service, office.slots())
                        .with(branch, Made.bySource(branch).slots()));
        final List<Integer> ends = tables.flows().values().stream()
                .filter(flow -> Table.values()[flow.key().table()].isSlotBit())
                .filter(flow -> flow.nextTable() == Table.SLOTS.ordinal())
                .map(Flow::key)
                .map(Flow.Key::table)
                .distinct()
                .toList();
        assertThat(ends).containsExactly(Table.SLOT_BIT_5.ordinal());
        assertThat(tables.flows().keySet().stream().filter(key -> key.table() == Table.SLOTS.ordinal()))
                .hasSize(SLOTS + 64 + 2);
    }

    private Tables written(final Slots slots) {
        return office.pipeline().tables("sw1", List.of(service), Assignments.NONE.with(service, slots));
    }
}
