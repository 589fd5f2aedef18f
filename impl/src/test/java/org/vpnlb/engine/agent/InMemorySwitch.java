/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import com.google.common.collect.Iterables;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.event.Event.FlowRemoved.Reason;
import org.vpnlb.engine.model.Capabilities;
import org.vpnlb.engine.model.Volume;
import org.vpnlb.engine.openflow.Action;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Group;
import org.vpnlb.engine.openflow.Match;
import org.vpnlb.engine.openflow.Meter;
import org.vpnlb.engine.openflow.SwitchView;
import org.vpnlb.engine.openflow.TableWalk;
import org.vpnlb.engine.openflow.Tables;
import org.vpnlb.engine.openflow.WalkStep;
import org.vpnlb.engine.pipeline.Cookie;

/**
 * An OpenFlow 1.3 switch in memory: its tables, groups and clock. Where a frame goes is {@link TableWalk}'s to say.
 *
 * <p>It is stricter than a real one until a test asks for less: what a real switch answers with an error is a
 * {@link Refusal}, and whatever touches an entry that is not vpnlb's fails the test at once. So does a frame of which
 * it is open what becomes of it.
 */
final class InMemorySwitch {
    private static final long VPNLB_GROUPS = 0x76;
    private static final int LAST_TABLE = 254;

    /** What a switch tells its controller. */
    sealed interface Message {
        record PacketIn(long inPort, long cookie, byte[] frame) implements Message {}

        record Removed(Flow.Key key, long cookie, Reason reason) implements Message {}
    }

    /** What not every switch can do. */
    enum Feature {
        /** To compare some bits of a field: of addresses prefixes are enough. */
        ARBITRARY_MASKS,
        /** To compare some bits of a port, which only Open vSwitch does. */
        PORT_MASKS,
        /** What only Open vSwitch does: to write metadata by an action, to resubmit, to learn. */
        NICIRA_ACTIONS,
        /** To count packets, and drop those above a rate. */
        METERS
    }

    private final InMemoryTables tables = new InMemoryTables();
    private final InMemoryMeters meters = new InMemoryMeters();
    private final Map<Integer, Integer> limits = new HashMap<>();
    private final Set<Feature> lacking = EnumSet.noneOf(Feature.class);
    private final List<Flow> overwritten = new ArrayList<>();
    private final Consumer<Message> controller;
    private final LearningBridge bridge;
    private final TableWalk walk;
    private final Map<Event.Drops.BucketId, Volume> sentByBucket = new HashMap<>();
    private boolean overwrites;

    /**
     * A switch without a flow entry.
     *
     * @param ports its ports, all with a link
     * @param hashSeed what its select groups' hash begins with
     * @param controller who is told
     */
    InMemorySwitch(final Set<Long> ports, final long hashSeed, final Consumer<Message> controller) {
        this.controller = controller;
        bridge = new LearningBridge(ports);
        walk = new TableWalk(new View(), new BucketHash(hashSeed));
    }

    private class View implements SwitchView {
        @Override
        public Iterable<Flow> table(final int table) {
            return tables.table(table);
        }

        @Override
        public Optional<Group> group(final long id) {
            return tables.group(id);
        }

        @Override
        public boolean passes(final long meter) {
            return meters.passes(meter);
        }

        @Override
        public boolean isLive(final long port) {
            return bridge.isLive(port);
        }
    }

    /** From now on a table has no room for more entries than this. */
    void limit(final int table, final int most) {
        limits.put(table, most);
    }

    /** From now on every table has room. */
    void unlimited() {
        limits.clear();
    }

    /** From now on the switch cannot do this. */
    void lacks(final Feature feature) {
        lacking.add(feature);
    }

    /** From now on an entry that is written replaces one with the same key, whoever it belongs to, as in real life. */
    void overwriteForeign() {
        overwrites = true;
    }

    /** The entries that were not vpnlb's, and that vpnlb's have replaced. */
    List<Flow> overwritten() {
        return List.copyOf(overwritten);
    }

