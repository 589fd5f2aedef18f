/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.vpnlb.engine.explain.Supposed;
import org.vpnlb.engine.explain.Supposition;
import org.vpnlb.engine.explain.Supposition.What;
import org.vpnlb.engine.model.Attachment;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Service.Selection.Method;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.model.Traffic;
import org.vpnlb.engine.net.ClientKey;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpEndpoint;
import org.vpnlb.engine.net.IpPrefix;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Group;
import org.vpnlb.engine.openflow.Match;
import org.vpnlb.engine.openflow.PacketFields;
import org.vpnlb.engine.openflow.Tables;
import org.vpnlb.engine.pipeline.Cookie;
import org.vpnlb.engine.pipeline.Cookie.Kind;
import org.vpnlb.engine.pipeline.Pipeline;
import org.vpnlb.engine.selection.Slots;

/** Makes the tables that a switch would have if something were so. Nothing is changed in the switch. */
record Supposer(Plan plan, SwitchLearnedSessions switchLearned) {
    /** Whose session a packet has, or would have. */
    private record Client(Side side, ClientKey key) {
        IpAddress address() {
            return key.address();
        }
    }

    /**
     * The tables if something were so.
     *
     * @param supposed what is supposed
     * @param inPort the port at which the packet comes in
     * @param frame the packet
     * @param tables the tables that the switch has, or should have
     */
    Supposed suppose(final Supposition supposed, final long inPort, final byte[] frame, final Tables tables) {
        final Optional<Service> found =
                plan.services().named(supposed.service()).map(ServiceHere::service);
        if (found.isEmpty()) {
            return new Supposed.Refused("service " + supposed.service() + " is not in " + plan.node());
        }
        final Service service = found.orElseThrow();
        final Optional<Device> keeper = service.keeper(supposed.device());
        if (keeper.isEmpty()) {
            return new Supposed.Refused("the device is down or out of service: no client can be with it");
        }
        final Optional<Client> client = PacketFields.of(frame).flatMap(fields -> client(service, inPort, fields));
        if (client.isEmpty()) {
            return new Supposed.Refused(
                    "it is no IP packet, or port %d is none of service %s: nobody knows whose session is meant"
                            .formatted(inPort, service.name()));
        }
        if (supposed.what() == What.SELECTED && client.orElseThrow().side() == Side.EGRESS) {
            return new Supposed.Refused("on the servers' side no device is selected");
        }
        if (supposed.what() == What.SELECTED && service.selection().method() == Method.CONTROLLER) {
            return new Supposed.Refused("the controller selects, and no entry of the switch: suppose the session");
        }
        final IpAddress address = client.orElseThrow().address();
        if (!service.mayHaveSession(client.orElseThrow().side(), address)) {
            return new Supposed.Refused(service.givenTo(address)
                    .map(owner -> "%s is in client-prefix of device %s, which gets it without a session"
                            .formatted(address, owner.name()))
                    .orElseGet(() -> "%s can have no session of service %s".formatted(address, service.name())));
        }
        final Tables deciding = switch (supposed.what()) {
            case SELECTED -> selected(service, keeper.orElseThrow());
            case SESSION -> Tables.EMPTY.with(session(service, keeper.orElseThrow(), client.orElseThrow()));
        };
        final boolean isOfHosts = isOfClients(service, inPort) || isOfServers(service, inPort);
        return new Supposed.Held(
                with(without(tables, service, client.orElseThrow()), deciding), isOfHosts ? deciding : Tables.EMPTY);
    }

    /** By where the packet comes in: from an uplink and from a device's inner leg it is the client who sends. */
    private Optional<Client> client(final Service service, final long inPort, final PacketFields fields) {
        if (fields.ipSource() == null || fields.ipDestination() == null) {
            return Optional.empty();
        }
        if (isOfClients(service, inPort)) {
            return Optional.of(new Client(Side.INGRESS, key(service, fields, fields.ipSource(), fields.sourcePort())));
        }
        if (isOfServers(service, inPort)) {
            return Optional.of(new Client(Side.EGRESS, fields.ipDestination()));
        }
        if (service.devices().stream().anyMatch(device -> isAt(device.ingress(), inPort))) {
            return Optional.of(
                    new Client(Side.INGRESS, key(service, fields, fields.ipDestination(), fields.destinationPort())));
        }
        return service.devices().stream().anyMatch(device -> isAt(device.egress(), inPort))
                ? Optional.of(new Client(Side.EGRESS, fields.ipSource()))
                : Optional.empty();
    }

