/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.shell;

import com.google.common.annotations.VisibleForTesting;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.yang.types.rev130715.Counter64;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.Volume;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.VpnService;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service.VpnDevice;
import org.vpnlb.engine.model.Plural;

/** {@code vpnlb:top}: the devices by their traffic, again and again. */
@Service
@Command(
        scope = "vpnlb",
        name = "top",
        description = "Shows the devices by their traffic, again and again until Ctrl-C.",
        detailedDescription = "Examples: vpnlb:top office, vpnlb:top --json --count 1 office")
public final class TopCommand extends VpnlbCommand {
    private static final long SECOND = 1000;
    /** Two readings of the switches, and a second or two until the state tells them. */
    private static final int MAX_WARM_UP = 23;

    private static final double TENTHS = 10;
    private static final String CLEAR = "\u001b[H\u001b[2J";

    private static final int PACKETS_UP = 0;
    private static final int BYTES_UP = 1;
    private static final int PACKETS_DOWN = 2;
    private static final int BYTES_DOWN = 3;
    private static final int CREATED = 4;

    @Argument(name = "service", description = "The service; all when it is left out")
    @Completion(ServiceCompleter.class)
    private String service;

    @Option(name = "--count", description = "How many times it is shown; 0 = until Ctrl-C")
    private int count;

    @Option(name = "--interval", description = "The seconds from one time to the next")
    private int interval = 10;

    @Option(name = "--limit", description = "The most devices of a service that are shown")
    private int limit = 20;

    private final Map<Counter, Rate> rates = new HashMap<>();
    private LongSupplier clock = () -> System.nanoTime() / TimeUnit.MILLISECONDS.toNanos(1);
    private Pause pause = TimeUnit.MILLISECONDS::sleep;

    /** Lets time pass. */
    interface Pause {
        void sleep(long millis) throws InterruptedException;
    }

    /** A counter of the state; no device where it is the service's. */
    private record Counter(String service, Optional<String> device, int what) {}

    /** A device with its traffic in bytes a second, both ways. */
    private record Busy(VpnDevice device, double bytes) {}

    /** The same command with another clock, in milliseconds. */
    @VisibleForTesting
    void use(final LongSupplier otherClock, final Pause otherPause) {
        clock = otherClock;
        pause = otherPause;
    }

    @Override
    public Object execute() throws Exception {
        check("--count", count, 0);
        check("--interval", interval, 1);
        check("--limit", limit, 1);
        if (service != null) {
            store().service(service);
        }
        try {
            List<VpnService> states = read();
            for (int waited = 0; waited < MAX_WARM_UP && !isKnown(); waited++) {
                states = later();
            }
            show(states);
            for (int shown = 1; count == 0 || shown < count; shown++) {
                for (int second = 0; second < interval; second++) {
                    states = later();
                }
                show(states);
            }
        } catch (InterruptedException e) {
            // Ctrl-C is how it ends.
            return null;
        }
        return null;
    }

    private static void check(final String option, final int value, final int least) throws CommandException {
        if (value < least) {
            throw new CommandException("%s %d is out of range; use %d or more".formatted(option, value, least));
        }
    }

    private List<VpnService> later() throws CommandException, InterruptedException {
        pause.sleep(SECOND);
        return read();
    }

    /** Reads the state, and notes its counters. */
    private List<VpnService> read() throws CommandException {
        final List<VpnService> states = store().states().stream()
                .filter(state -> service == null || service.equals(state.getName()))
                .toList();
        final Set<Counter> there = new HashSet<>();
        for (final VpnService state : states) {
            for (final VpnDevice device : state.nonnullVpnDevice().values()) {
                note(there, state, device, PACKETS_UP, device.getFromClients());
                note(there, state, device, PACKETS_DOWN, device.getFromServers());
            }
            if (state.getCounters() != null) {
                note(
                        there,
                        new Counter(state.getName(), Optional.empty(), CREATED),
                        state.getCounters().getSessionsCreated());
            }
        }
        rates.keySet().retainAll(there);
        return states;
    }

