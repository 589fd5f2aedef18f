/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.vpnlb.engine.model.Attachment;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Device.AdminState;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.openflow.Action;
import org.vpnlb.engine.openflow.Group;
import org.vpnlb.engine.openflow.Tables;
import org.vpnlb.engine.pipeline.Cookie;
import org.vpnlb.engine.pipeline.GroupId;
import org.vpnlb.engine.pipeline.Numbers;

@Label("A change of the configuration")
class ConfigChangeTest {
    private static final int CLIENTS = RandomTraffic.CLIENTS;
    private static final Frames.Kind IKE = Frames.Kind.udp(500);

    /** What is done to one of the devices {@code g1} to {@code g4} of the service {@code office}. */
    private enum Change {
        ADD,
        REMOVE,
        SERVE,
        DRAIN,
        DISABLE,
        WEIGH,
        MOVE
    }

    private record Step(Change change, int device, int weight) {}

    @Provide
    Arbitrary<Shape> configurations() {
        return Shape.ofAnyFamily(Shape.byTheControllerToo(Shape.any()));
    }

    @Provide
    Arbitrary<List<Step>> steps() {
        return Combinators.combine(
                        Arbitraries.of(Change.class),
                        Arbitraries.integers().between(1, 4),
                        Arbitraries.integers().between(1, 9))
                .as(Step::new)
                .list()
                .ofMinSize(1)
                .ofMaxSize(6);
    }

    @Property(tries = 200)
    @Label("moves no client but those whose device may not have sessions any more, not even while it is made")
    void movesNobodyWhoMayStay(@ForAll("steps") final List<Step> steps, @ForAll final long seed) {
        final Lab lab = Lab.of(ServiceBuilder.office().build());
        final Random random = new Random(seed);
        for (final Step step : steps) {
            final Service before = lab.services().get(0);
            if (!before.devices().isEmpty()) {
                new RandomTraffic(lab, random).run(30);
            }
            lab.network().settle();
            final Map<IpAddress, Device> clients = sessions(lab, before);
            final Map<IpAddress, Device> returns = returns(lab, before);

            final Service after = apply(step, before);
            lab.configure(List.of(after));
            while (lab.network().step()) {
                clients.forEach((client, device) -> Lab.staying(device, after)
                        .ifPresent(now -> assertThatItGets(
                                lab.clientVerdict(after, client, IKE), device.ingress(), now.ingress())));
                returns.forEach((client, device) -> Lab.staying(device, after)
                        .ifPresent(now -> assertThatItGets(
                                lab.serverVerdict(after, after.virtualMac(), client), device.egress(), now.egress())));
            }

            clients.forEach((client, device) ->
                    assertThat(lab.clientSession(after, client)).isEqualTo(Lab.staying(device, after)));
            returns.forEach((client, device) -> {
                assertThat(lab.returnSession(after, client)).isEqualTo(Lab.staying(device, after));
                Lab.staying(device, after)
                        .ifPresent(now -> assertThat(lab.serverSends(after, after.virtualMac(), client))
                                .contains(now));
            });
            clients.keySet()
                    .forEach(client -> assertThat(
                                    lab.clientSends(after, client, IKE).isPresent())
                            .isEqualTo(lab.clientSession(after, client).isPresent()
                                    || after.devices().stream().anyMatch(Lab::mayTake)));
            lab.network().settle();
            lab.assertConsistent();
        }
    }

    @Property
    @Label("moves as few slots as can be, and none to a device that takes no new clients")
    void movesAsFewSlotsAsCanBe(@ForAll("steps") final List<Step> steps) {
        final Lab lab = Lab.of(ServiceBuilder.office().build());
        for (final Step step : steps) {
            final Service before = lab.services().get(0);
            final List<String> old = slots(lab, before);
            final Service after = apply(step, before);
            lab.reconfigure(after);
            final List<String> now = slots(lab, after);
            assertThat(now)
                    .allMatch(name -> after.devices().stream()
                            .anyMatch(device -> device.name().equals(name) && Lab.mayTake(device)));
            if (old.isEmpty() || now.isEmpty()) {
                continue;
            }
            final long moved = IntStream.range(0, old.size())
                    .filter(slot -> !old.get(slot).equals(now.get(slot)))
                    .count();
            final Map<String, Integer> gains = new HashMap<>();
            now.forEach(name -> gains.merge(name, 1, Integer::sum));
            old.forEach(name -> gains.merge(name, -1, Integer::sum));
            assertThat(moved)
                    .isEqualTo(gains.values().stream()
                            .mapToInt(gain -> Math.max(gain, 0))
                            .sum());
        }
    }

