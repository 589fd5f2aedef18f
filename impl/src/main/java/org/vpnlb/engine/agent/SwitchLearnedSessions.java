/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.model.Capabilities;
import org.vpnlb.engine.model.Defaults;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Renames;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.net.ClientKey;
import org.vpnlb.engine.net.MacAddress;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Match;
import org.vpnlb.engine.openflow.Tables;
import org.vpnlb.engine.pipeline.Cookie;
import org.vpnlb.engine.pipeline.Cookie.Kind;
import org.vpnlb.engine.pipeline.Numbers;
import org.vpnlb.engine.pipeline.Pipeline;
import org.vpnlb.engine.pipeline.SwitchLearnedFormat;
import org.vpnlb.engine.reconcile.ReadBack;
import org.vpnlb.engine.reconcile.ReadBack.EntryClass;
import org.vpnlb.engine.reconcile.Reconciler;
import org.vpnlb.engine.session.SwitchLearnedCounts;
import org.vpnlb.engine.session.SwitchLimits;

/**
 * The agent's record of the sessions that its switch learns by itself: of which services, how many there are, and the
 * change of the learner from the controller to the switch and back, which loses no session.
 */
final class SwitchLearnedSessions {
    private final String node;
    private final SwitchLearnedCounts sessions = new SwitchLearnedCounts();
    private final SwitchLimits limits = new SwitchLimits();
    private Capabilities capabilities = Capabilities.BASIC;
    private Set<String> learned = Set.of();
    /** Services being handed back to the controller: learning is off, the read-back is pending. */
    private Set<String> handedBack = Set.of();

    SwitchLearnedSessions(final String node) {
        this.node = node;
    }

    /** The switch is connected. */
    void connected(final Capabilities found) {
        capabilities = found;
    }

    /** What the switch can do; before the first connection only what every switch can. */
    Capabilities capabilities() {
        return capabilities;
    }

    /** The switch is gone: what it has learned will be read when it is back. */
    void disconnected() {
        handedBack = Set.of();
    }

    /** The services whose sessions the switch learns by itself. */
    Set<String> learned() {
        return learned;
    }

    /** Whether the switch learns the sessions of a service by itself. */
    boolean learns(final Service service) {
        return learned.contains(service.name());
    }

    /** Whether the switch is to learn the sessions of a service by itself. */
    boolean isWanted(final Service service) {
        return switch (service.learning()) {
            case CONTROLLER -> false;
            case SWITCH -> true;
            // A switch that learns tells the controller of no new client, and learns an address at a time.
            case AUTO ->
                capabilities.learn()
                        && service.selection().method() != Service.Selection.Method.CONTROLLER
                        && service.egress().sessionPrefixLengthV4() == Defaults.SESSION_PREFIX_LENGTH_V4
                        && service.egress().sessionPrefixLengthV6() == Defaults.SESSION_PREFIX_LENGTH_V6;
        };
    }

    /** Services have these names now. */
    void rename(final Renames renames) {
        learned = renames.ofServices(learned);
        handedBack = renames.ofServices(handedBack);
        limits.rename(renames);
    }

    /**
     * The configuration changed.
     *
     * @param isKept whether the learner of a service stays until the sessions have been read from the switch
     * @return whether the learner of a service has yet to change
     */
    boolean configure(final Collection<Service> services, final Predicate<Service> isKept) {
        learned = names(services, service -> isKept.test(service) ? learns(service) : isWanted(service));
        return services.stream().anyMatch(service -> learns(service) != isWanted(service));
    }

    /**
     * The switch was read: what it has learned stays in effect until the controller knows all of it.
     *
     * @param lookedUp the numbers of the services whose frames the switch looks up among what it has learned
     * @return the services that had been handed back and are the controller's now
     */
    Set<String> readBack(final Collection<Service> services, final Set<Integer> lookedUp, final Numbers numbers) {
        final Set<String> taken = handedBack;
        handedBack = names(
                services,
                service -> !isWanted(service)
                        && !taken.contains(service.name())
                        && lookedUp.contains(numbers.of(service)));
        learned = names(services, service -> isWanted(service) || handedBack.contains(service.name()));
        return taken;
    }

    /** Whether a service is being handed back to the controller. */
    boolean isHandingBack() {
        return !handedBack.isEmpty();
    }

    /** Ends the sessions of devices that have none any more, and goes on with the others. */
    List<Effect> purge(final Collection<Service> services, final Pipeline pipeline, final long now) {
        return sessions.configure(
                cookies(services, this::learns, pipeline), cookies(services, service -> true, pipeline), now);
    }