    /** What shows no port of the service's is nobody's; it does not come as far as sessions. */
    private static ClientKey key(
            final Service service, final PacketFields fields, final IpAddress address, final Integer port) {
        return service.keyed()
                .map(Traffic::ipProtocol)
                .filter(protocol -> protocol.equals(fields.ipProtocol()) && port != null)
                .<ClientKey>map(protocol -> new IpEndpoint(address, protocol, port))
                .orElse(address);
    }

    private boolean isOfClients(final Service service, final long port) {
        return service.ingressSwitch(plan.node())
                .filter(here -> here.ports().contains(port))
                .isPresent();
    }

    private boolean isOfServers(final Service service, final long port) {
        return service.egressSwitch(plan.node())
                .filter(here -> here.ports().contains(port))
                .isPresent();
    }

    private boolean isAt(final Attachment side, final long port) {
        return side.node().equals(plan.node()) && side.port() == port;
    }

    /** Without the client's session, whoever learned it, and without what keeps the client from having one. */
    private Tables without(final Tables tables, final Service service, final Client client) {
        final Set<Kind> kinds = client.side() == Side.INGRESS
                ? EnumSet.of(Kind.CLIENT_SESSION, Kind.TO_CLIENT, Kind.SUPPRESSION)
                : EnumSet.of(Kind.RETURN_SESSION, Kind.LEARNED_SOURCE, Kind.SUPPRESSION, Kind.CONTESTED);
        final int number = plan.numbers().of(service);
        final Map<Flow.Key, Flow> left = new HashMap<>(tables.flows());
        left.values()
                .removeIf(flow -> Cookie.parse(flow.cookie())
                                .filter(cookie -> cookie.service() == number && kinds.contains(cookie.kind()))
                                .isPresent()
                        && isOf(flow.key().match(), service, client));
        return new Tables(left, tables.groups(), tables.meters());
    }

    private static boolean isOf(final Match match, final Service service, final Client client) {
        final IpPrefix one = client.side() == Side.EGRESS
                ? Pipeline.ofSession(service, client.address())
                : IpPrefix.of(client.address());
        return Stream.of(match.ipSource(), match.ipDestination())
                .anyMatch(prefix ->
                        prefix != null && (prefix.equals(one) || prefix.equals(IpPrefix.of(client.address()))));
    }

    /** The entries that each session has from its first packet on. */
    private List<Flow> session(final Service service, final Device device, final Client client) {
        final Pipeline pipeline = plan.pipeline();
        final boolean isOfSwitch = switchLearned.learns(service);
        return switch (client.side()) {
            case INGRESS ->
                List.of(
                        isOfSwitch
                                ? pipeline.learnedFormat().learnedClient(service, device, client.key())
                                : pipeline.clientSession(service, device, client.key()));
            case EGRESS ->
                isOfSwitch
                        ? List.of(pipeline.learnedFormat().learnedReturn(service, device, client.address()))
                        : List.of(
                                pipeline.returnSession(service, device, client.address()),
                                pipeline.learnedSource(service, device, client.address()));
        };
    }

    /** The entries and groups of a service's slots, as if all were the device's; also where the switch has others. */
    private Tables selected(final Service service, final Device device) {
        final Tables none = withSlots(service, Slots.NOBODY);
        final Tables all = withSlots(service, device.name());
        final Map<Flow.Key, Flow> flows = new HashMap<>(all.flows());
        flows.values().removeAll(none.flows().values());
        final Map<Long, Group> groups = new HashMap<>(all.groups());
        groups.values().removeAll(none.groups().values());
        return new Tables(flows, groups, Map.of());
    }

    private Tables withSlots(final Service service, final String owner) {
        return plan.pipeline()
                .tables(
                        plan.node(),
                        plan.services().configured(),
                        plan.slotMoves()
                                .slots()
                                .with(
                                        service,
                                        new Slots(Collections.nCopies(
                                                service.selection().slots(), owner))));
    }

    private static Tables with(final Tables tables, final Tables supposed) {
        final Map<Long, Group> groups = new HashMap<>(tables.groups());
        groups.putAll(supposed.groups());
        return new Tables(tables.flows(), groups, tables.meters())
                .with(List.copyOf(supposed.flows().values()));
    }
}
