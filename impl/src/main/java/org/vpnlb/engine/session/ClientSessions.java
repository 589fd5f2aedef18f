/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.session;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.model.Defaults;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Service.Ingress.KeyedBy;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.net.ClientKey;
import org.vpnlb.engine.net.EthernetFrame;
import org.vpnlb.engine.net.EthernetFrame.IpPacket;
import org.vpnlb.engine.net.IkeMessage;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpEndpoint;
import org.vpnlb.engine.net.MacAddress;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.PacketFields;
import org.vpnlb.engine.pipeline.Cookie.Kind;
import org.vpnlb.engine.pipeline.Pipeline;
import org.vpnlb.engine.selection.DeviceChoice;
import org.vpnlb.engine.session.Counters.Ignored;
import org.vpnlb.engine.session.SessionSide.Ingress;

/** What frames teach on the ingress side of a service: outer client address to device. */
public final class ClientSessions {
    private final SessionTable table;
    private final PuntSuppression suppressedClients = new PuntSuppression();
    private final KnownLogins logins = new KnownLogins();
    private final Counters.Tally tally;
    private Map<MacAddress, Device> byMac;
    private boolean isDrainingLearned;
    /** Until when the controller goes by no metric, since clients that got no session live and must not move. */
    private long steadyUntil = Long.MIN_VALUE;

    private long refusals;

    /** No session yet. */
    public ClientSessions(final Service service, final Pipeline pipeline, final Counters.Tally tally) {
        this.tally = tally;
        table = new SessionTable(new Ingress(service, pipeline), tally);
        byMac = byMac(service);
    }

    private static Map<MacAddress, Device> byMac(final Service service) {
        return service.devices().stream()
                .collect(Collectors.toMap(device -> device.ingress().mac(), device -> device));
    }

    /** The sessions. */
    public SessionTable table() {
        return table;
    }

    /** The device of a client's session; empty when it has none. */
    public Optional<Device> deviceOf(final ClientKey client) {
        return Optional.ofNullable(table.get(client)).map(Session::device);
    }

    /**
     * The client that has an address and a port. Who has a session stays who it is when {@code client-key} changes.
     *
     * @param protocol the IP protocol, or null
     * @param port the port, or null where none is seen
     * @return empty where the port tells clients apart, and none is seen
     */
    public Optional<ClientKey> client(final IpAddress address, final Integer protocol, final Integer port) {
        final Optional<ClientKey> ofPort = protocol == null || port == null
                ? Optional.empty()
                : Optional.of(new IpEndpoint(address, protocol, port));
        if (ofPort.filter(client -> table.get(client) != null).isPresent()) {
            return ofPort;
        }
        final boolean isOfAddress =
                table.get(address) != null || table.side().service().ingress().clientKey() == KeyedBy.ADDRESS;
        return isOfAddress ? Optional.of(address) : ofPort;
    }

    /** Whether clients of a device that takes none any more are learned, since its slots have yet to move. */
    public void learnsOfDraining(final boolean isLearned) {
        isDrainingLearned = isLearned;
    }

    /**
     * Learns from the copy of a new client's packet, whose destination MAC address tells the selected device. A client
     * that has logged in from another address goes to the device that it had there.
     *
     * @param bytes the frame, or its beginning
     */
    public List<Effect> learn(final EthernetFrame frame, final IpPacket packet, final byte[] bytes, final long now) {
        final Device selected = byMac.get(frame.destination());
        if (selected == null) {
            tally.ignored(Ignored.UNKNOWN_MAC);
            return List.of();
        }
        final Optional<ClientKey> client = sender(packet, bytes);
        if (client.isEmpty()) {
            tally.ignored(Ignored.NOT_A_CLIENT);
            return List.of();
        }
        return learnClient(client.orElseThrow(), selected, bytes, now);
    }

