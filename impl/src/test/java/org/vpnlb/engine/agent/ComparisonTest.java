/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.vpnlb.engine.agent.Difference.Kind;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.model.Learning;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Service.Selection.Method;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Group;
import org.vpnlb.engine.openflow.Match;
import org.vpnlb.engine.openflow.Meter;
import org.vpnlb.engine.openflow.Tables;
import org.vpnlb.engine.pipeline.Cookie;
import org.vpnlb.engine.pipeline.Pipeline;

@DisplayName("A check of a switch")
class ComparisonTest {
    private Service office;
    private Lab lab;

    private void start(final Learning learning, final Method method) {
        office = ServiceBuilder.office().learning(learning).method(method).build();
        lab = Lab.of(office);
        for (int client = 0; client < 20; client++) {
            lab.clientSends(office, Lab.outer(client), Frames.Kind.udp(500));
            lab.deviceSends(office.devices().get(client % 3), Lab.inner(office, client));
        }
        lab.network().settle();
    }

    @ParameterizedTest
    @EnumSource(
            value = Learning.class,
            names = {"CONTROLLER", "SWITCH"})
    @DisplayName("finds nothing where all is as it should be, whoever learns and whatever selects")
    void nothingIsFoundWithoutNeed(final Learning learning) {
        for (final Method method : List.of(Method.SOURCE_HASH, Method.SELECT_GROUP)) {
            start(learning, method);
            for (final String node : List.of("sw1", "sw2")) {
                final Comparison comparison = compare(node);
                assertThat(comparison.differences()).isEmpty();
                assertThat(comparison.isQuiet()).isTrue();
                assertThat(comparison.flows())
                        .isEqualTo(lab.network().datapath(node).ours().flows().size());
            }
        }
    }

    @Test
    @DisplayName("names each entry that somebody deleted, sessions too")
    void whatIsMissingIsNamed() {
        start(Learning.CONTROLLER, Method.SOURCE_HASH);
        final InMemorySwitch sw1 = lab.network().datapath("sw1");
        lab.network().loseRemovals("sw1", true);
        final Set<Flow.Key> gone = sw1.ours().flows().values().stream()
                .filter(flow -> flow.cookie() % 3 == 0 || isSession(flow))
                .map(Flow::key)
                .collect(Collectors.toSet());
        sw1.tamper(flow -> gone.contains(flow.key()));
        final Comparison comparison = compare("sw1");
        assertThat(comparison.differences()).allMatch(found -> found.kind() == Kind.MISSING);
        assertThat(comparison.differences().stream().map(Difference::id).collect(Collectors.toSet()))
                .isEqualTo(Set.copyOf(gone));
        assertThat(comparison.confirmedBy(compare("sw1"))).isEqualTo(comparison);
    }

    @Test
    @DisplayName("names what is there though it should not, and what is otherwise than it should be")
    void whatIsOtherwiseIsNamed() {
        start(Learning.CONTROLLER, Method.SELECT_GROUP);
        final Tables ours = lab.network().datapath("sw1").ours();
        final Flow extra = new Flow(
                new Flow.Key(0, 7, Match.ALL),
                Cookie.of(Cookie.Kind.CLASSIFY).value(),
                Flow.Timeouts.NONE,
                List.of(),
                null,
                null);
        final Flow changed = ours.flows().values().stream()
                .filter(flow -> flow.nextTable() != null)
                .findFirst()
                .orElseThrow();
        final Group group = ours.groups().values().iterator().next();
        final Group emptied = new Group(group.id(), group.type(), List.of());
        final Tables tampered = ours.with(List.of(
                extra,
                new Flow(changed.key(), changed.cookie(), changed.timeouts(), List.of(), changed.metadata(), null)));
        final Map<Long, Group> groups = new HashMap<>(ours.groups());
        groups.put(emptied.id(), emptied);
        assertThat(answers("sw1")
                        .compare(
                                held(new Tables(tampered.flows(), groups, tampered.meters())),
                                lab.network().now())
                        .differences())
                .extracting(Difference::kind, Difference::id)
                .containsExactlyInAnyOrder(
                        tuple(Kind.EXTRA, extra.key()),
                        tuple(Kind.DIFFERENT, changed.key()),
                        tuple(Kind.DIFFERENT, group));
    }