    private void note(
            final Set<Counter> there,
            final VpnService state,
            final VpnDevice device,
            final int packets,
            final Volume volume) {
        if (volume != null) {
            final Optional<String> name = Optional.of(device.getName());
            note(there, new Counter(state.getName(), name, packets), volume.getPackets());
            note(there, new Counter(state.getName(), name, packets + 1), volume.getBytes());
        }
    }

    private void note(final Set<Counter> there, final Counter counter, final Counter64 value) {
        if (value != null) {
            final long now = clock.getAsLong();
            final long read = value.getValue().longValue();
            there.add(counter);
            rates.computeIfAbsent(counter, any -> new Rate(now, read)).read(now, read);
        }
    }

    private boolean isKnown() {
        return rates.values().stream()
                .allMatch(rate -> rate.perSecond(clock.getAsLong()).isPresent());
    }

    private void show(final List<VpnService> states) {
        final var rows = new Rows(
                "Service",
                "Device",
                "State",
                "Client sessions",
                "Return sessions",
                "New sessions/s",
                "Packets/s from clients",
                "Bytes/s from clients",
                "Packets/s from servers",
                "Bytes/s from servers");
        int left = 0;
        for (final VpnService state : states) {
            addService(rows, state);
            final List<Busy> devices = state.nonnullVpnDevice().values().stream()
                    .map(device -> new Busy(
                            device,
                            Stream.of(BYTES_UP, BYTES_DOWN)
                                    .map(what -> rate(state, device, what))
                                    .mapToDouble(rate -> rate.orElse(0))
                                    .sum()))
                    .sorted(Comparator.comparingDouble(Busy::bytes)
                            .reversed()
                            .thenComparing(busy -> busy.device().getName()))
                    .toList();
            devices.stream().limit(limit).forEach(busy -> addDevice(rows, state, busy.device()));
            left += Math.max(0, devices.size() - limit);
        }
        if (count == 0) {
            say(CLEAR);
        }
        print(rows);
        if (left > 0) {
            say(Plural.of(left, "device") + " with less traffic: --limit shows more");
        }
    }

    /** The service's own row has no device. */
    private void addService(final Rows rows, final VpnService state) {
        rows.add(
                state.getName(),
                null,
                state.getOperStatus() == null ? null : state.getOperStatus().getName(),
                sum(state, device -> device.getClientSessions().toJava()),
                sum(state, device -> device.getReturnSessions().toJava()),
                cell(rate(state, Optional.empty(), CREATED)),
                cell(sum(state, PACKETS_UP)),
                cell(sum(state, BYTES_UP)),
                cell(sum(state, PACKETS_DOWN)),
                cell(sum(state, BYTES_DOWN)));
    }

    private void addDevice(final Rows rows, final VpnService state, final VpnDevice device) {
        rows.add(
                state.getName(),
                device.getName(),
                device.getHealth() == null ? null : device.getHealth().getName(),
                device.getClientSessions().toJava(),
                device.getReturnSessions().toJava(),
                null,
                cell(rate(state, device, PACKETS_UP)),
                cell(rate(state, device, BYTES_UP)),
                cell(rate(state, device, PACKETS_DOWN)),
                cell(rate(state, device, BYTES_DOWN)));
    }

    private static long sum(final VpnService state, final ToLongFunction<VpnDevice> number) {
        return state.nonnullVpnDevice().values().stream().mapToLong(number).sum();
    }

    /** What all devices get together; empty while that of none is known. */
    private OptionalDouble sum(final VpnService state, final int what) {
        return state.nonnullVpnDevice().values().stream()
                .map(device -> rate(state, device, what))
                .flatMapToDouble(OptionalDouble::stream)
                .reduce(Double::sum);
    }

    private OptionalDouble rate(final VpnService state, final VpnDevice device, final int what) {
        return rate(state, Optional.of(device.getName()), what);
    }

    private OptionalDouble rate(final VpnService state, final Optional<String> device, final int what) {
        return Optional.ofNullable(rates.get(new Counter(state.getName(), device, what)))
                .map(rate -> rate.perSecond(clock.getAsLong()))
                .orElse(OptionalDouble.empty());
    }

    /** To a tenth; nothing where it is not known. */
    private static Double cell(final OptionalDouble rate) {
        return rate.isPresent() ? Math.round(rate.getAsDouble() * TENTHS) / TENTHS : null;
    }
}
