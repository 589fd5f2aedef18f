/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.yang.types.rev130715.Counter64;
import org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.yang.types.rev130715.DateAndTime;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.Health;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.NodeId;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.Role;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.VpnService;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.VpnService.OperStatus;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.VpnServiceKey;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service.Redundancy;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service.Switch;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service.SwitchBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service.SwitchKey;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service.VpnDeviceBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service.VpnDeviceKey;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service._switch.GenerationBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service._switch.Refused;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service._switch.Selection;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service._switch.SelectionBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service.counters.Punted;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service.vpn.device.CheckKey;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service.vpn.device.FromClientsBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service.vpn.device.FromServersBuilder;
import org.opendaylight.yangtools.yang.common.Uint16;
import org.opendaylight.yangtools.yang.common.Uint32;
import org.opendaylight.yangtools.yang.common.Uint64;
import org.vpnlb.app.ManualTimer;
import org.vpnlb.app.Office;
import org.vpnlb.app.health.DeviceHealth;
import org.vpnlb.app.health.DeviceHealth.Observed;
import org.vpnlb.app.openflow.Switches.Absence;
import org.vpnlb.app.openflow.Switches.Observation;
import org.vpnlb.app.rpc.Rebalances;
import org.vpnlb.engine.agent.SwitchStatus;
import org.vpnlb.engine.agent.SwitchStatus.DeviceStatus;
import org.vpnlb.engine.agent.SwitchStatus.ServiceStatus;
import org.vpnlb.engine.model.AddressConflict;
import org.vpnlb.engine.model.Check.Subject;
import org.vpnlb.engine.model.CheckSource;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Device.AdminState;
import org.vpnlb.engine.model.Health.State;
import org.vpnlb.engine.model.Miscabling;
import org.vpnlb.engine.model.SelectionInUse;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Service.Selection.Method;
import org.vpnlb.engine.model.Sessions;
import org.vpnlb.engine.model.SessionsInUse;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.model.SourceConflict;
import org.vpnlb.engine.model.Volume;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.MacAddress;
import org.vpnlb.engine.session.Counters;
import org.vpnlb.engine.session.Counters.Ignored;
import org.vpnlb.engine.session.Counters.Punt;

class StateWriterTest {
    private static final Instant SINCE = Instant.parse("2026-11-26T12:00:00Z");
    private static final org.vpnlb.engine.model.Health DOWN =
            new org.vpnlb.engine.model.Health(State.DOWN, Optional.of("no answer"));
    private static final Device G1 = Office.device(1);
    private static final Device G2 = Office.device(2);
    private static final Service OFFICE = Office.of(G1, G2);

    private static final String TABLE_FULL = "Device reported error type FLOWMODFAILED code TABLEFULL";
    private static final SessionsInUse ALL = new SessionsInUse(Sessions.ALL, 0, 0, OptionalLong.empty());

    private final Map<DeviceHealth.Key, Observed> devices = new HashMap<>();

    @Test
    void aServiceOfWhichAllIsWellIsUp() {
        final VpnService state = write(OFFICE, well(Office.INGRESS), well(Office.EGRESS));
        assertThat(state.getOperStatus()).isEqualTo(OperStatus.Up);
        assertThat(state.getReason()).isNull();
        assertThat(state.nonnullSwitch().values())
                .contains(new SwitchBuilder()
                        .setNode(new NodeId(Office.INGRESS))
                        .setRole(Set.of(Role.Ingress))
                        .setConnected(true)
                        .setReconciled(true)
                        .setGeneration(new GenerationBuilder()
                                .setWanted(Uint64.ONE)
                                .setConfirmed(Uint64.ONE)
                                .build())
                        .setLearning(Switch.Learning.Controller)
                        .setSelection(new SelectionBuilder()
                                .setMethod(Selection.Method.SelectGroup)
                                .setReason("the switch refuses an entry")
                                .build())
                        .setFramesDropped(counter(12))
                        .setFlows(Uint32.valueOf(20))
                        .setGroups(Uint32.valueOf(5))
                        .build());
    }