    @Test
    @DisplayName("names meters that are missing, too many or otherwise")
    void metersAreCompared() {
        start(Learning.CONTROLLER, Method.SOURCE_HASH);
        final Tables ours = lab.network().datapath("sw1").ours();
        final Map<Long, Meter> meters = new TreeMap<>(ours.meters());
        final Meter gone = meters.remove(Collections.min(meters.keySet()));
        final Meter faster = meters.get(Collections.min(meters.keySet()));
        meters.put(faster.id(), new Meter(faster.id(), faster.rate() + 1, faster.burst()));
        final Meter more = new Meter(Collections.max(meters.keySet()) + 1, 1, 1);
        meters.put(more.id(), more);
        assertThat(answers("sw1")
                        .compare(
                                held(new Tables(ours.flows(), ours.groups(), meters)),
                                lab.network().now())
                        .differences())
                .extracting(Difference::kind, Difference::id)
                .containsExactlyInAnyOrder(
                        tuple(Kind.MISSING, gone), tuple(Kind.DIFFERENT, faster), tuple(Kind.EXTRA, more.id()));
    }

    @Test
    @DisplayName("does not take a session for missing that began after the switch was asked")
    void whatIsYoungIsNotMissed() {
        start(Learning.CONTROLLER, Method.SOURCE_HASH);
        final Tables before = lab.network().datapath("sw1").ours();
        final long askedAt = lab.network().now();
        lab.network().advance(1);
        lab.clientSends(office, Lab.outer(77), Frames.Kind.udp(500));
        lab.network().settle();
        assertThat(answers("sw1").compare(held(before), askedAt).differences()).isEmpty();
    }

    @Test
    @DisplayName("forgets a session that differs at the first look only")
    void aSecondLookDecides() {
        start(Learning.CONTROLLER, Method.SOURCE_HASH);
        final Tables before = lab.network().datapath("sw1").ours();
        final Tables without = Tables.of(
                before.flows().values().stream()
                        .filter(flow -> !isSession(flow))
                        .toList(),
                before.groups().values(),
                before.meters().values());
        final Comparison first =
                answers("sw1").compare(held(without), lab.network().now());
        assertThat(first.isDoubtful()).isTrue();
        assertThat(first.confirmedBy(compare("sw1")).differences()).isEmpty();
    }

    private static boolean isSession(final Flow flow) {
        return Cookie.parse(flow.cookie())
                .flatMap(cookie -> Pipeline.client(cookie, flow.key()))
                .isPresent();
    }

    private Comparison compare(final String node) {
        return answers(node)
                .compare(
                        held(lab.network().datapath(node).ours()), lab.network().now());
    }

    private Answers answers(final String node) {
        return lab.network().agent(node).answers();
    }

    @Test
    @DisplayName("does not believe what was told of groups and meters before the last change")
    void whatIsToldOfBeforeIsNotBelieved() {
        start(Learning.CONTROLLER, Method.SOURCE_HASH);
        final Tables ours = lab.network().datapath("sw1").ours();
        final Map<Long, Meter> others = new TreeMap<>();
        ours.meters().forEach((id, meter) -> others.put(id, new Meter(id, meter.rate() + 1, meter.burst())));
        final Event.Audited recent = held(new Tables(ours.flows(), ours.groups(), others));
        final Event.Audited old = new Event.Audited(
                recent.flows(),
                recent.groups(),
                recent.described().map(told -> new Event.Audited.Described(told.groups(), told.meters(), 0)),
                recent.others(),
                recent.meters(),
                recent.now());
        assertThat(answers("sw1").compare(recent, lab.network().now()).differences())
                .hasSameSizeAs(others.keySet());
        final Comparison comparison = answers("sw1").compare(old, lab.network().now());
        assertThat(comparison.differences()).isEmpty();
        assertThat(comparison.areGroupsDescribed()).isFalse();
    }

    private Event.Audited held(final Tables tables) {
        return new Event.Audited(
                tables.flows().values(),
                tables.groups().keySet(),
                Optional.of(new Event.Audited.Described(
                        tables.groups().values(), tables.meters().values(), Long.MAX_VALUE)),
                Event.Others.NONE,
                tables.meters().keySet(),
                lab.network().now());
    }
}
