/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.hash.Hashing;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.Label;
import net.jqwik.api.RandomGenerator;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Tables;

/**
 * The tables of 1,000 configurations, pinned by a hash each, so that a change of the code's form is seen to change no
 * entry. A change that is meant to: run with {@code -Dvpnlb.pin=true}, and say in the commit what changed and why.
 */
class PinnedTablesTest {
    private static final int CONFIGURATIONS = 1000;
    private static final long SEED = 20261126;
    private static final int CLIENTS = 4;
    private static final Path PINS = Path.of("src/test/resources/org/vpnlb/engine/agent/tables.txt");

    @Example
    @Label("the tables of 1,000 configurations, with sessions, are as they were pinned")
    void tablesAreAsPinned() throws IOException {
        final List<String> hashes = new ArrayList<>();
        final List<String> texts = new ArrayList<>();
        final Arbitrary<Shape> shapes = Shape.any();
        final RandomGenerator<Shape> generator = shapes.generator(CONFIGURATIONS);
        final Random random = new Random(SEED);
        for (int i = 0; i < CONFIGURATIONS; i++) {
            final Shape shape = generator.next(random).value();
            final String text = tables(shape, i);
            texts.add(shape + "\n" + text);
            hashes.add(Hashing.sha256()
                    .hashString(text, StandardCharsets.UTF_8)
                    .toString()
                    .substring(0, 16));
        }
        if (Boolean.getBoolean("vpnlb.pin")) {
            Files.write(PINS, hashes);
        }

        final List<String> pinned = Files.readAllLines(PINS);
        assertThat(pinned).hasSize(CONFIGURATIONS);
        final Path written = Files.createDirectories(Path.of("target/tables"));
        for (int i = 0; i < CONFIGURATIONS; i++) {
            if (Boolean.getBoolean("vpnlb.pin") || !hashes.get(i).equals(pinned.get(i))) {
                Files.writeString(written.resolve(i + ".txt"), texts.get(i));
            }
        }
        assertThat(hashes).as("see %s for what differs", written).isEqualTo(pinned);
    }

    /** All entries and groups of vpnlb in all switches, when some clients have sessions. */
    private static String tables(final Shape shape, final long seed) {
        // Where there are meters, MeterTest says what differs.
        final Lab lab = withSessions(Lab.of(shape, seed, InMemorySwitch.Feature.METERS));
        return lab.network().names().stream()
                .sorted()
                .map(node -> node + "\n" + text(lab.network().datapath(node).ours()))
                .collect(Collectors.joining());
    }

    /** Switches that serve some clients. */
    static Lab withSessions(final Lab lab) {
        for (final Service service : lab.enabled()) {
            final List<Frames.Kind> kinds = Frames.Kind.of(service);
            for (int client = 0; client < CLIENTS; client++) {
                lab.clientVerdict(service, Lab.outer(client), kinds.get(0));
                lab.network().settle();
                lab.clientVerdict(service, Lab.outer(client), kinds.get(kinds.size() - 1));
                lab.network().settle();
                final Device device =
                        service.devices().get(client % service.devices().size());
                lab.deviceVerdict(device, Lab.inner(service, client));
                lab.network().settle();
                lab.serverVerdict(service, service.virtualMac(), Lab.inner(service, client));
                lab.network().settle();
            }
        }
        return lab;
    }

    private static String text(final Tables tables) {
        final String flows = tables.flows().values().stream()
                .map(PinnedTablesTest::text)
                .sorted()
                .collect(Collectors.joining());
        final String groups = tables.groups().values().stream()
                .map(group -> group + "\n")
                .sorted()
                .collect(Collectors.joining());
        return flows + groups;
    }

    private static String text(final Flow flow) {
        return flow + " " + flow.timeouts() + "\n";
    }
}
