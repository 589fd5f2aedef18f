/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.event.Notice;
import org.vpnlb.engine.event.Notice.SwitchRepaired;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.net.MacAddress;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Match;
import org.vpnlb.engine.openflow.Tables;
import org.vpnlb.engine.pipeline.Cookie;
import org.vpnlb.engine.pipeline.Footprint;
import org.vpnlb.engine.reconcile.AuditClock;

@DisplayName("Within ten seconds, without a reconnection,")
class AuditTest {
    private final Service office = ServiceBuilder.office().build();
    private final Lab lab = Lab.of(office);
    private Tables whole;

    @BeforeEach
    void settle() {
        for (int client = 0; client < 5; client++) {
            lab.clientSends(office, Lab.outer(client), Frames.Kind.udp(500));
            lab.deviceSends(office.devices().get(0), Lab.inner(office, client));
        }
        lab.network().settle();
        lab.network().notices();
        whole = lab.network().datapath("sw1").ours();
    }

    @Test
    @DisplayName("a switch that holds what it should is left alone, and nothing is told")
    void nothingIsChangedWithoutNeed() {
        audit();
        assertThat(lab.network().datapath("sw1").ours()).isEqualTo(whole);
        assertThat(lab.network().notices()).isEmpty();
        assertThat(lab.ingressStatus(office).counters().purged()).isZero();
    }

    @Test
    @DisplayName("a switch that somebody emptied is made whole, and that is told")
    void anEmptiedSwitchIsRepaired() {
        lab.network().datapath("sw1").tamper(flow -> Cookie.parse(flow.cookie()).isPresent());
        lab.network().settle();
        audit();
        final Tables repaired = lab.network().datapath("sw1").ours();
        assertThat(repaired.groups()).isEqualTo(whole.groups());
        assertThat(repaired.flows().keySet()).containsAll(pipeline(whole));
        assertThat(repairs()).singleElement().satisfies(told -> {
            assertThat(told.node()).isEqualTo("sw1");
            assertThat(told.missing()).isEqualTo(pipeline(whole).size());
        });
        lab.assertConsistent();
    }

    @Test
    @DisplayName("entries of vpnlb's that should not be there are deleted")
    void whatShouldNotBeThereIsDeleted() {
        final Flow stray = new Flow(
                new Flow.Key(0, 333, Match.ALL),
                Cookie.of(Cookie.Kind.CLASSIFY).value(),
                Flow.Timeouts.NONE,
                List.of(),
                null,
                null);
        lab.network().datapath("sw1").apply(new Effect.AddFlow(stray));
        audit();
        assertThat(lab.network().datapath("sw1").ours()).isEqualTo(whole);
        assertThat(repairs()).singleElement().extracting(SwitchRepaired::extra).isEqualTo(1);
    }

    @Test
    @DisplayName("a session that only the switch knows is known then")
    void aSessionOfTheSwitchAloneIsKnown() {
        final int before = sessions();
        lab.network()
                .datapath("sw1")
                .apply(new Effect.AddFlow(
                        lab.pipeline().clientSession(office, office.devices().get(1), Lab.outer(77))));
        audit();
        assertThat(sessions()).isEqualTo(before + 1);
        lab.assertConsistent();
    }

    @Test
    @DisplayName("groups that somebody deleted are made again, with the entries that led to them")
    void groupsAreMadeAgain() {
        lab.network().datapath("sw2").loseGroups();
        lab.network().settle();
        audit();
        assertThat(lab.network().datapath("sw2").ours().groups().size())
                .isEqualTo(office.devices().size());
        lab.assertConsistent();
    }

    @Test
    @DisplayName("a session that was learned while the switch was read stays known")
    void whatIsLearnedMeanwhileIsKept() {
        final SwitchAgent agent = lab.network().agent("sw1");
        lab.network().advance(AuditClock.COUNT_MILLIS - 1);
        lab.network().settle();
        final long now = lab.network().now() + 1;
        agent.handle(new Event.Tick(now));
        assertThat(agent.handle(new Event.AuditCounted(
                        Map.of(0, 0L), Map.of(), whole.groups().keySet(), Optional.empty(), now)))
                .contains(new Effect.Audit());
        lab.network().advance(2);
        final Tables read = lab.network().datapath("sw1").ours();
        lab.clientSends(office, Lab.outer(7), Frames.Kind.udp(500));
        lab.network().settle();
        final int sessions = sessions();
        lab.network()
                .tell(
                        "sw1",
                        new Event.Audited(
                                read.flows().values(),
                                read.groups().keySet(),
                                Optional.empty(),
                                Event.Others.NONE,
                                lab.network().datapath("sw1").ours().meters().keySet(),
                                lab.network().now()));
        lab.network().settle();
        assertThat(sessions()).isEqualTo(sessions);
        lab.assertConsistent();
    }

