/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.vpnlb.engine.net.MacAddress;
import org.vpnlb.engine.openflow.Action;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Group;

/**
 * The way of a frame through a switch: tables, actions, groups, and the learning bridge behind NORMAL.
 *
 * <p>OpenFlow leaves open which of two entries of one priority wins when a frame matches both. Here that fails the
 * test, unless both do the same.
 */
final class FramePath {
    private static final int DEEPEST = 8;

    /**
     * A frame that left the switch.
     *
     * @param port the port
     * @param frame the frame
     */
    record Sent(long port, byte[] frame) {
        MacAddress destination() {
            return MacAddress.read(frame, 0);
        }
    }

    /**
     * What became of a frame.
     *
     * @param sent what left the switch, the copies for the controller left out
     * @param normal whether it was forwarded as an ordinary switch does
     * @param punts the number of copies for the controller
     */
    record Verdict(List<Sent> sent, boolean normal, int punts) {
        boolean isDropped() {
            return sent.isEmpty() && !normal;
        }
    }

    private final InMemorySwitch owner;
    private final Set<Long> ports;
    private final Set<Long> down = new HashSet<>();
    private final Map<MacAddress, Long> stations = new HashMap<>();
    private final long hashSeed;

    FramePath(final InMemorySwitch owner, final Set<Long> ports, final long hashSeed) {
        this.owner = owner;
        this.ports = new TreeSet<>(ports);
        this.hashSeed = hashSeed;
    }

    Verdict receive(final long port, final byte[] frame) {
        return new Journey(port).run(frame);
    }

    List<Sent> send(final long port, final byte[] frame) {
        return ports.contains(port) && !down.contains(port) ? List.of(new Sent(port, frame)) : List.of();
    }

    void link(final long port, final boolean up) {
        if (up) {
            down.remove(port);
        } else {
            down.add(port);
        }
    }

    void forget() {
        stations.clear();
    }

    /** One frame on its way. */
    private final class Journey {
        private final long inPort;
        private final List<Sent> sent = new ArrayList<>();
        private boolean normal;
        private int punts;
        private long cookie;
        private long metadata;

        Journey(final long inPort) {
            if (!ports.contains(inPort)) {
                throw new AssertionError("no port " + inPort);
            }
            this.inPort = inPort;
        }

        Verdict run(final byte[] bytes) {
            pass(0, bytes.clone(), 0);
            return new Verdict(List.copyOf(sent), normal, punts);
        }

        private void pass(final int first, final byte[] frame, final int depth) {
            Integer table = first;
            while (table != null) {
                final Flow flow = lookup(table, Headers.of(frame));
                if (flow == null) {
                    break;
                }
                cookie = flow.cookie();
                flow.actions().forEach(action -> perform(action, frame, depth));
                metadata = Objects.requireNonNullElse(flow.metadata(), metadata);
                table = flow.nextTable();
            }
        }

        private Flow lookup(final int table, final Headers headers) {
            InMemorySwitch.Entry best = null;
            Flow rival = null;
            for (final InMemorySwitch.Entry entry : owner.table(table)) {
                final Flow flow = entry.flow();
                if (best != null && flow.key().priority() < best.flow().key().priority()
                        || !headers.match(flow.key().match(), inPort, metadata)) {
                    continue;
                }
                if (best == null || flow.key().priority() > best.flow().key().priority()) {
                    best = entry;
                    rival = null;
                } else if (!doTheSame(best.flow(), flow)) {
                    rival = flow;
                }
            }
            if (rival != null) {
                throw new AssertionError("It is open which entry wins for " + headers + " at port " + inPort + ":\n"
                        + best.flow() + "\n" + rival);
            }
            if (best == null) {
                return null;
            }
            best.used(owner.now());
            return best.flow();
        }

