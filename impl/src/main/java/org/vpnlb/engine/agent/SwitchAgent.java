/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.vpnlb.engine.agent.SwitchStatus.DeviceStatus;
import org.vpnlb.engine.agent.SwitchStatus.Role;
import org.vpnlb.engine.agent.SwitchStatus.ServiceStatus;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.health.Prober;
import org.vpnlb.engine.model.Check;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.neighbour.Neighbours;
import org.vpnlb.engine.net.ArpPacket;
import org.vpnlb.engine.net.EthernetFrame;
import org.vpnlb.engine.net.EthernetFrame.IpPacket;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Group;
import org.vpnlb.engine.openflow.Match;
import org.vpnlb.engine.openflow.Tables;
import org.vpnlb.engine.pipeline.Cookie;
import org.vpnlb.engine.pipeline.GroupId;
import org.vpnlb.engine.pipeline.Numbers;
import org.vpnlb.engine.pipeline.Pipeline;
import org.vpnlb.engine.pipeline.SwitchLearning;
import org.vpnlb.engine.reconcile.Found;
import org.vpnlb.engine.reconcile.Found.Sort;
import org.vpnlb.engine.reconcile.Reconciler;
import org.vpnlb.engine.selection.Assignments;
import org.vpnlb.engine.session.ClientSessions;
import org.vpnlb.engine.session.Counters;
import org.vpnlb.engine.session.Counters.Ignored;
import org.vpnlb.engine.session.Holds;
import org.vpnlb.engine.session.LearnedLimits;
import org.vpnlb.engine.session.LearnedSessions;
import org.vpnlb.engine.session.ReturnSessions;

/**
 * Decides what one switch does. An agent is told events and returns effects; it does nothing by itself, and the same
 * events in the same order make the same effects. It is not safe for use by several threads: whoever owns it tells it
 * one event at a time.
 */
public final class SwitchAgent {
    /** Few enough that what is urgent does not wait long behind them, enough that the switch does not wait for more. */
    private static final int RESTORED_AT_ONCE = 1000;

    private final String node;
    private final int tableBase;
    private final int restoredAtOnce;
    private final Map<String, Counters.Tally> tallies = new HashMap<>();
    private final Map<String, ClientSessions> clientSessions = new LinkedHashMap<>();
    private final Map<String, ReturnSessions> returnSessions = new LinkedHashMap<>();
    private final Holds heldSources = new Holds();
    private final Prober prober;
    private final LearnedSessions learned = new LearnedSessions();
    private final LearnedLimits limits = new LearnedLimits();
    /** The services whose sessions the switch learns by itself. */
    private Set<String> learnedBySwitch = Set.of();
    /** Those of them of which the switch learns no more, while it is read what it has learned. */
    private Set<String> handedOver = Set.of();
    /** How often it is still to be read what the switch holds; until then nothing is learned from frames. */
    private int rereads;
    /** Whether the switch can learn sessions by itself. */
    private boolean learns;

    private final Neighbours neighbours;
    private final Reconciler reconciler = new Reconciler();
    private List<Service> services = List.of();
    private Numbers numbers = Numbers.NONE;
    private Pipeline pipeline;
    private Assignments slots = Assignments.NONE;
    private boolean configured;
    private boolean connected;
    /** A connection that came before the first configuration; without one all in the switch would seem stale. */
    private Optional<Event.Connected> early = Optional.empty();

    /**
     * An agent that knows of no service and no connection yet.
     *
     * @param node the switch
     * @param tableBase the number of the switch's table that is table 0 of the pipeline
     * @param random what checks are not to be guessed by
     */
    public SwitchAgent(final String node, final int tableBase, final RandomGenerator random) {
        this(node, tableBase, random, RESTORED_AT_ONCE);
    }

    /** The same, where so many entries that the switch has lost are written at once. */
    SwitchAgent(final String node, final int tableBase, final RandomGenerator random, final int restoredAtOnce) {
        this.node = node;
        this.tableBase = tableBase;
        this.restoredAtOnce = restoredAtOnce;
        prober = new Prober(random);
        neighbours = new Neighbours(node);
        pipeline = new Pipeline(tableBase, numbers, learnedBySwitch, Set.of());
    }