    @Property(tries = 200)
    @Label("of any kind leaves nothing that leads to a device that is gone, and all that is wanted")
    void leavesNothingThatLeadsToADeviceThatIsGone(
            @ForAll("configurations") final Shape first,
            @ForAll("configurations") final Shape second,
            @ForAll final long seed) {
        final Lab lab = Lab.of(first, seed);
        final Random random = new Random(seed);
        new RandomTraffic(lab, random).run(60);
        final Map<String, Tables> foreign = new HashMap<>();
        lab.network().names().forEach(node -> foreign.put(node, lab.foreign(node)));
        // The same switches, other services.
        final var next = new Shape(
                first.oneSwitch(),
                first.tableBase(),
                first.sharedPorts(),
                second.services(),
                second.method(),
                first.outer(),
                first.several());

        lab.configure(next.toServices());
        new RandomTraffic(lab, random).run(60);
        lab.network().settle();

        lab.assertConsistent();
        for (final String node : lab.network().names()) {
            assertThat(lab.foreign(node)).isEqualTo(foreign.get(node));
            assertThatAllLeadsToDevices(lab, lab.network().datapath(node).ours());
        }
        ClientPathTest.assertThatSessionsHold(lab);
    }

    @Example
    @Label("of the family outside ends the sessions of clients that cannot send any more, and no others")
    void ofTheFamilyOutsideEndsTheSessionsOfTheOther() {
        final Service before = ServiceBuilder.office().build();
        final Lab lab = Lab.of(before);
        new RandomTraffic(lab, new Random(1)).run(60);
        lab.network().settle();
        final Map<IpAddress, Device> returns = returns(lab, before);
        assertThat(lab.ingressStatus(before).devices().values()).anyMatch(device -> device.clientSessions() > 0);

        final Service after =
                ServiceBuilder.like(before).outerV6("2001:db8::100").build();
        lab.configure(List.of(after));
        lab.network().settle();
        assertThat(lab.ingressStatus(after).devices().values()).allMatch(device -> device.clientSessions() == 0);
        assertThat(sessions(lab, before)).isEmpty();
        assertThat(returns(lab, after).keySet()).isEqualTo(returns.keySet()).isNotEmpty();
        lab.assertConsistent();
    }

    @Property
    @Label("that is taken back before it arrived changes nothing")
    void thatIsTakenBackChangesNothing(@ForAll("steps") final List<Step> steps, @ForAll final long seed) {
        final Lab lab = Lab.of(ServiceBuilder.office().build());
        final List<Service> before = lab.services();
        final Set<AdminState> harmless = Set.of(AdminState.IN_SERVICE, AdminState.DRAINING);
        Service changed = before.get(0);
        for (final Step step : steps) {
            final Service next = apply(step, changed);
            final boolean keepsAll = next.devices().size() >= 3
                    && next.devices().stream().allMatch(device -> harmless.contains(device.adminState()));
            changed = keepsAll && step.change() != Change.REMOVE ? next : changed;
        }
        new RandomTraffic(lab, new Random(seed)).run(60);
        lab.network().settle();
        final Map<IpAddress, Device> clients = sessions(lab, before.get(0));
        final Map<IpAddress, Device> returns = returns(lab, before.get(0));
        lab.configure(List.of(changed));
        lab.network().steps(new Random(seed).nextInt(50));
        lab.configure(before);
        lab.network().settle();
        assertThat(sessions(lab, before.get(0))).isEqualTo(clients);
        assertThat(returns(lab, before.get(0))).isEqualTo(returns);
        lab.assertConsistent();
    }

    /** A device gets a packet where it was before, or where it is now. */
    private static void assertThatItGets(final Verdict verdict, final Attachment before, final Attachment now) {
        assertThat(verdict.sent())
                .singleElement()
                .matches(sent -> Lab.isAt(before, sent) || Lab.isAt(now, sent), "to the device of the session");
    }

