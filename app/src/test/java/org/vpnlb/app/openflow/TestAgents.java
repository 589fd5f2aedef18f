/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow;

import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import com.google.common.collect.Maps;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.SettableFuture;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.vpnlb.app.ManualTimer;
import org.vpnlb.app.Office;
import org.vpnlb.engine.agent.SwitchAgent;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.event.Notice;
import org.vpnlb.engine.model.Capabilities;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Group;
import org.vpnlb.engine.openflow.Meter;
import org.vpnlb.engine.openflow.Tables;
import org.vpnlb.engine.pipeline.Numbers;
import org.vpnlb.engine.pipeline.Pipeline;
import org.vpnlb.engine.reconcile.AuditClock;

/** The agents of the switches of {@link Office}, each connected with a switch that does what it is told. */
public final class TestAgents {
    public static final long NOW = 10_000_000;

    private final Map<String, SwitchMailbox> mailboxes = new TreeMap<>();
    private final Map<String, Map<Flow.Key, Flow>> flows = new TreeMap<>();
    private final Map<String, Map<Long, Group>> groups = new TreeMap<>();
    private final Map<String, Map<Long, Meter>> meters = new TreeMap<>();
    private final ManualTimer timer = new ManualTimer();
    private final SwitchReader reader = mock();
    private final List<Service> services;
    private boolean isSilent;
    private Consumer<Notice> notices = notice -> {};
    private BiFunction<Device, byte[], Optional<byte[]>> gateways = (device, frame) -> Optional.empty();

    public TestAgents(final Service service) {
        services = List.of(service);
        when(reader.held(any())).thenAnswer(asked -> answer(held(asked.getArgument(0))));
        when(reader.flows(any()))
                .thenAnswer(asked -> answer(
                        List.copyOf(flows.get(asked.<String>getArgument(0)).values())));
        for (final String node : List.of(Office.INGRESS, Office.EGRESS)) {
            flows.put(node, new HashMap<>());
            groups.put(node, new TreeMap<>());
            meters.put(node, new TreeMap<>());
            final SwitchSender sender = mock();
            when(sender.confirm()).thenAnswer(asked -> Futures.immediateVoidFuture());
            when(sender.confirmLast()).thenAnswer(asked -> Futures.immediateVoidFuture());
            doAnswer(sent -> {
                        apply(node, sent.getArgument(0));
                        return null;
                    })
                    .when(sender)
                    .send(any(), any());
            final var mailbox = new SwitchMailbox(
                    node,
                    new SwitchAgent(node, 0, new Random(1), AuditClock.Intervals.DEFAULT),
                    sender,
                    reader,
                    new SerialExecutor(Runnable::run),
                    PuntQueue.Limits.of(new ListenerTime(() -> 0), 1),
                    timer,
                    () -> NOW,
                    notice -> notices.accept(notice));
            mailboxes.put(node, mailbox);
            mailbox.tell(new Event.Configured(services, NOW));
        }
    }

    /** The switches connect; they hold the sessions of these clients with a device. */
    public TestAgents connect(final Device device, final String... clients) {
        final Service service = services.getFirst();
        final var pipeline = new Pipeline(0, Numbers.of(services), Set.of(), Set.of());
        mailboxes.forEach((node, mailbox) -> {
            final List<Flow> held = new ArrayList<>();
            for (final String client : clients) {
                final IpAddress address = IpAddress.parse(client);
                if (node.equals(Office.INGRESS)) {
                    held.add(pipeline.clientSession(service, device, address));
                } else {
                    held.add(pipeline.returnSession(service, device, address));
                    held.add(pipeline.learnedSource(service, device, address));
                }
            }
            held.forEach(flow -> flows.get(node).put(flow.key(), flow));
            mailbox.tell(new Event.Connected(Tables.of(held, List.of()), Capabilities.OPEN_VSWITCH, NOW));
        });
        return this;
    }

    /** Asks these agents. */
    public Inquiry inquiry() {
        return new Inquiry(mailboxes, reader, timer, () -> NOW);
    }

    /** The services that are configured. */
    public List<Service> services() {
        return services;
    }

    /** The entries that a switch holds. */
    public Map<Flow.Key, Flow> flows(final String node) {
        return flows.get(node);
    }

    /** The switches answer no more; {@link #timeOut} ends what waits for them. */
    public void silence() {
        isSilent = true;
    }

    /** Who is told what agents tell others than their switches. */
    public void listen(final Consumer<Notice> listener) {
        notices = listener;
    }

    /** What devices answer on the clients' side to what comes to them by their groups. */
    public void answering(final BiFunction<Device, byte[], Optional<byte[]>> answers) {
        gateways = answers;
    }

    private void arrived(final Effect.SendByGroup sent) {
        final Service service = services.getFirst();
        final var pipeline = new Pipeline(0, Numbers.of(services), Set.of(), Set.of());
        for (final Device device : service.devices()) {
            if (pipeline.group(Side.INGRESS, service, device) == sent.group()) {
                gateways.apply(device, sent.frame())
                        .ifPresent(frame -> mailboxes
                                .get(Office.INGRESS)
                                .tell(new Event.Punted(
                                        device.ingress().port(),
                                        pipeline.answers(Side.INGRESS, service, device),
                                        frame,
                                        NOW + 3)));
            }
        }
    }

    /** Whatever can take too long has taken too long. */
    public void timeOut() {
        timer.advance(60_000);
    }

    private <T> ListenableFuture<T> answer(final T answer) {
        return isSilent ? SettableFuture.create() : Futures.immediateFuture(answer);
    }

    private SwitchReader.Held held(final String node) {
        return new SwitchReader.Held(
                List.copyOf(flows.get(node).values()),
                Set.copyOf(groups.get(node).keySet()),
                Optional.of(new Event.Audited.Described(
                        groups.get(node).values(), meters.get(node).values(), Long.MAX_VALUE)),
                Event.Others.NONE,
                new MeterReader.Held(true, Maps.transformValues(meters.get(node), meter -> 0L)));
    }

    private void apply(final String node, final Effect effect) {
        switch (effect) {
            case Effect.AddFlow add -> flows.get(node).put(add.flow().key(), add.flow());
            case Effect.DeleteFlow delete -> flows.get(node).remove(delete.key());
            case Effect.DeleteFlows delete ->
                flows.get(node).values().removeIf(flow -> flow.cookie() == delete.cookie());
            case Effect.AddMeter add -> meters.get(node).put(add.meter().id(), add.meter());
            case Effect.DeleteMeter delete -> meters.get(node).remove(delete.id());
            case Effect.AddGroup add -> groups.get(node).put(add.group().id(), add.group());
            case Effect.ModifyGroup modify ->
                groups.get(node).put(modify.group().id(), modify.group());
            case Effect.DeleteGroup delete ->
                groups.get(node).remove(delete.group().id());
            case Effect.SendByGroup send -> arrived(send);
            default -> {}
        }
    }
}
