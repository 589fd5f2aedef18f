/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.event.Event.FlowRemoved.Reason;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.openflow.Action;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Group;
import org.vpnlb.engine.openflow.Tables;
import org.vpnlb.engine.pipeline.Cookie;

/**
 * An OpenFlow 1.3 switch in memory: its tables, groups and clock. Where a frame goes is {@link FramePath}'s to say.
 *
 * <p>It is stricter than a real one: what a real switch answers with an error, and whatever touches an entry that is
 * not vpnlb's, fails the test at once.
 */
final class InMemorySwitch {
    private static final long VPNLB_GROUPS = 0x76;
    private static final int LAST_TABLE = 254;

    /** What a switch tells its controller. */
    sealed interface Message {
        record PacketIn(long inPort, long cookie, byte[] frame) implements Message {}

        record Removed(Flow.Key key, long cookie, Reason reason) implements Message {}
    }

    /** A flow entry with the times that its timeouts count from. */
    static final class Entry {
        private final Flow flow;
        private final long writtenAt;
        private long usedAt;

        Entry(final Flow flow, final long now) {
            this.flow = flow;
            writtenAt = now;
            usedAt = now;
        }

        Flow flow() {
            return flow;
        }

        void used(final long now) {
            usedAt = now;
        }

        private long endsAt() {
            final Flow.Timeouts timeouts = flow.timeouts();
            return Math.min(
                    timeouts.idle() == 0 ? Long.MAX_VALUE : usedAt + timeouts.idle() * 1000L,
                    timeouts.hard() == 0 ? Long.MAX_VALUE : writtenAt + timeouts.hard() * 1000L);
        }
    }

    private final Map<Integer, Map<Flow.Key, Entry>> tables = new HashMap<>();
    private final Map<Long, Group> groups = new HashMap<>();
    private final Consumer<Message> controller;
    private final FramePath path;
    private long now;

    /**
     * A switch without a flow entry.
     *
     * @param ports its ports, all with a link
     * @param hashSeed what its select groups' hash begins with
     * @param controller who is told
     */
    InMemorySwitch(final Set<Long> ports, final long hashSeed, final Consumer<Message> controller) {
        this.controller = controller;
        path = new FramePath(this, ports, hashSeed);
    }

    /** A frame comes in at a port. */
    FramePath.Verdict receive(final long port, final byte[] frame) {
        return path.receive(port, frame);
    }

