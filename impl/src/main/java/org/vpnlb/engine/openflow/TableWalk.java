/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.openflow;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.vpnlb.engine.net.MacAddress;
import org.vpnlb.engine.openflow.WalkStep.NotSent;
import org.vpnlb.engine.openflow.WalkStep.Stopped;

/**
 * Says what a switch with certain tables does with a frame, step by step: tables, actions and groups, as OpenFlow 1.3
 * (section 5) and Open vSwitch have them. It changes nothing and has no state of its own.
 *
 * <p>What only the switch itself knows is not guessed. The bucket of a select group is the {@link BucketChooser}'s, and
 * a walk ends at {@code NORMAL}. Where OpenFlow leaves open which entry wins, the step names the others.
 */
public final class TableWalk {
    /** So deep groups and resubmissions may be nested, as in Open vSwitch. */
    static final int MAX_DEPTH = 64;

    /** So many tables and groups a frame may visit, as in Open vSwitch. */
    static final int MAX_VISITS = 4096;

    /** Chooses the bucket of a select group, which every switch does by a hash of its own. */
    @FunctionalInterface
    public interface BucketChooser {
        /**
         * Chooses a bucket.
         *
         * @param group the select group
         * @param live the positions of the buckets that are alive, at least one
         * @param fields the frame
         * @return one of those positions
         */
        int choose(Group group, List<Integer> live, PacketFields fields);
    }

    private final SwitchView view;
    private final BucketChooser chooser;
    private final int first;

    /**
     * A walk through the tables of a switch.
     *
     * @param view the switch
     * @param chooser who chooses the buckets of its select groups
     */
    public TableWalk(final SwitchView view, final BucketChooser chooser) {
        this(view, chooser, 0);
    }

    /**
     * A walk that begins at another table than a switch does.
     *
     * @param first the id of the table where it begins
     */
    public TableWalk(final SwitchView view, final BucketChooser chooser, final int first) {
        this.view = view;
        this.chooser = chooser;
        this.first = first;
    }

    /**
     * A frame comes in.
     *
     * @param inPort the port at which it comes in
     * @param frame the frame, whole
     * @return what happens to it
     */
    public WalkResult walk(final long inPort, final byte[] frame) {
        return walk(inPort, frame, step -> {});
    }

    /**
     * A frame comes in, and somebody is told each step as it happens: what he changes in the switch is in effect for
     * the next.
     *
     * @param inPort the port at which it comes in
     * @param frame the frame, whole
     * @param listener is told each step
     * @return what happens to it
     */
    public WalkResult walk(final long inPort, final byte[] frame, final Consumer<WalkStep> listener) {
        final var journey = new Journey(inPort, listener);
        final byte[] copy = frame.clone();
        if (PacketFields.of(copy).isEmpty()) {
            journey.step(new WalkStep.FoundNoHeader(copy.length));
        } else {
            journey.pass(first, copy, 0);
        }
        final var way = new WalkResult(inPort, journey.steps);
        if (way.outcome() != WalkResult.Outcome.DROPPED) {
            return way;
        }
        journey.step(new WalkStep.Dropped());
        return new WalkResult(inPort, journey.steps);
    }

    /** One frame on its way. */
    private final class Journey {
        private final long inPort;
        private final Consumer<WalkStep> listener;
        private final List<WalkStep> steps = new ArrayList<>();
        private long metadata;
        private int visits;

        Journey(final long inPort, final Consumer<WalkStep> listener) {
            this.inPort = inPort;
            this.listener = listener;
        }

        private void step(final WalkStep step) {
            steps.add(step);
            listener.accept(step);
        }

        /** Whether the frame may visit one more table or group. */
        private boolean visit(final int depth) {
            if (visits > MAX_VISITS) {
                return false;
            }
            visits++;
            if (visits > MAX_VISITS) {
                step(new Stopped(Stopped.Reason.TOO_LONG));
                return false;
            }
            if (depth > MAX_DEPTH) {
                step(new Stopped(Stopped.Reason.TOO_DEEP));
                return false;
            }
            return true;
        }

