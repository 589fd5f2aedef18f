/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.bench;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;
import org.vpnlb.engine.agent.SwitchAgent;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.event.Event;

/** What an agent does for a punted frame; {@code -prof gc} tells what it allocates. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(3)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class PuntBenchmark {
    private static final int SESSIONS = 10_000;

    private final Office office = new Office(16);
    private final Event[] clients = new Event[SESSIONS];
    private final Event[] sources = new Event[SESSIONS];
    private SwitchAgent ingress;
    private SwitchAgent egress;

    /** The frames are the same each time. */
    @Setup(Level.Trial)
    public void frames() {
        for (int i = 0; i < SESSIONS; i++) {
            clients[i] = office.newClient(i);
            sources[i] = office.newSource(i);
        }
    }

    /** The agents know none of them. */
    @Setup(Level.Invocation)
    public void agents() {
        ingress = office.agent(Office.INGRESS);
        egress = office.agent(Office.EGRESS);
    }

    /** A new client at the ingress switch: one entry. */
    @Benchmark
    @OperationsPerInvocation(SESSIONS)
    public void newClient(final Blackhole sink) {
        run(ingress, clients, sink);
    }

    /** A new inner address at the egress switch: two entries. */
    @Benchmark
    @OperationsPerInvocation(SESSIONS)
    public void newSource(final Blackhole sink) {
        run(egress, sources, sink);
    }

    private static void run(final SwitchAgent agent, final Event[] events, final Blackhole sink) {
        for (final Event event : events) {
            final List<Effect> effects = agent.handle(event);
            if (effects.isEmpty()) {
                throw new IllegalStateException("a new session without an effect");
            }
            sink.consume(effects);
        }
    }
}