    /** What the switch says that it can do. */
    Capabilities capabilities() {
        final boolean isOpenVswitch = !lacking.contains(Feature.NICIRA_ACTIONS);
        return new Capabilities(
                isOpenVswitch,
                lacking.contains(Feature.METERS)
                        ? Capabilities.Meters.NONE
                        : new Capabilities.Meters(1L << 18, isOpenVswitch));
    }

    /** A frame comes in at a port. */
    Verdict receive(final long port, final byte[] frame) {
        if (!bridge.has(port)) {
            throw new AssertionError("no port " + port);
        }
        final List<Verdict.Sent> sent = new ArrayList<>();
        final var result = walk.walk(port, frame, step -> happened(port, frame.length, step, sent));
        return new Verdict(
                sent,
                !result.all(WalkStep.HandedToNormal.class).isEmpty(),
                result.all(WalkStep.Punted.class).size());
    }

    private void happened(final long inPort, final int length, final WalkStep step, final List<Verdict.Sent> sent) {
        switch (step) {
            case WalkStep.Matched matched -> {
                requireSure(matched);
                tables.use(matched.flow().key());
            }
            case WalkStep.ChoseBucket chosen ->
                sentByBucket.merge(
                        new Event.Drops.BucketId(chosen.group(), chosen.bucket()), new Volume(1, length), Volume::plus);
            case WalkStep.Learned learned -> learn(learned.action(), learned.entry());
            case WalkStep.Sent out -> sent.add(new Verdict.Sent(out.port(), out.frame()));
            case WalkStep.HandedToNormal normal -> sent.addAll(bridge.forward(inPort, normal.frame()));
            case WalkStep.Punted punted ->
                controller.accept(new Message.PacketIn(inPort, punted.cookie(), punted.frame()));
            case WalkStep.FoundNoGroup none -> throw new AssertionError("no group " + Long.toHexString(none.group()));
            case WalkStep.Stopped stopped -> throw new AssertionError("a loop: " + stopped);
            default -> {
                // Changes nothing in the switch.
            }
        }
    }

    private static void requireSure(final WalkStep.Matched matched) {
        matched.rivals().stream()
                .filter(rival -> !WalkStep.doTheSame(withoutLookUp(matched.flow()), withoutLookUp(rival)))
                .findFirst()
                .ifPresent(rival -> {
                    throw new AssertionError("It is open which entry wins for " + matched.fields() + ":\n"
                            + matched.flow() + "\n" + rival);
                });
    }

    /** For a moment, while that changes, it does not matter whether a frame finds what the switch has learned. */
    private static Flow withoutLookUp(final Flow flow) {
        return flow.actions().size() == 2
                        && flow.actions().get(0) instanceof Action.SetMetadata set
                        && flow.actions().get(1) instanceof Action.Resubmit
                ? new Flow(flow.key(), flow.cookie(), flow.timeouts(), List.of(), set.metadata(), flow.nextTable())
                : flow;
    }