    /** Does what an agent wants done; the frames that leave the switch by it are returned. */
    List<FramePath.Sent> apply(final Effect effect) {
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
                require(!groups.containsKey(add.group().id()), "OFPGMFC_GROUP_EXISTS", add);
                writeGroup(add.group());
            }
            case Effect.ModifyGroup modify -> {
                require(groups.containsKey(modify.group().id()), "OFPGMFC_UNKNOWN_GROUP", modify);
                writeGroup(modify.group());
            }
            case Effect.DeleteGroup delete -> delete(delete.group().id());
            case Effect.Count ask -> throw new AssertionError("not for the switch alone: " + ask);
            case Effect.Confirm ask -> throw new AssertionError("not for the switch alone: " + ask);
            case Effect.Reread ask -> throw new AssertionError("not for the switch alone: " + ask);
            case Effect.Barrier barrier -> {
                // Everything is done in order here.
            }
            case Effect.SendFrame send -> {
                return path.send(send.port(), send.frame());
            }
            case Effect.Tell tell -> throw new IllegalArgumentException("not for a switch: " + tell);
        }
        return List.of();
    }

    /** The number of entries with a cookie. */
    int count(final long cookie) {
        return (int) flows().stream().filter(flow -> flow.cookie() == cookie).count();
    }

    /** Puts an entry in that is somebody else's. */
    void putForeign(final Flow flow) {
        require(!isOurs(flow), "a foreign flow with vpnlb's cookie", flow);
        put(flow);
    }

    /** Puts a group in that is somebody else's. */
    void putForeign(final Group group) {
        require(group.id() >>> 24 != VPNLB_GROUPS, "a foreign group with vpnlb's id", group);
        groups.put(group.id(), group);
    }

    /** The clock goes on; what has timed out meanwhile goes. */
    void advance(final long time) {
        now = time;
        final List<Entry> ended = entries().stream()
                .filter(entry -> entry.endsAt() <= now)
                .sorted(Comparator.comparingLong(Entry::endsAt)
                        .thenComparing(entry -> entry.flow.key().toString()))
                .toList();
        ended.forEach(entry -> remove(entry.flow, Reason.EXPIRED));
    }

    /** The switch loses all that it was told, as by a restart. */
    void restart() {
        tables.clear();
        groups.clear();
        path.forget();
    }

    /** Somebody deletes entries behind vpnlb's back. */
    void tamper(final Predicate<Flow> doomed) {
        removeAll(Reason.DELETED, doomed);
    }

    /** The link of a port comes or goes. */
    void link(final long port, final boolean up) {
        path.link(port, up);
    }

    /** What a controller that looks for vpnlb's marks finds. */
    Tables ours() {
        return Tables.of(
                flows().stream().filter(InMemorySwitch::isOurs).toList(),
                groups.values().stream()
                        .filter(group -> group.id() >>> 24 == VPNLB_GROUPS)
                        .toList());
    }

    /** All there is, whoever it belongs to. */
    Tables all() {
        return Tables.of(flows(), groups.values());
    }

    List<Flow> flows() {
        return entries().stream().map(Entry::flow).toList();
    }

    Optional<Flow> flow(final Flow.Key key) {
        return Optional.ofNullable(tables.getOrDefault(key.table(), Map.of()).get(key))
                .map(Entry::flow);
    }

    Collection<Entry> table(final int table) {
        return tables.getOrDefault(table, Map.of()).values();
    }

    Group group(final long id) {
        return Objects.requireNonNull(groups.get(id), () -> "no group " + Long.toHexString(id));
    }

    long now() {
        return now;
    }

    /** Writes an entry by itself; one that is there already is used by that, and one that is different is replaced. */
    void learn(final Action.Learn learn, final IpAddress source) {
        final Flow flow = learn.entry(source);
        final Entry known = tables.getOrDefault(flow.key().table(), Map.of()).get(flow.key());
        if (known != null && known.flow.equals(flow)) {
            known.used(now);
            return;
        }
        final long others = table(flow.key().table()).stream()
                .filter(entry -> entry.flow.cookie() == flow.cookie())
                .count();
        if (learn.limit() == 0 || others < learn.limit()) {
            write(flow);
        }
    }

    void tell(final Message message) {
        controller.accept(message);
    }

    private List<Entry> entries() {
        return tables.values().stream()
                .flatMap(table -> table.values().stream())
                .toList();
    }

    private void write(final Flow flow) {
        requireOurs(flow.cookie());
        Validity.check(flow);
        require(flow.key().table() <= LAST_TABLE, "OFPFMFC_BAD_TABLE_ID", flow);
        requireGroups(flow.actions(), flow);
        flow(flow.key()).ifPresent(old -> require(isOurs(old), "an entry that is not vpnlb's is overwritten", old));
        put(flow);
    }

    private void put(final Flow flow) {
        tables.computeIfAbsent(flow.key().table(), number -> new LinkedHashMap<>())
                .put(flow.key(), new Entry(flow, now));
    }

    private void writeGroup(final Group group) {
        requireOurGroup(group.id());
        Validity.check(group);
        group.buckets().forEach(bucket -> requireGroups(bucket.actions(), group));
        groups.put(group.id(), group);
        require(!leadsTo(group, group.id()), "OFPGMFC_LOOP", group);
    }

    private void delete(final long id) {
        requireOurGroup(id);
        require(groups.containsKey(id), "a group is deleted that is not there", Long.toHexString(id));
        groups.values().stream()
                .filter(other -> other.id() != id && leadsTo(other, id))
                .findFirst()
                .ifPresent(other -> require(false, "OFPGMFC_CHAINED_GROUP " + Long.toHexString(id), other));
        groups.remove(id);
        // Entries that lead to a group go with it (OpenFlow 1.3, section 6.4).
        removeAll(Reason.DELETED, flow -> groupsOf(flow.actions()).contains(id));
    }

    private void removeAll(final Reason reason, final Predicate<Flow> doomed) {
        flows().stream().filter(doomed).forEach(flow -> remove(flow, reason));
    }

    private void remove(final Flow flow, final Reason reason) {
        tables.get(flow.key().table()).remove(flow.key());
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
                .forEach(id -> require(groups.containsKey(id), "OFPBAC_BAD_OUT_GROUP " + Long.toHexString(id), what));
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
