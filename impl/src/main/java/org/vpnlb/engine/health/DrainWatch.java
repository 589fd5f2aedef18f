/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.health;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.vpnlb.engine.model.Drain;
import org.vpnlb.engine.model.Renames;

/**
 * Watches how the sessions of devices that drain end. It is told the numbers of all devices once a second or so, which
 * is all that it needs, however many sessions there are. It is not safe for use by several threads. Times are
 * milliseconds of the clock by which drains begin.
 */
public final class DrainWatch {
    /** What was counted of each device when it could be counted last; a drain begins with that. */
    private Map<Key, Integer> counted = new HashMap<>();

    private Map<Key, DrainProgress> draining = new HashMap<>();
    private long lookedAt;

    /**
     * A device of a service.
     *
     * @param service the service's name
     * @param device the device's name
     */
    public record Key(String service, String device) {}

    /**
     * A device at one time.
     *
     * @param drain how its drain stands; empty when it does not drain
     * @param count its sessions
     */
    public record Seen(Optional<Drain> drain, Count count) {}

    /**
     * The sessions of a device, of both sides and in all switches.
     *
     * @param sessions their number
     * @param isTold whether all of these switches tell theirs
     * @param isClosed whether the switches give no new client to the device any more
     * @param lag how old the number may be, in milliseconds
     */
    public record Count(int sessions, boolean isTold, boolean isClosed, long lag) {}

    /** How a drain is finished. */
    public enum How {
        /** The last session ended before the deadline, or there is none. */
        EMPTY,
        /** The deadline ended sessions. */
        DEADLINE
    }

    /**
     * A device that drains has no session any more, and gets none.
     *
     * @param device which device
     * @param how what ended its last sessions
     * @param endedByDeadline how many the deadline ended
     */
    public record Finished(Key device, How how, int endedByDeadline) {}

    /**
     * How far a drain is.
     *
     * @param atBegin the most sessions until no new client could come; empty until they could be counted
     * @param left the sessions when they were counted last
     * @param endedLately how many ended in the last {@value DrainProgress#WINDOW_MILLIS} ms
     * @param emptyIn the seconds until none is left if they go on ending so; empty where that cannot be said
     * @param finishedAt when it was finished; empty until then
     */
    public record Progress(
            OptionalInt atBegin, int left, int endedLately, OptionalLong emptyIn, OptionalLong finishedAt) {}

    /** Services and devices have these names now: a drain goes on with its device. */
    public void rename(final Renames renames) {
        counted = renamed(counted, renames);
        draining = renamed(draining, renames);
    }

    private static <T> Map<Key, T> renamed(final Map<Key, T> before, final Renames renames) {
        final Map<Key, T> now = new HashMap<>();
        before.forEach((key, value) -> renames.service(key.service())
                .ifPresent(service -> renames.device(key.service(), key.device())
                        .ifPresent(device -> now.put(new Key(service, device), value))));
        return now;
    }

    /**
     * The devices are so now.
     *
     * @return the drains that have just finished: each once, also of a device that had no session to begin with
     */
    public List<Finished> look(final Map<Key, Seen> devices, final long now) {
        lookedAt = now;
        counted.keySet().retainAll(devices.keySet());
        draining.keySet().retainAll(devices.keySet());
        final List<Finished> finished = new ArrayList<>();
        devices.forEach((key, seen) -> {
            seen.drain()
                    .ifPresentOrElse(
                            drain -> progress(key, drain)
                                    .look(drain, seen.count(), now)
                                    .ifPresent(ended -> finished.add(
                                            new Finished(key, ended == 0 ? How.EMPTY : How.DEADLINE, ended))),
                            () -> draining.remove(key));
            if (seen.count().isTold()) {
                counted.put(key, seen.count().sessions());
            }
        });
        return finished;
    }

    /** How far the drain of a device was at the last look; empty when it did not drain. */
    public Optional<Progress> progress(final Key device) {
        return Optional.ofNullable(draining.get(device)).map(drain -> drain.progress(lookedAt));
    }

    private DrainProgress progress(final Key key, final Drain drain) {
        return draining.compute(
                key,
                (same, known) -> known != null && known.begunAt() == drain.begunAt()
                        ? known
                        : new DrainProgress(
                                drain.begunAt(),
                                counted.containsKey(key) ? OptionalInt.of(counted.get(key)) : OptionalInt.empty()));
    }
}