    /** Does what an agent wants done; the frames that leave the switch by it are returned. */
    List<Verdict.Sent> apply(final Effect effect) {
        switch (effect) {
            case Effect.AddFlow add -> write(add.flow());
            case Effect.DeleteFlow delete -> {
                requireOurs(delete.cookie());
                removeAll(Reason.DELETED, flow -> flow.key().equals(delete.key()) && flow.cookie() == delete.cookie());
            }
            case Effect.DeleteFlows delete -> {
                requireOurs(delete.cookie());
                removeAll(Reason.DELETED, flow -> flow.cookie() == delete.cookie());
            }
            case Effect.AddGroup add -> {
                Refusal.unless(tables.group(add.group().id()).isEmpty(), "OFPGMFC_GROUP_EXISTS", add);
                writeGroup(add.group());
            }
            case Effect.ModifyGroup modify -> {
                Refusal.unless(tables.group(modify.group().id()).isPresent(), "OFPGMFC_UNKNOWN_GROUP", modify);
                writeGroup(modify.group());
            }
            case Effect.DeleteGroup delete -> delete(delete.group().id());
            case Effect.AddMeter add -> {
                requireOurs(add.meter());
                Refusal.unless(!lacking.contains(Feature.METERS), "OFPMMFC_INVALID_METER", add);
                Refusal.unless(!meters.has(add.meter().id()), "OFPMMFC_METER_EXISTS", add);
                meters.put(add.meter());
            }
            case Effect.DeleteMeter delete -> loseMeter(delete.id());
            case Effect.AddLater add -> throw new AssertionError("not for the switch alone: " + add);
            case Effect.Count ask -> throw new AssertionError("not for the switch alone: " + ask);
            case Effect.CountDrops ask -> throw new AssertionError("not for the switch alone: " + ask);
            case Effect.Confirm ask -> throw new AssertionError("not for the switch alone: " + ask);
            case Effect.AuditCounts ask -> throw new AssertionError("not for the switch alone: " + ask);
            case Effect.Audit ask -> throw new AssertionError("not for the switch alone: " + ask);
            case Effect.ReadOthers ask -> throw new AssertionError("not for the switch alone: " + ask);
            case Effect.Reread ask -> throw new AssertionError("not for the switch alone: " + ask);
            case Effect.Barrier barrier -> {
                // Everything is done in order here.
            }
            case Effect.SendFrame send -> {
                return bridge.isLive(send.port()) ? List.of(new Verdict.Sent(send.port(), send.frame())) : List.of();
            }
            case Effect.SendByGroup send -> {
                Refusal.unless(tables.group(send.group()).isPresent(), "OFPBAC_BAD_OUT_GROUP", send);
                return byGroup(send);
            }
            case Effect.Tell tell -> throw new IllegalArgumentException("not for a switch: " + tell);
        }
        return List.of();
    }

    /** What a group does with a frame that is said to have come in at a port. */
    private List<Verdict.Sent> byGroup(final Effect.SendByGroup send) {
        final Flow toGroup = new Flow(
                new Flow.Key(0, 0, Match.ALL),
                0,
                Flow.Timeouts.NONE,
                List.of(new Action.ToGroup(send.group())),
                null,
                null);
        final View view = new View() {
            @Override
            public Iterable<Flow> table(final int table) {
                return table == LAST_TABLE ? List.of(toGroup) : super.table(table);
            }
        };
        final List<Verdict.Sent> sent = new ArrayList<>();
        new TableWalk(view, (group, live, fields) -> live.getFirst(), LAST_TABLE)
                .walk(send.inPort(), send.frame(), step -> {
                    if (!(step instanceof WalkStep.Matched)) {
                        happened(send.inPort(), send.frame().length, step, sent);
                    }
                });
        return sent;
    }

    /** The number of entries with a cookie. */
    int count(final long cookie) {
        return (int) flows().stream().filter(flow -> flow.cookie() == cookie).count();
    }

    /** Puts an entry in that is somebody else's. */
    void putForeign(final Flow flow) {
        require(!isOurs(flow), "a foreign flow with vpnlb's cookie", flow);
        tables.put(flow);
    }

    /** Somebody puts a group in, perhaps with an id of vpnlb's. */
    void putForeign(final Group group) {
        tables.put(group);
    }

    /** Somebody deletes a group to which nothing leads. */
    void removeGroup(final long id) {
        tables.removeGroup(id);
    }

    /** Puts a meter in that is somebody else's, or changes one behind vpnlb's back. */
    void putMeter(final Meter meter) {
        meters.put(meter);
    }

    /** Deletes a meter, and with it the entries that name it (OpenFlow 1.3, section 6.4). */
    void loseMeter(final long id) {
        meters.remove(id);
        removeAll(Reason.DELETED, flow -> flow.meter() != null && flow.meter() == id);
    }

    /** How many frames each entry with one of these cookies has dropped that does nothing else. */
    Map<Flow, Long> droppedByFlow(final Set<Long> cookies) {
        return flows().stream()
                .filter(flow -> cookies.contains(flow.cookie()) && flow.drops())
                .collect(Collectors.toMap(flow -> flow, flow -> tables.used(flow.key())));
    }

