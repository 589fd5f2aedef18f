/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.vpnlb.engine.agent.Forecast.End;
import org.vpnlb.engine.agent.Forecast.Ending;
import org.vpnlb.engine.agent.Forecast.Lookup;
import org.vpnlb.engine.agent.Forecast.Move;
import org.vpnlb.engine.agent.Forecast.Why;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Device.AdminState;
import org.vpnlb.engine.model.Learning;
import org.vpnlb.engine.model.Renames;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Service.Selection.Method;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.model.SessionFilter;
import org.vpnlb.engine.model.Sessions;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.net.ClientKey;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.selection.Slots;
import org.vpnlb.engine.session.SessionRow;

@Label("What a change of the configuration is said to do beforehand")
class ForecastTest {
    private static final int ALL = 100_000;
    private static final Frames.Kind IKE = Frames.Kind.udp(500);

    /** A session of a service in a switch. */
    private record Key(String node, String service, Side side, ClientKey client) {
        Key of(final String other) {
            return new Key(node, other, side, client);
        }
    }

    /** A device of a service before the change. */
    private record Owner(String service, String name) {
        Optional<String> renamed(final Renames renames) {
            return renames.device(service, name);
        }
    }

    /** How the service is before. */
    private record Start(Learning learning, Method method, boolean isPinned) {}

    /** What is done to the service, or to one of its devices {@code g1} to {@code g4}. */
    private enum Change {
        ADD,
        REMOVE,
        SERVE,
        DRAIN,
        DISABLE,
        WEIGH,
        RENAME,
        LIMIT,
        MOVE,
        NARROW,
        SLOTS,
        METHOD,
        SESSIONS,
        LEARNING,
        SWITCH_OFF
    }

    private record Step(Change change, int device, int number) {}

    @Provide
    Arbitrary<Shape> configurations() {
        return Shape.ofAnyFamily(Shape.pinnedToo(Shape.any()));
    }

    @Provide
    Arbitrary<Start> starts() {
        return Combinators.combine(
                        Arbitraries.of(Learning.values()),
                        Arbitraries.of(Method.AUTO, Method.SOURCE_HASH, Method.SOURCE_HASH, Method.SELECT_GROUP),
                        Arbitraries.of(true, true, false))
                .as((learning, method, isPinned) ->
                        new Start(learning, method, isPinned && method == Method.SOURCE_HASH))
                .withoutEdgeCases();
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
                .ofMaxSize(4)
                .withoutEdgeCases();
    }

    @Property(tries = 200)
    @Label("is what it does: slots, sessions that end, and those that stay, whoever learns and whatever selects")
    void isWhatHappens(
            @ForAll("starts") final Start start, @ForAll("steps") final List<Step> steps, @ForAll final long seed) {
        final Random random = new Random(seed);
        final Lab lab = new Lab(List.of(office(start).build()), 0, random);
        for (final Step step : steps) {
            final Service before = lab.services().getFirst();
            if (before.enabled() && !before.devices().isEmpty()) {
                new RandomTraffic(lab, random).run(60);
            }
            assertThatForecastIsMet(lab, List.of(apply(step, before)));
        }
    }

    @Property(tries = 200)
    @Label("is what it does when nothing of several services stays as it was")
    void isWhatHappensToMany(
            @ForAll("configurations") final Shape first,
            @ForAll("configurations") final Shape second,
            @ForAll final long seed) {
        final Lab lab = Lab.of(first, seed);
        new RandomTraffic(lab, new Random(seed)).run(150);
        // The same switches, other services.
        final var next = new Shape(
                first.oneSwitch(),
                first.tableBase(),
                first.sharedPorts(),
                second.services(),
                second.method(),
                second.outer(),
                second.several());
        assertThatForecastIsMet(lab, next.toServices());
    }