    @Test
    void whereOnlyPinnedClientsHaveSessionsItSaysHowManySlotsWaitAndUntilWhen() {
        final var sessions = new SessionsInUse(Sessions.PINNED, 7, 12, OptionalLong.of(90_000));
        final VpnService state =
                write(OFFICE, observation(Office.INGRESS, 0, 0, 0, List.of(), sessions), well(Office.EGRESS));
        assertThat(state.getSessions().getMode().getName()).isEqualTo("pinned");
        assertThat(state.getSessions().getPinnedClients()).isEqualTo(Uint32.valueOf(7));
        assertThat(state.getSessions().getWaitingSlots()).isEqualTo(Uint16.valueOf(12));
        assertThat(state.getSessions().getWaitingUntil()).isEqualTo(new DateAndTime("1970-01-01T00:01:30Z"));
    }

    private static Counter64 counter(final long value) {
        return new Counter64(Uint64.valueOf(value));
    }

    @Test
    void whatIsSentToADeviceIsAbsentWhileNoSwitchHasTold() {
        final var untold = write(OFFICE).nonnullVpnDevice().get(new VpnDeviceKey("g1"));
        assertThat(untold.getFromClients()).isNull();
        assertThat(untold.getFromServers()).isNull();
    }

    @Test
    void whereAllClientsHaveSessionsNoSlotWaits() {
        final VpnService state = write(OFFICE, well(Office.INGRESS), well(Office.EGRESS));
        assertThat(state.getSessions().getMode().getName()).isEqualTo("all");
        assertThat(state.getSessions().getWaitingUntil()).isNull();
        assertThat(write(OFFICE, well(Office.EGRESS)).getSessions()).isNull();
    }

    @Test
    void onlyASwitchOfTheClientsSideSelects() {
        final VpnService state = write(OFFICE, well(Office.INGRESS), well(Office.EGRESS));
        assertThat(state.nonnullSwitch()
                        .get(new SwitchKey(new NodeId(Office.EGRESS)))
                        .getSelection())
                .isNull();
    }

    @Test
    void aDeviceHasItsSlotsOnceAndTheSessionsOfAllSwitches() {
        observe(G1, org.vpnlb.engine.model.Health.ALIVE);
        assertThat(write(OFFICE, well(Office.INGRESS), well(Office.EGRESS))
                        .nonnullVpnDevice()
                        .get(new VpnDeviceKey("g1")))
                .isEqualTo(new VpnDeviceBuilder()
                        .setName("g1")
                        .setAdminState(org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.AdminState.InService)
                        .setHealth(Health.Up)
                        .setSince(new DateAndTime("2026-11-26T12:00:00Z"))
                        .setSlots(Uint16.valueOf(32))
                        .setClientSessions(Uint32.valueOf(14))
                        .setReturnSessions(Uint32.valueOf(18))
                        .setFromClients(new FromClientsBuilder()
                                .setPackets(counter(22))
                                .setBytes(counter(2200))
                                .build())
                        .setFromServers(new FromServersBuilder()
                                .setPackets(counter(44))
                                .setBytes(counter(4400))
                                .build())
                        .setSafeToRemove(false)
                        .setSafeToRemoveReason("it takes new clients, and 14 client sessions and 18 return sessions"
                                + " are there; drain it first")
                        .build());
    }

    @Test
    void aDeviceIsShownAsItsOperatorWantsIt() {
        final Service service = Office.of(G1.with(AdminState.DRAINING), G2.with(AdminState.OUT_OF_SERVICE));
        service.devices().forEach(device -> observe(device, org.vpnlb.engine.model.Health.ALIVE));
        final var shown =
                write(service, well(Office.INGRESS), well(Office.EGRESS)).nonnullVpnDevice();
        assertThat(shown.get(new VpnDeviceKey("g1")).getHealth()).isEqualTo(Health.Draining);
        assertThat(shown.get(new VpnDeviceKey("g1")).getReason()).isEqualTo("admin-state is draining");
        assertThat(shown.get(new VpnDeviceKey("g2")).getHealth()).isEqualTo(Health.Disabled);
    }

