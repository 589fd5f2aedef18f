/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.vpnlb.engine.agent.TranslatedClients.CLIENTS;
import static org.vpnlb.engine.agent.TranslatedClients.FIRST_PORT;
import static org.vpnlb.engine.agent.TranslatedClients.TRANSLATOR;
import static org.vpnlb.engine.agent.TranslatedClients.all;
import static org.vpnlb.engine.agent.TranslatedClients.frame;
import static org.vpnlb.engine.agent.TranslatedClients.key;
import static org.vpnlb.engine.agent.TranslatedClients.keys;
import static org.vpnlb.engine.agent.TranslatedClients.names;
import static org.vpnlb.engine.agent.TranslatedClients.office;
import static org.vpnlb.engine.agent.TranslatedClients.sends;
import static org.vpnlb.engine.agent.TranslatedClients.service;
import static org.vpnlb.engine.agent.TranslatedClients.some;
import static org.vpnlb.engine.agent.TranslatedClients.with;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.vpnlb.engine.agent.Sighting.Basis;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.explain.Explainer;
import org.vpnlb.engine.explain.Supposed;
import org.vpnlb.engine.explain.Supposition;
import org.vpnlb.engine.explain.Supposition.What;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Device.AdminState;
import org.vpnlb.engine.model.Learning;
import org.vpnlb.engine.model.PinnedClient;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Service.Selection.Method;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.model.SessionFilter;
import org.vpnlb.engine.model.Sessions;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.net.ClientKey;
import org.vpnlb.engine.net.IpPrefix;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.session.SessionRow;

@DisplayName("Clients behind one address, as operators see them, told apart by their ports,")
class ClientKeyOrdersTest {
    @Test
    @DisplayName("are listed and found by their ports, in pages, and cleared by their address")
    void areListedAndFound() {
        final Lab lab = Lab.of(office(Learning.CONTROLLER, Sessions.ALL).build());
        final Map<Integer, String> homes = names(all(lab));
        lab.network().settle();
        final Answers answers = lab.network().agent("sw1").answers();
        final List<ClientKey> paged = new ArrayList<>();
        Optional<ClientKey> after = Optional.empty();
        do {
            final List<SessionRow> page =
                    answers.page("office", Side.INGRESS, SessionFilter.ALL, after, 300, List.of());
            page.forEach(row -> paged.add(row.client()));
            after = page.isEmpty()
                    ? Optional.empty()
                    : Optional.of(page.getLast().client());
        } while (after.isPresent());
        assertThat(paged)
                .containsExactlyElementsOf(homes.keySet().stream()
                        .sorted()
                        .map(TranslatedClients::key)
                        .toList());

        homes.entrySet().stream()
                .limit(20)
                .forEach(client -> assertThat(
                                answers.find(TRANSLATOR, OptionalInt.of(client.getKey()), Optional.empty(), List.of()))
                        .filteredOn(sighting -> sighting.side() == Side.INGRESS)
                        .singleElement()
                        .satisfies(sighting -> {
                            assertThat(sighting.client()).isEqualTo(key(client.getKey()));
                            assertThat(sighting.device()).contains(client.getValue());
                            assertThat(sighting.slot().orElseThrow().device()).contains(client.getValue());
                        }));
        assertThat(answers.find(TRANSLATOR, Optional.empty(), List.of())).hasSizeGreaterThan(Finder.MOST - 1);
        assertThat(answers.find(TRANSLATOR, OptionalInt.of(FIRST_PORT - 1), Optional.empty(), List.of()))
                .filteredOn(sighting -> sighting.side() == Side.INGRESS)
                .extracting(Sighting::basis)
                .containsExactly(Basis.SLOT);

        lab.network()
                .tell(
                        "sw1",
                        new Event.Cleared(
                                "office",
                                SessionFilter.of(TRANSLATOR),
                                List.of(),
                                lab.network().now()));
        lab.network().settle();
        assertThat(keys(lab)).isEmpty();
        lab.assertConsistent();
    }

    @Test
    @DisplayName("count each for max-sessions: a device that is full gets none, and the others take them")
    void areCountedEach() {
        final Lab lab = Lab.of(office(Learning.CONTROLLER, Sessions.ALL)
                .device("g1", device -> ServiceBuilder.withMaxSessions(device, 50))
                .build());
        for (int port = FIRST_PORT; port < FIRST_PORT + CLIENTS; port++) {
            sends(lab, port);
            lab.network().settle();
        }
        final Map<String, Long> counts =
                lab.clientRows().stream().collect(Collectors.groupingBy(SessionRow::device, Collectors.counting()));
        assertThat(counts).containsEntry("g1", 50L);
        assertThat(counts.get("g2") + counts.get("g3")).isEqualTo(CLIENTS - 50);
    }

