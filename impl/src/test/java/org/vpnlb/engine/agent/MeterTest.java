/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.vpnlb.engine.agent.InMemorySwitch.Feature;
import org.vpnlb.engine.openflow.Action;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Group;
import org.vpnlb.engine.openflow.Match;
import org.vpnlb.engine.openflow.Tables;
import org.vpnlb.engine.pipeline.Cookie;
import org.vpnlb.engine.pipeline.MeterId;
import org.vpnlb.engine.session.Counters.Punt;

@Label("Whatever is configured,")
class MeterTest {
    /** The priority of entries of a device's port and MAC address that switches without meters have too. */
    private static final int GIVEN_TO_ANOTHER = 22;

    private static final int CLIENT_FOUND = 379;
    private static final Set<Integer> TO_DEAD_DEVICE = Set.of(106, 107, 108);

    /** The priorities of entries for ARP at devices' ports. */
    private static final Set<Integer> DEVICES_ARP = Set.of(360, 362);

    private static final int TRIES = 200;

    @Provide
    Arbitrary<Shape> configurations() {
        return Shape.ofAnyFamily(Shape.byTheControllerToo(Shape.any()));
    }

    @Provide
    Arbitrary<Shape> learnedByController() {
        return Shape.ofAnyFamily(Shape.byTheControllerToo(Shape.learnedByController()));
    }

    @Property(tries = TRIES)
    @Label("everything that a switch with meters sends to the controller has a meter that there is")
    void eachPuntHasAMeter(@ForAll("configurations") final Shape shape) {
        tables(shape).forEach(tables -> {
            assertThat(punts(tables))
                    .allSatisfy(flow -> assertThat(flow.meters()).hasSize(1))
                    .allSatisfy(flow -> assertThat(Punt.of(
                                    Cookie.parse(flow.cookie()).orElseThrow().kind()))
                            .isNotEqualTo(Punt.OTHER));
            assertThat(actionsOf(tables.groups().values())).noneMatch(MeterTest::isPunt);
            assertThat(tables.meters().keySet()).isEqualTo(named(tables));
        });
    }

    @Property(tries = TRIES)
    @Label("no frame that is forwarded as well passes a meter")
    void noForwardedFrameIsMetered(@ForAll("learnedByController") final Shape shape) {
        Stream.concat(tables(shape), tables(shape, Feature.NICIRA_ACTIONS))
                .forEach(tables -> assertThat(tables.flows().values())
                        .filteredOn(flow -> flow.meter() != null)
                        .allSatisfy(flow -> {
                            assertThat(flow.actions())
                                    .filteredOn(action -> !(action instanceof Action.SetDestinationMac))
                                    .singleElement()
                                    .isInstanceOf(Action.OutputController.class);
                            assertThat(flow.nextTable()).isNull();
                        }));
    }

    @Property(tries = TRIES)
    @Label("a switch whose meters cannot take a copy alone has them where there is no copy")
    void copiesAreLeftAlone(@ForAll("learnedByController") final Shape shape) {
        tables(shape, Feature.NICIRA_ACTIONS)
                .forEach(tables -> assertThat(punts(tables))
                        .filteredOn(flow ->
                                flow.nextTable() == null && flow.actions().size() == 1)
                        .allSatisfy(flow -> assertThat(flow.meter()).isNotNull()));
    }

    @Property(tries = TRIES)
    @Label("a switch without meters is asked for none, and does with each kind of frame what one with meters does")
    void metersChangeNothingElse(@ForAll("configurations") final Shape shape) {
        final List<Tables> without = tables(shape, Feature.METERS).toList();
        final List<Tables> with = tables(shape).toList();
        for (int i = 0; i < without.size(); i++) {
            assertThat(without.get(i).meters()).isEmpty();
            assertThat(named(without.get(i))).isEmpty();
            assertThat(withoutMeters(with.get(i))).isEqualTo(besidesDead(without.get(i)));
        }
    }

    /** The tables of vpnlb in each switch. */
    private static Stream<Tables> tables(final Shape shape, final Feature... lacking) {
        final Lab lab = Lab.of(shape, 1, lacking);
        return lab.network().names().stream()
                .sorted()
                .map(node -> lab.network().datapath(node).ours());
    }

    private static List<Flow> punts(final Tables tables) {
        return tables.flows().values().stream()
                .filter(flow -> flow.actions().stream().anyMatch(MeterTest::isPunt))
                .toList();
    }