    @Example
    @Label("names the family outside as the reason, and nothing of the servers' side")
    void namesTheFamily() {
        final Service office = ServiceBuilder.office().build();
        final Lab lab = withClients(office, 10);
        final Service next =
                ServiceBuilder.like(office).outerV6("2001:db8::100").build();
        final Map<String, List<Forecast>> forecasts = assertThatForecastIsMet(lab, List.of(next));
        final Forecast ingress = forecasts.get("sw1").getFirst();
        assertThat(ingress.ends()).isNotEmpty().allMatch(end -> end.why() == Why.OTHER_FAMILY);
        assertThat(ingress.lookup()).isEqualTo(Lookup.ALL);
        assertThat(forecasts.get("sw2").getFirst().ends()).isEmpty();
        assertThat(forecasts.get("sw2").getFirst().lookup()).isEqualTo(Lookup.NONE);
    }

    @Example
    @Label("of a drain is that slots move at once and all sessions stay, some pinned")
    void drainEndsNothing() {
        final Service office =
                ServiceBuilder.office().method(Method.SOURCE_HASH).build();
        final Lab lab = withClients(office, 60);
        final Forecast forecast = forecast(lab, "sw1", List.of(with(office, "g1", AdminState.DRAINING)), ALL)
                .getFirst();
        assertThat(forecast.ends()).isEmpty();
        assertThat(forecast.staying()).isEqualTo(60);
        assertThat(forecast.pinned().orElseThrow())
                .isEqualTo((int) rows(lab).entrySet().stream()
                        .filter(row -> row.getKey().side() == Side.INGRESS
                                && row.getValue().equals("g1"))
                        .count())
                .isPositive();
        assertThat(forecast.moves())
                .isNotEmpty()
                .allMatch(move -> move.from().equals("g1")
                        && !move.isWaiting()
                        && !move.to().equals("g1"));
        assertThat(forecast.moves().stream().mapToInt(Move::count).sum())
                .isEqualTo(lab.ingressStatus(office).devices().get("g1").slots());
        assertThat(forecast.lookup()).isEqualTo(Lookup.MOVED_SLOTS);
        assertThat(forecast.waitMillis()).isEmpty();
    }

    @Example
    @Label("of a drain is, where only pinned clients have sessions, that slots wait for the idle timeout")
    void pinnedSlotsWait() {
        final Service office =
                office(new Start(Learning.CONTROLLER, Method.SOURCE_HASH, true)).build();
        final Lab lab = Lab.of(office);
        final Forecast drain = forecast(lab, "sw1", List.of(with(office, "g1", AdminState.DRAINING)), ALL)
                .getFirst();
        assertThat(drain.moves()).isNotEmpty().allMatch(Move::isWaiting);
        assertThat(drain.waitMillis()).hasValue(office.ingress().idleTimeout() * 1000L + 2000);
        final Forecast end = forecast(lab, "sw1", List.of(with(office, "g1", AdminState.OUT_OF_SERVICE)), ALL)
                .getFirst();
        assertThat(end.moves()).isNotEmpty().noneMatch(Move::isWaiting);
    }

    @Example
    @Label("of an inner prefix of a device names it as the reason, whoever had a session there")
    void aGivenPrefixIsNamed() {
        final Service office = ServiceBuilder.office().build();
        final Lab lab = withClients(office, 30);
        final Service next = ServiceBuilder.like(office)
                .device("g1", device -> ServiceBuilder.withPrefixes(device, "10.99.0.0/28"))
                .build();
        final Forecast egress = forecast(lab, "sw2", List.of(next), ALL).getFirst();
        assertThat(egress.ends()).extracting(End::why).containsOnly(Why.GIVEN);
        assertThat(egress.ending())
                .extracting(Ending::client)
                .containsExactlyElementsOf(IntStream.range(0, 15)
                        .mapToObj(i -> Lab.inner(office, i))
                        .toList());
        assertThat(egress.staying()).isEqualTo(15);
    }