    /**
     * Tells the agent an event.
     *
     * @param event the event
     * @return what is to be done, in this order
     */
    public List<Effect> handle(final Event event) {
        return switch (event) {
            case Event.Configured change -> {
                final List<Effect> effects = new ArrayList<>(configured(change));
                configured = true;
                early.ifPresent(connection -> effects.addAll(connected(connection)));
                early = Optional.empty();
                yield effects;
            }
            case Event.Connected connection -> {
                if (configured) {
                    yield connected(connection);
                }
                early = Optional.of(connection);
                yield List.of();
            }
            case Event.Disconnected gone -> {
                connected = false;
                early = Optional.empty();
                reconciler.forget();
                rereads = 0;
                handedOver = Set.of();
                neighbours.forgetAnnounced();
                heldSources.forget();
                yield List.of();
            }
            case Event.Punted punted -> connected ? punted(punted) : List.of();
            case Event.Refused refused -> connected ? refused(refused.effect()) : List.of();
            case Event.FlowRemoved removed -> removed(removed);
            case Event.Tick tick -> connected ? tick(tick.now()) : List.of();
            case Event.Counted counted -> {
                learned.counted(counted.cookie(), counted.entries());
                yield connected ? whileRoomChanges() : List.of();
            }
            case Event.Confirmed confirmed -> connected ? restore(confirmed.now()) : List.of();
            case Event.Reread read ->
                // Only the last one has all that was sent.
                connected && rereads > 0 && --rereads == 0
                        ? adoptAndRestore(
                                read.flows(), reconciler.installed().groups().values(), false, read.now())
                        : List.of();
        };
    }

    private List<Effect> tick(final long now) {
        final List<Effect> effects = new ArrayList<>(prober.tick(now));
        effects.addAll(learned.tick(now));
        return effects;
    }

    /** When to tell the agent a {@link Event.Tick}; empty when time alone is nothing to it. */
    public OptionalLong wakeAt() {
        if (!connected) {
            return OptionalLong.empty();
        }
        // Asked after each frame: no stream, which allocates.
        final OptionalLong checks = prober.wakeAt();
        final OptionalLong counts = learned.wakeAt();
        if (checks.isEmpty() || counts.isEmpty()) {
            return checks.isEmpty() ? counts : checks;
        }
        return OptionalLong.of(Math.min(checks.getAsLong(), counts.getAsLong()));
    }

    /** What the agent knows now. */
    public SwitchStatus status() {
        return new SwitchStatus(
                node,
                connected,
                unwritten(),
                services.stream().collect(Collectors.toMap(Service::name, this::serviceStatus)));
    }

    private List<Effect> configured(final Event.Configured event) {
        final Numbers nextNumbers = Numbers.of(event.services());
        final List<Service> nextServices = event.services().stream()
                .filter(Service::enabled)
                .filter(service -> service.ingressSwitch(node).isPresent()
                        || service.egressSwitch(node).isPresent())
                .sorted(Comparator.comparing(Service::name))
                .toList();
        final Set<String> names = nextServices.stream().map(Service::name).collect(Collectors.toSet());
        final Set<String> nextBySwitch = nextServices.stream()
                .filter(service -> staysAsItIs(service) ? isLearnedBySwitch(service) : isToBeLearnedBySwitch(service))
                .map(Service::name)
                .collect(Collectors.toSet());
        final Pipeline nextPipeline = new Pipeline(tableBase, nextNumbers, nextBySwitch, limits.full());

        final List<Effect> effects = new ArrayList<>();
        clientSessions.forEach((name, sessions) -> {
            if (find(nextServices, name)
                    .flatMap(service -> service.ingressSwitch(node))
                    .isEmpty()) {
                effects.addAll(sessions.purge());
            }
        });
        returnSessions.forEach((name, sessions) -> {
            if (find(nextServices, name)
                    .flatMap(service -> service.egressSwitch(node))
                    .isEmpty()) {
                effects.addAll(sessions.purge());
            }
        });
        tallies.keySet().retainAll(names);
        clientSessions
                .keySet()
                .removeIf(name -> find(nextServices, name)
                        .flatMap(service -> service.ingressSwitch(node))
                        .isEmpty());
        returnSessions
                .keySet()
                .removeIf(name -> find(nextServices, name)
                        .flatMap(service -> service.egressSwitch(node))
                        .isEmpty());
        for (final Service service : nextServices) {
            final Counters.Tally tally = tallies.computeIfAbsent(service.name(), name -> new Counters.Tally());
            if (service.ingressSwitch(node).isPresent()) {
                final ClientSessions sessions = clientSessions.get(service.name());
                if (sessions == null) {
                    clientSessions.put(service.name(), new ClientSessions(service, nextPipeline, tally));
                } else {
                    effects.addAll(sessions.configure(service, nextPipeline, event.now()));
                }
            }
            if (service.egressSwitch(node).isPresent()) {
                final ReturnSessions sessions = returnSessions.get(service.name());
                if (sessions == null) {
                    returnSessions.put(service.name(), new ReturnSessions(service, nextPipeline, tally, heldSources));
                } else {
                    effects.addAll(sessions.configure(service, nextPipeline, event.now()));
                }
            }
        }
        if (!nextServices.equals(services)) {
            // What is held may be a device's now.
            effects.addAll(heldSources.release(Pipeline.HELD_SOURCE_COOKIE));
        }
        final boolean reread = nextServices.stream()
                .anyMatch(service -> nextBySwitch.contains(service.name()) != isToBeLearnedBySwitch(service));
        services = nextServices;
        numbers = nextNumbers;
        pipeline = nextPipeline;
        learnedBySwitch = nextBySwitch;
        final Set<Long> used = owners(service -> true).keySet();
        final List<Effect> purge = learned.configure(owners(this::isLearnedBySwitch), used, event.now());
        effects.addAll(checkLimits());
        slots = assign(slots);
        prober.configure(pipeline.checks(node, services), event.now());
        return connected
                ? apply(
                        List.of(),
                        effects,
                        purge,
                        desired -> reread || outdated(desired).stream().anyMatch(flow -> isKept(flow, desired)))
                : List.of();
    }