    @Test
    void anAddressThatTwoDevicesSendIsNamedWithBoth() {
        assertThat(write(OFFICE, well(Office.INGRESS), well(Office.EGRESS))
                        .nonnullAddressConflict()
                        .values())
                .singleElement()
                .satisfies(conflict -> {
                    assertThat(conflict.getClientAddress().stringValue()).isEqualTo("10.99.0.2");
                    assertThat(conflict.getDevice()).isEqualTo("g1");
                    assertThat(conflict.getOtherDevice()).isEqualTo("g2");
                });
    }

    @Test
    void eachCheckOfADeviceIsShownByItself() {
        final Device device = OFFICE.devices().getFirst();
        final var dead =
                new org.vpnlb.engine.model.Health(org.vpnlb.engine.model.Health.State.DOWN, Optional.of("no answer"));
        devices.put(
                new DeviceHealth.Key("office", device.name()),
                new Observed(
                        device.adminState(),
                        dead,
                        SINCE,
                        Map.of(
                                new Subject("office", "g1", Side.INGRESS, "health-check"),
                                org.vpnlb.engine.model.Health.ALIVE,
                                new Subject("office", "g1", Side.INGRESS, "web"),
                                dead,
                                new Subject("office", "g1", Side.EGRESS, "health-check"),
                                org.vpnlb.engine.model.Health.NOT_ASKED),
                        Optional.empty()));
        final var checks = write(OFFICE, well(Office.INGRESS), well(Office.EGRESS))
                .nonnullVpnDevice()
                .get(new VpnDeviceKey("g1"))
                .nonnullCheck();
        assertThat(checks.get(new CheckKey("health-check", Role.Ingress)).getHealth())
                .isEqualTo(Health.Up);
        assertThat(checks.get(new CheckKey("web", Role.Ingress)).getHealth()).isEqualTo(Health.Down);
        assertThat(checks.get(new CheckKey("web", Role.Ingress)).getReason()).isEqualTo("no answer");
        assertThat(checks.get(new CheckKey("health-check", Role.Egress)).getHealth())
                .isEqualTo(Health.Unknown);
    }

    @Test
    void withADeviceDownTheServiceIsDegraded() {
        observe(G1, DOWN);
        assertStatus(OperStatus.Degraded, "device g1 is down", OFFICE, well(Office.INGRESS), well(Office.EGRESS));
    }

    @Test
    void withoutADeviceTheServiceIsDown() {
        observe(G1, DOWN);
        observe(G2, DOWN);
        assertStatus(
                OperStatus.Down,
                "device g1 is down; device g2 is down",
                OFFICE,
                well(Office.INGRESS),
                well(Office.EGRESS));
        assertStatus(
                OperStatus.Down,
                "no device in service",
                Office.of(G1.with(AdminState.DRAINING)),
                well(Office.INGRESS),
                well(Office.EGRESS));
    }

    @Test
    void aSwitchThatIsAwayIsNamed() {
        assertStatus(
                OperStatus.Down, "openflow:2 is not connected", OFFICE, well(Office.INGRESS), away(Optional.of(SINCE)));
    }

    @Test
    void theNumbersOfASwitchThatIsAwayAreAsOldAsItsLastConnection() {
        final var shown =
                write(OFFICE, well(Office.INGRESS), away(Optional.of(SINCE))).nonnullSwitch();
        assertThat(shown.get(new SwitchKey(new NodeId(Office.EGRESS))).getDisconnectedSince())
                .isEqualTo(new DateAndTime("2026-11-26T12:00:00Z"));
        assertThat(shown.get(new SwitchKey(new NodeId(Office.INGRESS))).getDisconnectedSince())
                .isNull();
        assertThat(write(OFFICE, away(Optional.empty()))
                        .nonnullSwitch()
                        .get(new SwitchKey(new NodeId(Office.EGRESS)))
                        .getDisconnectedSince())
                .as("of a switch that has not been connected yet")
                .isNull();
    }