    @Test
    @DisplayName("a switch that holds what it should is only counted")
    void aRightSwitchIsNotRead() {
        lab.network().advance(AuditClock.COUNT_MILLIS - 1);
        lab.network().settle();
        assertThat(lab.network()
                        .agent("sw1")
                        .handle(new Event.Tick(lab.network().now() + 1)))
                .singleElement()
                .isInstanceOf(Effect.AuditCounts.class);
    }

    @Test
    @DisplayName("an entry in place of another one in another table is found, though there are as many as before")
    void whatIsInAnotherTableIsFound() {
        final Flow gone = whole.flows().values().stream()
                .filter(flow -> flow.key().table() == 0 && flow.key().priority() > 1)
                .findFirst()
                .orElseThrow();
        lab.network().datapath("sw1").tamper(gone::equals);
        lab.network()
                .datapath("sw1")
                .apply(new Effect.AddFlow(new Flow(
                        new Flow.Key(2, 333, Match.ALL), gone.cookie(), Flow.Timeouts.NONE, List.of(), null, null)));
        audit();
        assertThat(lab.network().datapath("sw1").ours()).isEqualTo(whole);
    }

    @Test
    @DisplayName("a switch with somebody else's entry in the way of vpnlb's is only counted while that is there")
    void whatIsInTheWayIsOnlyCounted() {
        final Flow.Key key = whole.flows().values().stream()
                .filter(flow -> flow.key().table() == 0 && flow.key().priority() > 1)
                .findFirst()
                .orElseThrow()
                .key();
        lab.network().datapath("sw1").tamper(flow -> flow.key().equals(key));
        final Flow theirs = new Flow(key, 7, Flow.Timeouts.NONE, List.of(), null, null);
        lab.network().datapath("sw1").putForeign(theirs);
        lab.network().advance(AuditClock.READ_MILLIS + AuditClock.COUNT_MILLIS);
        lab.network().settle();
        assertThat(lab.network().datapath("sw1").all().flows()).containsEntry(key, theirs);
        lab.network().advance(AuditClock.COUNT_MILLIS - 1);
        lab.network().settle();
        assertThat(questions(lab.network().agent("sw1"), lab.network().now() + 1))
                .singleElement()
                .isInstanceOf(Effect.AuditCounts.class);
    }

    @Test
    @DisplayName("what keeps frames from being punted for seconds counts neither as missing nor as too much")
    void whatEndsByItselfIsNoDifference() {
        lab.network().advance(AuditClock.COUNT_MILLIS - 1);
        lab.network().settle();
        // A device's own address, so that the client is not searched for.
        final MacAddress nextHop = Lab.nextHops(office).getLast();
        for (int client = 100; client < 110; client++) {
            lab.serverSends(office, nextHop, Lab.inner(office, client));
        }
        lab.network().settle();
        final SwitchAgent agent = lab.network().agent("sw2");
        long due = lab.network().now() + 1;
        final Map<Integer, Long> with = byTable(lab.network().datapath("sw2").ours());
        final Map<Integer, Long> without = byTable(Tables.of(
                lab.network().datapath("sw2").ours().flows().values().stream()
                        .filter(flow ->
                                Cookie.parse(flow.cookie()).orElseThrow().kind() != Cookie.Kind.SUPPRESSION)
                        .toList(),
                List.of(),
                List.of()));
        assertThat(with).isNotEqualTo(without);
        for (final Map<Integer, Long> counts : List.of(with, without)) {
            assertThat(questions(agent, due)).hasSize(1);
            assertThat(agent.handle(new Event.AuditCounted(
                            counts,
                            Map.of(),
                            lab.network().datapath("sw2").ours().groups().keySet(),
                            Optional.empty(),
                            due)))
                    .isEmpty();
            due += AuditClock.COUNT_MILLIS;
        }
    }

