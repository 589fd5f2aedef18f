/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vpnlb.engine.agent.Sighting.Basis;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.model.Defaults;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Learning;
import org.vpnlb.engine.model.PinnedClient;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Service.Selection.Method;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.model.SessionFilter;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.net.ClientKey;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpPrefix;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.session.SessionRow;
import org.vpnlb.engine.session.Stay;

@DisplayName("An operator who asks for sessions")
class SessionQueryTest {
    private static final int CLIENTS = 40;

    private Service office;
    private Lab lab;

    private void start(final Learning learning, final Method method) {
        office = ServiceBuilder.office().learning(learning).method(method).build();
        lab = Lab.of(office);
        for (int client = 0; client < CLIENTS; client++) {
            final Device device = lab.clientSends(office, Lab.outer(client), Frames.Kind.udp(500))
                    .orElseThrow();
            lab.deviceSends(device, Lab.inner(office, client));
        }
        lab.network().settle();
    }

    @ParameterizedTest
    @EnumSource(
            value = Learning.class,
            names = {"CONTROLLER", "SWITCH"})
    @DisplayName("gets each of them once, in pages, in the order of their addresses, with the device that has it")
    void pagesHoldAll(final Learning learning) {
        start(learning, Method.SELECT_GROUP);
        final List<SessionRow> all = pages(7);
        assertThat(all)
                .extracting(SessionRow::client)
                .containsExactlyElementsOf(
                        IntStream.range(0, CLIENTS).mapToObj(Lab::outer).toList());
        assertThat(all)
                .allSatisfy(
                        row -> assertThat(lab.clientSession(office, row.client().address()))
                                .map(Device::name)
                                .contains(row.device()));
    }

    @Test
    @DisplayName("misses none and gets none twice when others begin and end meanwhile")
    void pagesAreStable() {
        start(Learning.CONTROLLER, Method.SOURCE_HASH);
        final Set<IpAddress> staying = new HashSet<>();
        final List<IpAddress> seen = new ArrayList<>();
        for (int client = 0; client < CLIENTS; client++) {
            if (client % 3 != 0) {
                staying.add(Lab.outer(client));
            }
        }
        Optional<ClientKey> after = Optional.empty();
        int ending = 0;
        while (true) {
            final List<SessionRow> page = page(after, 5);
            page.forEach(row -> seen.add(row.client().address()));
            if (page.isEmpty()) {
                break;
            }
            after = Optional.of(page.getLast().client());
            clear(SessionFilter.of(Lab.outer(ending)));
            ending += 3;
            lab.clientSends(office, Lab.outer(1000 - ending), Frames.Kind.udp(500));
            lab.network().settle();
        }
        assertThat(seen).doesNotHaveDuplicates().containsAll(staying);
    }

    @Test
    @DisplayName("may ask for those of a device, or of a prefix")
    void filtersAreMet() {
        start(Learning.CONTROLLER, Method.SOURCE_HASH);
        final var ofG1 = new SessionFilter(Optional.of("g1"), Optional.empty());
        assertThat(answers("sw1").page("office", Side.INGRESS, ofG1, Optional.empty(), 1000, List.of()))
                .isNotEmpty()
                .allMatch(row -> row.device().equals("g1"));
        final var prefix = new SessionFilter(Optional.empty(), Optional.of(new IpPrefix(Lab.outer(8), 29)));
        assertThat(answers("sw1").page("office", Side.INGRESS, prefix, Optional.empty(), 1000, List.of()))
                .hasSize(8);
    }

    @Test
    @DisplayName("is told since when, and nothing of that where the controller found them in the switch")
    void ageIsTold() {
        start(Learning.CONTROLLER, Method.SOURCE_HASH);
        assertThat(pages(1000))
                .allMatch(row -> row.since().orElse(0) > 0
                        && row.since().orElseThrow() <= lab.network().now());
        lab.network().replaceAgent("sw1");
        lab.network().connect("sw1");
        lab.network().settle();
        assertThat(pages(1000)).hasSize(CLIENTS).allMatch(row -> row.since().isEmpty());
    }