    /** Whether who learns the sessions of a service is not changed before it is known which there are. */
    private boolean staysAsItIs(final Service service) {
        return connected && find(services, service.name()).isPresent();
    }

    private boolean isLearnedBySwitch(final Service service) {
        return learnedBySwitch.contains(service.name());
    }

    /** Whether a copy of a frame is from before the switch learned by itself, or comes while that changes. */
    private boolean isNotLearnedHere(final Service service) {
        return isLearnedBySwitch(service) || rereads > 0;
    }

    private boolean isToBeLearnedBySwitch(final Service service) {
        return switch (service.learning()) {
            case CONTROLLER -> false;
            case SWITCH -> true;
            case AUTO -> learns;
        };
    }

    /** The devices with sessions of some services, by the sessions' cookies. */
    private Map<Long, String> owners(final Predicate<Service> which) {
        final Map<Long, String> owners = new HashMap<>();
        for (final Service service : services) {
            for (final Device device : service.devices()) {
                if (!which.test(service) || !device.keepsSessions()) {
                    continue;
                }
                final String owner = service.name() + "/" + device.name();
                if (service.isAt(node, Side.INGRESS)) {
                    owners.put(pipeline.cookie(Cookie.Kind.CLIENT_SESSION, service, device), owner);
                }
                if (service.isAt(node, Side.EGRESS)) {
                    owners.put(pipeline.cookie(Cookie.Kind.RETURN_SESSION, service, device), owner);
                }
            }
        }
        return owners;
    }

    private List<Effect> connected(final Event.Connected event) {
        connected = true;
        rereads = 0;
        learns = event.capabilities().learn();
        prober.resume(event.now());
        final Collection<Group> groups = event.actual().groups().values();
        final Collection<Flow> flows = event.actual().flows().values();
        slots = pipeline.adopt(event.actual(), services, slots);
        return adoptAndRestore(flows, groups, flows.isEmpty(), event.now());
    }

    private List<Effect> adoptAndRestore(
            final Collection<Flow> flows, final Collection<Group> groups, final boolean lost, final long now) {
        final List<Effect> effects = new ArrayList<>(adopt(flows, groups, lost, now));
        effects.addAll(restore(now));
        return effects;
    }

    /**
     * Writes some of the sessions that the switch has lost; more when it has confirmed these. While it is read what the
     * switch holds it waits: of whose sessions that is read the switch may learn by itself after it.
     */
    private List<Effect> restore(final long now) {
        if (rereads > 0) {
            return List.of();
        }
        final List<Effect> effects = new ArrayList<>();
        // The clients' side first: there a frame without a session can come to a device that does not know its client.
        clientSessions
                .values()
                .forEach(sessions -> effects.addAll(sessions.restore(restoredAtOnce - effects.size(), now)));
        returnSessions
                .values()
                .forEach(sessions -> effects.addAll(sessions.restore(restoredAtOnce - effects.size(), now)));
        if (!effects.isEmpty()) {
            effects.add(new Effect.Confirm());
        }
        return effects;
    }