        private void pass(final int entrance, final byte[] frame, final int depth) {
            Integer table = entrance;
            while (table != null && visit(depth)) {
                final Optional<Flow> found = lookUp(table, fields(frame));
                if (found.isEmpty()) {
                    return;
                }
                final Flow flow = found.orElseThrow();
                if (flow.meter() != null && !passes(flow.meter())) {
                    return;
                }
                flow.actions().forEach(action -> perform(action, frame, flow.cookie(), depth));
                metadata = flow.writeMetadata(metadata);
                if (flow.nextTable() != null && flow.nextTable() <= table) {
                    step(new Stopped(Stopped.Reason.GOTO_BACK));
                    return;
                }
                table = flow.nextTable();
            }
        }

        private boolean passes(final long meter) {
            final boolean passed = view.passes(meter);
            step(new WalkStep.Metered(meter, passed));
            return passed;
        }

        private Optional<Flow> lookUp(final int table, final PacketFields fields) {
            Flow best = null;
            final List<Flow> rivals = new ArrayList<>();
            for (final Flow flow : view.table(table)) {
                final int priority = flow.key().priority();
                if (best != null && priority < best.key().priority()
                        || !fields.matches(flow.key().match(), inPort, metadata)) {
                    continue;
                }
                if (best == null || priority > best.key().priority()) {
                    best = flow;
                    rivals.clear();
                } else {
                    rivals.add(flow);
                }
            }
            step(
                    best == null
                            ? new WalkStep.Missed(table, fields, metadata)
                            : new WalkStep.Matched(fields, metadata, best, rivals));
            return Optional.ofNullable(best);
        }

        private void perform(final Action action, final byte[] frame, final long cookie, final int depth) {
            switch (action) {
                case Action.Output output -> output(output.port(), frame);
                case Action.OutputInPort back -> send(inPort, frame);
                case Action.OutputNormal normal -> step(new WalkStep.HandedToNormal(frame.clone()));
                case Action.OutputController punt -> punt(cookie, frame, punt.maxLength());
                case Action.CopyToController copy -> {
                    if (passes(copy.meter())) {
                        punt(cookie, frame, copy.maxLength());
                    }
                }
                case Action.ToGroup to -> toGroup(to.id(), frame, cookie, depth + 1);
                case Action.Learn learn -> learn(learn, fields(frame));
                case Action.Resubmit resubmit -> {
                    step(new WalkStep.Applied(resubmit));
                    pass(resubmit.table(), frame, depth + 1);
                }
                case Action.SetMetadata set -> {
                    metadata = set.metadata();
                    step(new WalkStep.Applied(set));
                }
                case Action.SetDestinationMac set -> write(set, set.mac().toBytes(), frame, 0);
                case Action.SetSourceMac set -> write(set, set.mac().toBytes(), frame, MacAddress.LENGTH);
                case Action.SetArpOperation set -> writeArp(set, operation(set), frame, 6);
                case Action.SetArpSenderMac set -> writeArp(set, set.mac().toBytes(), frame, 8);
                case Action.SetArpSender set -> writeArp(set, set.address().toBytes(), frame, 14);
                case Action.SetArpTargetMac set -> writeArp(set, set.mac().toBytes(), frame, 18);
                case Action.SetArpTarget set -> writeArp(set, set.address().toBytes(), frame, 24);
            }
        }

        private void punt(final long cookie, final byte[] frame, final int maxLength) {
            step(new WalkStep.Punted(cookie, beginning(frame, maxLength)));
        }

        private void write(final Action action, final byte[] field, final byte[] frame, final int offset) {
            System.arraycopy(field, 0, frame, offset, field.length);
            step(new WalkStep.Applied(action));
        }

        /** A frame that is no ARP packet stays as it is. */
        private void writeArp(final Action action, final byte[] field, final byte[] frame, final int offset) {
            if (fields(frame).arpOperation() == null) {
                step(new WalkStep.Applied(action));
            } else {
                write(action, field, frame, PacketFields.payload(frame) + offset);
            }
        }

        private void output(final long port, final byte[] frame) {
            if (port == inPort) {
                step(new NotSent(port, NotSent.Reason.IN_PORT));
            } else {
                send(port, frame);
            }
        }

        private void send(final long port, final byte[] frame) {
            step(
                    view.isLive(port)
                            ? new WalkStep.Sent(port, frame.clone())
                            : new NotSent(port, NotSent.Reason.NOT_LIVE));
        }

        private void learn(final Action.Learn learn, final PacketFields fields) {
            step(fields.client(learn)
                    .<WalkStep>map(client -> new WalkStep.Learned(learn, learn.entry(client)))
                    .orElseGet(() -> new WalkStep.Applied(learn)));
        }