    /**
     * Sends the frame of a new client on, which the switch has sent to no device, and learns from it. Frames that came
     * before the switch had the client's entry go to the same device.
     *
     * @param bytes the frame
     * @param choice chooses the device of a client that has none
     * @param answerMillis how long a device takes to answer, where that is known
     */
    public List<Effect> admit(
            final IpPacket packet,
            final byte[] bytes,
            final long now,
            final DeviceChoice choice,
            final Function<Device, OptionalDouble> answerMillis) {
        final Optional<ClientKey> sender = sender(packet, bytes);
        if (sender.isEmpty()) {
            tally.ignored(Ignored.NOT_A_CLIENT);
            return List.of();
        }
        final ClientKey client = sender.orElseThrow();
        if (table.isFull() || table.refusals() != refusals) {
            refusals = table.refusals();
            steadyUntil = now + table.side().service().idleTimeout(Side.INGRESS) * 1000L;
        }
        final Optional<Device> selected = deviceOf(client).or(() -> selected(client, now, choice, answerMillis));
        if (selected.isEmpty()) {
            tally.ignored(Ignored.OUT_OF_SERVICE);
            return List.of();
        }
        final List<Effect> effects = new ArrayList<>(learnClient(client, selected.orElseThrow(), bytes, now));
        effects.add(sendTo(deviceOf(client).orElseGet(selected::orElseThrow), bytes));
        return effects;
    }

    /** Sends the frame of a new client on while nothing can be learned, since the sessions are being read. */
    public List<Effect> passOn(final IpPacket packet, final byte[] bytes, final DeviceChoice choice) {
        return sender(packet, bytes)
                .flatMap(client -> deviceOf(client).or(() -> choice.steady(client)))
                .map(device -> List.of(sendTo(device, bytes)))
                .orElse(List.of());
    }

    private static Effect sendTo(final Device device, final byte[] bytes) {
        return new Effect.SendFrame(
                device.ingress().port(),
                EthernetFrame.withDestination(bytes, device.ingress().mac()));
    }

    private Optional<Device> selected(
            final ClientKey client,
            final long now,
            final DeviceChoice choice,
            final Function<Device, OptionalDouble> answerMillis) {
        if (now < steadyUntil) {
            return choice.steady(client);
        }
        return choice.next(
                table.side().service().selection().metric().orElse(Defaults.METRIC),
                device -> table.count(device.name()),
                answerMillis);
    }

    private Optional<ClientKey> sender(final IpPacket packet, final byte[] bytes) {
        return PacketFields.of(bytes)
                .flatMap(fields -> client(packet.source(), fields.ipProtocol(), fields.sourcePort()));
    }

    private List<Effect> learnClient(
            final ClientKey client, final Device selected, final byte[] bytes, final long now) {
        final Session session = table.get(client);
        if (session != null) {
            if (session.isSettling(Ingress.CLIENT_SESSION, now)) {
                tally.ignored(Ignored.ALREADY_KNOWN);
                return List.of();
            }
            return List.of(table.writeEntry(Ingress.CLIENT_SESSION, client, now));
        }
        final OptionalLong login = IkeMessage.initiatorSpi(bytes);
        final Optional<Device> before = logins.client(login)
                .flatMap(this::deviceOf)
                .filter(known -> known.keepsSessions() && !table.fullDevices().contains(known.name()));
        final Device device = before.orElse(selected);
        if (before.isEmpty() && !device.takesSessions() && !(isDrainingLearned && device.keepsSessions())) {
            tally.ignored(Ignored.OUT_OF_SERVICE);
            return List.of();
        }
        if (!client.address().isHost()) {
            tally.ignored(Ignored.NOT_A_CLIENT);
            return List.of();
        }
        if (table.isFull()) {
            return rejected(
                    table.side().pipeline().suppressedClient(table.side().service(), selected, client), now);
        }
        final List<Effect> effects = table.create(client, device, now);
        logins.seen(login, client, table.size(), other -> table.get(other) != null);
        return effects;
    }

    private List<Effect> rejected(final Flow suppressed, final long now) {
        if (!suppressedClients.isActive(suppressed, now)) {
            tally.rejected();
        }
        return suppressedClients.suppress(suppressed, now);
    }

