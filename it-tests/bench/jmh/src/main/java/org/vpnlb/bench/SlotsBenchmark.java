/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.bench;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.vpnlb.engine.selection.Slots;
import org.vpnlb.engine.selection.Slots.Candidate;

/** The slots when one of many devices goes, and when it returns. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(3)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class SlotsBenchmark {
    /** The number of devices. */
    @Param({"4", "255"})
    public int devices;

    /** The number of slots. */
    @Param({"64", "4096"})
    public int slots;

    private List<Candidate> all;
    private List<Candidate> survivors;
    private Slots whole;
    private Slots reduced;

    /** Devices of weights from 1 to 100. */
    @Setup
    public void assign() {
        all = IntStream.range(0, devices)
                .mapToObj(i -> new Candidate("g" + i, 1 + i * 37 % 100))
                .toList();
        survivors = all.subList(1, devices);
        whole = Slots.NONE.reassign(slots, all);
        reduced = whole.reassign(slots, survivors);
    }

    /** A device dies. */
    @Benchmark
    public Slots goes() {
        return whole.reassign(slots, survivors);
    }

    /** It is back. */
    @Benchmark
    public Slots returns() {
        return reduced.reassign(slots, all);
    }
}