    /** What went by each bucket since its group was made or changed. */
    Map<Event.Drops.BucketId, Volume> sentByBucket() {
        final Map<Event.Drops.BucketId, Volume> sent = new HashMap<>();
        tables.groups().forEach(group -> {
            for (int i = 0; i < group.buckets().size(); i++) {
                final var bucket = new Event.Drops.BucketId(group.id(), i);
                sent.put(bucket, sentByBucket.getOrDefault(bucket, Volume.NONE));
            }
        });
        return sent;
    }

    /** How many frames each meter has dropped. */
    Map<Long, Long> droppedByMeter() {
        return meters.dropped();
    }

    /** The clock goes on; what has timed out meanwhile goes. */
    void advance(final long time) {
        meters.advance(time);
        tables.advance(time);
        tables.ended().forEach(flow -> remove(flow, Reason.EXPIRED));
    }

    /** The switch loses all that it was told, as by a restart. */
    void restart() {
        tables.clear();
        meters.clear();
        bridge.forget();
    }

    /** Somebody deletes entries behind vpnlb's back. */
    void tamper(final Predicate<Flow> doomed) {
        removeAll(Reason.DELETED, doomed);
    }

    /** Somebody deletes all groups behind vpnlb's back, and with them the entries that lead to them. */
    void loseGroups() {
        final Set<Long> lost = ours().groups().keySet();
        lost.forEach(tables::removeGroup);
        removeAll(Reason.DELETED, flow -> groupsOf(flow.actions()).stream().anyMatch(lost::contains));
    }

    /** The link of a port comes or goes. */
    void link(final long port, final boolean up) {
        bridge.link(port, up);
    }

    /** What a controller that looks for vpnlb's marks finds. */
    Tables ours() {
        return Tables.of(
                flows().stream().filter(InMemorySwitch::isOurs).toList(),
                tables.groups().stream()
                        .filter(group -> group.id() >>> 24 == VPNLB_GROUPS)
                        .toList(),
                meters.all().stream().filter(InMemorySwitch::isOurs).toList());
    }

    /** All there is, whoever it belongs to. */
    Tables all() {
        return Tables.of(flows(), tables.groups(), meters.all());
    }

    List<Flow> flows() {
        return tables.flows();
    }

    Optional<Flow> flow(final Flow.Key key) {
        return tables.flow(key);
    }

    Group group(final long id) {
        return tables.group(id).orElseThrow(() -> new AssertionError("no group " + Long.toHexString(id)));
    }

    /** Writes an entry by itself; one that is there already is used by that, and one that is different is replaced. */
    private void learn(final Action.Learn learn, final Flow entry) {
        if (flow(entry.key()).filter(entry::equals).isPresent()) {
            tables.use(entry.key());
            return;
        }
        final int others = Iterables.size(
                Iterables.filter(tables.table(entry.key().table()), flow -> flow.cookie() == entry.cookie()));
        if (learn.limit() == 0 || others < learn.limit()) {
            write(entry);
        }
    }

    private void write(final Flow flow) {
        requireOurs(flow.cookie());
        Validity.check(flow);
        Refusal.unless(flow.key().table() <= LAST_TABLE, "OFPFMFC_BAD_TABLE_ID", flow);
        requireGroups(flow.actions(), flow);
        requireFeatures(flow);
        flow.meters().forEach(id -> Refusal.unless(meters.has(id), "OFPMMFC_INVALID_METER", flow));
        final int table = flow.key().table();
        final Optional<Flow> old = flow(flow.key());
        Refusal.unless(
                old.isPresent() || tables.size(table) < limits.getOrDefault(table, Integer.MAX_VALUE),
                "OFPFMFC_TABLE_FULL",
                flow);
        old.filter(entry -> !isOurs(entry)).ifPresent(entry -> {
            require(overwrites, "an entry that is not vpnlb's is overwritten", entry);
            overwritten.add(entry);
        });
        tables.put(flow);
    }

