/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Device.AdminState;
import org.vpnlb.engine.model.HealthCheck;
import org.vpnlb.engine.model.Learning;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Service.Selection.Method;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.model.Sessions;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Tables;
import org.vpnlb.engine.pipeline.Cookie;

@Label("A device or a service that is renamed")
class RenameTest {
    private static final int CLIENTS = 24;
    private static final Frames.Kind IKE = Frames.Kind.udp(500);

    @Provide
    Arbitrary<Shape> configurations() {
        return Shape.ofAnyFamily(Shape.pinnedToo(Shape.any()));
    }

    @Property(tries = 200)
    @Label("changes no entry and no group of a switch, whatever the names were, and keeps its sessions and slots")
    void changesNothing(@ForAll("configurations") final Shape shape, @ForAll final long seed) {
        final Random random = new Random(seed);
        final Lab lab = Lab.of(shape, seed);
        new RandomTraffic(lab, random).run(60);
        lab.network().settle();
        lab.awaitMoves();
        lab.count();
        final Map<String, Tables> before = tables(lab);
        final Map<String, Map<String, SwitchStatus.ServiceStatus>> statuses = statuses(lab);

        final List<String> devices = shuffled(List.of("g1", "d0", "d1", "d2", "d3", "d4", "d5", "d6", "x"), random);
        final List<String> services = shuffled(List.of("s0", "s1", "s2", "t"), random);
        final Map<String, String> names = new HashMap<>();
        final List<Service> next = new ArrayList<>();
        for (final Service service : lab.services()) {
            final String name = services.get(next.size());
            names.put(service.name(), name);
            next.add(ServiceBuilder.like(renamed(service, devices)).name(name).build());
        }
        lab.configure(next);
        lab.network().settle();
        lab.count();

        assertThat(tables(lab)).isEqualTo(before);
        lab.assertConsistent();
        statuses.forEach((node, all) -> all.forEach((service, status) -> {
            final var now = lab.network().status(node).services().get(names.get(service));
            assertThat(now.flows()).isEqualTo(status.flows());
            status.devices()
                    .forEach((device, was) -> assertThat(now.devices().get(newName(device, devices)))
                            .as("device %s of %s in %s", device, service, node)
                            .isEqualTo(was));
        }));
    }

    @Property(tries = 40)
    @Label("keeps its clients, though the controller starts anew with the other names, or the switch was away")
    void isKnownByTheSwitch(@ForAll final Learning learning, @ForAll final boolean isNew, @ForAll final long seed) {
        final Lab lab = new Lab(List.of(office(learning)), 0, new Random(seed));
        final Service office = lab.services().getFirst();
        final Map<IpAddress, String> clients = clients(lab, office);
        lab.network().settle();
        final Map<String, Tables> before = tables(lab);

        final Service next = ServiceBuilder.like(renamed(office, List.of("g2", "g3", "x")))
                .name("branch")
                .build();
        lab.network().names().forEach(node -> lab.network().disconnect(node));
        lab.configure(List.of(next));
        if (isNew) {
            // It knows nothing of the names of before.
            lab.network().names().forEach(node -> lab.network().replaceAgent(node));
        }
        lab.network().settle();
        lab.network().names().forEach(node -> lab.network().connect(node));
        lab.network().settle();

        assertThat(tables(lab)).isEqualTo(before);
        clients.forEach((client, mac) -> assertThat(lab.clientSends(next, client, IKE)
                        .orElseThrow()
                        .ingress()
                        .mac())
                .hasToString(mac));
        lab.assertConsistent();
    }

    @Example
    @Label("lives, where it is checked: its answers are known by the number that the switch has for it")
    void itsAnswersAreKnown() {
        final Service office = ServiceBuilder.like(office(Learning.CONTROLLER))
                .healthCheck(HealthCheck.Type.ARP)
                .build();
        final var checked = new CheckedLab(office, new Random(1));
        checked.loseNothing();
        checked.run(5000, () -> {});
        final SimulatedNetwork network = checked.lab().network();
        checked.reconfigure(renamed(office, List.of("g2", "g3", "x")));
        network.names().forEach(network::replaceAgent);
        network.settle();
        network.names().forEach(network::connect);
        checked.run(
                20_000,
                () -> assertThat(checked.effective().devices())
                        .noneMatch(device -> device.adminState() == AdminState.OUT_OF_SERVICE));
        assertThat(checked.effective().devices()).allMatch(device -> device.adminState() == AdminState.IN_SERVICE);
    }

