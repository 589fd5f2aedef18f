/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.event;

import java.util.Optional;
import org.vpnlb.engine.model.Check;
import org.vpnlb.engine.model.Health;
import org.vpnlb.engine.model.Miscabling;
import org.vpnlb.engine.model.PathAnswer;
import org.vpnlb.engine.model.PathQuestion;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.model.SourceConflict;
import org.vpnlb.engine.net.IpAddress;

/** What an agent has to tell others than its switch. */
public sealed interface Notice {
    /**
     * A check has another outcome.
     *
     * @param subject the side of the device
     * @param health what is known of it now
     */
    record Checked(Check.Subject subject, Health health) implements Notice {}

    /**
     * A switch held something else than it should, and has been repaired.
     *
     * @param node the switch
     * @param missing the number of entries and groups that were missing, or different
     * @param extra the number of vpnlb's entries and groups that should not have been there
     * @param sessions how many sessions fewer there are than were thought to be
     * @param example one of what was changed
     */
    record SwitchRepaired(String node, int missing, int extra, int sessions, String example) implements Notice {}

    /**
     * The limit of sessions is reached. Told once, until there is some room again.
     *
     * @param service the service's name
     * @param side the sessions' side
     * @param device the device whose limit it is, or empty for the service's
     * @param limit the limit
     */
    record SessionLimitReached(String service, Side side, Optional<String> device, long limit) implements Notice {}

    /**
     * A device's MAC address is seen at another port than the device's. Told once, until it is over.
     *
     * @param service the service's name
     * @param what which device, and where
     */
    record Miscabled(String service, Miscabling what) implements Notice {}

    /**
     * Somebody has the address that devices are to be asked from. Told once, until vpnlb has it.
     *
     * @param conflict which address, and who
     */
    record SourceTaken(SourceConflict conflict) implements Notice {}

    /**
     * Two devices send the same inner address in turn, or both answer for it. Told once, until the conflict is over.
     *
     * @param service the service's name
     * @param client the inner address
     * @param holder the device that keeps the client's session; where both answered, the first one
     * @param other the device whose frames with that address teach nothing now
     * @param isAnswered whether both answered; a session that the first answer made ends then, any other stays
     */
    record Conflict(String service, IpAddress client, String holder, String other, boolean isAnswered)
            implements Notice {
        /** Two devices send the same address. */
        public Conflict(final String service, final IpAddress client, final String holder, final String other) {
            this(service, client, holder, other, false);
        }
    }

    /**
     * A question of a test of the path is answered, or will not be any more.
     *
     * @param test the number of the test
     * @param question the question
     * @param answer what came of it
     */
    record PathAnswered(long test, PathQuestion question, PathAnswer answer) implements Notice {}
}