    private static void assertThatAllLeadsToDevices(final Lab lab, final Tables tables) {
        final Numbers numbers = lab.numbers();
        final Set<Integer> devices = new HashSet<>(Set.of(0));
        final Set<Action> outputs = new HashSet<>();
        for (final Service service : lab.enabled()) {
            for (final Device device : service.devices()) {
                devices.add(numbers.of(service, device));
                outputs.add(new Action.SetDestinationMac(device.ingress().mac()));
                outputs.add(new Action.SetDestinationMac(device.egress().mac()));
                outputs.add(new Action.Output(device.ingress().port()));
                outputs.add(new Action.Output(device.egress().port()));
            }
        }
        tables.flows()
                .values()
                .forEach(flow -> assertThat(devices)
                        .contains(Cookie.parse(flow.cookie()).orElseThrow().device()));
        for (final Group group : tables.groups().values()) {
            final GroupId id = GroupId.parse(group.id()).orElseThrow();
            assertThat(id.kind() == GroupId.Kind.SELECTION || devices.contains(id.number()))
                    .isTrue();
            group.buckets().stream()
                    .flatMap(bucket -> bucket.actions().stream())
                    .filter(action -> action instanceof Action.SetDestinationMac || action instanceof Action.Output)
                    .forEach(action -> assertThat(outputs).contains(action));
        }
    }

    private static Service apply(final Step step, final Service service) {
        final String name = "g" + step.device();
        // The attachments of a device that is never there.
        final Device elsewhere = ServiceBuilder.gateway(4 + step.device());
        final boolean isThere =
                service.devices().stream().anyMatch(device -> device.name().equals(name));
        final var builder = ServiceBuilder.like(service);
        final ServiceBuilder changed = switch (step.change()) {
            case ADD -> isThere ? builder : builder.device(step.device());
            case REMOVE -> builder.without(name);
            case SERVE -> builder.device(name, device -> ServiceBuilder.with(device, AdminState.IN_SERVICE));
            case DRAIN -> builder.device(name, device -> ServiceBuilder.with(device, AdminState.DRAINING));
            case DISABLE -> builder.device(name, device -> ServiceBuilder.with(device, AdminState.OUT_OF_SERVICE));
            case WEIGH -> builder.device(name, device -> ServiceBuilder.with(device, step.weight()));
            case MOVE ->
                builder.device(name, device -> ServiceBuilder.with(device, elsewhere.ingress(), elsewhere.egress()));
        };
        return changed.build();
    }

    private static Map<IpAddress, Device> sessions(final Lab lab, final Service service) {
        final Map<IpAddress, Device> sessions = new HashMap<>();
        for (int i = 0; i < CLIENTS; i++) {
            final IpAddress client = Lab.outer(i);
            lab.clientSession(service, client).ifPresent(device -> sessions.put(client, device));
        }
        return sessions;
    }

    private static Map<IpAddress, Device> returns(final Lab lab, final Service service) {
        final Map<IpAddress, Device> sessions = new HashMap<>();
        for (int i = 0; i < CLIENTS; i++) {
            final IpAddress client = Lab.inner(service, i);
            lab.returnSession(service, client).ifPresent(device -> sessions.put(client, device));
        }
        return sessions;
    }

    /** The names of the devices to which the slots lead, as the switch has them. */
    private static List<String> slots(final Lab lab, final Service service) {
        final Numbers numbers = lab.numbers();
        final Map<Long, String> names = new HashMap<>();
        service.devices()
                .forEach(device -> names.put(
                        new GroupId(GroupId.Kind.NEW_CLIENT, numbers.of(service, device)).value(), device.name()));
        final List<String> slots = new ArrayList<>();
        final long id = new GroupId(GroupId.Kind.SELECTION, numbers.of(service)).value();
        for (final Group.Bucket bucket :
                lab.network().datapath(Lab.ingress(service)).group(id).buckets()) {
            slots.add(Objects.requireNonNull(
                    names.get(((Action.ToGroup) bucket.actions().get(0)).id())));
        }
        return slots;
    }
}
