/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.vpnlb.engine.model.Attachment;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpAddress.Family;
import org.vpnlb.engine.net.IpPrefix;
import org.vpnlb.engine.openflow.Action;
import org.vpnlb.engine.openflow.Action.Learn;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Flow.Timeouts;
import org.vpnlb.engine.openflow.Match;
import org.vpnlb.engine.pipeline.Cookie.Kind;

/**
 * The part of the pipeline that is different where the switch learns the sessions by itself, as a pure function of the
 * configuration. A learned entry can write the metadata and nothing more: it writes the device there, and the tables
 * behind have an entry for each device.
 */
public final class SwitchLearning {
    /** The tables of the entries that the switch writes, counted from the base. */
    public static final int LEARNED_CLIENTS = 5;

    public static final int LEARNED_RETURNS = 6;

    /** The lower half of the metadata is the service, the upper half the device. */
    private static final long SERVICE_MASK = 0xffff_ffffL;

    private static final int NO_MORE = 21;
    private static final int LEARNER = 20;

    /** From where no host sends (see {@link IpAddress#isHost}). */
    private static final List<IpPrefix> NO_HOSTS =
            List.of(IpPrefix.parse("0.0.0.0/32"), IpPrefix.parse("224.0.0.0/4"), IpPrefix.parse("255.255.255.255/32"));

    /**
     * Up to so many entries the switch itself keeps a limit. For more the controller does, which counts them: Open
     * vSwitch goes through all entries with a cookie for each that it learns, as long as a limit is named.
     */
    public static final long MOST_COUNTED_BY_SWITCH = 1000;

    private final int base;
    private final Numbers numbers;
    private final Set<Long> full;

    /**
     * The learning part of a pipeline.
     *
     * @param base the number of table 0 of the pipeline in the switch
     * @param numbers the numbers of services and devices
     * @param full the cookies of sessions of which there are as many as may be
     */
    public SwitchLearning(final int base, final Numbers numbers, final Set<Long> full) {
        this.base = base;
        this.numbers = numbers;
        this.full = Set.copyOf(full);
    }

    /** Whether the entries of a table are written by the switch. */
    public boolean isLearned(final int table) {
        return table == base + LEARNED_CLIENTS || table == base + LEARNED_RETURNS;
    }

    /** Looks for the device of a frame's session; the metadata is then the service, with the device if there is one. */
    public List<Action> lookUp(final Service service, final int table) {
        return List.of(new Action.SetMetadata(numbers.of(service)), new Action.Resubmit(base + table));
    }

    /** Whether an entry looks into those that the switch has learned. */
    public static boolean looksUp(final Flow flow) {
        return flow.actions().stream().anyMatch(Action.Resubmit.class::isInstance);
    }

    /** Whether an entry sends the frames of a service past those, to the entries that the controller has written. */
    public static boolean passesBy(final Flow flow) {
        return flow.metadata() != null;
    }

    /** Whether the switch learns by an entry. */
    public static boolean learns(final Flow flow) {
        return flow.actions().stream().anyMatch(Learn.class::isInstance);
    }

    /** A frame of a service, whether its device is known or not. */
    public Match ofService(final Service service) {
        return Match.builder().metadata(numbers.of(service), SERVICE_MASK).build();
    }

    /**
     * The actions by which a new client's frame, for which a device was selected, goes to that device's entry. It is in
     * the table of the learned entries, from where nothing leads on: so no frame can go round in circles.
     */
    public List<Action> selected(final Service service, final Device device) {
        return List.of(new Action.SetMetadata(metadata(service, device)), new Action.Resubmit(base + LEARNED_CLIENTS));
    }

    /** The entry that the switch writes for a client. */
    public Flow learnedClient(final Service service, final Device device, final IpAddress client) {
        return clients(service, device).entry(client);
    }

    /** The entry that the switch writes for the way back to a client. */
    public Flow learnedReturn(final Service service, final Device device, final IpAddress client) {
        return returns(service, device, client.family()).entry(client);
    }

    /** What is done on the clients' side with the frames of known devices. */
    public List<Flow> ingress(final Service service) {
        final List<Flow> flows = new ArrayList<>();
        final Family family = service.clusterAddress().family();
        for (final IpPrefix none : NO_HOSTS) {
            flows.add(new Flow(
                    new Flow.Key(
                            base + Pipeline.CLIENT_SESSIONS,
                            Pipeline.NEVER_LEARNED,
                            Match.ip(none.address().family())
                                    .metadata(numbers.of(service))
                                    .ipSource(none)
                                    .build()),
                    new Cookie(Kind.CLIENT_SESSION, numbers.of(service), 0).value(),
                    Timeouts.NONE,
                    List.of(),
                    null,
                    null));
        }
        for (final Device device : service.devices()) {
            if (!device.keepsSessions()) {
                continue;
            }
            final Action toDevice = toGroup(GroupId.Kind.TO_DEVICE, service, device);
            flows.add(ofDevice(Pipeline.CLIENT_SESSIONS, Match.ip(family), service, device, List.of(toDevice)));
            final List<Action> learns = new ArrayList<>(unlessFull(clients(service, device)));
            learns.add(toDevice);
            flows.add(ofDevice(LEARNED_CLIENTS, Match.ip(family), service, device, learns));
        }
        return flows;
    }

