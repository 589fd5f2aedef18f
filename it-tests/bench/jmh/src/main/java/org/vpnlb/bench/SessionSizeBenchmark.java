/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.bench;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jol.info.GraphLayout;
import org.vpnlb.engine.agent.SwitchAgent;

/** The heap that an agent needs for a million sessions: all that it holds on to, counted object by object. */
@BenchmarkMode(Mode.SingleShotTime)
@Fork(
        value = 1,
        jvmArgsAppend = {"-Xmx4g", "-Djol.magicFieldOffset=true", "-XX:+EnableDynamicAgentLoading"})
@Warmup(iterations = 0)
@Measurement(iterations = 1)
public class SessionSizeBenchmark {
    private static final int SESSIONS = 1_000_000;

    /** The result; JMH shows its fields beside the time. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.EVENTS)
    public static class Size {
        /** The bytes of heap for each session. */
        public long bytesPerSession;
    }

    /** Client sessions, in an ingress switch. */
    @Benchmark
    public void ingress(final Size size) {
        final var office = new Office(16);
        final SwitchAgent agent = office.agent(Office.INGRESS);
        final long before = GraphLayout.parseInstance(agent).totalSize();
        for (int i = 0; i < SESSIONS; i++) {
            agent.handle(office.newClient(i));
        }
        size.bytesPerSession = (GraphLayout.parseInstance(agent).totalSize() - before) / SESSIONS;
    }

    /** Return sessions, in an egress switch. */
    @Benchmark
    public void egress(final Size size) {
        final var office = new Office(16);
        final SwitchAgent agent = office.agent(Office.EGRESS);
        final long before = GraphLayout.parseInstance(agent).totalSize();
        for (int i = 0; i < SESSIONS; i++) {
            agent.handle(office.newSource(i));
        }
        size.bytesPerSession = (GraphLayout.parseInstance(agent).totalSize() - before) / SESSIONS;
    }
}