    @ParameterizedTest
    @EnumSource(
            value = Learning.class,
            names = {"CONTROLLER", "SWITCH"})
    @DisplayName("for a client finds its device by either of its addresses")
    void clientsAreFound(final Learning learning) {
        start(learning, Method.SOURCE_HASH);
        for (int client = 0; client < CLIENTS; client++) {
            final String device =
                    lab.clientSession(office, Lab.outer(client)).orElseThrow().name();
            assertThat(find(Lab.outer(client)))
                    .filteredOn(sighting -> sighting.basis() == Basis.SESSION)
                    .singleElement()
                    .satisfies(sighting -> {
                        assertThat(sighting.side()).isEqualTo(Side.INGRESS);
                        assertThat(sighting.device()).contains(device);
                        assertThat(sighting.slot().orElseThrow().device()).contains(device);
                        assertThat(sighting.isPinned()).isFalse();
                    });
            assertThat(find(Lab.inner(office, client)))
                    .filteredOn(sighting -> sighting.basis() == Basis.SESSION)
                    .singleElement()
                    .satisfies(sighting -> {
                        assertThat(sighting.side()).isEqualTo(Side.EGRESS);
                        assertThat(sighting.device()).contains(device);
                    });
        }
    }

    @Test
    @DisplayName("for a client without a session is told where it would go, and it does go there")
    void newClientsAreForetold() {
        start(Learning.CONTROLLER, Method.SOURCE_HASH);
        for (int client = 500; client < 600; client++) {
            final IpAddress address = Lab.outer(client);
            final Sighting sighting = find(address).stream()
                    .filter(found -> found.side() == Side.INGRESS)
                    .findFirst()
                    .orElseThrow();
            assertThat(sighting.basis()).isEqualTo(Basis.SLOT);
            assertThat(lab.clientSends(office, address, Frames.Kind.udp(4500)).map(Device::name))
                    .isEqualTo(sighting.device());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("for an inner address without a session is told whether the devices are asked for it")
    void whoIsSearchedForIsTold(final boolean isSearchedFor) {
        start(Learning.CONTROLLER, Method.SOURCE_HASH);
        lab.reconfigure(ServiceBuilder.like(office).deviceSearch(isSearchedFor).build());
        assertThat(find(Lab.inner(office, 999)))
                .filteredOn(sighting -> sighting.side() == Side.EGRESS)
                .singleElement()
                .satisfies(sighting -> assertThat(sighting.why())
                        .isEqualTo("no return session: no device has sent a packet of this address lately"
                                + (isSearchedFor
                                        ? "; the devices are asked for it when a server sends to it"
                                        : ", so packets to it are not delivered")));
    }

    @Test
    @DisplayName("for a new client is told so where only the switch's own hash knows")
    void nothingIsGuessed() {
        start(Learning.CONTROLLER, Method.SELECT_GROUP);
        assertThat(find(Lab.outer(999)))
                .filteredOn(sighting -> sighting.side() == Side.INGRESS)
                .singleElement()
                .satisfies(sighting -> {
                    assertThat(sighting.basis()).isEqualTo(Basis.NOTHING);
                    assertThat(sighting.why()).contains("the switch's own hash");
                });
    }

    @Test
    @DisplayName("is told that a client is pinned whose slot has moved")
    void pinnedClientsAreNamed() {
        start(Learning.CONTROLLER, Method.SOURCE_HASH);
        office = ServiceBuilder.like(office)
                .device("g1", device -> ServiceBuilder.with(device, Device.AdminState.DRAINING))
                .build();
        lab.reconfigure(office);
        final List<IpAddress> ofG1 = pages(1000).stream()
                .filter(row -> row.device().equals("g1"))
                .map(row -> row.client().address())
                .toList();
        assertThat(ofG1)
                .isNotEmpty()
                .allSatisfy(client -> assertThat(find(client))
                        .filteredOn(sighting -> sighting.basis() == Basis.SESSION)
                        .singleElement()
                        .satisfies(sighting -> {
                            assertThat(sighting.isPinned()).isTrue();
                            assertThat(sighting.device()).contains("g1");
                            assertThat(sighting.why()).contains("pinned: its slot");
                        }));
    }

    @ParameterizedTest
    @EnumSource(
            value = Learning.class,
            names = {"CONTROLLER", "SWITCH"})
    @DisplayName("can end those of one client, and no other's")
    void aClientIsCleared(final Learning learning) {
        start(learning, Method.SOURCE_HASH);
        clear(SessionFilter.of(Lab.outer(3)));
        clear(SessionFilter.of(Lab.inner(office, 3)));
        assertThat(lab.clientSession(office, Lab.outer(3))).isEmpty();
        assertThat(lab.returnSession(office, Lab.inner(office, 3))).isEmpty();
        assertThat(IntStream.range(0, CLIENTS).filter(client -> client != 3)).allSatisfy(client -> {
            assertThat(lab.clientSession(office, Lab.outer(client))).isPresent();
            assertThat(lab.returnSession(office, Lab.inner(office, client))).isPresent();
        });
        lab.assertConsistent();
    }

    @ParameterizedTest
    @EnumSource(
            value = Learning.class,
            names = {"CONTROLLER", "SWITCH"})
    @DisplayName("can end those of a device, on both sides, and no other's")
    void aDeviceIsCleared(final Learning learning) {
        start(learning, Method.SOURCE_HASH);
        final var filter = new SessionFilter(Optional.of("g2"), Optional.empty());
        final int others = pages(1000).stream()
                .filter(row -> !row.device().equals("g2"))
                .toList()
                .size();
        clear(filter);
        assertThat(pages(1000)).hasSize(others).noneMatch(row -> row.device().equals("g2"));
        assertThat(IntStream.range(0, CLIENTS)
                        .mapToObj(client -> lab.returnSession(office, Lab.inner(office, client)))
                        .flatMap(Optional::stream)
                        .map(Device::name))
                .hasSize(others)
                .doesNotContain("g2");
        lab.assertConsistent();
    }

    @Test
    @DisplayName("is told where a client was before its device went out, from when to when, and why it went")
    void whoLosesItsDeviceHasAHistory() {
        start(Learning.CONTROLLER, Method.SOURCE_HASH);
        final List<SessionRow> ofG1 = ofG1();
        lab.network().advance(1000);
        final long out = lab.network().now();
        office = ServiceBuilder.like(office)
                .device("g1", device -> ServiceBuilder.with(device, Device.AdminState.OUT_OF_SERVICE))
                .build();
        lab.reconfigure(office);
        assertThat(ofG1).isNotEmpty().allSatisfy(row -> {
            assertThat(before(row)).as("without a session").isEqualTo(List.of(stay(row, out, Stay.End.DEVICE_OUT)));
            lab.clientSends(office, row.client().address(), Frames.Kind.udp(500));
            lab.network().settle();
            assertThat(find(row.client().address()).getFirst().device()).isNotEqualTo(Optional.of("g1"));
            assertThat(before(row)).as("elsewhere").isEqualTo(List.of(stay(row, out, Stay.End.DEVICE_OUT)));
        });
        assertThat(pages(1000).stream()
                        .filter(row ->
                                !ofG1.stream().map(SessionRow::client).toList().contains(row.client())))
                .as("who stayed")
                .isNotEmpty()
                .allSatisfy(row -> assertThat(before(row)).isEmpty());
    }

    @Test
    @DisplayName("is told that the service has the device of before no more")
    void aRemovedDeviceIsInTheHistory() {
        start(Learning.CONTROLLER, Method.SOURCE_HASH);
        final List<SessionRow> ofG1 = ofG1();
        final long out = lab.network().now();
        lab.reconfigure(ServiceBuilder.like(office).without("g1").build());
        assertThat(ofG1)
                .isNotEmpty()
                .allSatisfy(row -> assertThat(before(row)).isEqualTo(List.of(stay(row, out, Stay.End.DEVICE_REMOVED))));
    }

    @Test
    @DisplayName("is told what another operator did to a client's session")
    void aClearedClientHasAHistory() {
        start(Learning.CONTROLLER, Method.SOURCE_HASH);
        final SessionRow row = pages(1000).getFirst();
        clear(SessionFilter.of(row.client().address()));
        assertThat(before(row))
                .singleElement()
                .satisfies(stay -> assertThat(stay.end()).isEqualTo(Stay.End.CLEARED));
    }

    @Test
    @DisplayName("is told where an idle client was, until it has a session with the same device again")
    void anIdleClientHasAHistory() {
        start(Learning.CONTROLLER, Method.SOURCE_HASH);
        final List<SessionRow> ofG1 = ofG1();
        lab.network().advance((Defaults.CLIENT_IDLE_TIMEOUT + 1) * 1000L);
        lab.network().settle();
        assertThat(ofG1)
                .isNotEmpty()
                .allSatisfy(row -> assertThat(before(row)).singleElement().satisfies(stay -> {
                    assertThat(stay.device()).isEqualTo("g1");
                    assertThat(stay.since()).isEqualTo(row.since());
                    assertThat(stay.end()).isEqualTo(Stay.End.IDLE);
                    assertThat(stay.until()).isLessThanOrEqualTo(lab.network().now());
                }));
        final SessionRow back = ofG1.getFirst();
        lab.clientSends(office, back.client().address(), Frames.Kind.udp(500));
        lab.network().settle();
        assertThat(before(back)).as("it has not moved").isEmpty();

        office = ServiceBuilder.like(office)
                .device("g1", device -> ServiceBuilder.with(device, Device.AdminState.DRAINING))
                .build();
        lab.reconfigure(office);
        final SessionRow elsewhere = ofG1.getLast();
        lab.clientSends(office, elsewhere.client().address(), Frames.Kind.udp(500));
        lab.network().settle();
        assertThat(before(elsewhere))
                .singleElement()
                .satisfies(stay -> assertThat(stay.device()).isEqualTo("g1"));
    }

    @Test
    @DisplayName("is told nothing of a move when only the name of the device is another one")
    void aRenameIsNoMove() {
        start(Learning.CONTROLLER, Method.SOURCE_HASH);
        final List<SessionRow> ofG1 = ofG1();
        lab.network().advance((Defaults.CLIENT_IDLE_TIMEOUT + 1) * 1000L);
        lab.network().settle();
        office = ServiceBuilder.like(office)
                .device("g1", device -> ServiceBuilder.named(device, "gate"))
                .build();
        lab.reconfigure(office);
        final SessionRow idle = ofG1.getLast();
        assertThat(before(idle)).extracting(Stay::device).containsExactly("gate");

        final SessionRow back = ofG1.getFirst();
        lab.clientSends(office, back.client().address(), Frames.Kind.udp(500));
        lab.network().settle();
        assertThat(before(back)).isEmpty();
    }

    @Test
    @DisplayName("is told that a client was moved back to the device of its slot")
    void aRebalancedClientHasAHistory() {
        start(Learning.CONTROLLER, Method.SOURCE_HASH);
        final Service all = office;
        office = ServiceBuilder.like(all)
                .device("g1", device -> ServiceBuilder.with(device, Device.AdminState.OUT_OF_SERVICE))
                .build();
        final List<SessionRow> ofG1 = ofG1();
        lab.reconfigure(office);
        ofG1.forEach(row -> lab.clientSends(office, row.client().address(), Frames.Kind.udp(500)));
        lab.network().settle();
        office = all;
        lab.reconfigure(office);
        final List<PinnedClient> pinned =
                answers("sw1").pinned("office", List.of()).orElseThrow();
        lab.network()
                .tell(
                        "sw1",
                        new Event.Rebalanced("office", pinned, lab.network().now()));
        lab.network().settle();
        assertThat(pinned).hasSizeGreaterThanOrEqualTo(ofG1.size()).allSatisfy(client -> {
            final Stay last =
                    find(client.client().address()).getFirst().before().getFirst();
            assertThat(last.device()).isEqualTo(client.from());
            assertThat(last.end()).isEqualTo(Stay.End.REBALANCED);
        });
        assertThat(ofG1)
                .as("who was there before the outage")
                .anySatisfy(row -> assertThat(before(row))
                        .extracting(Stay::end)
                        .containsExactly(Stay.End.REBALANCED, Stay.End.DEVICE_OUT));
    }

    @Test
    @DisplayName("is told that another device has the address of a client that moved by itself")
    void aClientThatChangedItsDeviceHasAHistory() {
        start(Learning.CONTROLLER, Method.SOURCE_HASH);
        final IpAddress inner = Lab.inner(office, 3);
        final Device holder = lab.returnSession(office, inner).orElseThrow();
        final Device other = office.devices().stream()
                .filter(device -> !device.equals(holder))
                .findFirst()
                .orElseThrow();
        for (int times = 0; times < CLIENTS && !lab.returnSession(office, inner).equals(Optional.of(other)); times++) {
            lab.network().advance(2000);
            lab.deviceSends(other, inner);
            lab.network().settle();
        }
        final Sighting found =
                answers("sw2").find(inner, Optional.of("office"), List.of()).getFirst();
        assertThat(found.device()).contains(other.name());
        assertThat(found.before()).singleElement().satisfies(stay -> {
            assertThat(stay.device()).isEqualTo(holder.name());
            assertThat(stay.end()).isEqualTo(Stay.End.CLAIMED);
        });
    }

    private List<SessionRow> ofG1() {
        return pages(1000).stream().filter(row -> row.device().equals("g1")).toList();
    }

    private List<Stay> before(final SessionRow row) {
        return find(row.client().address()).getFirst().before();
    }

    private static Stay stay(final SessionRow row, final long until, final Stay.End why) {
        return new Stay(row.device(), row.since(), until, why);
    }

    private List<SessionRow> pages(final int limit) {
        final List<SessionRow> all = new ArrayList<>();
        List<SessionRow> page = page(Optional.empty(), limit);
        while (!page.isEmpty()) {
            assertThat(page).hasSizeLessThanOrEqualTo(limit);
            all.addAll(page);
            page = page(Optional.of(page.getLast().client()), limit);
        }
        return all;
    }

    private List<SessionRow> page(final Optional<ClientKey> after, final int limit) {
        return answers("sw1").page("office", Side.INGRESS, SessionFilter.ALL, after, limit, read("sw1"));
    }

    /** What both switches say. */
    private List<Sighting> find(final IpAddress address) {
        return Stream.of("sw1", "sw2")
                .flatMap(node -> answers(node).find(address, Optional.empty(), read(node)).stream())
                .toList();
    }

    private void clear(final SessionFilter filter) {
        for (final String node : List.of("sw1", "sw2")) {
            lab.network()
                    .tell(
                            node,
                            new Event.Cleared(
                                    "office", filter, read(node), lab.network().now()));
        }
        lab.network().settle();
    }

    private Collection<Flow> read(final String node) {
        return answers(node).needsReading(Optional.of("office"))
                ? lab.network().datapath(node).ours().flows().values()
                : List.of();
    }

    private Answers answers(final String node) {
        return lab.network().agent(node).answers();
    }
}
