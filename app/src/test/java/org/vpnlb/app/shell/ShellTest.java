/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import com.google.common.util.concurrent.FluentFuture;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.SettableFuture;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.karaf.shell.api.console.CommandLine;
import org.apache.karaf.shell.api.console.Completer;
import org.apache.karaf.shell.api.console.Session;
import org.apache.karaf.shell.api.console.Terminal;
import org.apache.karaf.shell.impl.action.command.DefaultActionPreparator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opendaylight.mdsal.binding.api.DataBroker;
import org.opendaylight.mdsal.binding.api.DataListener;
import org.opendaylight.mdsal.binding.api.ReadTransaction;
import org.opendaylight.mdsal.binding.api.RpcProviderService;
import org.opendaylight.mdsal.binding.api.RpcService;
import org.opendaylight.mdsal.binding.api.WriteTransaction;
import org.opendaylight.mdsal.common.api.CommitInfo;
import org.opendaylight.mdsal.common.api.LogicalDatastoreType;
import org.opendaylight.mdsal.common.api.OptimisticLockFailedException;
import org.opendaylight.mdsal.dom.api.DOMSchemaService;
import org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.inet.types.rev130715.IetfInetUtil;
import org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.yang.types.rev130715.Counter64;
import org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.yang.types.rev130715.DateAndTime;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.AdminState;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.Health;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.NodeId;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.Role;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.VpnServices;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.VpnServicesBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.VpnServicesState;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.VpnServicesStateBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.services.VpnService;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.services.VpnServiceBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.services.vpn.service.VpnDevice;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.services.vpn.service.VpnDeviceBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service.CountersBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service.Redundancy;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service.RedundancyBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service.Switch;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service.SwitchBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service.vpn.device.DrainBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service.vpn.device.FromClientsBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service.vpn.device.FromServersBuilder;
import org.opendaylight.yangtools.binding.DataObjectIdentifier;
import org.opendaylight.yangtools.binding.Rpc;
import org.opendaylight.yangtools.binding.util.BindingMap;
import org.opendaylight.yangtools.concepts.Registration;
import org.opendaylight.yangtools.util.concurrent.FluentFutures;
import org.opendaylight.yangtools.yang.common.Uint16;
import org.opendaylight.yangtools.yang.common.Uint32;
import org.opendaylight.yangtools.yang.common.Uint64;
import org.vpnlb.app.ManualTimer;
import org.vpnlb.app.Office;
import org.vpnlb.app.config.Model;
import org.vpnlb.app.openflow.TestAgents;
import org.vpnlb.app.rpc.LinksDown;
import org.vpnlb.app.rpc.OperatorRpcs;
import org.vpnlb.app.rpc.PathTests;
import org.vpnlb.app.rpc.Rebalances;
import org.vpnlb.engine.event.Notice;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service.Selection.Method;

/** What the shell's commands print is pinned in files; {@code -Dvpnlb.pin=true} pins it anew. */
class ShellTest {
    private static final Path PINS = Path.of("src/test/resources/org/vpnlb/app/shell");
    private static final Device G1 = Office.device(1);