        private void perform(final Action action, final byte[] frame, final int depth) {
            switch (action) {
                case Action.Output output -> output(output.port(), frame);
                case Action.OutputNormal bridge -> bridge(frame);
                case Action.OutputController punt -> punt(frame, punt.maxLength());
                case Action.ToGroup group -> toGroup(owner.group(group.id()), frame, depth);
                case Action.SetDestinationMac set -> write(set.mac().toBytes(), frame, 0);
                case Action.OutputInPort back -> sent.add(new Sent(inPort, frame.clone()));
                case Action.SetSourceMac set -> write(set.mac().toBytes(), frame, 6);
                case Action.SetArpOperation set -> frame[Headers.start(frame) + 7] = (byte) set.operation();
                case Action.SetArpSenderMac set -> write(set.mac().toBytes(), frame, Headers.start(frame) + 8);
                case Action.SetArpSender set -> write(set.address().toBytes(), frame, Headers.start(frame) + 14);
                case Action.SetArpTargetMac set -> write(set.mac().toBytes(), frame, Headers.start(frame) + 18);
                case Action.SetArpTarget set -> write(set.address().toBytes(), frame, Headers.start(frame) + 24);
                case Action.SetMetadata set -> metadata = set.metadata();
                case Action.Resubmit resubmit -> pass(resubmit.table(), frame, deeper(depth, resubmit));
                case Action.Learn learn -> owner.learn(learn, Headers.of(frame).ipSource());
            }
        }

        private static int deeper(final int depth, final Object where) {
            if (depth > DEEPEST) {
                throw new AssertionError("too deep: " + where);
            }
            return depth + 1;
        }

        private void toGroup(final Group group, final byte[] frame, final int depth) {
            final int next = deeper(depth, group);
            final List<Group.Bucket> buckets = switch (group.type()) {
                case SELECT -> select(group, Headers.of(frame));
                case FAST_FAILOVER -> live(group).limit(1).toList();
                case ALL, INDIRECT -> group.buckets();
            };
            for (final Group.Bucket bucket : buckets) {
                final byte[] copy = frame.clone();
                // What a bucket does to a frame and its metadata ends with the bucket.
                final long before = metadata;
                asSet(bucket.actions()).forEach(action -> perform(action, copy, next));
                metadata = before;
            }
        }

        private void output(final long port, final byte[] frame) {
            // Never back to where it came from (OpenFlow 1.3, section 4.5: that takes OFPP_IN_PORT).
            if (port != inPort && ports.contains(port) && !down.contains(port)) {
                sent.add(new Sent(port, frame.clone()));
            }
        }

        private void bridge(final byte[] frame) {
            normal = true;
            final Headers headers = Headers.of(frame);
            if (headers.source().isStation()) {
                stations.put(headers.source(), inPort);
            }
            final Long known = stations.get(headers.destination());
            if (known == null) {
                ports.forEach(port -> output(port, frame));
            } else {
                output(known, frame);
            }
        }

        private void punt(final byte[] frame, final int maxLength) {
            punts++;
            final int length =
                    maxLength == Action.OutputController.WHOLE_FRAME ? frame.length : Math.min(frame.length, maxLength);
            owner.tell(new InMemorySwitch.Message.PacketIn(inPort, cookie, Arrays.copyOf(frame, length)));
        }
    }

    /** Whether it does not matter which of two entries a frame hits. */
    private static boolean doTheSame(final Flow first, final Flow second) {
        final Flow one = withoutLookUp(first);
        final Flow two = withoutLookUp(second);
        final boolean told = one.actions().stream().anyMatch(action -> !(action instanceof Action.OutputNormal));
        return one.actions().equals(two.actions())
                && Objects.equals(one.metadata(), two.metadata())
                && Objects.equals(one.nextTable(), two.nextTable())
                && (!told || one.cookie() == two.cookie());
    }