    @Example
    @Label("of a removal and of a narrower prefix names device and reason, and as many sessions as are asked for")
    void reasonsAreNamed() {
        final Service office = ServiceBuilder.office().build();
        final Lab lab = withClients(office, 30);
        final Service next = ServiceBuilder.like(office)
                .without("g1")
                .device("g2", device -> ServiceBuilder.with(device, AdminState.OUT_OF_SERVICE))
                .clientPrefixes("192.0.2.0/24")
                .build();
        final Forecast egress = forecast(lab, "sw2", List.of(next), 7).getFirst();
        assertThat(egress.ends())
                .extracting(End::device, End::why)
                .containsExactly(
                        tuple("g1", Why.DEVICE_REMOVED),
                        tuple("g2", Why.DEVICE_OUT_OF_SERVICE),
                        tuple("g3", Why.OUTSIDE_PREFIXES));
        assertThat(egress.ends().stream().mapToInt(End::count).sum()).isEqualTo(30);
        assertThat(egress.ending())
                .extracting(Ending::client)
                .containsExactlyElementsOf(IntStream.range(0, 7)
                        .mapToObj(i -> Lab.inner(office, i))
                        .toList());
        final Forecast gone = forecast(lab, "sw1", List.of(), ALL).getFirst();
        assertThat(gone.ends()).isNotEmpty().allMatch(end -> end.why() == Why.SERVICE_LEAVES);
        assertThat(gone.staying()).isZero();
    }

    /** Asks, makes the change, and compares; what was said, by the switch. */
    private static Map<String, List<Forecast>> assertThatForecastIsMet(final Lab lab, final List<Service> next) {
        lab.network().settle();
        lab.count();
        lab.network().settle();
        final Renames renames = Renames.between(lab.services(), next);
        final Map<Key, Owner> before = new HashMap<>();
        rows(lab)
                .forEach((key, device) -> before.put(
                        key.of(renames.service(key.service()).orElse(key.service())),
                        new Owner(key.service(), device)));
        final Map<String, List<Forecast>> forecasts = new HashMap<>();
        for (final String node : lab.network().names()) {
            final SwitchStatus status = lab.network().status(node);
            forecasts.put(node, forecast(lab, node, next, ALL));
            assertThat(lab.network().status(node)).as("asking changes nothing").isEqualTo(status);
        }
        forecasts.forEach((node, all) -> all.forEach(
                forecast -> assertThatMovesLeadThere(slots(lab, node, forecast.service(), renames), forecast)));
        lab.configure(next);
        lab.network().settle();
        final Map<Key, String> after = rows(lab);
        final Map<Key, Owner> ended = new HashMap<>(before);
        ended.keySet().removeAll(after.keySet());
        final Map<Key, String> foretold = new HashMap<>();
        forecasts.forEach((node, all) -> all.forEach(forecast -> {
            forecast.ending()
                    .forEach(session -> foretold.put(
                            new Key(node, forecast.service(), session.side(), session.client()), session.device()));
            assertThat(forecast.ends().stream().mapToInt(End::count).sum())
                    .isEqualTo(forecast.ending().size());
        }));
        assertThat(foretold)
                .as("sessions that end")
                .isEqualTo(ended.entrySet().stream()
                        .collect(Collectors.toMap(
                                Map.Entry::getKey, entry -> entry.getValue().name())));
        after.forEach((key, device) -> assertThat(before.get(key).renamed(renames))
                .as("the device of %s", key)
                .hasValue(device));
        forecasts.forEach((node, all) -> all.forEach(forecast -> {
            assertThat(forecast.staying())
                    .as("sessions of %s that stay in %s", forecast.service(), node)
                    .isEqualTo((int) after.keySet().stream()
                            .filter(key ->
                                    key.node().equals(node) && key.service().equals(forecast.service()))
                            .count());
            if (forecast.waitMillis().isEmpty()) {
                forecast.pinned()
                        .ifPresent(count -> assertThat(count)
                                .as("pinned clients of %s", forecast.service())
                                .isEqualTo((int) after.keySet().stream()
                                        .filter(key ->
                                                key.service().equals(forecast.service()) && isPinned(lab, node, key))
                                        .count()));
            }
            assertThat(waitingSlots(lab, node, forecast.service()))
                    .as("slots of %s that wait", forecast.service())
                    .isEqualTo(forecast.waitMillis().isPresent());
        }));
        lab.awaitMoves();
        // Meanwhile sessions idle out, and a device that was full may take clients again.
        final boolean hasRoomAgain = !rows(lab).equals(after)
                && next.stream()
                        .flatMap(service -> service.devices().stream())
                        .anyMatch(device -> device.maxSessions().isPresent());
        forecasts.forEach((node, all) -> all.stream()
                .filter(forecast -> !hasRoomAgain)
                .forEach(forecast -> assertThat(slots(lab, node, forecast.service()))
                        .as("slots of %s", forecast.service())
                        .isEqualTo(forecast.slots().countByOwner())));
        return forecasts;
    }