    @Test
    @DisplayName("in a switch that cannot mask ports go by the select group, and other services by their source still")
    void aSwitchWithoutMaskedPortsSelectsByGroup() {
        final Service other = ServiceBuilder.service("other")
                .clusterAddress("10.0.1.100")
                .method(Method.AUTO)
                .gatewayAddress(null)
                .clientPrefixes("10.98.0.0/16")
                .device(4)
                .build();
        final Lab lab = Lab.of();
        lab.network().add("sw1", 0, Shape.ports());
        lab.network().add("sw2", 0, Shape.ports());
        lab.network().datapath("sw1").lacks(InMemorySwitch.Feature.PORT_MASKS);
        lab.network().letRefuse("sw1");
        lab.configure(List.of(office(Learning.CONTROLLER, Sessions.ALL).build(), other));
        lab.network().settle();
        lab.network().connect("sw1");
        lab.network().settle();
        assertThat(lab.ingressStatus(service(lab)).selection().orElseThrow().method())
                .isEqualTo(Method.SELECT_GROUP);
        assertThat(lab.ingressStatus(other).selection().orElseThrow().method()).isEqualTo(Method.SOURCE_HASH);
        final Map<Integer, Device> homes = some(lab);
        lab.network().settle();
        assertThat(some(lab)).isEqualTo(homes);
        assertThat(keys(lab)).hasSameSizeAs(homes.keySet());
    }

    @ParameterizedTest
    @EnumSource(names = {"CONTROLLER", "SWITCH"})
    @DisplayName("are moved by their ports when an operator orders it, and no other port of the address")
    void areMovedByTheirPorts(final Learning learning) {
        final Lab lab = Lab.of(office(learning, Sessions.ALL).build());
        lab.reconfigure(with(lab, AdminState.OUT_OF_SERVICE));
        final Map<Integer, String> before = names(all(lab));
        lab.network().settle();
        lab.reconfigure(with(lab, AdminState.IN_SERVICE));
        lab.network().settle();
        final Answers answers = lab.network().agent("sw1").answers();
        final List<PinnedClient> pinned = answers.pinned("office", ours(lab)).orElseThrow();
        assertThat(pinned).hasSizeGreaterThan(4).allSatisfy(client -> {
            assertThat(before).containsEntry(client.client().port(), client.from());
            assertThat(client.to()).isEqualTo("g1");
        });
        final List<PinnedClient> chosen = pinned.subList(0, 3);
        final var order = new Event.Rebalanced("office", chosen, lab.network().now());
        assertThat(answers.moving(order)).hasSize(3);
        lab.network().tell("sw1", order);
        lab.network().settle();
        final Map<Integer, String> after = names(all(lab));
        chosen.forEach(
                client -> assertThat(after.remove(client.client().port())).isEqualTo("g1"));
        assertThat(before).containsAllEntriesOf(after);
        lab.network().settle();
        lab.assertConsistent();
    }

    @ParameterizedTest
    @EnumSource(names = {"CONTROLLER", "SWITCH"})
    @DisplayName("are explained as if one of them had a session: of its port alone")
    void areExplainedByTheirPorts(final Learning learning) {
        final Lab lab = Lab.of(office(learning, Sessions.ALL).build());
        final Answers answers = lab.network().agent("sw1").answers();
        for (final Device device : service(lab).devices()) {
            final var held = (Supposed.Held) answers.supposing(
                    new Supposition(What.SESSION, "office", device.name()),
                    1,
                    frame(lab, FIRST_PORT),
                    answers.desired(0));
            assertThat(held.deciding().flows().keySet())
                    .singleElement()
                    .satisfies(key -> assertThat(key.match().source()).contains(key(FIRST_PORT)));
            final var explainer = new Explainer(held.tables(), Set.of(), answers.narrator());
            assertThat(held.isMet(explainer.explain(1, frame(lab, FIRST_PORT)))).isTrue();
            assertThat(held.isMet(explainer.explain(1, frame(lab, FIRST_PORT + 1))))
                    .isFalse();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"CONTROLLER", "SWITCH"})
    @DisplayName("are cleared one by one, by address and port")
    void areClearedByTheirPorts(final Learning learning) {
        final Lab lab = Lab.of(office(learning, Sessions.ALL).build());
        some(lab);
        lab.network().settle();
        final Set<ClientKey> left = keys(lab);
        assertThat(left.remove(key(FIRST_PORT))).isTrue();
        final var one =
                new SessionFilter(Optional.empty(), Optional.of(IpPrefix.of(TRANSLATOR)), OptionalInt.of(FIRST_PORT));
        lab.network()
                .tell(
                        "sw1",
                        new Event.Cleared(
                                "office", one, ours(lab), lab.network().now()));
        lab.network().settle();
        assertThat(keys(lab)).isEqualTo(left).isNotEmpty();
        lab.assertConsistent();
    }

    private static Collection<Flow> ours(final Lab lab) {
        return lab.network().datapath("sw1").ours().flows().values();
    }
}
