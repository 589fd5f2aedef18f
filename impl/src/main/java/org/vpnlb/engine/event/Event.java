/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.event;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.vpnlb.engine.model.Capabilities;
import org.vpnlb.engine.model.PathQuestion;
import org.vpnlb.engine.model.PinnedClient;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.SessionFilter;
import org.vpnlb.engine.model.Volume;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Group;
import org.vpnlb.engine.openflow.Meter;
import org.vpnlb.engine.openflow.Tables;

/** What an agent is told. Times are milliseconds of a clock that only goes forward. */
public sealed interface Event {
    /**
     * The configuration is this.
     *
     * @param services all services, valid (see {@link org.vpnlb.engine.validate.Validator})
     * @param now the time
     */
    record Configured(List<Service> services, long now) implements Event {
        public Configured {
            services = List.copyOf(services);
        }
    }

    /**
     * The switch has listed its ports; told before or after it is connected.
     *
     * @param numbers the numbers of all its ports, by name
     * @param now the time
     */
    record Ports(Map<String, Long> numbers, long now) implements Event {
        public Ports {
            numbers = Map.copyOf(numbers);
        }
    }

    /**
     * Somebody else's entries in a switch.
     *
     * @param keys the keys of those that are where one of vpnlb's could be
     * @param byTable the number of all in each table that has any
     */
    record Others(Set<Flow.Key> keys, Map<Integer, Long> byTable) {
        /** The switch is vpnlb's alone. */
        public static final Others NONE = new Others(Set.of(), Map.of());

        public Others {
            keys = Set.copyOf(keys);
            byTable = Map.copyOf(byTable);
        }
    }

    /**
     * The switch is connected and this controller masters it. An agent that has not been told a configuration yet acts
     * on it when it is.
     *
     * @param actual vpnlb's flows and meters that the switch holds, and its groups with an id of vpnlb's
     * @param others somebody else's entries
     * @param capabilities what the switch can do
     * @param now the time
     */
    record Connected(Tables actual, Others others, Capabilities capabilities, long now) implements Event {
        /** The same, of a switch that is vpnlb's alone. */
        public Connected(final Tables actual, final Capabilities capabilities, final long now) {
            this(actual, Others.NONE, capabilities, now);
        }
    }

    /**
     * What the switch holds was read again ({@link Effect.Reread}).
     *
     * @param flows vpnlb's flows that the switch holds
     * @param now the time
     */
    record Reread(Collection<Flow> flows, long now) implements Event {
        public Reread {
            flows = List.copyOf(flows);
        }
    }

    /**
     * Somebody else's entries in the switch were read ({@link Effect.ReadOthers}).
     *
     * @param others the entries
     * @param now the time
     */
    record OthersRead(Others others, long now) implements Event {}

    /**
     * What the switch holds was read to be compared with what it should hold ({@link Effect.Audit}).
     *
     * @param flows vpnlb's flows that the switch holds
     * @param groups the ids of the groups that it holds
     * @param described what the groups and meters with an id of vpnlb's do; empty when that is not known
     * @param others somebody else's entries
     * @param meters the ids of vpnlb's meters that it holds
     * @param now the time
     */
    record Audited(
            Collection<Flow> flows,
            Set<Long> groups,
            Optional<Described> described,
            Others others,
            Set<Long> meters,
            long now)
            implements Event {
        /**
         * What groups and meters did a while ago.
         *
         * @param groups the groups
         * @param meters the meters, or none where a switch is not asked for them
         * @param at when the switch was asked for them, or a little before
         */
        public record Described(Collection<Group> groups, Collection<Meter> meters, long at) {
            public Described {
                groups = List.copyOf(groups);
                meters = List.copyOf(meters);
            }
        }

        public Audited {
            flows = List.copyOf(flows);
            groups = Set.copyOf(groups);
            meters = Set.copyOf(meters);
        }
    }

    /**
     * How many frames the switch has dropped, and sent by groups ({@link Effect.CountDrops}), each counted since what
     * does it was made.
     *
     * @param byFlow by vpnlb's entries that do nothing else, of those that were asked for
     * @param byMeter by vpnlb's meters, all that it holds, by their id
     * @param sent what went by the buckets of groups with an id of vpnlb's, of those that the switch counts
     * @param now the time
     */
    record Drops(Map<Flow, Long> byFlow, Map<Long, Long> byMeter, Map<BucketId, Volume> sent, long now)
            implements Event {
        /**
         * A bucket of a group.
         *
         * @param group the id of the group
         * @param number its place among the buckets of the group, from 0
         */
        public record BucketId(long group, int number) {}

        public Drops {
            byFlow = Map.copyOf(byFlow);
            byMeter = Map.copyOf(byMeter);
            sent = Map.copyOf(sent);
        }
    }