    /** The slots of before and the moves make the slots that were told. */
    private static void assertThatMovesLeadThere(final Map<String, Integer> before, final Forecast forecast) {
        if (forecast.lookup() == Lookup.ALL) {
            return;
        }
        final Map<String, Integer> slots = new HashMap<>(before);
        for (final Move move : forecast.moves()) {
            slots.merge(move.from(), -move.count(), Integer::sum);
            slots.merge(move.to(), move.count(), Integer::sum);
        }
        slots.keySet().remove(Slots.NOBODY);
        slots.values().removeIf(count -> count == 0);
        assertThat(slots).isEqualTo(forecast.slots().countByOwner());
    }

    private static boolean isPinned(final Lab lab, final String node, final Key key) {
        return key.node().equals(node)
                && lab
                        .network()
                        .agent(node)
                        .answers()
                        .find(
                                key.client().address(),
                                key.client().port() == ClientKey.NONE
                                        ? OptionalInt.empty()
                                        : OptionalInt.of(key.client().port()),
                                Optional.of(key.service()),
                                read(lab, node))
                        .stream()
                        .anyMatch(sighting -> sighting.side() == key.side()
                                && sighting.client().equals(key.client())
                                && sighting.isPinned());
    }

    private static boolean waitingSlots(final Lab lab, final String node, final String service) {
        return Optional.ofNullable(lab.network().status(node).services().get(service)).stream()
                .flatMap(status -> status.sessions().stream())
                .anyMatch(sessions -> sessions.waitingSlots() > 0);
    }

    /** The number of slots of each device that has any, as the agent has them. */
    private static Map<String, Integer> slots(final Lab lab, final String node, final String service) {
        final var status = lab.network().status(node).services().get(service);
        return status == null
                ? Map.of()
                : status.devices().entrySet().stream()
                        .filter(device -> device.getValue().slots() > 0)
                        .collect(Collectors.toMap(
                                Map.Entry::getKey, device -> device.getValue().slots()));
    }

    /** The same under the names that they will have. */
    private static Map<String, Integer> slots(
            final Lab lab, final String node, final String next, final Renames renames) {
        final Map<String, Integer> slots = new HashMap<>();
        renames.services().forEach((before, after) -> {
            if (after.equals(next)) {
                slots(lab, node, before)
                        .forEach((device, count) ->
                                slots.merge(renames.nameOf(before, device).orElse(Slots.NOBODY), count, Integer::sum));
            }
        });
        return slots;
    }

    private static List<Forecast> forecast(
            final Lab lab, final String node, final List<Service> next, final int limit) {
        return lab.network().agent(node).answers().forecast(next, limit, read(lab, node));
    }

    private static Collection<Flow> read(final Lab lab, final String node) {
        return lab.network().agent(node).answers().needsReading(Optional.empty())
                ? lab.network().datapath(node).ours().flows().values()
                : List.of();
    }

    /** All sessions of all switches, with their devices. */
    private static Map<Key, String> rows(final Lab lab) {
        final Map<Key, String> rows = new HashMap<>();
        for (final String node : lab.network().names()) {
            final Answers answers = lab.network().agent(node).answers();
            for (final Service service : lab.services()) {
                for (final Side side : Side.values()) {
                    for (final SessionRow row : answers.page(
                            service.name(), side, SessionFilter.ALL, Optional.empty(), ALL, read(lab, node))) {
                        rows.put(new Key(node, service.name(), side, row.client()), row.device());
                    }
                }
            }
        }
        return rows;
    }