    private int unwritten() {
        return clientSessions.values().stream()
                        .mapToInt(ClientSessions::unwritten)
                        .sum()
                + returnSessions.values().stream()
                        .mapToInt(ReturnSessions::unwritten)
                        .sum();
    }

    /** Takes over what the switch holds, and changes what is not as it should be. */
    private List<Effect> adopt(
            final Collection<Flow> flows, final Collection<Group> groups, final boolean lost, final long now) {
        neighbours.forgetAnnounced();
        heldSources.forget();
        final Set<String> readFirst = handedOver;
        final Set<Integer> lookedUp = Found.services(flows, SwitchLearning::looksUp);
        // What the switch has learned is in effect, and goes on being so, until the controller knows all of it.
        handedOver = names(service -> !isToBeLearnedBySwitch(service)
                && !readFirst.contains(service.name())
                && lookedUp.contains(numbers.of(service)));
        learnedBySwitch = names(service -> isToBeLearnedBySwitch(service) || handedOver.contains(service.name()));
        pipeline = new Pipeline(tableBase, numbers, learnedBySwitch, limits.full());

        flows.forEach(neighbours::adopt);
        final Set<Integer> passedBy = Found.services(flows, SwitchLearning::passesBy);
        passedBy.removeAll(lookedUp);
        final Found found = new Found(flows, flow -> sortOf(flow, passedBy));
        found.of(Sort.HOLD, 0).forEach(flow -> heldSources.found(flow, now));

        final List<Flow> others = new ArrayList<>(found.all(Sort.OTHER));
        final List<Effect> effects = new ArrayList<>(adoptKnownBySwitch(found, others, now));
        reconciler.adopt(Tables.of(others, groups));
        effects.addAll(checkLimits());
        final List<Effect> first = new ArrayList<>();
        for (final Service service : services) {
            adoptKnownHere(service, found, lost && !isLearnedBySwitch(service), now)
                    .forEach(change -> (readFirst.contains(service.name()) && change instanceof Effect.AddFlow
                                    ? first
                                    : effects)
                            .add(change));
        }
        slots = assign(slots);
        // What the switch has learned since it was read has to be read too.
        return apply(
                first,
                effects,
                List.of(),
                desired -> !handedOver.isEmpty() || !outdated(desired).isEmpty());
    }

    /**
     * Takes over the sessions that the switch is to know by itself, whoever has learned them.
     *
     * @param others gets what is not wanted any more once all is there
     */
    private List<Effect> adoptKnownBySwitch(final Found found, final List<Flow> others, final long now) {
        final List<Effect> effects = new ArrayList<>();
        final Map<Long, Integer> counts = new HashMap<>();
        final Set<Flow.Key> keys =
                found.all(Sort.KNOWN_BY_SWITCH).stream().map(Flow::key).collect(Collectors.toSet());
        for (final Service service : services) {
            found.of(Sort.KNOWN_BY_SWITCH, numbers.of(service)).forEach(flow -> {
                final Optional<Flow> desired = learnedEntry(service, flow);
                if (!pipeline.learning().isLearned(flow.key().table())) {
                    // The controller learned it before, and the switch has not learned it again since.
                    others.add(flow);
                    desired.filter(entry -> keys.add(entry.key())).ifPresent(entry -> {
                        effects.add(new Effect.AddFlow(entry));
                        counts.merge(entry.cookie(), 1, Integer::sum);
                    });
                    return;
                }
                desired.ifPresent(entry -> counts.merge(entry.cookie(), 1, Integer::sum));
                desired.filter(entry -> !entry.equals(flow)).ifPresent(entry -> effects.add(new Effect.AddFlow(entry)));
                if (desired.filter(entry -> entry.key().equals(flow.key())).isEmpty()) {
                    effects.add(new Effect.DeleteFlow(flow.key(), flow.cookie()));
                }
            });
        }
        found.all(Sort.LEFT_OVER).stream()
                .filter(flow -> !keys.contains(flow.key()))
                .forEach(others::add);
        learned.found(owners(this::isLearnedBySwitch), counts, now);
        return effects;
    }