    @Test
    void whatASwitchRefusesOfAChangeIsListedWithTheReason() {
        final Observation refusing = refusing(well(Office.INGRESS), "AddFlow of one", "AddFlow of another");
        final var shown = write(OFFICE, refusing, well(Office.EGRESS)).nonnullSwitch();
        assertThat(shown.get(new SwitchKey(new NodeId(Office.INGRESS)))
                        .nonnullRefused()
                        .values())
                .extracting(Refused::getRequest, Refused::getReason)
                .containsExactlyInAnyOrder(
                        tuple("AddFlow of one", TABLE_FULL), tuple("AddFlow of another", TABLE_FULL));
        assertThat(shown.get(new SwitchKey(new NodeId(Office.EGRESS))).nonnullRefused())
                .isEmpty();
    }

    private static Observation refusing(final Observation well, final String... refused) {
        final SwitchStatus status = well.status();
        return new Observation(
                new SwitchStatus(
                        status.node(),
                        true,
                        new SwitchStatus.Generation(2, 1),
                        Stream.of(refused)
                                .map(what -> new SwitchStatus.Refused(what, TABLE_FULL))
                                .toList(),
                        status.inTheWay(),
                        status.unwritten(),
                        status.services()),
                well.refused(),
                well.why(),
                well.waiting(),
                well.dropped(),
                Optional.empty());
    }

    private static Observation away(final Optional<Instant> since) {
        return new Observation(
                new SwitchStatus(
                        Office.EGRESS, false, new SwitchStatus.Generation(1, 1), List.of(), List.of(), 7, Map.of()),
                1,
                TABLE_FULL,
                1,
                0,
                Optional.of(new Absence("is not connected", since)));
    }

    @Test
    void whatASwitchDoesNotHoldYetIsToldApart() {
        assertStatus(
                OperStatus.Degraded,
                "openflow:1 refused 3 requests within a minute, the last: " + TABLE_FULL,
                OFFICE,
                observation(Office.INGRESS, 0, 3, 0),
                well(Office.EGRESS));
        assertStatus(
                OperStatus.Degraded,
                "openflow:1 refuses 2 entries, tried again: AddFlow of one: " + TABLE_FULL,
                OFFICE,
                refusing(observation(Office.INGRESS, 0, 3, 0), "AddFlow of one", "AddFlow of another"),
                well(Office.EGRESS));
        assertStatus(
                OperStatus.Degraded,
                "openflow:1 is being restored: 7 sessions to write",
                OFFICE,
                observation(Office.INGRESS, 7, 0, 0),
                well(Office.EGRESS));
        assertStatus(
                OperStatus.Degraded,
                "openflow:1 is busy: 9 requests wait",
                OFFICE,
                observation(Office.INGRESS, 0, 0, 9),
                well(Office.EGRESS));
    }

    @Test
    void aServiceIsNotUpBeforeItsSwitchHasConfirmedTheLastChange() {
        final Observation well = well(Office.INGRESS);
        final Observation changing = new Observation(
                new SwitchStatus(
                        Office.INGRESS,
                        true,
                        new SwitchStatus.Generation(2, 1),
                        List.of(),
                        List.of(),
                        0,
                        well.status().services()),
                0,
                "",
                0,
                0,
                Optional.empty());
        assertStatus(
                OperStatus.Degraded,
                "openflow:1 has not confirmed the last change yet",
                OFFICE,
                changing,
                well(Office.EGRESS));
    }

    @Test
    void whatOthersHaveWhereVpnlbNeedsRoomIsTold() {
        final Observation blocked = observation(Office.INGRESS, 0, 0, 0, "table=0 priority=1 all");
        assertThat(blocked.reconciled()).isFalse();
        assertStatus(
                OperStatus.Degraded,
                "openflow:1: 1 entry or group of others is where vpnlb's has to be, and is left alone: "
                        + "table=0 priority=1 all",
                OFFICE,
                blocked,
                well(Office.EGRESS));
    }