    private static boolean isPunt(final Action action) {
        return action instanceof Action.OutputController || action instanceof Action.CopyToController;
    }

    private static Stream<Action> actionsOf(final Iterable<Group> groups) {
        final Stream.Builder<Action> all = Stream.builder();
        groups.forEach(
                group -> group.buckets().forEach(bucket -> bucket.actions().forEach(all)));
        return all.build();
    }

    private static Set<Long> named(final Tables tables) {
        return tables.flows().values().stream()
                .flatMap(flow -> flow.meters().stream())
                .collect(Collectors.toSet());
    }

    /** The same tables, where all ports share what each had for itself, and nobody counts. */
    private static Tables withoutMeters(final Tables tables) {
        final Map<Long, List<Action>> copies = tables.flows().values().stream()
                .filter(MeterTest::isOfNewClients)
                .collect(
                        Collectors.toMap(flow -> (long) flow.key().table(), MeterTest::unmetered, (one, other) -> one));
        return Tables.of(
                tables.flows().values().stream()
                        .filter(flow -> !isOfNewClients(flow)
                                && !isOfOnePort(flow, tables)
                                && !isDevicesArp(flow)
                                && !isToDeadDevice(flow))
                        .map(flow -> new Flow(
                                flow.key(),
                                flow.cookie(),
                                flow.timeouts(),
                                unmetered(flow),
                                flow.metadata(),
                                flow.metadataMask(),
                                flow.nextTable()))
                        .toList(),
                tables.groups().values().stream()
                        .map(group -> new Group(
                                group.id(),
                                group.type(),
                                group.buckets().stream()
                                        .map(bucket -> new Group.Bucket(
                                                bucket.weight(),
                                                bucket.watchPort(),
                                                bucket.watchGroup(),
                                                bucket.actions().stream()
                                                        .flatMap(lookedUp(copies))
                                                        .toList()))
                                        .toList()))
                        .toList());
    }

    /** Who sends to the client-prefix of a dead device is told so only where a meter bounds that. */
    private static Tables besidesDead(final Tables tables) {
        return Tables.of(
                tables.flows().values().stream()
                        .filter(flow -> !isToDeadDevice(flow))
                        .toList(),
                List.copyOf(tables.groups().values()));
    }

    private static boolean isToDeadDevice(final Flow flow) {
        return TO_DEAD_DEVICE.contains(flow.key().priority());
    }

    private static Function<Action, Stream<Action>> lookedUp(final Map<Long, List<Action>> copies) {
        return action -> action instanceof Action.Resubmit resubmit && copies.containsKey((long) resubmit.table())
                ? copies.get((long) resubmit.table()).stream()
                : Stream.of(action);
    }

    private static List<Action> unmetered(final Flow flow) {
        return flow.actions().stream()
                .map(action -> action instanceof Action.CopyToController copy
                        ? new Action.OutputController(copy.maxLength())
                        : action)
                .toList();
    }

    private static boolean isOfNewClients(final Flow flow) {
        return flow.meter() == null && isOf(flow, MeterId.Kind.NEW_CLIENT);
    }

    private static boolean isOfOnePort(final Flow flow, final Tables tables) {
        return isOf(flow, MeterId.Kind.UNKNOWN_SOURCE)
                        && flow.nextTable() != null
                        && flow.key().priority() != GIVEN_TO_ANOTHER
                || (isOf(flow, MeterId.Kind.ADDRESS_ASKED) || isOf(flow, MeterId.Kind.NO_RETURN))
                        && flow.key().match().inPort() != null
                        && flow.key().priority() != CLIENT_FOUND
                || isOf(flow, MeterId.Kind.ICMP) && isOfAllPortsToo(flow.key().match(), tables);
    }

    private static boolean isOfAllPortsToo(final Match match, final Tables tables) {
        return match.inPort() != null
                && tables.flows().keySet().stream()
                        .map(Flow.Key::match)
                        .anyMatch(other -> other.inPort() == null
                                && other.at(match.inPort()).equals(match));
    }

    /** What names devices that are miscabled; without meters there is none of it. */
    private static boolean isDevicesArp(final Flow flow) {
        return DEVICES_ARP.contains(flow.key().priority());
    }

    private static boolean isOf(final Flow flow, final MeterId.Kind kind) {
        return flow.meters().stream()
                .map(MeterId::parse)
                .flatMap(Optional::stream)
                .anyMatch(id -> id.kind() == kind);
    }
}