    @Example
    @Label("is known to live or not, though names were exchanged while it changed")
    void healthGoesWithTheDevice() {
        final Service office = ServiceBuilder.like(office(Learning.CONTROLLER))
                .healthCheck(HealthCheck.Type.ARP)
                .build();
        final var checked = new CheckedLab(office, new Random(1));
        checked.loseNothing();
        checked.kill(office.devices().get(0));
        checked.run(10_000, () -> {});
        assertThat(state(checked, "g1")).isEqualTo(AdminState.OUT_OF_SERVICE);
        final SimulatedNetwork network = checked.lab().network();
        network.names().forEach(network::disconnect);
        // g1 and g2 exchange their names, and the dead one, g2 now, comes to life.
        checked.reconfigure(renamed(office, List.of("g3", "g2", "g1")));
        checked.revive(office.devices().get(0));
        network.settle();
        network.names().forEach(network::connect);
        checked.run(10_000, () -> {});
        assertThat(state(checked, "g2")).isEqualTo(AdminState.IN_SERVICE);
        assertThat(state(checked, "g1")).isEqualTo(AdminState.IN_SERVICE);
    }

    private static AdminState state(final CheckedLab checked, final String device) {
        return checked.effective().devices().stream()
                .filter(found -> found.name().equals(device))
                .findFirst()
                .orElseThrow()
                .adminState();
    }

    @Example
    @Label("takes no client over from the device that had the name before")
    void inheritsNothing() {
        final Service office = office(Learning.CONTROLLER);
        final Lab lab = Lab.of(office);
        clients(lab, office);
        lab.network().settle();
        final int others = sessions(lab, "office", "g2");
        assertThat(sessions(lab, "office", "g1")).isPositive().isNotEqualTo(others);
        // g1 is gone, and g2 is called g1 now.
        final Service next = ServiceBuilder.like(office)
                .without("g1")
                .device("g2", device -> ServiceBuilder.named(device, "g1"))
                .build();
        lab.reconfigure(next);
        assertThat(sessions(lab, "office", "g1")).isEqualTo(others).isPositive();
        assertThat(lab.network().status("sw1").services().get("office").devices())
                .doesNotContainKey("g2");
        lab.assertConsistent();
    }

    @Example
    @Label("of which also the MAC address changes is the device of that name still")
    void isTheSameByItsNameToo() {
        final Service office = office(Learning.CONTROLLER);
        final Lab lab = Lab.of(office);
        clients(lab, office);
        lab.network().settle();
        final int sessions = sessions(lab, "office", "g1");
        final Device other = ServiceBuilder.gateway(5);
        lab.reconfigure(ServiceBuilder.like(office)
                .device("g1", device -> ServiceBuilder.with(device, other.ingress(), other.egress()))
                .build());
        assertThat(sessions(lab, "office", "g1")).isEqualTo(sessions).isPositive();
        lab.assertConsistent();
    }

    private static Service office(final Learning learning) {
        return ServiceBuilder.office()
                .method(Method.SOURCE_HASH)
                .sessions(Sessions.ALL)
                .learning(learning)
                .build();
    }

    /** The MAC address of each client's device. */
    private static Map<IpAddress, String> clients(final Lab lab, final Service service) {
        final Map<IpAddress, String> clients = new HashMap<>();
        for (int client = 0; client < CLIENTS; client++) {
            final Device device =
                    lab.clientSends(service, Lab.outer(client), IKE).orElseThrow();
            clients.put(Lab.outer(client), device.ingress().mac().toString());
            lab.deviceSends(device, Lab.inner(service, client));
        }
        return clients;
    }

    private static int sessions(final Lab lab, final String service, final String device) {
        return lab.network()
                .status("sw1")
                .services()
                .get(service)
                .devices()
                .get(device)
                .clientSessions();
    }

    /** The service whose devices have these names, in their order. */
    private static Service renamed(final Service service, final List<String> names) {
        return service.withDevices(IntStream.range(0, service.devices().size())
                .mapToObj(i -> ServiceBuilder.named(
                        service.devices().get(i),
                        newName(service.devices().get(i).name(), names)))
                .toList());
    }

    private static String newName(final String name, final List<String> names) {
        return names.get(Integer.parseInt(name.substring(1)) % names.size());
    }

    private static List<String> shuffled(final List<String> names, final Random random) {
        final List<String> all = new ArrayList<>(names);
        Collections.shuffle(all, random);
        return all;
    }

    /** What vpnlb has in the switches, but suppressions: these are let go at each change. */
    private static Map<String, Tables> tables(final Lab lab) {
        return lab.network().names().stream().collect(Collectors.toMap(UnaryOperator.identity(), node -> {
            final Tables ours = lab.network().datapath(node).ours();
            return new Tables(
                    ours.flows().entrySet().stream()
                            .filter(flow -> !isSuppression(flow.getValue()))
                            .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)),
                    ours.groups(),
                    ours.meters());
        }));
    }

    private static boolean isSuppression(final Flow flow) {
        return Cookie.parse(flow.cookie())
                .filter(cookie -> cookie.kind() == Cookie.Kind.SUPPRESSION)
                .isPresent();
    }

    private static Map<String, Map<String, SwitchStatus.ServiceStatus>> statuses(final Lab lab) {
        return lab.network().names().stream()
                .collect(Collectors.toMap(
                        UnaryOperator.identity(),
                        node -> lab.network().status(node).services()));
    }
}