    /**
     * Learns from the copy of a packet that a device sent to a client whose slot says another device. A session with
     * another device that keeps its sessions wins: the client may have been with the sender before.
     *
     * @param bytes the frame, or its beginning
     */
    public List<Effect> learnFromDevice(
            final EthernetFrame frame, final IpPacket packet, final byte[] bytes, final long now) {
        final Device device = byMac.get(frame.source());
        if (device == null) {
            tally.ignored(Ignored.UNKNOWN_MAC);
            return List.of();
        }
        final Optional<ClientKey> found = PacketFields.of(bytes)
                .flatMap(fields -> client(packet.destination(), fields.ipProtocol(), fields.destinationPort()));
        if (found.isEmpty()) {
            tally.ignored(Ignored.NOT_A_CLIENT);
            return List.of();
        }
        final ClientKey client = found.orElseThrow();
        final Flow suppressed =
                table.side().pipeline().suppressedToClient(table.side().service(), device, client);
        final Optional<Ignored> ignored = whyNot(device, client);
        if (ignored.isPresent()) {
            tally.ignored(ignored.orElseThrow());
            return suppressedClients.suppress(suppressed, now);
        }
        final Session session = table.get(client);
        if (session == null && table.isFull()) {
            return rejected(suppressed, now);
        }
        if (session != null && session.isSettling(Ingress.TO_CLIENT, now)) {
            tally.ignored(Ignored.ALREADY_KNOWN);
            return List.of();
        }
        final List<Effect> effects = new ArrayList<>();
        if (session == null) {
            effects.addAll(table.create(client, device, now));
        } else if (session.writtenAt(Ingress.CLIENT_SESSION) == Session.GONE) {
            effects.add(table.writeEntry(Ingress.CLIENT_SESSION, client, now));
        }
        // The client's own way comes first: once the client is known here, nothing is punted any more.
        effects.add(table.writeEntry(Ingress.TO_CLIENT, client, now));
        return effects;
    }

    /** Why a device that sends to a client does not have it; empty when it has, or is to have. */
    private Optional<Ignored> whyNot(final Device device, final ClientKey client) {
        if (!device.keepsSessions()) {
            return Optional.of(Ignored.OUT_OF_SERVICE);
        }
        if (!client.address().isHost() || table.side().service().isOurs(client.address())) {
            return Optional.of(Ignored.NOT_A_CLIENT);
        }
        return deviceOf(client)
                .filter(holder -> !holder.name().equals(device.name()))
                .map(holder -> Ignored.CONFLICT);
    }

    /** The configuration changed: sessions of devices that keep none end, all others keep their device. */
    public List<Effect> configure(final Service service, final Pipeline pipeline, final long now) {
        byMac = byMac(service);
        final boolean isChanged = !service.equals(table.side().service());
        final List<Effect> effects = new ArrayList<>(isChanged ? releaseSuppressed() : List.of());
        effects.addAll(table.configure(new Ingress(service, pipeline), now));
        return effects;
    }

    /** The numbers of services and devices are others now. */
    public void renumbered(final Pipeline pipeline) {
        table.renumbered(new Ingress(table.side().service(), pipeline));
    }

    /** How many entries the switch may hold that keep clients from being punted. */
    public int suppressed(final long now) {
        return suppressedClients.possible(now);
    }

    /** A suppressed client may go elsewhere now, or get a session. */
    private List<Effect> releaseSuppressed() {
        final SessionSide side = table.side();
        return suppressedClients.release(side.service().devices().stream()
                .map(device -> side.pipeline().cookie(Kind.SUPPRESSION, side.service(), device))
                .toList());
    }

    /** The switch holds these entries, and no others, that keep clients beyond max-sessions from being punted. */
    public void adoptSuppressed(final List<Flow> clients, final long now) {
        suppressedClients.forget();
        clients.forEach(client -> suppressedClients.adopt(client, now));
    }

    /**
     * Takes the sessions from the entries that the switch holds.
     *
     * @param clients the client sessions of this service
     * @param toClients the entries of clients that are known by what devices send to them
     * @param since see {@link SessionTable#adopt}
     */
    public List<Effect> adopt(final List<Flow> clients, final List<Flow> toClients, final long since) {
        return table.adopt(Map.of(Kind.CLIENT_SESSION, clients, Kind.TO_CLIENT, toClients), since);
    }

    /** The switch has lost all that it had: all sessions are to be written again. */
    public void lost() {
        table.lost();
    }

    /** Forgets the sessions that the switch has lost. */
    public void abandon() {
        table.abandon();
    }

    /** Ends all sessions. */
    public List<Effect> purge() {
        final List<Effect> effects = new ArrayList<>(releaseSuppressed());
        effects.addAll(table.purge());
        return effects;
    }
}