    /** Takes over the sessions of a service that the controller is to know. */
    private List<Effect> adoptKnownHere(final Service service, final Found found, final boolean lost, final long now) {
        final List<Effect> effects = new ArrayList<>();
        final int number = numbers.of(service);
        final Optional<ClientSessions> clients = Optional.ofNullable(clientSessions.get(service.name()));
        final Optional<ReturnSessions> returns = Optional.ofNullable(returnSessions.get(service.name()));
        if (isLearnedBySwitch(service)) {
            clients.ifPresent(ClientSessions::abandon);
            returns.ifPresent(ReturnSessions::abandon);
        }
        clients.ifPresent(sessions -> effects.addAll(sessions.adopt(found.of(Sort.CLIENT_SESSION, number), lost, now)));
        returns.ifPresent(sessions -> effects.addAll(sessions.adopt(
                found.of(Sort.LEARNED_SOURCE, number),
                found.of(Sort.RETURN_SESSION, number),
                found.of(Sort.HOLD, number),
                lost,
                now)));
        return effects;
    }

    private Set<String> names(final Predicate<Service> which) {
        return services.stream().filter(which).map(Service::name).collect(Collectors.toSet());
    }

    private Sort sortOf(final Flow flow, final Set<Integer> passedBy) {
        final Optional<Cookie> parsed = Cookie.parse(flow.cookie());
        if (parsed.isEmpty()) {
            return Sort.OTHER;
        }
        final Cookie cookie = parsed.orElseThrow();
        if (isStillHeld(cookie, flow)) {
            return Sort.HOLD;
        }
        if (Pipeline.client(cookie, flow.key()).isEmpty() || !isServed(cookie)) {
            return Sort.OTHER;
        }
        if (pipeline.learning().isLearned(flow.key().table()) && passedBy.contains(cookie.service())) {
            return Sort.LEFT_OVER;
        }
        if (isLearnedBySwitch(serviceOf(cookie).orElseThrow())) {
            return Sort.KNOWN_BY_SWITCH;
        }
        return switch (cookie.kind()) {
            case CLIENT_SESSION -> Sort.CLIENT_SESSION;
            case RETURN_SESSION -> Sort.RETURN_SESSION;
            default -> Sort.LEARNED_SOURCE;
        };
    }

    /** The entry that the switch would write for a session; empty when there is to be none. */
    private Optional<Flow> learnedEntry(final Service service, final Flow flow) {
        final Cookie cookie = Cookie.parse(flow.cookie()).orElseThrow();
        final IpAddress client = Pipeline.client(flow);
        final SwitchLearning learning = pipeline.learning();
        final Optional<Device> device = learning.keeper(service, cookie.device());
        return switch (cookie.kind()) {
            case CLIENT_SESSION -> device.map(found -> learning.learnedClient(service, found, client));
            case RETURN_SESSION ->
                device.filter(found -> service.egress().mayBeClient(client))
                        .map(found -> learning.learnedReturn(service, found, client));
            default -> Optional.empty();
        };
    }

    /** A group that is there unknown to the agent is changed instead; for anything else there is no second way. */
    private static List<Effect> refused(final Effect effect) {
        return effect instanceof Effect.AddGroup add ? List.of(new Effect.ModifyGroup(add.group())) : List.of();
    }

    private List<Effect> apply(final List<Effect> sessionEffects) {
        return apply(List.of(), sessionEffects, List.of(), desired -> false);
    }

    /**
     * Makes what is new, changes the sessions, and only then takes away what is old.
     *
     * @param first entries of sessions that must be there before anything leads to them
     * @param sessionEffects what changes the sessions
     * @param purge what ends sessions once the switch learns by the new entries only
     * @param reread whether what it has learned is to be read then, by what it is to hold
     */
    private List<Effect> apply(
            final List<Effect> first,
            final List<Effect> sessionEffects,
            final List<Effect> purge,
            final Predicate<Tables> reread) {
        final Tables desired =
                pipeline.tables(node, services, slots.byService()).with(neighbours.answers(this::serviceOf, pipeline));
        final List<Effect> last = new ArrayList<>(purge);
        if (reread.test(desired)) {
            rereads++;
            last.add(new Effect.Reread());
        }
        final List<Effect> effects = new ArrayList<>(reconciler.change(desired, first, sessionEffects, last));
        effects.addAll(neighbours.announce(services, pipeline));
        return effects;
    }

    /** The entries by which the switch learns what is no longer to be learned, or not so. */
    private List<Flow> outdated(final Tables desired) {
        return reconciler.installed().flows().values().stream()
                .filter(SwitchLearning::learns)
                .filter(flow -> !flow.equals(desired.flows().get(flow.key())))
                .toList();
    }