    /** What is done on the servers' side with the frames from, and to, known devices. */
    public List<Flow> egress(final Service service, final List<IpPrefix> clients) {
        final List<Flow> flows = new ArrayList<>();
        final List<IpPrefix> never = new ArrayList<>(NO_HOSTS);
        never.add(IpPrefix.of(service.clusterAddress()));
        for (final IpPrefix none : never) {
            flows.add(toReturns(
                    Pipeline.NEVER_LEARNED,
                    Match.ip(none.address().family()).ipSource(none).build(),
                    Cookie.of(Kind.LEARNED_SOURCE),
                    List.of()));
        }
        for (final Device device : service.devices()) {
            if (!device.keepsSessions()) {
                continue;
            }
            flows.add(ofDevice(
                    Pipeline.RETURN_SESSIONS,
                    Match.builder(),
                    service,
                    device,
                    List.of(toGroup(GroupId.Kind.RETURN_TO_DEVICE, service, device))));
            final Attachment egress = device.egress();
            for (final IpPrefix prefix : clients) {
                final Family family = prefix.address().family();
                final List<Action> learns = unlessFull(returns(service, device, family));
                flows.add(toReturns(
                        learns.isEmpty() ? NO_MORE : LEARNER,
                        Match.ip(family)
                                .inPort(egress.port())
                                .etherSource(egress.mac())
                                .ipSource(prefix)
                                .build(),
                        cookie(Kind.DEVICE, service, device),
                        learns));
            }
        }
        return flows;
    }

    private List<Action> unlessFull(final Learn learn) {
        return full.contains(learn.template().cookie()) ? List.of() : List.of(learn);
    }

    private Learn clients(final Service service, final Device device) {
        final long most = service.ingress().maxSessions();
        return new Learn(
                template(
                        LEARNED_CLIENTS,
                        service.clusterAddress().family(),
                        service,
                        device,
                        cookie(Kind.CLIENT_SESSION, service, device),
                        service.ingress().idleTimeout()),
                Learn.Field.SOURCE,
                limit(Math.min(most, device.maxSessions().orElse(most))));
    }

    private Learn returns(final Service service, final Device device, final Family family) {
        return new Learn(
                template(
                        LEARNED_RETURNS,
                        family,
                        service,
                        device,
                        cookie(Kind.RETURN_SESSION, service, device),
                        service.egress().idleTimeout()),
                Learn.Field.DESTINATION,
                limit(service.egress().maxSessions()));
    }

    private Flow template(
            final int table,
            final Family family,
            final Service service,
            final Device device,
            final Cookie cookie,
            final int idleTimeout) {
        return new Flow(
                new Flow.Key(
                        base + table,
                        Pipeline.SESSION,
                        Match.ip(family).metadata(numbers.of(service)).build()),
                cookie.value(),
                new Timeouts(idleTimeout, 0, false),
                List.of(new Action.SetMetadata(metadata(service, device))),
                null,
                null);
    }

    private Flow ofDevice(
            final int table,
            final Match.Builder match,
            final Service service,
            final Device device,
            final List<Action> actions) {
        return new Flow(
                new Flow.Key(
                        base + table,
                        Pipeline.SESSION,
                        match.metadata(metadata(service, device)).build()),
                cookie(Kind.DEVICE, service, device).value(),
                Timeouts.NONE,
                actions,
                null,
                null);
    }

    private Flow toReturns(final int priority, final Match match, final Cookie cookie, final List<Action> actions) {
        return new Flow(
                new Flow.Key(base + Pipeline.LEARNED_SOURCES, priority, match),
                cookie.value(),
                Timeouts.NONE,
                actions,
                null,
                base + Pipeline.RETURN_SESSIONS);
    }

    private Action toGroup(final GroupId.Kind kind, final Service service, final Device device) {
        return new Action.ToGroup(new GroupId(kind, numbers.of(service, device)).value());
    }

    private Cookie cookie(final Kind kind, final Service service, final Device device) {
        return new Cookie(kind, numbers.of(service), numbers.of(service, device));
    }

    private long metadata(final Service service, final Device device) {
        return (long) numbers.of(service, device) << Integer.SIZE | numbers.of(service);
    }

    private static int limit(final long most) {
        return most > MOST_COUNTED_BY_SWITCH ? 0 : (int) most;
    }

    /** The device that has a number, when sessions may be with it. */
    public Optional<Device> keeper(final Service service, final int number) {
        return service.devices().stream()
                .filter(device -> device.keepsSessions() && numbers.of(service, device) == number)
                .findFirst();
    }
}