    @Test
    @DisplayName(
            "a session that somebody deletes while the switch counts makes vpnlb read it, though the count is right")
    void aDeletionDuringTheCountIsNotForgotten() {
        final SwitchAgent agent = lab.network().agent("sw1");
        final long due = lab.network().now() + AuditClock.COUNT_MILLIS;
        agent.handle(new Event.Tick(due));
        final Flow session = whole.flows().values().stream()
                .filter(flow -> flow.cookie() >>> 44
                                == Cookie.of(Cookie.Kind.CLIENT_SESSION).value() >>> 44
                        && flow.timeouts().idle() > 0)
                .findFirst()
                .orElseThrow();
        agent.handle(new Event.FlowRemoved(session.key(), session.cookie(), Event.FlowRemoved.Reason.DELETED, due + 1));
        final Map<Integer, Long> counts = new HashMap<>(byTable(whole));
        counts.merge(session.key().table(), -1L, Long::sum);
        final var rightCount =
                new Event.AuditCounted(counts, Map.of(), whole.groups().keySet(), Optional.empty(), due + 2);
        assertThat(agent.handle(rightCount)).contains(new Effect.Audit());
    }

    @Test
    @DisplayName("an entry that somebody changed without changing how many there are is made right in five minutes")
    void aChangedEntryIsMadeRight() {
        final Flow changed = whole.flows().values().stream()
                .filter(flow -> !flow.actions().isEmpty()
                        && flow.timeouts().equals(Flow.Timeouts.NONE)
                        && flow.key().priority() > 1)
                .findFirst()
                .orElseThrow();
        lab.network()
                .datapath("sw1")
                .apply(new Effect.AddFlow(
                        new Flow(changed.key(), changed.cookie(), changed.timeouts(), List.of(), null, null)));
        lab.network().advance(AuditClock.READ_MILLIS + AuditClock.COUNT_MILLIS);
        lab.network().settle();
        assertThat(lab.network().datapath("sw1").ours().flows()).containsEntry(changed.key(), changed);
    }

    @Test
    @DisplayName("a switch that does not answer is asked again soon")
    void anUnansweredQuestionIsAskedAgain() {
        final SwitchAgent agent = lab.network().agent("sw1");
        final long due = lab.network().now() + AuditClock.COUNT_MILLIS;
        assertThat(questions(agent, due)).hasSize(1);
        agent.handle(new Event.AuditUnanswered(due + 100));
        assertThat(agent.wakeAt().orElseThrow()).isLessThanOrEqualTo(due + 2000);
        assertThat(questions(agent, due + 2000)).hasSize(1);
        // No answer at all.
        assertThat(questions(agent, due + 62_000)).hasSize(1);
    }

    private static List<Effect> questions(final SwitchAgent agent, final long now) {
        return agent.handle(new Event.Tick(now)).stream()
                .filter(effect -> effect instanceof Effect.Audit || effect instanceof Effect.AuditCounts)
                .toList();
    }

    /** The number of entries in each table that may be counted. */
    static Map<Integer, Long> byTable(final Tables tables) {
        final Map<Integer, Long> entries = new HashMap<>();
        final var footprint = new Footprint(0);
        footprint.fixedTables().forEach(table -> entries.put(table, 0L));
        footprint.sessionTables().forEach(table -> entries.put(table, 0L));
        tables.flows().keySet().forEach(key -> entries.merge(key.table(), 1L, Long::sum));
        return entries;
    }

    private int sessions() {
        return lab.ingressStatus(office).devices().values().stream()
                .mapToInt(SwitchStatus.DeviceStatus::clientSessions)
                .sum();
    }

    private void audit() {
        lab.network().advance(AuditClock.COUNT_MILLIS);
        lab.network().settle();
    }

    private List<SwitchRepaired> repairs() {
        return lab.network().notices().stream()
                .filter(SwitchRepaired.class::isInstance)
                .map(Notice.class::cast)
                .map(SwitchRepaired.class::cast)
                .toList();
    }

    /** The entries that end only when they are deleted. */
    private static List<Flow.Key> pipeline(final Tables tables) {
        return tables.flows().values().stream()
                .filter(flow -> flow.timeouts().equals(Flow.Timeouts.NONE))
                .map(Flow::key)
                .toList();
    }
}
