/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.session;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.MacAddress;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.pipeline.Pipeline;

/**
 * Keeps frames to clients without a session from being punted for a while. Each port has a share of the entries: who
 * scans behind one uses up no other's.
 */
final class SuppressedMisses {
    /** The entries that a port may have, however many ports there are, while there is room for any. */
    private static final int LEAST = 20;

    private final Map<Long, PuntSuppression> byPort = new HashMap<>();
    private Service service;
    private Pipeline pipeline;
    private int share;

    SuppressedMisses(final Service service, final Pipeline pipeline) {
        this.service = service;
        this.pipeline = pipeline;
        share = share(service);
    }

    /** What is sent to a client by way of a MAC address from a port. */
    boolean isActive(final IpAddress client, final MacAddress nextHop, final long inPort, final long now) {
        return at(inPort, now).isActive(pipeline.suppressedMiss(service, inPort, nextHop, client), now);
    }

    /** Suppresses what is sent to one client, unless the port has used up its share. */
    List<Effect> suppress(final IpAddress client, final MacAddress nextHop, final long inPort, final long now) {
        return at(inPort, now).suppress(pipeline.suppressedMiss(service, inPort, nextHop, client), now);
    }

    /** The same for a client that nobody could find; once the share is used up, for all clients of its family. */
    List<Effect> suppressOrAll(final IpAddress client, final MacAddress nextHop, final long inPort, final long now) {
        return at(inPort, now)
                .suppress(
                        pipeline.suppressedMiss(service, inPort, nextHop, client),
                        () -> pipeline.suppressedMisses(service, inPort, nextHop, client.family()),
                        now);
    }

    /** Suppresses what is sent from a port to any client of a family. */
    List<Effect> suppressAll(
            final IpAddress.Family family, final MacAddress nextHop, final long inPort, final long now) {
        final Flow all = pipeline.suppressedMisses(service, inPort, nextHop, family);
        return at(inPort, now).suppress(all, () -> all, now);
    }

    private PuntSuppression at(final long inPort, final long now) {
        if (size() >= PuntSuppression.MAX) {
            byPort.values().forEach(port -> port.forgetEnded(now));
        }
        return byPort.computeIfAbsent(inPort, port -> new PuntSuppression(() -> most(port)));
    }

    /** A port's share, as far as the others leave it that: the ports of very many devices have theirs, too. */
    private int most(final long inPort) {
        return Math.min(share, PuntSuppression.MAX - size() + byPort.get(inPort).size());
    }

    private int size() {
        return byPort.values().stream().mapToInt(PuntSuppression::size).sum();
    }

    private static int share(final Service service) {
        final LongStream servers = service.egress().switches().stream()
                .flatMapToLong(here -> here.ports().stream().mapToLong(Long::longValue));
        final LongStream devices =
                service.devices().stream().map(Device::egress).mapToLong(egress -> egress.port());
        final long ports = LongStream.concat(servers, devices).distinct().count();
        return (int) Math.max(LEAST, PuntSuppression.MAX / Math.max(1, ports));
    }

    /** How many entries the switch may hold. */
    int possible(final long now) {
        return byPort.values().stream().mapToInt(port -> port.possible(now)).sum();
    }

    /** The switch holds these entries, and no others. */
    void adopt(final List<Flow> misses, final long now) {
        byPort.clear();
        misses.forEach(miss -> Optional.ofNullable(miss.key().match().inPort())
                .ifPresent(port -> at(port, now).adopt(miss, now)));
    }

    /** The configuration changed. */
    List<Effect> configure(final Service next, final Pipeline nextPipeline) {
        final long before = pipeline.suppressedMissCookie(service);
        final List<Effect> effects = nextPipeline.suppressedMissCookie(next) == before ? List.of() : release();
        service = next;
        share = share(next);
        pipeline = nextPipeline;
        return effects;
    }

    /** The numbers of services and devices are others now. */
    void renumbered(final Pipeline next) {
        pipeline = next;
    }

    /** Deletes all entries. */
    List<Effect> release() {
        final boolean isAny = byPort.values().stream().anyMatch(port -> !port.isEmpty());
        byPort.clear();
        return isAny ? List.of(new Effect.DeleteFlows(pipeline.suppressedMissCookie(service))) : List.of();
    }
}