    /** For a moment, while that changes, it does not matter whether a frame finds what the switch has learned. */
    private static Flow withoutLookUp(final Flow flow) {
        return flow.actions().size() == 2
                        && flow.actions().get(0) instanceof Action.SetMetadata set
                        && flow.actions().get(1) instanceof Action.Resubmit
                ? new Flow(flow.key(), flow.cookie(), flow.timeouts(), List.of(), set.metadata(), flow.nextTable())
                : flow;
    }

    /**
     * A bucket's actions as the set that they are (OpenFlow 1.3, section 5.10): fields first, then one group or else
     * one output. Of several outputs the last counts, and sending to the controller is an output.
     */
    private static List<Action> asSet(final List<Action> actions) {
        final Map<Class<?>, Action> fields = new HashMap<>();
        Action group = null;
        Action output = null;
        for (final Action action : actions) {
            switch (action) {
                case Action.SetDestinationMac set -> fields.put(set.getClass(), set);
                case Action.SetSourceMac set -> fields.put(set.getClass(), set);
                case Action.SetArpOperation set -> fields.put(set.getClass(), set);
                case Action.SetArpSenderMac set -> fields.put(set.getClass(), set);
                case Action.SetArpSender set -> fields.put(set.getClass(), set);
                case Action.SetArpTargetMac set -> fields.put(set.getClass(), set);
                case Action.SetArpTarget set -> fields.put(set.getClass(), set);
                case Action.OutputInPort to -> output = to;
                case Action.ToGroup to -> group = to;
                case Action.Output to -> output = to;
                case Action.OutputNormal to -> output = to;
                case Action.OutputController to -> output = to;
                case Action.SetMetadata set -> fields.put(set.getClass(), set);
                case Action.Resubmit to -> output = to;
                // As Open vSwitch does: it takes it, and does nothing.
                case Action.Learn learn -> {}
            }
        }
        final List<Action> set = new ArrayList<>(fields.values());
        if (group != null || output != null) {
            set.add(group != null ? group : output);
        }
        return set;
    }

    private Stream<Group.Bucket> live(final Group group) {
        return group.buckets().stream()
                .filter(bucket -> bucket.watchPort() == null
                        || ports.contains(bucket.watchPort()) && !down.contains(bucket.watchPort()))
                .filter(bucket -> bucket.watchGroup() == null
                        || live(owner.group(bucket.watchGroup())).findAny().isPresent());
    }

    /** Chooses as Open vSwitch does: by addresses and protocol, and by ports only for TCP and SCTP. */
    private List<Group.Bucket> select(final Group group, final Headers headers) {
        final List<Group.Bucket> live = live(group).toList();
        if (live.isEmpty()) {
            return List.of();
        }
        final List<Group.Bucket> all = group.buckets();
        for (int attempt = 0; ; attempt++) {
            long point = Long.remainderUnsigned(
                    hash(headers, attempt),
                    all.stream().mapToLong(Group.Bucket::weight).sum());
            int chosen = 0;
            while (point >= all.get(chosen).weight()) {
                point -= all.get(chosen++).weight();
            }
            // Those of dead buckets are spread over the live ones, all others stay.
            if (live.contains(all.get(chosen))) {
                return List.of(all.get(chosen));
            }
        }
    }

    private long hash(final Headers headers, final int attempt) {
        final Hasher hasher =
                Hashing.murmur3_128().newHasher().putLong(hashSeed).putInt(attempt);
        if (headers.ipSource() == null) {
            return hasher.putLong(headers.source().value()).hash().asLong();
        }
        hasher.putBytes(headers.ipSource().toBytes())
                .putBytes(headers.ipDestination().toBytes())
                .putInt(headers.ipProtocol());
        if (headers.ipProtocol() == Headers.TCP || headers.ipProtocol() == Headers.SCTP) {
            hasher.putInt(headers.destinationPort());
        }
        return hasher.hash().asLong();
    }

    private static void write(final byte[] field, final byte[] frame, final int offset) {
        System.arraycopy(field, 0, frame, offset, field.length);
    }
}
