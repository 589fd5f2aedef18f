/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.HealthCheck;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.openflow.Action;
import org.vpnlb.engine.openflow.Flow;

@Label("Every stage")
class StageTest {
    private static final Set<String> NODES = Set.of("sw1", "sw2", "sw3");

    @Provide
    Arbitrary<Made> made() {
        final Arbitrary<Service> services = Combinators.combine(
                        Arbitraries.of(Device.AdminState.class)
                                .list()
                                .ofMinSize(1)
                                .ofMaxSize(4),
                        Arbitraries.of(HealthCheck.Type.class).injectNull(0.2),
                        Arbitraries.of("10.99.0.0/16", "0.0.0.0/0").list().ofMaxSize(1),
                        Arbitraries.of("sw1", "sw2"))
                .as(StageTest::service);
        return Combinators.combine(services, Arbitraries.integers().between(0, 3))
                .as((service, learner) -> switch (learner) {
                    case 0 -> Made.byController(service);
                    case 1 -> Made.bySwitch(service);
                    case 2 -> Made.bySource(service);
                    default -> Made.bySwitchThatIsFull(service);
                })
                // There are more than tries, and none is more of an edge than others.
                .withoutEdgeCases();
    }

    private static Service service(
            final List<Device.AdminState> states,
            final HealthCheck.Type check,
            final List<String> prefixes,
            final String egress) {
        final ServiceBuilder builder =
                ServiceBuilder.service("office").egress(egress, 5L).clientPrefixes(prefixes.toArray(String[]::new));
        for (int i = 0; i < states.size(); i++) {
            builder.device(ServiceBuilder.with(ServiceBuilder.gateway(i + 1), states.get(i)));
        }
        return (check == null ? builder : builder.healthCheck(check)).build();
    }

    @Example
    @Label("has a table of its own")
    void hasATableOfItsOwn() {
        assertThat(Made.byController(ServiceBuilder.office().build()).pipeline().stages())
                .extracting(Stage::table)
                .containsExactly(Table.values());
    }

    @Property(tries = 100)
    @Label("makes entries of its table alone, each in a band")
    void makesEntriesOfItsTable(@ForAll("made") final Made made) {
        for (final Stage stage : made.pipeline().stages()) {
            assertThat(flows(made, stage))
                    .allMatch(flow -> Stream.of(Band.values())
                            .anyMatch(band -> band.isIn(stage.table()) && made.isOf(flow, band)));
        }
    }

    @Property(tries = 100)
    @Label("makes entries only where vpnlb looks for what is somebody else's")
    void makesEntriesInTheFootprint(@ForAll("made") final Made made) {
        final var footprint = new Footprint(0);
        for (final String node : NODES) {
            assertThat(made.tables(node).flows().keySet())
                    .allMatch(key -> footprint.covers(key.table(), key.priority()));
        }
    }

    @Property(tries = 100)
    @Label("leads only where its table may lead, and to groups that there are")
    void leadsOnlyWhereItMay(@ForAll("made") final Made made) {
        for (final Stage stage : made.pipeline().stages()) {
            for (final Flow flow : flows(made, stage).toList()) {
                assertThat(flow.nextTable())
                        .matches(
                                next -> next == null || stage.table().mayLeadTo(Table.values()[next]), flow.toString());
            }
        }
        for (final String node : NODES) {
            final var tables = made.tables(node);
            final Stream<Action> inFlows = tables.flows().values().stream().flatMap(flow -> flow.actions().stream());
            final Stream<Action> inGroups = tables.groups().values().stream()
                    .flatMap(group -> group.buckets().stream())
                    .flatMap(bucket -> bucket.actions().stream());
            assertThat(Stream.concat(inFlows, inGroups)
                            .filter(Action.ToGroup.class::isInstance)
                            .map(action -> ((Action.ToGroup) action).id()))
                    .isSubsetOf(tables.groups().keySet());
        }
    }

    @Property(tries = 100)
    @Label("makes nothing in a switch that no service names")
    void makesNothingElsewhere(@ForAll("made") final Made made) {
        assertThat(made.tables("sw3").flows()).isEmpty();
        assertThat(made.tables("sw3").groups()).isEmpty();
    }

    private static Stream<Flow> flows(final Made made, final Stage stage) {
        return NODES.stream().flatMap(node -> stage.flows(new Site(node, List.of(made.service()))).stream());
    }
}