    /** Whether a device keeps its sessions, some of which an old entry may have learned. */
    private static boolean isKept(final Flow old, final Tables desired) {
        return desired.flows().values().stream().anyMatch(flow -> flow.cookie() == old.cookie());
    }

    private Assignments assign(final Assignments old) {
        return old.reassign(
                services.stream()
                        .filter(service -> service.ingressSwitch(node).isPresent())
                        .toList(),
                this::isFull);
    }

    private boolean isFull(final Service service, final Device device) {
        return clientSessions.get(service.name()).full().contains(device.name())
                || limits.full(service).contains(device.name());
    }

    private List<Effect> punted(final Event.Punted event) {
        final Optional<Cookie> cookie = Cookie.parse(event.cookie());
        if (cookie.isEmpty()) {
            return List.of();
        }
        if (cookie.orElseThrow().kind().isCheck()) {
            return prober.receive(event.cookie(), event.frame(), event.now());
        }
        final Optional<EthernetFrame> parsed = EthernetFrame.parse(event.frame());
        if (parsed.isEmpty()) {
            ignored(serviceOf(cookie.orElseThrow()).or(() -> serviceAt(event.inPort())), Ignored.MALFORMED);
            return List.of();
        }
        final EthernetFrame frame = parsed.orElseThrow();
        return switch (frame.payload()) {
            case ArpPacket arp -> asked(event, frame, arp);
            case IpPacket packet ->
                switch (cookie.orElseThrow().kind()) {
                    case SELECTION -> newClient(cookie.orElseThrow(), frame, packet, event);
                    case LEARNED_SOURCE -> newSource(frame, packet, event);
                    case RETURN_SESSION -> noReturn(cookie.orElseThrow(), frame, packet, event);
                    case CLASSIFY, CLIENT_SESSION, HOLD, ADDRESS_ANSWER, INGRESS_CHECK, EGRESS_CHECK, DEVICE ->
                        List.of();
                };
            case EthernetFrame.Other other -> List.of();
        };
    }

    private List<Effect> asked(final Event.Punted event, final EthernetFrame frame, final ArpPacket arp) {
        final Optional<Service> asked = serviceOf(arp.targetAddress());
        if (arp.operation() != ArpPacket.REQUEST || asked.isEmpty()) {
            return List.of();
        }
        final Service service = asked.orElseThrow();
        tallies.get(service.name()).punted();
        final List<Effect> effects = new ArrayList<>();
        effects.add(new Effect.SendFrame(
                event.inPort(), arp.reply(service.virtualMac()).toFrame()));
        neighbours.asked(event.inPort(), frame, arp, service, pipeline).ifPresent(flow -> {
            reconciler.wrote(flow);
            effects.add(new Effect.AddFlow(flow));
        });
        return effects;
    }

    private Optional<Service> serviceOf(final Cookie cookie) {
        return services.stream()
                .filter(service -> numbers.of(service) == cookie.service())
                .findFirst();
    }

    /** The service that answers for an address in this switch. */
    private Optional<Service> serviceOf(final IpAddress address) {
        return services.stream()
                .filter(service -> service.ingressSwitch(node).isPresent()
                                && service.clusterAddress().equals(address)
                        || service.egressSwitch(node).isPresent()
                                && service.egress()
                                        .gatewayAddress()
                                        .filter(address::equals)
                                        .isPresent()
                        || Stream.of(Side.values())
                                .anyMatch(side -> service.isAt(node, side)
                                        && Check.source(service, side)
                                                .filter(address::equals)
                                                .isPresent()))
                .findFirst();
    }

    private List<Effect> newClient(
            final Cookie cookie, final EthernetFrame frame, final IpPacket packet, final Event.Punted event) {
        final Optional<Service> service = serviceOf(cookie).filter(found -> clientSessions.containsKey(found.name()));
        if (service.isEmpty()) {
            return List.of();
        }
        tallies.get(service.orElseThrow().name()).punted();
        if (isNotLearnedHere(service.orElseThrow())) {
            return List.of();
        }
        return whileRoomChanges(service.orElseThrow().name(), sessions -> sessions.learn(frame, packet, event.now()));
    }