    private void requireFeatures(final Flow flow) {
        final boolean isNicira = flow.actions().stream().anyMatch(Action.Nicira.class::isInstance);
        final Match match = flow.key().match();
        final boolean isMasked =
                match.metadataMask() != null || match.ipSourceBits() != null || match.ipDestinationBits() != null;
        Refusal.unless(!isNicira || !lacking.contains(Feature.NICIRA_ACTIONS), "OFPBAC_BAD_EXPERIMENTER", flow);
        Refusal.unless(!isMasked || !lacking.contains(Feature.ARBITRARY_MASKS), "OFPBMC_BAD_MASK", flow);
        final boolean hasMaskedPort = match.sourcePortMask() != null || match.destinationPortMask() != null;
        Refusal.unless(!hasMaskedPort || !lacking.contains(Feature.PORT_MASKS), "OFPBMC_BAD_MASK", flow);
    }

    private void writeGroup(final Group group) {
        requireOurGroup(group.id());
        sentByBucket.keySet().removeIf(bucket -> bucket.group() == group.id());
        Validity.check(group);
        group.buckets().forEach(bucket -> requireGroups(bucket.actions(), group));
        require(
                group.buckets().stream()
                        .flatMap(bucket -> bucket.actions().stream())
                        .noneMatch(Action.CopyToController.class::isInstance),
                "a bucket that sends no such copy",
                group);
        Refusal.unless(!leadsTo(group, group.id()), "OFPGMFC_LOOP", group);
        tables.put(group);
    }

    private void delete(final long id) {
        requireOurGroup(id);
        require(tables.group(id).isPresent(), "a group is deleted that is not there", Long.toHexString(id));
        tables.groups().stream()
                .filter(other -> other.id() != id && leadsTo(other, id))
                .findFirst()
                .ifPresent(other -> {
                    throw new Refusal("OFPGMFC_CHAINED_GROUP " + Long.toHexString(id), other);
                });
        tables.removeGroup(id);
        // Entries that lead to a group go with it (OpenFlow 1.3, section 6.4).
        removeAll(Reason.DELETED, flow -> groupsOf(flow.actions()).contains(id));
    }

    private void removeAll(final Reason reason, final Predicate<Flow> doomed) {
        flows().stream().filter(doomed).forEach(flow -> remove(flow, reason));
    }

    private void remove(final Flow flow, final Reason reason) {
        tables.remove(flow.key());
        if (flow.timeouts().report()) {
            controller.accept(new Message.Removed(flow.key(), flow.cookie(), reason));
        }
    }

    private boolean leadsTo(final Group group, final long id) {
        return group.buckets().stream()
                .flatMap(bucket -> groupsOf(bucket.actions()).stream())
                .anyMatch(next -> next == id || leadsTo(group(next), id));
    }

    private void requireGroups(final List<Action> actions, final Object what) {
        groupsOf(actions)
                .forEach(id -> Refusal.unless(
                        tables.group(id).isPresent(), "OFPBAC_BAD_OUT_GROUP " + Long.toHexString(id), what));
    }

    private static List<Long> groupsOf(final List<Action> actions) {
        return actions.stream()
                .filter(Action.ToGroup.class::isInstance)
                .map(action -> ((Action.ToGroup) action).id())
                .toList();
    }

    private static boolean isOurs(final Flow flow) {
        return (flow.cookie() & Cookie.PREFIX_MASK) == Cookie.PREFIX;
    }

    private static boolean isOurs(final Meter meter) {
        return meter.id() >>> 24 == VPNLB_GROUPS;
    }

    private static void requireOurs(final Meter meter) {
        require(isOurs(meter), "a foreign meter", meter);
    }

    private static void requireOurs(final long cookie) {
        require((cookie & Cookie.PREFIX_MASK) == Cookie.PREFIX, "a foreign cookie", Long.toHexString(cookie));
    }

    private static void requireOurGroup(final long id) {
        require(id >>> 24 == VPNLB_GROUPS, "a foreign group", Long.toHexString(id));
    }

    private static void require(final boolean holds, final String error, final Object what) {
        if (!holds) {
            throw new AssertionError(error + ": " + what);
        }
    }
}