    /** Compares the counts with the limits; a notice of each that has just been reached. */
    List<Effect> updateLimits(final Collection<Service> services, final Pipeline pipeline) {
        return limits.update(node, services.stream().filter(this::learns).toList(), pipeline, sessions);
    }

    /** The cookies of the sessions that have reached a limit. */
    Set<Long> full() {
        return limits.full();
    }

    /** The cookies of the sessions of which the switch is to learn no more. */
    Set<Long> stopped(final Collection<Service> services, final Pipeline pipeline) {
        final Set<Long> stopped = new HashSet<>(limits.full());
        stopped.addAll(cookies(services, service -> handedBack.contains(service.name()), pipeline));
        return stopped;
    }

    /** Whether a device has reached its own limit of client sessions. */
    boolean isFull(final Service service, final Device device) {
        return limits.isFull(service, device);
    }

    /** The devices of a service that would have reached their own limit, see {@link SwitchLimits#wouldBeFull}. */
    Set<String> wouldBeFull(
            final String service,
            final Service next,
            final Map<String, String> names,
            final Map<String, Integer> counts) {
        return limits.wouldBeFull(service, next, names, counts);
    }

    /**
     * Takes over the sessions that the switch is to know by itself, whoever learned them.
     *
     * @param numbers the services' numbers
     * @param pipelineEntries gets what is not wanted any more once all is there
     */
    List<Effect> adopt(
            final ReadBack found,
            final Collection<Service> services,
            final Numbers numbers,
            final Pipeline pipeline,
            final List<Flow> pipelineEntries,
            final long now) {
        final List<Effect> effects = new ArrayList<>();
        final Map<Long, Integer> counts = new HashMap<>();
        final Set<Flow.Key> keys =
                found.all(EntryClass.KNOWN_BY_SWITCH).stream().map(Flow::key).collect(Collectors.toSet());
        for (final Service service : services) {
            for (final Flow flow : waysBackFirst(found.of(EntryClass.KNOWN_BY_SWITCH, numbers.of(service)))) {
                final Optional<Flow> desired = learnedEntry(service, flow, pipeline);
                if (!pipeline.learnedFormat().isLearned(flow.key().table())) {
                    // The controller learned it before, and the switch has not learned it again since.
                    pipelineEntries.add(flow);
                    desired.filter(entry -> keys.add(entry.key())).ifPresent(entry -> {
                        effects.add(new Effect.AddLater(entry));
                        counts.merge(entry.cookie(), 1, Integer::sum);
                    });
                    continue;
                }
                desired.ifPresent(entry -> counts.merge(entry.cookie(), 1, Integer::sum));
                desired.filter(entry -> !entry.equals(flow))
                        .ifPresent(entry -> effects.add(
                                entry.key().equals(flow.key())
                                        ? new Effect.AddLater(entry)
                                        : new Effect.AddFlow(entry)));
                if (desired.filter(entry -> entry.key().equals(flow.key())).isEmpty()) {
                    effects.add(new Effect.DeleteFlow(flow.key(), flow.cookie()));
                }
            }
        }
        found.all(EntryClass.UNREACHABLE).stream()
                .filter(flow -> !keys.contains(flow.key()))
                .forEach(pipelineEntries::add);
        sessions.adopt(cookies(services, this::learns, pipeline), counts, now);
        return effects;
    }

    /** Where a client's way back and its source are two devices', as while it moves, the way back tells. */
    private static List<Flow> waysBackFirst(final List<Flow> flows) {
        return flows.stream()
                .sorted(Comparator.comparing(
                        flow -> Cookie.parse(flow.cookie()).orElseThrow().kind() == Kind.LEARNED_SOURCE))
                .toList();
    }

    /** The entry that the switch would write for a session; empty when there is to be none. */
    private static Optional<Flow> learnedEntry(final Service service, final Flow flow, final Pipeline pipeline) {
        final Cookie cookie = Cookie.parse(flow.cookie()).orElseThrow();
        final ClientKey client = Pipeline.client(flow);
        final SwitchLearnedFormat format = pipeline.learnedFormat();
        final Optional<Device> device = format.keeper(service, cookie.device());
        return switch (cookie.kind()) {
            case CLIENT_SESSION ->
                device.filter(found -> service.outerFamilies().contains(client.family()))
                        .map(found -> format.learnedClient(service, found, client));
            case TO_CLIENT ->
                device.filter(found -> service.outerFamilies().contains(client.family()))
                        .map(found -> format.toldClient(service, found, client));
            // Of a client to whom nobody has sent for long, only its source is left.
            case RETURN_SESSION, LEARNED_SOURCE ->
                device.filter(found -> service.mayHaveSession(Side.EGRESS, client.address())
                                && Pipeline.isOfOneSession(service, flow))
                        .map(found -> format.isFound(flow.key())
                                ? format.foundReturn(service, found, client.address())
                                : format.learnedReturn(service, found, client.address()));
            default -> Optional.empty();
        };
    }