    /** A device that has as many sessions as it may gives its slots to the others, until there is room again. */
    private List<Effect> whileRoomChanges(final String service, final Function<ClientSessions, List<Effect>> change) {
        final ClientSessions sessions = clientSessions.get(service);
        final Set<String> before = sessions.full();
        final List<Effect> effects = change.apply(sessions);
        if (sessions.full().equals(before)) {
            return effects;
        }
        slots = assign(slots);
        return connected ? apply(effects) : List.of();
    }

    /** The switch has more or fewer of the sessions that it learns than when they were counted before. */
    private List<Effect> whileRoomChanges() {
        final Set<Long> before = limits.full();
        final List<Effect> notices = checkLimits();
        if (limits.full().equals(before)) {
            return notices;
        }
        slots = assign(slots);
        return apply(notices);
    }

    private List<Effect> checkLimits() {
        final List<Service> bySwitch =
                services.stream().filter(this::isLearnedBySwitch).toList();
        final List<Effect> notices = limits.check(node, bySwitch, pipeline, learned);
        final Set<Long> full = new HashSet<>(limits.full());
        full.addAll(owners(service -> handedOver.contains(service.name())).keySet());
        pipeline = new Pipeline(tableBase, numbers, learnedBySwitch, full);
        return notices;
    }

    private List<Effect> newSource(final EthernetFrame frame, final IpPacket packet, final Event.Punted event) {
        boolean known = false;
        for (final Service service : services) {
            if (!returnSessions.containsKey(service.name())) {
                continue;
            }
            for (final Device device : service.devices()) {
                if (!device.egress().mac().equals(frame.source())) {
                    continue;
                }
                if (device.egress().port() == event.inPort()) {
                    tallies.get(service.name()).punted();
                    if (isNotLearnedHere(service) && device.keepsSessions()) {
                        return List.of();
                    }
                    return returnSessions.get(service.name()).learn(device, packet, event.now());
                }
                known = true;
            }
        }
        ignored(serviceAt(event.inPort()), known ? Ignored.WRONG_PORT : Ignored.UNKNOWN_MAC);
        return heldSources.hold(
                pipeline.heldSource(
                        event.inPort(), frame.source(), packet.source().family()),
                event.now());
    }

    private void ignored(final Optional<Service> service, final Ignored reason) {
        service.map(Service::name).map(tallies::get).ifPresent(tally -> {
            tally.punted();
            tally.ignored(reason);
        });
    }

    private List<Effect> noReturn(
            final Cookie cookie, final EthernetFrame frame, final IpPacket packet, final Event.Punted event) {
        final Optional<Service> service = serviceOf(cookie).filter(found -> returnSessions.containsKey(found.name()));
        if (service.isEmpty()) {
            return List.of();
        }
        tallies.get(service.orElseThrow().name()).punted();
        if (rereads > 0) {
            return List.of();
        }
        return returnSessions
                .get(service.orElseThrow().name())
                .answer(event.inPort(), event.frame(), frame, packet, event.now());
    }

    private List<Effect> removed(final Event.FlowRemoved event) {
        final Optional<Cookie> cookie = Cookie.parse(event.cookie());
        if (neighbours.removed(event.key(), event.cookie())) {
            reconciler.removed(event.key());
        }
        final Optional<IpAddress> client = cookie.flatMap(mark -> Pipeline.client(mark, event.key()));
        final Optional<Service> service = cookie.flatMap(this::serviceOf);
        if (client.isEmpty() || service.isEmpty()) {
            return List.of();
        }
        final String name = service.orElseThrow().name();
        if (cookie.orElseThrow().kind() != Cookie.Kind.CLIENT_SESSION) {
            Optional.ofNullable(returnSessions.get(name))
                    .ifPresent(sessions -> sessions.removed(
                            client.orElseThrow(), cookie.orElseThrow().kind(), event));
            return List.of();
        }
        return clientSessions.containsKey(name)
                ? whileRoomChanges(name, sessions -> sessions.removed(client.orElseThrow(), event))
                : List.of();
    }

    private boolean isServed(final Cookie cookie) {
        return serviceOf(cookie)
                .map(Service::name)
                .filter(
                        cookie.kind() == Cookie.Kind.CLIENT_SESSION
                                ? clientSessions::containsKey
                                : returnSessions::containsKey)
                .isPresent();
    }