    @Test
    void whatIsAloneIsToldInTheSingular() {
        assertThat(reason(observation(Office.INGRESS, 0, 1, 0)))
                .isEqualTo("openflow:1 refused 1 request within a minute, the last: " + TABLE_FULL);
        assertThat(reason(observation(Office.INGRESS, 1, 0, 0)))
                .isEqualTo("openflow:1 is being restored: 1 session to write");
        assertThat(reason(observation(Office.INGRESS, 0, 0, 1))).isEqualTo("openflow:1 is busy: 1 request waits");
        assertThat(reason(observation(Office.INGRESS, 0, 0, 0, "table=0 priority=1 all", "group 7")))
                .isEqualTo(
                        "openflow:1: 2 entries or groups of others are where vpnlb's have to be, and are left alone: "
                                + "table=0 priority=1 all");
    }

    private String reason(final Observation ingress) {
        return write(OFFICE, ingress, well(Office.EGRESS)).getReason();
    }

    @Test
    void countersAreThoseOfAllSwitches() {
        final var counters =
                write(OFFICE, well(Office.INGRESS), well(Office.EGRESS)).getCounters();
        assertThat(counters.getSessionsCreated().getValue().longValue()).isEqualTo(2);
        assertThat(counters.getSessionsMoved().getValue().longValue()).isEqualTo(4);
        assertThat(counters.getSessionsExpired().getValue().longValue()).isEqualTo(6);
        assertThat(counters.getSessionsPurged().getValue().longValue()).isEqualTo(8);
        assertThat(counters.getSessionsRejected().getValue().longValue()).isEqualTo(10);
        assertThat(counters.getPunts().getValue().longValue()).isEqualTo(12);
        assertThat(counters.nonnullPunted().values())
                .extracting(
                        Punted::getReason,
                        punted -> punted.getPunts().getValue().longValue(),
                        punted -> punted.getOverMeter().getValue().longValue())
                .containsExactlyInAnyOrder(tuple("new-client", 12L, 16L), tuple("no-return", 0L, 18L));
        assertThat(counters.nonnullDropped().values()).singleElement().satisfies(dropped -> {
            assertThat(dropped.getReason()).isEqualTo("no-client");
            assertThat(dropped.getFrames().getValue().longValue()).isEqualTo(20);
        });
        assertThat(counters.nonnullIgnored().values()).singleElement().satisfies(ignored -> {
            assertThat(ignored.getReason()).isEqualTo("not-a-client");
            assertThat(ignored.getPunts().getValue().longValue()).isEqualTo(14);
        });
    }

    @Test
    void whatTheNextFaultWouldDoIsToldOfAServiceThatIsEnabled() {
        observe(G1, org.vpnlb.engine.model.Health.ALIVE);
        observe(G2, org.vpnlb.engine.model.Health.ALIVE);
        final VpnService two = write(OFFICE, well(Office.INGRESS), well(Office.EGRESS));
        assertThat(two.getRedundancy().getStatus()).isEqualTo(Redundancy.Status.Met);
        assertThat(two.getRedundancy().getReason()).isNull();
        observe(G2, DOWN);
        final VpnService one = write(OFFICE, well(Office.INGRESS), well(Office.EGRESS));
        assertThat(one.getRedundancy().getStatus()).isEqualTo(Redundancy.Status.NotMet);
        assertThat(one.getRedundancy().getReason()).isEqualTo("only g1 takes clients: g2 is down");
        assertThat(write(disabled(OFFICE), well(Office.INGRESS)).getRedundancy())
                .isNull();
    }

    private static Service disabled(final Service service) {
        return new Service(
                service.name(),
                false,
                service.clusterAddresses(),
                service.virtualMac(),
                service.protocols(),
                service.matches(),
                service.ingress(),
                service.egress(),
                service.selection(),
                service.healthCheck(),
                service.learning(),
                service.devices());
    }

    @Test
    void aMiscabledDeviceIsNamed() {
        final var miscabling = new Miscabling(Side.EGRESS, "g1", Office.EGRESS, 22, Optional.of("g2"));
        assertStatus(
                OperStatus.Degraded,
                "g1's MAC is seen at the port of g2, port 22 of " + Office.EGRESS,
                OFFICE,
                well(Office.INGRESS),
                observation(Office.EGRESS, 0, 0, 0, List.of(miscabling), ALL));
    }