    private static Lab withClients(final Service office, final int clients) {
        final Lab lab = Lab.of(office);
        for (int client = 0; client < clients; client++) {
            lab.deviceSends(lab.clientSends(office, Lab.outer(client), IKE).orElseThrow(), Lab.inner(office, client));
        }
        lab.network().settle();
        return lab;
    }

    private static ServiceBuilder office(final Start start) {
        return ServiceBuilder.office()
                .learning(start.learning())
                .method(start.method())
                .sessions(start.isPinned() ? Sessions.PINNED : Sessions.ALL);
    }

    private static Service with(final Service service, final String device, final AdminState state) {
        return ServiceBuilder.like(service)
                .device(device, found -> ServiceBuilder.with(found, state))
                .build();
    }

    /** Whether a device of the service, whatever its name, is attached as another. */
    private static boolean isAttached(final Service service, final Device other) {
        return service.devices().stream()
                .anyMatch(
                        device -> device.ingress().mac().equals(other.ingress().mac()));
    }

    private static Service apply(final Step step, final Service service) {
        final String name = "g" + step.device();
        final boolean isThere =
                service.devices().stream().anyMatch(device -> device.name().equals(name));
        final boolean isPinned = service.ingress().sessions() == Sessions.PINNED;
        final var elsewhere = ServiceBuilder.gateway(4 + step.device());
        final var builder = ServiceBuilder.like(service);
        return (switch (step.change()) {
                    case ADD ->
                        isThere || isAttached(service, ServiceBuilder.gateway(step.device()))
                                ? builder
                                : builder.device(step.device());
                    case REMOVE -> builder.without(name);
                    case SERVE -> builder.device(name, device -> ServiceBuilder.with(device, AdminState.IN_SERVICE));
                    case DRAIN -> builder.device(name, device -> ServiceBuilder.with(device, AdminState.DRAINING));
                    case DISABLE ->
                        builder.device(name, device -> ServiceBuilder.with(device, AdminState.OUT_OF_SERVICE));
                    case WEIGH -> builder.device(name, device -> ServiceBuilder.with(device, step.number()));
                    // To a name that is free, or exchanged with the next one.
                    case RENAME -> {
                        final String other = "g" + (step.device() % 4 + 1);
                        yield builder.device(name, device -> ServiceBuilder.named(device, "x"))
                                .device(other, device -> ServiceBuilder.named(device, name))
                                .device("x", device -> ServiceBuilder.named(device, other));
                    }
                    // With pinned sessions the validator refuses it.
                    case LIMIT ->
                        isPinned
                                ? builder
                                : builder.device(name, device -> ServiceBuilder.withMaxSessions(device, step.number()));
                    case MOVE ->
                        isAttached(service, elsewhere)
                                ? builder
                                : builder.device(
                                        name,
                                        device -> ServiceBuilder.with(device, elsewhere.ingress(), elsewhere.egress()));
                    case NARROW -> builder.clientPrefixes("10.99.0.0/" + (24 + step.number() % 8));
                    case SLOTS -> builder.slots(8 << step.number() % 4);
                    case METHOD ->
                        isPinned ? builder : builder.method(step.number() % 2 == 0 ? Method.AUTO : Method.SELECT_GROUP);
                    case SESSIONS ->
                        service.selection().method() == Method.SOURCE_HASH
                                        && service.devices().stream()
                                                .noneMatch(device ->
                                                        device.maxSessions().isPresent())
                                ? builder.sessions(isPinned ? Sessions.ALL : Sessions.PINNED)
                                : builder;
                    case LEARNING -> builder.learning(step.number() % 2 == 0 ? Learning.SWITCH : Learning.CONTROLLER);
                    case SWITCH_OFF -> builder.enabled(!service.enabled());
                })
                .build();
    }
}
