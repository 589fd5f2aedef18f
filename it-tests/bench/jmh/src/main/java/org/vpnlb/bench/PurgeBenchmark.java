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
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.vpnlb.engine.agent.SwitchAgent;
import org.vpnlb.engine.event.Effect;

/** One of two devices dies, which has half of all sessions. */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(3)
@Warmup(iterations = 20)
@Measurement(iterations = 20)
public class PurgeBenchmark {
    /** The number of the dead device's sessions. */
    @Param({"100", "10000", "100000"})
    public int sessions;

    private final Office office = new Office(2);
    private SwitchAgent ingress;
    private SwitchAgent egress;

    /** All of them are there. */
    @Setup(Level.Invocation)
    public void fill() {
        ingress = office.agent(Office.INGRESS);
        egress = office.agent(Office.EGRESS);
        for (int i = 0; i < 2 * sessions; i++) {
            ingress.handle(office.newClient(i));
            egress.handle(office.newSource(i));
        }
    }

    /** The client sessions. */
    @Benchmark
    public List<Effect> ingress() {
        return ingress.handle(office.firstOneDead());
    }

    /** The return sessions. */
    @Benchmark
    public List<Effect> egress() {
        return egress.handle(office.firstOneDead());
    }
}