    private final Session session = mock();
    private final List<Rpc<?, ?>> offered = new ArrayList<>();
    private TestAgents agents = new TestAgents(Office.of(G1, Office.device(2)));
    private final PathTests paths = new PathTests(new ManualTimer());
    private final DataBroker broker = mock();
    private final ReadTransaction reading = mock();
    private final WriteTransaction writing = mock();
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);
    /** The second at which the thread is interrupted; 0 for never. */
    private long stopped;

    @BeforeEach
    @SuppressWarnings("unchecked")
    void start() {
        offerRpcs();
        agents.connect(G1, "203.0.113.7", "203.0.113.8");
        when(broker.newReadOnlyTransaction()).thenReturn(reading);
        when(broker.newWriteOnlyTransaction()).thenReturn(writing);
        configure(Office.configured(1, 2));
        tell(state(AdminState.InService, 2));
        when(writing.commit()).thenAnswer(call -> FluentFutures.immediateFluentFuture(CommitInfo.empty()));
    }

    private void offerRpcs() {
        offered.clear();
        final RpcProviderService provider = mock();
        when(provider.registerRpcImplementations(any(Rpc[].class))).thenAnswer(call -> {
            for (final Object rpc : call.getArguments()) {
                offered.add((Rpc<?, ?>) rpc);
            }
            return mock(Registration.class);
        });
        OperatorRpcs.register(
                provider,
                agents.inquiry(),
                new Rebalances(new ManualTimer(), (service, end) -> {}),
                paths,
                new LinksDown(),
                () -> Futures.immediateFuture(agents.services()),
                Futures::immediateFuture,
                () -> TestAgents.NOW,
                InstantSource.fixed(Instant.parse("2026-11-26T12:00:00Z")));
    }

    private void configure(final VpnService service) {
        final VpnServices services =
                new VpnServicesBuilder().setVpnService(BindingMap.of(service)).build();
        when(reading.read(eq(LogicalDatastoreType.CONFIGURATION), any(DataObjectIdentifier.class)))
                .thenReturn(FluentFutures.immediateFluentFuture(Optional.of(services)));
    }

    private void configureDraining() {
        final VpnService office = Office.configured(1, 2);
        final List<VpnDevice> devices = office.nonnullVpnDevice().values().stream()
                .map(device -> device.getName().equals("g1")
                        ? new VpnDeviceBuilder(device)
                                .setAdminState(AdminState.Draining)
                                .build()
                        : device)
                .toList();
        configure(new VpnServiceBuilder(office)
                .setVpnDevice(BindingMap.of(devices))
                .build());
    }

    private void whenWritten(final Runnable happens) {
        when(writing.commit()).thenAnswer(call -> {
            happens.run();
            return FluentFutures.immediateFluentFuture(CommitInfo.empty());
        });
    }

    private static VpnServicesState state(final AdminState ofG1, final int sessions) {
        return new VpnServicesStateBuilder()
                .setVpnService(BindingMap.of(
                        new org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.VpnServiceBuilder()
                                .setName("office")
                                .setOperStatus(
                                        org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.VpnService
                                                .OperStatus.Degraded)
                                .setReason("device g2 is down")
                                .setRedundancy(new RedundancyBuilder()
                                        .setStatus(Redundancy.Status.NotMet)
                                        .setReason("only g1 takes clients: g2 is down")
                                        .build())
                                .setSwitch(BindingMap.of(
                                        held(Office.INGRESS, Role.Ingress), held(Office.EGRESS, Role.Egress)))
                                .setVpnDevice(BindingMap.of(
                                        device(
                                                "g1",
                                                ofG1,
                                                ofG1 == AdminState.Draining ? Health.Draining : Health.Up,
                                                sessions),
                                        device("g2", AdminState.InService, Health.Down, 0)))
                                .build()))
                .build();
    }

    private static Switch held(final String node, final Role role) {
        return new SwitchBuilder()
                .setNode(new NodeId(node))
                .setRole(Set.of(role))
                .setConnected(true)
                .setReconciled(true)
                .setFlows(Uint32.valueOf(20))
                .setGroups(Uint32.valueOf(5))
                .build();
    }

    private static org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service.VpnDevice device(
            final String name, final AdminState wanted, final Health health, final int sessions) {
        final var builder =
                new org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service.VpnDeviceBuilder()
                        .setName(name)
                        .setAdminState(wanted)
                        .setHealth(health)
                        .setSince(new DateAndTime("2026-11-26T11:00:00Z"))
                        .setSlots(Uint16.valueOf(health == Health.Up ? 64 : 0))
                        .setClientSessions(Uint32.valueOf(sessions))
                        .setReturnSessions(Uint32.valueOf(sessions))
                        .setSafeToRemove(health == Health.Down || wanted == AdminState.Draining && sessions == 0)
                        .setSafeToRemoveReason("somebody knows why");
        if (wanted == AdminState.Draining) {
            builder.setDrain(new DrainBuilder()
                    .setBegun(new DateAndTime("2026-11-26T11:00:00Z"))
                    .setDeadline(new DateAndTime("2026-11-26T12:00:00Z"))
                    .setSessionsAtBegin(Uint32.valueOf(9))
                    .setSessionsLeft(Uint32.valueOf(2 * sessions))
                    .setEndedLastMinute(Uint32.valueOf(3))
                    .setEmptyIn(Uint32.valueOf(40))
                    .setFinished(sessions == 0 ? new DateAndTime("2026-11-26T11:30:00Z") : null)
                    .build());
        }
        return (health == Health.Down ? builder.setReason("ingress: port 12 is down") : builder).build();
    }

    @Test
    void eachCommandPrintsATable() throws Exception {
        assertPinned("status", StatusCommand::new);
        final VpnService office = Office.configured(1, 2);
        configure(new VpnServiceBuilder(office)
                .setAdditionalClusterAddress(Set.of(IetfInetUtil.ipAddressNoZoneFor("2001:db8::1")))
                .build());
        assertPinned("services", ServicesCommand::new);
        configure(office);
        assertPinned("devices", DevicesCommand::new, "office");
        assertPinned("devices-of-nobody", DevicesCommand::new, "nobody");
        assertPinned("sessions", SessionsCommand::new, "office", "ingress");
        assertPinned("sessions-page", SessionsCommand::new, "--limit", "1", "office", "ingress");
        assertPinned("find", FindCommand::new, "203.0.113.7");
        assertPinned("check", CheckCommand::new, "openflow:1");
        assertPinned("explain-entry", ExplainCommand::new, "--entry", "0x7670100000000000", "openflow:1");
        assertPinned("explain-foreign", ExplainCommand::new, "--entry", "cookie=0x7, actions=drop", "openflow:1");
        assertPinned(
                "explain-new-client",
                ExplainCommand::new,
                "--port",
                "1",
                "--from",
                "203.0.113.99",
                "--to",
                "192.0.2.1",
                "--to-port",
                "500",
                "openflow:1");
        assertPinned(
                "explain-session",
                ExplainCommand::new,
                "--port",
                "1",
                "--from",
                "203.0.113.7",
                "--to",
                "192.0.2.1",
                "--to-port",
                "500",
                "--held",
                "openflow:1");
        assertPinned(
                "explain-as-if",
                ExplainCommand::new,
                "--port",
                "1",
                "--from",
                "203.0.113.7",
                "--to",
                "192.0.2.1",
                "--to-port",
                "500",
                "--as-if-session",
                "g2",
                "openflow:1");
        assertPinned("clear", ClearCommand::new, "--client", "203.0.113.8", "office");
        assertPinned("plan-drain", PlanCommand::new, "--state", "draining", "office", "g1");
        assertPinned("plan-weight", PlanCommand::new, "--weight", "3", "office", "g1");
        assertPinned("plan-remove", PlanCommand::new, "--remove", "office", "g1");
        assertPinned("plan-delete", PlanCommand::new, "--remove", "office");
        assertPinned("drain", DrainCommand::new, "office", "g1");
        assertPinned("enable", EnableCommand::new, "office", "g1");
        configureDraining();
        tell(state(AdminState.Draining, 2));
        assertPinned("drain-goes-on", DrainCommand::new, "office", "g1");
        assertPinned("devices-draining", DevicesCommand::new, "office");
        tell(state(AdminState.Draining, 0));
        assertPinned("drain-finished", DrainCommand::new, "office", "g1");
    }

    private void tell(final VpnServicesState state) {
        tell(FluentFutures.immediateFluentFuture(Optional.of(state)));
    }

    @SuppressWarnings({"rawtypes", "unchecked"})
    private void tell(final FluentFuture<Optional<VpnServicesState>> answer) {
        when(reading.read(eq(LogicalDatastoreType.OPERATIONAL), any(DataObjectIdentifier.class)))
                .thenReturn((FluentFuture) answer);
    }

    @Test
    void eachCommandPrintsTheSameAsJson() throws Exception {
        assertPinned("status-json", StatusCommand::new, "--json");
        assertPinned("devices-json", DevicesCommand::new, "--json");
        assertPinned("find-json", FindCommand::new, "--json", "203.0.113.7");
        assertPinned("sessions-json", SessionsCommand::new, "--json", "--limit", "1", "office", "egress");
        assertPinned("plan-json", PlanCommand::new, "--json", "--state", "out-of-service", "office", "g1");
        assertPinned("check-json", CheckCommand::new, "--json", "openflow:2");
    }

    @Test
    void pinnedClientsAreMovedAndShownBefore() throws Exception {
        agents = new TestAgents(Office.selecting(Method.SOURCE_HASH, G1, Office.device(2), Office.device(3)));
        offerRpcs();
        agents.connect(
                G1, IntStream.range(0, 12).mapToObj(i -> "203.0.113." + i).toArray(String[]::new));
        assertPinned("rebalance-dry-run", RebalanceCommand::new, "--share", "50", "--dry-run", "office");
        assertPinned("rebalance-json", RebalanceCommand::new, "--json", "--share", "50", "--dry-run", "office");
        assertPinned(
                "rebalance", RebalanceCommand::new, "--device", "g1", "--clients", "3", "--per-second", "2", "office");
        assertPinned("rebalance-stop", RebalanceCommand::new, "--stop", "office");
        assertPinned("rebalance-nobody", RebalanceCommand::new, "--device", "g3", "--clients", "3", "office");
        assertThatThrownBy(() -> run(RebalanceCommand::new, "office"))
                .hasMessage("input/clients = absent: share and stop are absent too;"
                        + " write one of clients, share and stop");
        assertThatThrownBy(() -> run(RebalanceCommand::new, "--clients", "-1", "office"))
                .hasMessage("--clients -1 is out of range; use 1 or more");
    }

    @Test
    void thePathThroughEachDeviceIsTested() throws Exception {
        agents = new TestAgents(Office.checked(G1, Office.device(2)));
        agents.listen(notice -> {
            if (notice instanceof Notice.PathAnswered told) {
                paths.answered(told);
            }
        });
        agents.answering((device, frame) -> Optional.of(Office.ofIke(device, frame)));
        offerRpcs();
        agents.connect(G1);
        assertPinned("test-path", TestPathCommand::new, "--inner", "10.99.0.7", "--server", "172.16.0.10", "office");
        assertPinned("test-path-json", TestPathCommand::new, "--json", "office", "g1");
        agents.answering((device, frame) ->
                Optional.of(device.equals(G1) ? Office.ofIke(device, frame) : Office.ofNobody(device, frame)));
        printed.reset();
        assertThatThrownBy(() -> run(TestPathCommand::new, "--timeout", "1000", "office"))
                .isInstanceOf(CommandException.class)
                .hasMessage("1 of 2 devices did not pass: g2");
        assertAsPinned("test-path-refused");
        assertThatThrownBy(() -> run(TestPathCommand::new, "--timeout", "-1", "office"))
                .hasMessage("--timeout -1 is out of range; use 100 to 10000");
        assertThatThrownBy(() -> run(TestPathCommand::new, "--timeout", "50", "office"))
                .hasMessage("input/timeout = 50: is out of range; use 100 to 10000");
    }

    @Test
    void whereAClientWasBeforeIsTold() throws Exception {
        run(ClearCommand::new, "--client", "203.0.113.7", "office");
        assertPinned("find-before", FindCommand::new, "203.0.113.7");
        assertPinned("find-before-json", FindCommand::new, "--json", "203.0.113.7");
    }

    @Test
    void longNamesDoNotMakeATableWiderThanTheTerminalAndCanStillBeTold() throws Exception {
        final var now = new AtomicLong(3000);
        final Supplier<TopCommand> made = () -> {
            final var command = new TopCommand();
            command.use(session, now::get, millis -> tell(longNames(busy(now.addAndGet(millis)))));
            tell(longNames(busy(now.get())));
            return command;
        };
        for (final int width : new int[] {80, 104}) {
            final Terminal terminal = mock();
            when(terminal.getWidth()).thenReturn(width);
            when(session.getTerminal()).thenReturn(terminal);
            printed.reset();
            run(made, "--count", "1");
            assertThat(printed().lines().skip(2))
                    .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(width))
                    .anySatisfy(line -> assertThat(line).contains("...", "-g1"))
                    .anySatisfy(line -> assertThat(line).contains("...", "-g2"));
            assertThat(printed().lines().map(line -> line.replace("-+-", " | ").indexOf(" | ", 9)))
                    .as("columns are aligned")
                    .containsOnly(printed().lines().findFirst().orElseThrow().indexOf(" | ", 9));
        }
        final Terminal wide = mock();
        when(wide.getWidth()).thenReturn(150);
        when(session.getTerminal()).thenReturn(wide);
        printed.reset();
        run(made, "--count", "1");
        assertThat(printed())
                .contains("Pkt/s up", "a-gateway-of-the-second-hall-g1")
                .doesNotContain("...");
        printed.reset();
        run(made, "--json", "--count", "1");
        assertThat(printed()).contains("\"a-gateway-of-the-second-hall-g1\"");
    }

    private static VpnServicesState longNames(final VpnServicesState told) {
        final var office = told.nonnullVpnService().values().iterator().next();
        return new VpnServicesStateBuilder()
                .setVpnService(BindingMap.of(
                        new org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.VpnServiceBuilder(
                                        office)
                                .withKey(
                                        new org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state
                                                .VpnServiceKey("the-office-of-the-north"))
                                .setVpnDevice(BindingMap.of(office.nonnullVpnDevice().values().stream()
                                        .map(device -> new org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services
                                                        .state.vpn.service.VpnDeviceBuilder(device)
                                                .withKey(new org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn
                                                        .services.state.vpn.service.VpnDeviceKey(
                                                        "a-gateway-of-the-second-hall-" + device.getName()))
                                                .build())
                                        .toList()))
                                .build()))
                .build();
    }

    @Test
    void devicesAreShownByTheirTraffic() throws Exception {
        final var now = new AtomicLong(3000);
        final Supplier<TopCommand> made = () -> {
            final var command = new TopCommand();
            command.use(session, now::get, millis -> tell(busy(now.addAndGet(millis))));
            tell(busy(now.get()));
            return command;
        };
        assertPinned("top", made, "--count", "2", "office");
        assertThat(printed().lines()).allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(80));
        final Terminal wide = mock();
        when(wide.getWidth()).thenReturn(104);
        when(session.getTerminal()).thenReturn(wide);
        assertPinned("top-wide", made, "--count", "1", "office");
        assertPinned("top-json", made, "--json", "--count", "1", "--limit", "1");
        assertThatThrownBy(() -> run(made, "--interval", "0"))
                .hasMessage("--interval 0 is out of range; use 1 or more");
        assertThatThrownBy(() -> run(made, "home")).hasMessage("there is no service home; use one of [office]");
    }

    @Test
    void whatHasNoTrafficIsShownWithoutAny() throws Exception {
        final var now = new AtomicLong(3000);
        final Supplier<TopCommand> made = () -> {
            final var command = new TopCommand();
            command.use(session, now::get, now::addAndGet);
            tell(busy(3000));
            return command;
        };
        assertPinned("top-quiet", made, "--count", "1", "office");
    }

    @Test
    void whileASwitchIsAwayNoRateIsTold() throws Exception {
        final var now = new AtomicLong(3000);
        final Supplier<TopCommand> made = () -> {
            final var command = new TopCommand();
            tell(away(busy(3000)));
            command.use(session, now::get, millis -> {
                // Away until 40 s, and read again 10 s later, with all that has passed meanwhile.
                final long at = now.addAndGet(millis);
                final VpnServicesState told = busy(at < 50_000 ? 3000 : at);
                tell(at < 40_000 ? away(told) : told);
            });
            return command;
        };
        assertPinned("top-away", made, "--count", "3", "--interval", "35", "--limit", "1", "office");
    }

    private static VpnServicesState away(final VpnServicesState told) {
        final var office = told.nonnullVpnService().values().iterator().next();
        return new VpnServicesStateBuilder()
                .setVpnService(BindingMap.of(
                        new org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.VpnServiceBuilder(
                                        office)
                                .setSwitch(BindingMap.of(
                                        held(Office.INGRESS, Role.Ingress),
                                        new SwitchBuilder(held(Office.EGRESS, Role.Egress))
                                                .setConnected(false)
                                                .build()))
                                .build()))
                .build();
    }

    @Test
    void itIsShownUntilSomebodyEndsIt() throws Exception {
        final var shown = new AtomicLong();
        final Supplier<TopCommand> made = () -> {
            final var command = new TopCommand();
            command.use(session, () -> shown.get() * 1000, millis -> {
                if (shown.incrementAndGet() > 60) {
                    throw new InterruptedException();
                }
            });
            return command;
        };
        run(made, "office");
        assertThat(printed()).as("without a terminal").doesNotContain("\u001b");
        shown.set(0);
        when(session.getTerminal()).thenReturn(mock());
        run(made, "office");
        assertThat(printed().split("\\u001b\\[H", -1))
                .as("times that the screen was drawn")
                .hasSizeGreaterThan(4);
    }

    @Test
    void itEndsWhenNobodyReadsItOrItIsInterruptedWhileItReads() throws Exception {
        final var seconds = new AtomicLong();
        final Supplier<TopCommand> made = () -> {
            final var command = new TopCommand();
            command.use(session, () -> seconds.get() * 1000, millis -> {
                if (seconds.incrementAndGet() > 60) {
                    throw new AssertionError("nobody ends it");
                }
                if (seconds.get() == stopped) {
                    tell(FluentFuture.from(SettableFuture.create()));
                    Thread.currentThread().interrupt();
                }
            });
            return command;
        };
        stopped = 30;
        run(made, "office");
        assertThat(Thread.interrupted())
                .as("the shell's next command is left alone")
                .isFalse();
        tell(state(AdminState.InService, 2));
        seconds.set(0);
        stopped = 0;
        out = new PrintStream(OutputStream.nullOutputStream()) {
            @Override
            public boolean checkError() {
                return true;
            }
        };
        run(made, "office");
    }

    /** The state at a time: the switches are read every 10 s, and g2 has more traffic. */
    private static VpnServicesState busy(final long millis) {
        final long times = millis / 10_000;
        final var office = state(AdminState.InService, 2)
                .nonnullVpnService()
                .values()
                .iterator()
                .next();
        return new VpnServicesStateBuilder()
                .setVpnService(BindingMap.of(
                        new org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.VpnServiceBuilder(
                                        office)
                                .setCounters(new CountersBuilder()
                                        .setSessionsCreated(counter(2 * (millis / 1000)))
                                        .build())
                                .setVpnDevice(BindingMap.of(office.nonnullVpnDevice().values().stream()
                                        .map(device ->
                                                busy(device, device.getName().equals("g1") ? times : 3 * times))
                                        .toList()))
                                .build()))
                .build();
    }

    private static org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service.VpnDevice busy(
            final org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service.VpnDevice device,
            final long times) {
        return new org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service.VpnDeviceBuilder(
                        device)
                .setFromClients(new FromClientsBuilder()
                        .setPackets(counter(1001 * times))
                        .setBytes(counter(417_000_000 * times))
                        .build())
                .setFromServers(new FromServersBuilder()
                        .setPackets(counter(500 * times))
                        .setBytes(counter(60_000 * times))
                        .build())
                .build();
    }

    private static Counter64 counter(final long value) {
        return new Counter64(Uint64.valueOf(value));
    }

    @Test
    void whatDiffersIsPrintedAndFails() {
        agents.flows(Office.INGRESS).keySet().removeIf(key -> key.match().ipSource() == null && key.priority() == 1);
        assertThatThrownBy(() -> run(CheckCommand::new, "openflow:1"))
                .hasMessageMatching("openflow:1 holds \\d+ flow entries and \\d+ groups of vpnlb; 1 difference.*");
        assertThat(printed()).contains("missing", "table=0 priority=1 all");
    }

    @Test
    void theBundleHasWhatTheSwitchesAndTheDatastoreSay(@TempDir final Path directory) throws Exception {
        final DOMSchemaService schema = mock();
        when(schema.getGlobalContext()).thenReturn(Model.CONTEXT);
        Files.writeString(directory.resolve("karaf.log"), "openflow:1 is connected\n");
        final Supplier<BundleCommand> made = () -> {
            final var command = new BundleCommand();
            command.use(Model.CODEC, schema, directory, directory, directory.resolve("karaf.log"));
            return command;
        };
        run(made, "--seconds", "0", "office.zip");

        assertThat(printed()).contains(directory.resolve("office.zip").toString());
        final Map<String, String> bundle = BundleTest.read(directory.resolve("office.zip"));
        assertThat(bundle.get("configuration.json"))
                .startsWith("{\n  \"vpnlb:vpn-services\": {")
                .contains("\"uplink-port\": [");
        assertThat(bundle.get("state-1.json")).contains("\"reason\": \"device g2 is down\"");
        assertThat(bundle.get("state-2.json")).isEqualTo(bundle.get("state-1.json"));
        assertThat(bundle.get("switch/openflow-1/held.txt")).contains("table=0 ", "203.0.113.7", "203.0.113.8");
        assertThat(bundle.get("switch/openflow-1/desired.txt")).contains(bundle.get("switch/openflow-1/held.txt"));
        assertThat(bundle.get("switch/openflow-2/check.txt")).contains("consistent=true");
        assertThat(bundle.get("versions.txt")).contains("java.version: 21");
        assertThat(bundle.get("log/karaf.log")).isEqualTo("openflow:1 is connected\n");
        assertThatThrownBy(() -> run(made, "--seconds", "0", "office.zip"))
                .hasMessage(directory.resolve("office.zip") + " is there already; give another name");
    }

    @Test
    void explainAndCheckOpenABundle(@TempDir final Path directory) throws Exception {
        final Supplier<CheckCommand> check = () -> ofBundles(new CheckCommand(), directory);
        final Supplier<ExplainCommand> explain = () -> ofBundles(new ExplainCommand(), directory);
        final Path bundle = bundle(directory, "office.zip");
        // What is asked is not there any more.
        offered.clear();

        assertPinned("check-bundle", check, "--bundle", "office.zip", "openflow:1");
        assertPinned("explain-entry", explain, "--bundle", "office.zip", "--entry", "0x7670100000000000", "openflow:1");
        assertPinned("explain-session", explain, packet("203.0.113.7", "--held", "--bundle", bundle.toString()));
        assertPinned("explain-new-client", explain, packet("203.0.113.99", "--bundle", "office.zip"));
    }

    private static String[] packet(final String client, final String... options) {
        return Stream.of(
                        Stream.of(options),
                        Stream.of("--port", "1", "--from", client, "--to", "192.0.2.1", "--to-port", "500"),
                        Stream.of("openflow:1"))
                .flatMap(part -> part)
                .toArray(String[]::new);
    }

    @Test
    void whatDiffersInABundleIsListedAndTheCheckFails(@TempDir final Path directory) throws Exception {
        agents.flows(Office.INGRESS).keySet().removeIf(key -> key.match().ipSource() == null && key.priority() == 1);
        bundle(directory, "office.zip");
        offered.clear();
        printed.reset();
        assertThatThrownBy(() ->
                        run(() -> ofBundles(new CheckCommand(), directory), "--bundle", "office.zip", "openflow:1"))
                .hasMessageMatching("openflow:1 held \\d+ flow entries and \\d+ groups of vpnlb; 1 difference");
        assertAsPinned("check-bundle-differs");
    }

    @Test
    void aBundleThatCannotBeReadFailsWithWhatIsWrong(@TempDir final Path directory) throws Exception {
        final Path whole = bundle(directory, "office.zip");
        final Supplier<CheckCommand> check = () -> ofBundles(new CheckCommand(), directory);
        assertThatThrownBy(() -> run(check, "--bundle", "nowhere.zip", "openflow:1"))
                .hasMessage("there is no file " + directory.resolve("nowhere.zip")
                        + "; give the path of a file of vpnlb:bundle");
        assertThatThrownBy(() -> run(check, "--bundle", "office.zip", "openflow:9"))
                .hasMessage("input/node = openflow:9: no service names such a switch, and none is connected;"
                        + " use one of [openflow:1, openflow:2]");
        assertThatThrownBy(() -> run(
                        () -> ofBundles(new ExplainCommand(), directory),
                        packet("203.0.113.7", "--bundle", "office.zip", "--as-if-session", "g1")))
                .hasMessageContaining("= g1: only a running vpnlb knows what would be so; leave it out");

        final byte[] octets = Files.readAllBytes(whole);
        Files.write(directory.resolve("half.zip"), Arrays.copyOf(octets, octets.length / 2));
        assertThatThrownBy(() -> run(check, "--bundle", "half.zip", "openflow:1"))
                .hasMessageContaining("half.zip is no bundle that can be read: ");

        final Map<String, String> texts = BundleTest.read(whole);
        assertUnreadable(directory, texts, "configuration.json", null, "there is no configuration.json in it");
        assertUnreadable(directory, texts, "configuration.json", "{\"vpnlb:vpn-services\": [", "configuration.json: ");
        assertUnreadable(directory, texts, "etc/org.vpnlb.cfg", "table-base = 300", "table-base = 300");
    }

    @Test
    void aLineThatNobodyKnowsIsNamedAndTheRestIsRead(@TempDir final Path directory) throws Exception {
        final Map<String, String> texts = BundleTest.read(bundle(directory, "office.zip"));
        final String held = texts.get("switch/openflow-1/held.txt");
        change(
                directory.resolve("odd.zip"),
                texts,
                "switch/openflow-1/held.txt",
                "table=0 priority=1 wifi=7 cookie=0x7670100000000000 \n" + held);
        offered.clear();
        printed.reset();
        assertThatThrownBy(
                        () -> run(() -> ofBundles(new CheckCommand(), directory), "--bundle", "odd.zip", "openflow:1"))
                .hasMessageMatching("openflow:1 held \\d+ flow entries and \\d+ groups of vpnlb;"
                        + " 0 differences, and 1 line of the bundle cannot be read");
        assertThat(printed())
                .contains("unreadable", "switch/openflow-1/held.txt line 1: table=0 priority=1 wifi=7 cookie=");
        run(() -> ofBundles(new CheckCommand(), directory), "--bundle", "odd.zip", "openflow:2");
        printed.reset();
        run(() -> ofBundles(new ExplainCommand(), directory), packet("203.0.113.7", "--held", "--bundle", "odd.zip"));
        assertThat(printed())
                .contains("client session, for device g1 of office", "held.txt line 1: table=0 priority=1");
        assertPinned(
                "explain-new-client",
                () -> ofBundles(new ExplainCommand(), directory),
                packet("203.0.113.99", "--bundle", "odd.zip"));
    }

    @Test
    void aBundleOfAnotherVersionIsReadWithAWarningThatNamesBoth(@TempDir final Path directory) throws Exception {
        final Map<String, String> texts = BundleTest.read(bundle(directory, "office.zip"));
        final String warning = "it was written by vpnlb 9.9.9, and this is vpnlb not in Karaf: it may be read wrongly";
        final String versions = texts.get("versions.txt").replaceFirst("vpnlb: .*", "vpnlb: 9.9.9");
        change(directory.resolve("other.zip"), texts, "versions.txt", versions);
        printed.reset();
        run(() -> ofBundles(new CheckCommand(), directory), "--bundle", "other.zip", "openflow:1");
        assertThat(printed()).contains(warning, "nothing differs");
        printed.reset();
        run(() -> ofBundles(new CheckCommand(), directory), "--bundle", "office.zip", "openflow:1");
        assertThat(printed()).doesNotContain("written by");

        texts.put("versions.txt", versions);
        assertUnreadable(directory, texts, "configuration.json", "{\"vpnlb:vpn-services\": [", "(" + warning + ")");
    }

    @Test
    void whatWasInTheWayAndGroupsThatHadJustChangedAreToldOfABundleToo(@TempDir final Path directory) throws Exception {
        final Map<String, String> texts = BundleTest.read(bundle(directory, "office.zip"));
        assertThat(texts).containsEntry("switch/openflow-1/in-the-way.txt", "");
        assertThat(texts).doesNotContainKey("switch/openflow-1/changing-groups.txt");
        final Supplier<CheckCommand> check = () -> ofBundles(new CheckCommand(), directory);
        change(
                directory.resolve("way.zip"),
                texts,
                "switch/openflow-1/in-the-way.txt",
                "table=0 priority=1 all, of somebody else\n");
        printed.reset();
        assertThatThrownBy(() -> run(check, "--bundle", "way.zip", "openflow:1"))
                .hasMessageContaining("; 1 difference");
        assertThat(printed()).contains("in-the-way", "table=0 priority=1 all, of somebody else");

        texts.put("switch/openflow-1/changing-groups.txt", "its groups had changed just before\n");
        change(
                directory.resolve("young.zip"),
                texts,
                "switch/openflow-1/held.txt",
                texts.get("switch/openflow-1/held.txt")
                        .lines()
                        .filter(line -> !line.startsWith("Group["))
                        .collect(Collectors.joining("\n")));
        printed.reset();
        run(check, "--bundle", "young.zip", "openflow:1");
        assertThat(printed())
                .contains("nothing differs (groups are not compared: they had changed just before the bundle was"
                        + " written)");
        printed.reset();
        run(() -> ofBundles(new ExplainCommand(), directory), packet("203.0.113.7", "--held", "--bundle", "young.zip"));
        assertThat(printed()).contains("doubtful", "groups had changed just before the bundle was written");
        printed.reset();
        run(() -> ofBundles(new ExplainCommand(), directory), packet("203.0.113.7", "--bundle", "young.zip"));
        assertThat(printed()).doesNotContain("doubtful");
    }

    @Test
    void ofASwitchWhoseAgentDidNotAnswerABundleTellsTheRest(@TempDir final Path directory) throws Exception {
        final String why = "not known: openflow:1: its agent has not answered within 2 s; ask again";
        final Map<String, String> texts = BundleTest.read(bundle(directory, "office.zip"));
        change(directory.resolve("silent.zip"), texts, "switch/openflow-1/desired.txt", why);
        run(() -> ofBundles(new CheckCommand(), directory), "--bundle", "silent.zip", "openflow:2");
        assertPinned(
                "explain-session",
                () -> ofBundles(new ExplainCommand(), directory),
                packet("203.0.113.7", "--held", "--bundle", "silent.zip"));
        assertThatThrownBy(() ->
                        run(() -> ofBundles(new CheckCommand(), directory), "--bundle", "silent.zip", "openflow:1"))
                .hasMessage("input/node = openflow:1: what it should have held is not in the bundle: " + why
                        + "; ask for what it held: vpnlb:explain --held");
    }

    @Test
    void ofASwitchThatHadNotBeenComparedABundleDoesNotTellThatNothingIsInTheWay(@TempDir final Path directory)
            throws Exception {
        final Map<String, String> texts = BundleTest.read(bundle(directory, "office.zip"));
        change(directory.resolve("half.zip"), texts, "switch/openflow-1/in-the-way.txt", null);
        assertThatThrownBy(
                        () -> run(() -> ofBundles(new CheckCommand(), directory), "--bundle", "half.zip", "openflow:1"))
                .isInstanceOf(CommandException.class);
        assertThat(printed()).contains("switch/openflow-1/in-the-way.txt is absent");
    }

    private void assertUnreadable(
            final Path directory,
            final Map<String, String> texts,
            final String name,
            final String text,
            final String why)
            throws IOException {
        change(directory.resolve("broken.zip"), texts, name, text);
        assertThatThrownBy(() ->
                        run(() -> ofBundles(new CheckCommand(), directory), "--bundle", "broken.zip", "openflow:1"))
                .hasMessageContaining("broken.zip is no bundle that can be read: ")
                .hasMessageContaining(why)
                .hasMessageEndingWith("; write one with vpnlb:bundle");
    }

    private static void change(final Path file, final Map<String, String> texts, final String name, final String text)
            throws IOException {
        final Map<String, String> changed = new TreeMap<>(texts);
        if (text == null) {
            changed.remove(name);
        } else {
            changed.put(name, text);
        }
        try (var zip = new ZipOutputStream(Files.newOutputStream(file))) {
            for (final Map.Entry<String, String> entry : changed.entrySet()) {
                zip.putNextEntry(new ZipEntry(entry.getKey()));
                zip.write(entry.getValue().getBytes(StandardCharsets.UTF_8));
            }
        }
    }

    @Test
    void ofASwitchThatWasNotConnectedABundleExplainsWhatItShouldHaveHeld(@TempDir final Path directory)
            throws Exception {
        final String why = "not known: openflow:1 is not connected";
        final Map<String, String> texts = BundleTest.read(bundle(directory, "office.zip"));
        change(directory.resolve("away.zip"), texts, "switch/openflow-1/held.txt", why);
        assertPinned(
                "explain-new-client",
                () -> ofBundles(new ExplainCommand(), directory),
                packet("203.0.113.99", "--bundle", "away.zip"));
        run(() -> ofBundles(new CheckCommand(), directory), "--bundle", "away.zip", "openflow:2");
        assertThatThrownBy(
                        () -> run(() -> ofBundles(new CheckCommand(), directory), "--bundle", "away.zip", "openflow:1"))
                .hasMessage("input/node = openflow:1: what it held is not in the bundle: " + why
                        + "; ask for what it should have held: vpnlb:explain without --held");
    }

    private static <T extends SavedCommand> T ofBundles(final T command, final Path directory) {
        final DOMSchemaService schema = mock();
        when(schema.getGlobalContext()).thenReturn(Model.CONTEXT);
        command.use(Model.CODEC, schema, directory);
        return command;
    }

    private Path bundle(final Path directory, final String name) throws Exception {
        final DOMSchemaService schema = mock();
        when(schema.getGlobalContext()).thenReturn(Model.CONTEXT);
        run(
                () -> {
                    final var command = new BundleCommand();
                    command.use(Model.CODEC, schema, directory, directory, directory.resolve("karaf.log"));
                    return command;
                },
                "--seconds",
                "0",
                name);
        return directory.resolve(name);
    }

    @Test
    void whatCannotBeAskedFailsWithWhatToWriteInstead() {
        assertThatThrownBy(() -> run(FindCommand::new, "10.0.0.300"))
                .hasMessage("input/address = 10.0.0.300: is not an IP address; write one such as 192.0.2.1");
        assertThatThrownBy(() -> run(SessionsCommand::new, "office", "inside"))
                .hasMessage("input/side = inside: there is no such side; use ingress or egress");
        assertThatThrownBy(() -> run(SessionsCommand::new, "--limit", "0", "office", "ingress"))
                .hasMessage("--limit 0 is out of range; use 1 to 10000");
        assertThatThrownBy(() -> run(ClearCommand::new, "office")).hasMessageContaining("input/device = absent");
        assertThatThrownBy(() -> run(DrainCommand::new, "office", "g9"))
                .hasMessage("service office has no device g9; use one of [g1, g2]");
        assertThatThrownBy(() -> run(DrainCommand::new, "--deadline", "0", "office", "g1"))
                .hasMessage("--deadline 0 is out of range; use 1 or more seconds");
        assertThatThrownBy(() -> run(EnableCommand::new, "home", "g1"))
                .hasMessage("there is no service home; use one of [office]");
        assertThatThrownBy(() -> run(PlanCommand::new, "office", "g1"))
                .hasMessage("say what would change: --state, --weight or both of a device, or --remove");
        assertThatThrownBy(() -> run(PlanCommand::new, "--state", "draining", "office"))
                .hasMessage("say what would change: --state, --weight or both of a device, or --remove");
        assertThatThrownBy(() -> run(PlanCommand::new, "--state", "asleep", "office", "g1"))
                .hasMessage("--state asleep is no state; use one of [in-service, draining, out-of-service]");
        assertThatThrownBy(() -> run(PlanCommand::new, "--weight", "0", "office", "g1"))
                .hasMessageContaining("vpn-device[name='g1']/weight = 0: is not a weight; use 1 to 100");
        assertThatThrownBy(() -> run(PlanCommand::new, "--remove", "office", "g9"))
                .hasMessage("service office has no device g9; use one of [g1, g2]");
        assertThatThrownBy(() -> run(PlanCommand::new, "--remove", "home"))
                .hasMessage("there is no service home; use one of [office]");
        assertThatThrownBy(() -> run(ExplainCommand::new, "openflow:1"))
                .hasMessage("input/in-port = absent: the leaf is mandatory; write the number of a port");
        assertThatThrownBy(() -> run(ExplainCommand::new, packetTo("g9", "--as-if-session")))
                .hasMessage(
                        "input/as-if-session = g9: no service of openflow:1 has such a device; use one of [g1, g2]");
        assertThatThrownBy(() -> run(ExplainCommand::new, packetTo("g1", "--as-if-selected", "g2", "--as-if-session")))
                .hasMessage("input/as-if-session = g1: as-if-selected is there too, and a client with a session has no"
                        + " device selected; write one of the two");
        assertThatThrownBy(() -> run(ExplainCommand::new, packetTo("g1", "--port", "9", "--as-if-session")))
                .hasMessageStartingWith(
                        "input/as-if-session = g1: it is no IP packet, or port 9 is none of service office");
        assertThatThrownBy(() -> run(
                        ExplainCommand::new,
                        "--port",
                        "1",
                        "--from",
                        "203.0.113.7",
                        "--to",
                        "192.0.2.99",
                        "--as-if-session",
                        "g1",
                        "openflow:1"))
                .hasMessage("input/as-if-session = g1: the packet comes to no session and no slot of service office;"
                        + " ask of a device that is in service or draining, with a packet of its service's ports and"
                        + " addresses");
        assertThatThrownBy(() -> run(
                        ExplainCommand::new,
                        "--port",
                        "1",
                        "--from",
                        "203.0.113.7",
                        "--to",
                        "192.0.2.1",
                        "--service",
                        "office",
                        "openflow:1"))
                .hasMessage("input/service = office: as-if-selected and as-if-session are absent, and only their"
                        + " device's service is meant; write one of the two, or leave it out");
        verify(writing, never()).commit();
    }

    /** The arguments that explain a client's packet, of which the last option is about a device. */
    private static String[] packetTo(final String device, final String... options) {
        return Stream.of(
                        Stream.of("--port", "1", "--from", "203.0.113.7", "--to", "192.0.2.1"),
                        Stream.of(options),
                        Stream.of(device, "openflow:1"))
                .flatMap(part -> part)
                .toArray(String[]::new);
    }

    @Test
    @SuppressWarnings("unchecked")
    void drainingWaitsUntilTheDeviceIsEmpty() throws Exception {
        when(broker.registerDataListener(any(), any(), any())).thenAnswer(call -> {
            final DataListener<VpnServicesState> listener = call.getArgument(2);
            // Of the time before, then with sessions, then without.
            listener.dataChangedTo(state(AdminState.InService, 0));
            listener.dataChangedTo(state(AdminState.Draining, 1));
            listener.dataChangedTo(state(AdminState.Draining, 0));
            return mock(Registration.class);
        });
        run(DrainCommand::new, "--wait", "--timeout", "1", "office", "g1");
        verify(writing)
                .merge(
                        eq(LogicalDatastoreType.CONFIGURATION),
                        any(DataObjectIdentifier.class),
                        eq(new VpnDeviceBuilder()
                                .setName("g1")
                                .setAdminState(AdminState.Draining)
                                .build()));
    }

    @Test
    @SuppressWarnings("unchecked")
    void aDeadlineIsWrittenWithTheDrain() throws Exception {
        run(DrainCommand::new, "--deadline", "3600", "office", "g1");
        verify(writing)
                .merge(
                        eq(LogicalDatastoreType.CONFIGURATION),
                        any(DataObjectIdentifier.class),
                        eq(new VpnDeviceBuilder()
                                .setName("g1")
                                .setAdminState(AdminState.Draining)
                                .setDrainDeadline(Uint32.valueOf(3600))
                                .build()));
    }

    @Test
    void drainingFailsWhenTheDeviceIsNotEmptyInTime() {
        whenWritten(this::configureDraining);
        when(broker.registerDataListener(any(), any(), any())).thenAnswer(call -> {
            call.<DataListener<VpnServicesState>>getArgument(2).dataChangedTo(state(AdminState.InService, 0));
            call.<DataListener<VpnServicesState>>getArgument(2).dataChangedTo(state(AdminState.Draining, 1));
            return mock(Registration.class);
        });
        assertThatThrownBy(() -> run(DrainCommand::new, "--wait", "--timeout", "1", "office", "g1"))
                .hasMessage("g1 is not safe to remove after 1 s; it goes on draining."
                        + " See its sessions with vpnlb:sessions");
    }

    @Test
    void aDrainOfBeforeIsNotTakenForThisOne() throws Exception {
        tell(state(AdminState.Draining, 0));
        whenWritten(this::configureDraining);
        when(broker.registerDataListener(any(), any(), any())).thenAnswer(call -> {
            call.<DataListener<VpnServicesState>>getArgument(2).dataChangedTo(state(AdminState.Draining, 0));
            return mock(Registration.class);
        });
        assertThatThrownBy(() -> run(DrainCommand::new, "--wait", "--timeout", "1", "office", "g1"))
                .hasMessage("g1 drains, but the state still tells of the drain before that was ended: ask vpnlb:devices"
                        + " until it tells of this one");
        configure(Office.configured(1, 2));
        printed.reset();
        run(DrainCommand::new, "--timeout", "1", "office", "g1");
        assertThat(printed()).doesNotContain("true", "finished");
    }

    @Test
    void aDrainRightAfterADrainWasEndedBeginsOnceTheStateHasToldOfThatEnd() throws Exception {
        tell(state(AdminState.Draining, 0));
        whenWritten(this::configureDraining);
        when(broker.registerDataListener(any(), any(), any()))
                .thenAnswer(call -> {
                    final DataListener<VpnServicesState> listener = call.getArgument(2);
                    listener.dataChangedTo(state(AdminState.Draining, 0));
                    verify(writing, never()).commit();
                    listener.dataChangedTo(state(AdminState.InService, 0));
                    return mock(Registration.class);
                })
                .thenAnswer(call -> {
                    // Of this drain, which began when the one before did, as far as the state tells.
                    call.<DataListener<VpnServicesState>>getArgument(2).dataChangedTo(state(AdminState.Draining, 0));
                    return mock(Registration.class);
                });
        run(DrainCommand::new, "--wait", "--timeout", "1", "office", "g1");
        verify(writing).commit();
        assertThat(printed()).contains("true");
    }

    @Test
    void aDrainThatSomebodyHasJustBegunIsNotTakenForTheOneBefore() {
        configureDraining();
        final var told = new AtomicReference<>(state(AdminState.Draining, 0));
        when(broker.registerDataListener(any(), any(), any())).thenAnswer(call -> {
            call.<DataListener<VpnServicesState>>getArgument(2).dataChangedTo(told.get());
            return mock(Registration.class);
        });
        assertThatThrownBy(() -> run(
                        () -> {
                            final var command = new DrainCommand();
                            command.use(millis -> told.set(state(AdminState.Draining, 1)));
                            return command;
                        },
                        "--wait",
                        "--timeout",
                        "1",
                        "office",
                        "g1"))
                .hasMessageStartingWith("g1 is not safe to remove after 1 s");
    }

    @Test
    void drainingFailsWhenTheDeviceDoesNotDrainAnyMore() {
        whenWritten(() -> configure(Office.configured(2)));
        when(broker.registerDataListener(any(), any(), any())).thenReturn(mock(Registration.class));
        assertThatThrownBy(() -> run(DrainCommand::new, "--wait", "--timeout", "1", "office", "g1"))
                .hasMessage("g1 does not drain any more: it was changed or removed meanwhile");
    }

    @Test
    @SuppressWarnings("unchecked")
    void aWriteThatMeetsAnotherIsTriedAgain() throws Exception {
        when(writing.commit())
                .thenAnswer(call -> FluentFutures.immediateFailedFluentFuture(
                        new OptimisticLockFailedException("somebody was faster")))
                .thenAnswer(call -> FluentFutures.immediateFluentFuture(CommitInfo.empty()));
        run(EnableCommand::new, "office", "g1");
        verify(writing, times(2)).merge(any(), any(DataObjectIdentifier.class), any(VpnDevice.class));
    }

    @Test
    void servicesAndTheirDevicesAreCompleted() {
        assertThat(completed(new ServiceCompleter(broker), "o", "vpnlb:drain", "o"))
                .containsExactly("office ");
        assertThat(completed(new DeviceCompleter(broker), "", "vpnlb:drain", "office", ""))
                .containsExactly("g1 ", "g2 ");
    }

    private static List<String> completed(final Completer completer, final String word, final String... words) {
        final CommandLine line = mock();
        when(line.getArguments()).thenReturn(words);
        when(line.getCursorArgument()).thenReturn(word);
        when(line.getArgumentPosition()).thenReturn(word.length());
        final List<String> candidates = new ArrayList<>();
        completer.complete(mock(), line, candidates);
        return candidates;
    }

    private void assertPinned(
            final String name, final Supplier<? extends VpnlbCommand> command, final String... arguments)
            throws Exception {
        printed.reset();
        run(command, arguments);
        assertAsPinned(name);
    }

    private void assertAsPinned(final String name) throws IOException {
        final Path pin = PINS.resolve(name + ".txt");
        if (Boolean.getBoolean("vpnlb.pin")) {
            Files.writeString(pin, printed());
        }
        assertThat(printed()).as(name).isEqualTo(read(pin));
    }

    private static String read(final Path pin) throws IOException {
        return Files.readString(pin);
    }

    private String printed() {
        return printed.toString(StandardCharsets.UTF_8);
    }

    /** Runs a command as Karaf does. */
    private void run(final Supplier<? extends VpnlbCommand> made, final String... arguments) throws Exception {
        final VpnlbCommand command = made.get();
        command.use(
                new RpcService() {
                    @Override
                    public <T extends Rpc<?, ?>> T getRpc(final Class<T> type) {
                        return offered.stream()
                                .filter(type::isInstance)
                                .map(type::cast)
                                .findFirst()
                                .orElseThrow();
                    }
                },
                broker,
                out);
        assertThat(new DefaultActionPreparator().prepare(command, session, List.of((Object[]) arguments)))
                .isTrue();
        command.execute();
    }
}