    /** Whether an entry holds what would be held now too. Such end by themselves; others are not wanted any more. */
    private boolean isStillHeld(final Cookie cookie, final Flow flow) {
        if (cookie.kind() != Cookie.Kind.HOLD || returnSessions.isEmpty()) {
            return false;
        }
        if (cookie.service() != 0) {
            return isServed(cookie);
        }
        final Match match = flow.key().match();
        for (final Map.Entry<String, ReturnSessions> entry : returnSessions.entrySet()) {
            for (final Device device :
                    find(services, entry.getKey()).orElseThrow().devices()) {
                if (device.egress().mac().equals(match.etherSource())
                        && Objects.equals(device.egress().port(), match.inPort())) {
                    return match.ipSource() != null
                            && !entry.getValue()
                                    .learnsFrom(device, match.ipSource().address());
                }
            }
        }
        return match.ipSource() == null;
    }

    /** A service that has a device at a port of the servers' side. */
    private Optional<Service> serviceAt(final long port) {
        return services.stream()
                .filter(service -> service.devices().stream()
                        .map(Device::egress)
                        .anyMatch(egress -> egress.node().equals(node) && egress.port() == port))
                .findFirst();
    }

    private static Optional<Service> find(final List<Service> all, final String name) {
        return all.stream().filter(service -> service.name().equals(name)).findFirst();
    }

    private ServiceStatus serviceStatus(final Service service) {
        final Set<Role> roles = EnumSet.noneOf(Role.class);
        final Map<String, Integer> clients = Optional.ofNullable(clientSessions.get(service.name()))
                .map(sessions -> withLearned(sessions.countByDevice(), Cookie.Kind.CLIENT_SESSION, service))
                .orElse(Map.of());
        final Optional<ReturnSessions> backs = Optional.ofNullable(returnSessions.get(service.name()));
        final Map<String, Integer> returns = backs.map(
                        sessions -> withLearned(sessions.countByDevice(), Cookie.Kind.RETURN_SESSION, service))
                .orElse(Map.of());
        if (clientSessions.containsKey(service.name())) {
            roles.add(Role.INGRESS);
        }
        backs.ifPresent(sessions -> roles.add(Role.EGRESS));
        final Map<String, Integer> slotCounts = slots.of(service).countByOwner();
        final int number = numbers.of(service);
        final Set<Integer> devices = service.devices().stream()
                .map(device -> numbers.of(service, device))
                .collect(Collectors.toSet());
        final long flows = reconciler.installed().flows().values().stream()
                .filter(flow -> Cookie.parse(flow.cookie())
                        .filter(cookie -> cookie.service() == number)
                        .isPresent())
                .count();
        final long groups = reconciler.installed().groups().keySet().stream()
                .map(GroupId::parse)
                .flatMap(Optional::stream)
                .filter(id ->
                        id.kind() == GroupId.Kind.SELECTION ? id.number() == number : devices.contains(id.number()))
                .count();
        return new ServiceStatus(
                roles,
                (int) flows + (connected ? sessionFlows(service, clients, returns) : 0),
                (int) groups,
                isLearnedBySwitch(service),
                service.devices().stream()
                        .collect(Collectors.toMap(
                                Device::name,
                                device -> new DeviceStatus(
                                        slotCounts.getOrDefault(device.name(), 0),
                                        clients.getOrDefault(device.name(), 0),
                                        returns.getOrDefault(device.name(), 0)))),
                tallies.get(service.name()).read());
    }

    /** The number of entries of a service's sessions. */
    private int sessionFlows(
            final Service service, final Map<String, Integer> clients, final Map<String, Integer> returns) {
        final int lost = Optional.ofNullable(clientSessions.get(service.name()))
                .map(ClientSessions::unwritten)
                .orElse(0);
        final int ofReturns = isLearnedBySwitch(service)
                ? sum(returns)
                : Optional.ofNullable(returnSessions.get(service.name()))
                        .map(ReturnSessions::flows)
                        .orElse(0);
        return sum(clients) - lost + ofReturns;
    }

    private static int sum(final Map<String, Integer> counts) {
        return counts.values().stream().mapToInt(count -> count).sum();
    }

    /** The number of sessions of each device, with those that the switch has learned by itself. */
    private Map<String, Integer> withLearned(
            final Map<String, Integer> counts, final Cookie.Kind kind, final Service service) {
        final Map<String, Integer> all = new HashMap<>(counts);
        service.devices().forEach(device -> {
            final int count = learned.count(pipeline.cookie(kind, service, device));
            if (count > 0) {
                all.merge(device.name(), count, Integer::sum);
            }
        });
        return all;
    }
}
