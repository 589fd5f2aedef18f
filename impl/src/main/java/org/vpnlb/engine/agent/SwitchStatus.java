/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vpnlb.engine.model.AddressConflict;
import org.vpnlb.engine.model.Miscabling;
import org.vpnlb.engine.model.SelectionInUse;
import org.vpnlb.engine.model.SessionsInUse;
import org.vpnlb.engine.model.SourceConflict;
import org.vpnlb.engine.model.Volume;
import org.vpnlb.engine.session.Counters;

/**
 * What an agent knows of its switch.
 *
 * @param node the switch
 * @param connected whether it is connected
 * @param generation which configuration the switch holds
 * @param refused what the switch refuses now
 * @param inTheWay what of somebody else's is where something of vpnlb's has to be, each in one line
 * @param unwritten the number of sessions that it has lost, and that have not been written again yet
 * @param services the services that the switch serves, by name
 */
public record SwitchStatus(
        String node,
        boolean connected,
        Generation generation,
        List<Refused> refused,
        List<String> inTheWay,
        int unwritten,
        Map<String, ServiceStatus> services) {
    /**
     * Changes are numbered from the start of the controller.
     *
     * @param wanted the last change that was wanted
     * @param confirmed the last change that the switch has confirmed by a barrier
     */
    public record Generation(long wanted, long confirmed) {
        /** Whether the switch has confirmed all that is wanted. */
        public boolean isConfirmed() {
            return wanted == confirmed;
        }
    }

    /**
     * What a switch refuses.
     *
     * @param what the request, in one line
     * @param why the switch's error
     */
    public record Refused(String what, String why) {
        @Override
        public String toString() {
            return what + ": " + why;
        }
    }

    /**
     * A service in a switch.
     *
     * @param flows the service's flow entries, those that it shares with others left out
     * @param groups the service's groups
     * @param learnedBySwitch whether the switch learns the service's sessions by itself
     * @param selection how the switch selects for new clients of the service; empty when it is at the egress side alone
     * @param sessions which clients have a session; empty when it is at the egress side alone
     * @param devices the devices by name
     * @param counters what happened
     * @param miscablings the devices that send at other ports than their own
     * @param conflicts the inner addresses that two devices send in turn, the first 100
     * @param sourceConflicts who has the addresses that devices are to be asked from
     */
    public record ServiceStatus(
            int flows,
            int groups,
            boolean learnedBySwitch,
            Optional<SelectionInUse> selection,
            Optional<SessionsInUse> sessions,
            Map<String, DeviceStatus> devices,
            Counters counters,
            List<Miscabling> miscablings,
            List<AddressConflict> conflicts,
            List<SourceConflict> sourceConflicts) {
        public ServiceStatus {
            devices = Map.copyOf(devices);
            miscablings = List.copyOf(miscablings);
            conflicts = List.copyOf(conflicts);
            sourceConflicts = List.copyOf(sourceConflicts);
        }
    }

    /**
     * A device in a switch.
     *
     * @param slots the slots that it has
     * @param clientSessions the client sessions that are with it
     * @param returnSessions the return sessions that are with it
     * @param fromClients what the switch has sent to it of what came from clients; empty while that is not known
     * @param fromServers what the switch has sent to it of what came from servers; empty while that is not known
     */
    public record DeviceStatus(
            int slots,
            int clientSessions,
            int returnSessions,
            Optional<Volume> fromClients,
            Optional<Volume> fromServers) {
        /** One of whose traffic nothing is known. */
        public DeviceStatus(final int slots, final int clientSessions, final int returnSessions) {
            this(slots, clientSessions, returnSessions, Optional.empty(), Optional.empty());
        }
    }

    public SwitchStatus {
        refused = List.copyOf(refused);
        inTheWay = List.copyOf(inTheWay);
        services = Map.copyOf(services);
    }
}
