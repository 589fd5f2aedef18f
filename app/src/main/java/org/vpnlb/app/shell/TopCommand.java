/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.shell;

import com.google.common.annotations.VisibleForTesting;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Arrays;
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
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.api.console.Session;
import org.apache.karaf.shell.api.console.Terminal;
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

    /** A switch that is back has been read again by then; before, its counters are as old as its absence. */
    private static final long RETURN_MILLIS = 12_000;

    /** From there on nobody misses tenths. */
    private static final double WHOLE = 100;

    private static final String PREFIXES = " kMGTP";
    private static final double THOUSAND = 1000;
    private static final double HALF = 0.5;

    private static final String CLEAR = "\u001b[H\u001b[2J";

    /** In the table of a wide terminal; each number is a second's. */
    private static final String[] HEADINGS = {
        "Service", "Device", "State", "Client", "Return", "New/s", "Pkt/s up", "Byte/s up", "Pkt/s down", "Byte/s down"
    };

    private static final int WIDE_COLUMNS = 104;

    /** What the wide table has beside the names of services and devices. */
    private static final int WIDE_NUMBERS = 90;

    /** In the table of 80 columns. */
    private static final String[] NARROW = {
        "Service", "Device", "State", "Client", "Return", "New/s", "B/s up", "B/s down"
    };

    /** The same as in the wide one, in JSON. */
    private static final String[] NAMES = {
        "service",
        "device",
        "state",
        "client-sessions",
        "return-sessions",
        "new-sessions-per-second",
        "packets-from-clients-per-second",
        "bytes-from-clients-per-second",
        "packets-from-servers-per-second",
        "bytes-from-servers-per-second"
    };

    private static final int PACKETS_UP = 0;
    private static final int BYTES_UP = 1;
    private static final int PACKETS_DOWN = 2;
    private static final int BYTES_DOWN = 3;
    private static final int CREATED = 4;

    @Reference
    private Session session;

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
    /** When a switch of a service was last seen without a connection. */
    private final Map<String, Long> lost = new HashMap<>();

    private boolean isWide;
    private LongSupplier clock = () -> System.nanoTime() / TimeUnit.MILLISECONDS.toNanos(1);
    private Pause pause = TimeUnit.MILLISECONDS::sleep;

    /** A counter of the state; no device where it is the service's. */
    private record Counter(String service, Optional<String> device, int what) {}

    /** A device with its traffic in bytes a second, both ways. */
    private record Busy(VpnDevice device, double bytes) {}

    /** The same command with another clock, in milliseconds. */
    @VisibleForTesting
    void use(final Session otherSession, final LongSupplier otherClock, final Pause otherPause) {
        session = otherSession;
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
            for (int shown = 1; (count == 0 || shown < count) && !isUnread(); shown++) {
                for (int second = 0; second < interval; second++) {
                    states = later();
                }
                show(states);
            }
        } catch (InterruptedException e) {
            // Ctrl-C is how it ends.
            return null;
        } catch (CommandException e) {
            if (!(e.getCause() instanceof InterruptedException)) {
                throw e;
            }
            // The same while it read; the shell's next command is not meant.
            Thread.interrupted();
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
            if (!isTold(state)) {
                continue;
            }
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

    /** Whether the counters are of now: all switches are connected, and have been for a while if they were not. */
    private boolean isTold(final VpnService state) {
        final long now = clock.getAsLong();
        if (state.nonnullSwitch().values().stream().anyMatch(held -> Boolean.FALSE.equals(held.getConnected()))) {
            lost.put(state.getName(), now);
        }
        return !lost.containsKey(state.getName()) || now - lost.get(state.getName()) >= RETURN_MILLIS;
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
            there.add(counter);
            rates.computeIfAbsent(counter, any -> new Rate())
                    .read(clock.getAsLong(), value.getValue().longValue());
        }
    }

    private boolean isKnown() {
        return rates.values().stream().allMatch(rate -> rate.perSecond().isPresent());
    }

    private void show(final List<VpnService> states) {
        isWide = hasRoom(states);
        final var rows = new Rows(isJson() ? NAMES : isWide ? HEADINGS : NARROW);
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
        if (count == 0 && terminal().isPresent()) {
            say(CLEAR);
        }
        if (!isJson()) {
            terminal().ifPresent(found -> rows.fit(found.getWidth(), "Service", "Device"));
        }
        print(rows);
        if (left > 0) {
            say(Plural.of(left, "device") + " with less traffic: --limit shows more");
        }
    }

    private Optional<Terminal> terminal() {
        return Optional.ofNullable(session).map(Session::getTerminal);
    }

    /** Whether the terminal has room for the wide table with all names whole. */
    private boolean hasRoom(final List<VpnService> states) {
        final int services = longest(states.stream().map(VpnService::getName));
        final int devices = longest(states.stream()
                .flatMap(state -> state.nonnullVpnDevice().values().stream())
                .map(VpnDevice::getName));
        return terminal()
                .filter(found -> found.getWidth() >= Math.max(WIDE_COLUMNS, WIDE_NUMBERS + services + devices))
                .isPresent();
    }

    private static int longest(final Stream<String> names) {
        return names.mapToInt(String::length).max().orElse(0);
    }

    private void add(
            final Rows rows,
            final List<Object> first,
            final OptionalDouble packetsUp,
            final OptionalDouble bytesUp,
            final OptionalDouble packetsDown,
            final OptionalDouble bytesDown) {
        final List<Object> cells = new ArrayList<>(first);
        if (isJson() || isWide) {
            Stream.of(packetsUp, bytesUp, packetsDown, bytesDown)
                    .map(TopCommand::cell)
                    .forEach(cells::add);
        } else {
            Stream.of(bytesUp, bytesDown).map(TopCommand::prefixed).forEach(cells::add);
        }
        rows.add(cells.toArray());
    }

    /** The service's own row has no device. */
    private void addService(final Rows rows, final VpnService state) {
        add(
                rows,
                Arrays.asList(
                        state.getName(),
                        null,
                        state.getOperStatus() == null
                                ? null
                                : state.getOperStatus().getName(),
                        sum(state, device -> device.getClientSessions().toJava()),
                        sum(state, device -> device.getReturnSessions().toJava()),
                        cell(rate(state, Optional.empty(), CREATED))),
                sum(state, PACKETS_UP),
                sum(state, BYTES_UP),
                sum(state, PACKETS_DOWN),
                sum(state, BYTES_DOWN));
    }

    private void addDevice(final Rows rows, final VpnService state, final VpnDevice device) {
        add(
                rows,
                Arrays.asList(
                        state.getName(),
                        device.getName(),
                        device.getHealth() == null ? null : device.getHealth().getName(),
                        device.getClientSessions().toJava(),
                        device.getReturnSessions().toJava(),
                        null),
                rate(state, device, PACKETS_UP),
                rate(state, device, BYTES_UP),
                rate(state, device, PACKETS_DOWN),
                rate(state, device, BYTES_DOWN));
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
                .map(Rate::perSecond)
                .orElse(OptionalDouble.empty());
    }

    /** To a tenth where it is small, and never with an exponent; nothing where it is not known. */
    private static BigDecimal cell(final OptionalDouble rate) {
        return rate.isPresent()
                ? BigDecimal.valueOf(rate.getAsDouble())
                        .setScale(rate.getAsDouble() < WHOLE ? 1 : 0, RoundingMode.HALF_UP)
                : null;
    }

    /** The same in six characters at most: 41.7M. */
    private static String prefixed(final OptionalDouble rate) {
        double value = rate.orElse(0);
        int prefix = 0;
        while (value >= THOUSAND - HALF && prefix < PREFIXES.length() - 1) {
            value /= THOUSAND;
            prefix++;
        }
        return rate.isPresent()
                ? cell(OptionalDouble.of(value))
                        + PREFIXES.substring(prefix, prefix + 1).strip()
                : null;
    }
}