    /** The entries by which the switch learns what is no longer to be learned, or not so. */
    static List<Flow> staleLearners(final Tables installed, final Tables desired) {
        return installed.flows().values().stream()
                .filter(SwitchLearnedFormat::learns)
                .filter(flow -> !flow.equals(desired.flows().get(flow.key())))
                .toList();
    }

    /** Whether sessions that the switch has learned may have to be others with the tables that it gets. */
    static boolean mayBeOtherwise(final Reconciler reconciler, final Tables desired) {
        return isAnyKept(staleLearners(reconciler.installed(), desired), desired)
                || isAnyGivenAnew(reconciler, desired);
    }

    /** The same, of what it has learned since it was read. */
    static boolean mayHaveLearnedSince(final Reconciler reconciler, final Tables desired) {
        return !staleLearners(reconciler.installed(), desired).isEmpty() || isAnyGivenAnew(reconciler, desired);
    }

    /** Whether a stale learner's device keeps its sessions, so that some may be as the old entry made them. */
    private static boolean isAnyKept(final List<Flow> staleLearners, final Tables desired) {
        return staleLearners.stream()
                .anyMatch(stale -> desired.flows().values().stream()
                        .anyMatch(flow -> flow.cookie() == stale.cookie() && !flow.drops()));
    }

    /** Whether inner addresses that may have been learned are a device's own now. */
    private static boolean isAnyGivenAnew(final Reconciler reconciler, final Tables wanted) {
        // What somebody else's entry keeps out is never there: it would be anew after each reading.
        final Tables desired = reconciler.foreign().roomFor(wanted);
        final Tables installed = reconciler.installed();
        if (desired.flows().values().stream().noneMatch(SwitchLearnedFormat::learns)) {
            return false;
        }
        final Set<Match> before = installed.flows().values().stream()
                .filter(flow -> Pipeline.isGiven(flow) || Pipeline.isGivenDown(flow))
                .map(flow -> flow.key().match())
                .collect(Collectors.toSet());
        // Of a device that is back nothing has been learned.
        final Set<Sender> taught = installed.flows().values().stream()
                .filter(flow -> flow.key().match().ipSource() != null && Pipeline.isOfDevice(flow))
                .map(flow -> Sender.of(flow.key().match()))
                .collect(Collectors.toSet());
        return desired.flows().values().stream()
                .filter(Pipeline::isGiven)
                .map(flow -> flow.key().match())
                .anyMatch(match ->
                        !before.contains(match) && (match.ipSource() == null || taught.contains(Sender.of(match))));
    }

    /** Whose frames an entry matches. */
    private record Sender(Long port, MacAddress mac) {
        static Sender of(final Match match) {
            return new Sender(match.inPort(), match.etherSource());
        }
    }

    /** How many sessions and entries the switch has learned, as they were counted last. */
    SwitchLearnedCounts counts() {
        return sessions;
    }

    /** The number of sessions with a cookie that the switch has. */
    void counted(final long cookie, final int count) {
        sessions.counted(cookie, count);
    }

    /** Does what is due. */
    List<Effect> tick(final long now) {
        return sessions.tick(now);
    }

    /** When {@link #tick} is to be called next. */
    OptionalLong wakeAt() {
        return sessions.wakeAt();
    }

    private static Set<String> names(final Collection<Service> services, final Predicate<Service> which) {
        return services.stream().filter(which).map(Service::name).collect(Collectors.toUnmodifiableSet());
    }

    /** The cookies of the sessions of some services. */
    private Set<Long> cookies(
            final Collection<Service> services, final Predicate<Service> which, final Pipeline pipeline) {
        final Set<Long> cookies = new HashSet<>();
        for (final Service service : services) {
            for (final Device device : service.devices()) {
                if (!which.test(service) || !device.keepsSessions()) {
                    continue;
                }
                Stream.of(Side.values())
                        .filter(side -> service.isAt(node, side))
                        .flatMap(SwitchLearnedCounts::kinds)
                        .forEach(kind -> cookies.add(pipeline.cookie(kind, service, device)));
            }
        }
        return cookies;
    }
}