    @Test
    void whoHasTheAddressThatChecksComeFromIsNamed() {
        final var source = new CheckSource("office", Side.INGRESS, IpAddress.parse("10.0.0.250"));
        final var conflict = new SourceConflict(source, MacAddress.parse("02:00:00:00:01:01"), Office.INGRESS, 1);
        assertStatus(
                OperStatus.Degraded,
                conflict.toString(),
                OFFICE,
                observation(Office.INGRESS, 0, 0, 0, List.of(), List.of(conflict), ALL),
                well(Office.EGRESS));
    }

    @Test
    void aSwitchOfNoServiceIsNotShown() {
        assertThat(write(OFFICE, well(Office.INGRESS), well("openflow:9")).nonnullSwitch())
                .hasSize(1);
    }

    private void assertStatus(
            final OperStatus status, final String reason, final Service service, final Observation... switches) {
        final VpnService state = write(service, switches);
        assertThat(state.getReason()).isEqualTo(reason);
        assertThat(state.getOperStatus()).isEqualTo(status);
    }

    private void observe(final Device device, final org.vpnlb.engine.model.Health health) {
        devices.put(new DeviceHealth.Key("office", device.name()), new Observed(device.adminState(), health, SINCE));
    }

    private VpnService write(final Service service, final Observation... switches) {
        return StateWriter.write(
                        new DeviceHealth.Snapshot(List.of(service), devices),
                        List.of(switches),
                        new DrainReports(),
                        new Rebalances(new ManualTimer(), (name, end) -> {}),
                        Instant::ofEpochMilli)
                .nonnullVpnService()
                .get(new VpnServiceKey("office"));
    }

    private static Observation well(final String node) {
        return observation(node, 0, 0, 0);
    }

    private static Observation observation(
            final String node, final int unwritten, final long refused, final int waiting, final String... inTheWay) {
        return observation(node, unwritten, refused, waiting, List.of(), ALL, inTheWay);
    }

    private static Observation observation(
            final String node,
            final int unwritten,
            final long refused,
            final int waiting,
            final List<Miscabling> miscablings,
            final SessionsInUse sessions,
            final String... inTheWay) {
        return observation(node, unwritten, refused, waiting, miscablings, List.of(), sessions, inTheWay);
    }

    private static Observation observation(
            final String node,
            final int unwritten,
            final long refused,
            final int waiting,
            final List<Miscabling> miscablings,
            final List<SourceConflict> conflicts,
            final SessionsInUse sessions,
            final String... inTheWay) {
        final var counters = new Counters(
                1,
                2,
                3,
                4,
                5,
                Map.of(Punt.NEW_CLIENT, 6L),
                Map.of(Punt.NEW_CLIENT, 8L, Punt.NO_RETURN, 9L),
                Map.of(Ignored.NOT_A_CLIENT, 7L),
                Map.of("no-client", 10L));
        final var selection = new SelectionInUse(Method.SELECT_GROUP, "the switch refuses an entry");
        final var service = new ServiceStatus(
                20,
                5,
                false,
                node.equals(Office.INGRESS) ? Optional.of(selection) : Optional.empty(),
                node.equals(Office.INGRESS) ? Optional.of(sessions) : Optional.empty(),
                Map.of(
                        "g1",
                        new DeviceStatus(
                                32, 7, 9, Optional.of(new Volume(11, 1100)), Optional.of(new Volume(22, 2200)))),
                counters,
                miscablings,
                node.equals(Office.EGRESS)
                        ? List.of(new AddressConflict(IpAddress.parse("10.99.0.2"), "g1", "g2"))
                        : List.of(),
                conflicts);
        return new Observation(
                new SwitchStatus(
                        node,
                        true,
                        new SwitchStatus.Generation(1, 1),
                        List.of(),
                        List.of(inTheWay),
                        unwritten,
                        Map.of("office", service)),
                refused,
                refused > 0 ? TABLE_FULL : "",
                waiting,
                12,
                Optional.empty());
    }
}