    /**
     * What the switch holds was counted to be compared with what it should hold ({@link Effect.AuditCounts}).
     *
     * @param entries the number of vpnlb's flow entries in each table that was counted
     * @param others the number of all other entries in each of these tables
     * @param groups the ids of the groups that it holds
     * @param described what the groups and meters with an id of vpnlb's do; empty when that is not known
     * @param now the time
     */
    record AuditCounted(
            Map<Integer, Long> entries,
            Map<Integer, Long> others,
            Set<Long> groups,
            Optional<Audited.Described> described,
            long now)
            implements Event {
        public AuditCounted {
            entries = Map.copyOf(entries);
            others = Map.copyOf(others);
            groups = Set.copyOf(groups);
        }
    }

    /**
     * The switch did not answer an {@link Effect.Audit} or {@link Effect.AuditCounts}.
     *
     * @param now the time
     */
    record AuditUnanswered(long now) implements Event {}

    /**
     * The number of entries with a cookie that the switch has ({@link Effect.Count}).
     *
     * @param cookie the cookie, all 64 bits
     * @param entries the number of entries
     */
    record Counted(long cookie, int entries) implements Event {}

    /**
     * The switch has done what was sent before, or refused it ({@link Effect.Confirm}).
     *
     * @param round the round of the question
     * @param now the time
     */
    record Confirmed(long round, long now) implements Event {}

    /** The switch is not connected any more, or another controller masters it. */
    record Disconnected() implements Event {}

    /**
     * The switch sent a frame.
     *
     * @param inPort the port at which it came in
     * @param cookie the cookie of the flow entry that sent it
     * @param frame the frame, or its beginning
     * @param now the time
     */
    record Punted(long inPort, long cookie, byte[] frame, long now) implements Event {}

    /**
     * The switch removed a flow entry.
     *
     * @param key the entry's key
     * @param cookie the entry's cookie
     * @param reason why
     * @param now the time
     */
    record FlowRemoved(Flow.Key key, long cookie, Reason reason, long now) implements Event {
        /** Why a switch removed a flow entry. */
        public enum Reason {
            /** No packet for the idle timeout, or the end of the hard timeout. */
            EXPIRED,
            /** Somebody deleted it, or the switch had to make room. */
            DELETED
        }
    }

    /** An operator orders something about a service. */
    sealed interface Ordered extends Event {
        /** The service's name. */
        String service();
    }

    /**
     * An operator ends sessions.
     *
     * @param service the service's name
     * @param filter which sessions, of both sides
     * @param learned vpnlb's flows that the switch holds, where the switch learns the service's sessions by itself
     * @param now the time
     */
    record Cleared(String service, SessionFilter filter, Collection<Flow> learned, long now) implements Ordered {
        public Cleared {
            learned = List.copyOf(learned);
        }
    }

    /**
     * An operator moves pinned clients to the devices of their slots.
     *
     * @param service the service's name
     * @param clients the clients, as they were pinned when the operator asked
     * @param now the time
     */
    record Rebalanced(String service, Collection<PinnedClient> clients, long now) implements Ordered {
        public Rebalanced {
            clients = List.copyOf(clients);
        }
    }

    /**
     * An operator tests the path through devices of a service; each question is answered by a
     * {@link Notice.PathAnswered}.
     *
     * @param service the service's name
     * @param test the number of the test
     * @param questions what devices at this switch are asked
     * @param down the ports of the switch whose link is down
     * @param millis how long an answer is waited for, 100 to 10000
     * @param now the time
     */
    record PathAsked(String service, long test, List<PathQuestion> questions, Set<Long> down, long millis, long now)
            implements Ordered {
        public PathAsked {
            questions = List.copyOf(questions);
            down = Set.copyOf(down);
        }
    }

    /**
     * The switch did not take an effect.
     *
     * @param effect what it refused
     * @param why the switch's error, or what kept the effect from the switch
     */
    record Refused(Effect effect, String why) implements Event {}

    /**
     * The agent failed at an event, or something that it wanted done was lost on the way to the switch: what it knows
     * of the switch may be wrong. What it asked the switch before will not be answered.
     *
     * @param now the time
     */
    record Failed(long now) implements Event {}

    /**
     * The time that the agent asked to be woken at has come.
     *
     * @param now the time
     */
    record Tick(long now) implements Event {}
}