        private void toGroup(final long id, final byte[] frame, final long cookie, final int depth) {
            final Optional<Group> found = view.group(id);
            if (found.isEmpty()) {
                step(new WalkStep.FoundNoGroup(id));
                return;
            }
            if (!visit(depth)) {
                return;
            }
            final Group group = found.orElseThrow();
            step(new WalkStep.EnteredGroup(group));
            final List<Integer> chosen = choose(group, fields(frame));
            if (chosen.isEmpty()) {
                step(new WalkStep.FoundNoBucket(id));
            }
            for (final int bucket : chosen) {
                step(new WalkStep.ChoseBucket(id, bucket));
                final byte[] copy = frame.clone();
                // What a bucket does to a frame and its metadata ends with the bucket.
                final long before = metadata;
                asSet(group.buckets().get(bucket).actions()).forEach(action -> perform(action, copy, cookie, depth));
                metadata = before;
            }
        }

        private List<Integer> choose(final Group group, final PacketFields fields) {
            return switch (group.type()) {
                case ALL, INDIRECT ->
                    IntStream.range(0, group.buckets().size()).boxed().toList();
                case FAST_FAILOVER -> live(group, 0).stream().limit(1).toList();
                case SELECT -> {
                    final List<Integer> live = live(group, 0);
                    yield live.isEmpty() ? live : List.of(chooser.choose(group, live, fields));
                }
            };
        }
    }

    private List<Integer> live(final Group group, final int depth) {
        return IntStream.range(0, group.buckets().size())
                .filter(bucket -> isLive(group.buckets().get(bucket), depth))
                .boxed()
                .toList();
    }

    /** A bucket that watches nothing is always alive; of a port and a group one is enough (OpenFlow 1.3, 6.5). */
    private boolean isLive(final Group.Bucket bucket, final int depth) {
        return bucket.watchPort() == null && bucket.watchGroup() == null
                || bucket.watchPort() != null && view.isLive(bucket.watchPort())
                || bucket.watchGroup() != null
                        && depth < MAX_DEPTH
                        && view.group(bucket.watchGroup())
                                .filter(group -> !live(group, depth + 1).isEmpty())
                                .isPresent();
    }

    /**
     * A bucket's actions as the set that they are (OpenFlow 1.3, section 5.10): fields first, then one group or else
     * one output. Of several outputs the last counts, and sending to the controller is an output.
     */
    private static List<Action> asSet(final List<Action> actions) {
        final Map<Class<?>, Action> fields = new LinkedHashMap<>();
        Action group = null;
        Action output = null;
        for (final Action action : actions) {
            switch (action) {
                case Action.ToGroup to -> group = to;
                case Action.Output to -> output = to;
                case Action.OutputInPort to -> output = to;
                case Action.OutputNormal to -> output = to;
                case Action.OutputController to -> output = to;
                case Action.CopyToController to -> output = to;
                case Action.Resubmit to -> output = to;
                case Action.Learn learn -> {
                    // As Open vSwitch does: it takes it, and does nothing.
                }
                case Action.SetMetadata set -> fields.put(set.getClass(), set);
                case Action.SetDestinationMac set -> fields.put(set.getClass(), set);
                case Action.SetSourceMac set -> fields.put(set.getClass(), set);
                case Action.SetArpOperation set -> fields.put(set.getClass(), set);
                case Action.SetArpSenderMac set -> fields.put(set.getClass(), set);
                case Action.SetArpSender set -> fields.put(set.getClass(), set);
                case Action.SetArpTargetMac set -> fields.put(set.getClass(), set);
                case Action.SetArpTarget set -> fields.put(set.getClass(), set);
            }
        }
        final List<Action> set = new ArrayList<>(fields.values());
        if (group != null || output != null) {
            set.add(group != null ? group : output);
        }
        return set;
    }

    private static byte[] operation(final Action.SetArpOperation set) {
        return new byte[] {(byte) (set.operation() >>> 8), (byte) set.operation()};
    }

    private static byte[] beginning(final byte[] frame, final int maxLength) {
        return maxLength == Action.OutputController.WHOLE_FRAME
                ? frame.clone()
                : Arrays.copyOf(frame, Math.min(frame.length, maxLength));
    }

    private static PacketFields fields(final byte[] frame) {
        return PacketFields.of(frame).orElseThrow();
    }
}
