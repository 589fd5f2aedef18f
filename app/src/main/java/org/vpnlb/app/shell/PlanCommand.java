/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.shell;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.support.completers.StringsCompleter;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.AdminState;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.PlanChange;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.PlanChangeInputBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.plan.change.output.Service.LookedUpAnew;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.plan.change.output.service.End;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.plan.change.output.service.SlotMove;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.services.VpnService;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.services.VpnServiceBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.services.vpn.service.VpnDevice;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.services.vpn.service.VpnDeviceBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.services.vpn.service.VpnDeviceKey;
import org.opendaylight.yangtools.binding.util.BindingMap;
import org.opendaylight.yangtools.yang.common.Uint32;

/** {@code vpnlb:plan}: what a change of a device, or the end of a service, would do. */
@Service
@Command(
        scope = "vpnlb",
        name = "plan",
        description = "Tells which slots and sessions a change would move or end. Nothing is changed.",
        detailedDescription = "Example: vpnlb:plan --state draining office g1")
public final class PlanCommand extends VpnlbCommand {
    private static final List<String> STATES = List.of("in-service", "draining", "out-of-service");

    @Argument(name = "service", required = true, description = "The service")
    @Completion(ServiceCompleter.class)
    private String service;

    @Argument(index = 1, name = "device", description = "The device that would change")
    @Completion(DeviceCompleter.class)
    private String device;

    @Option(name = "--state", description = "Its admin-state would be in-service, draining or out-of-service")
    @Completion(
            value = StringsCompleter.class,
            values = {"in-service", "draining", "out-of-service"})
    private String state;

    @Option(name = "--weight", description = "Its weight would be this, 1 to 100")
    private Long weight;

    @Option(name = "--remove", description = "The device would be removed; without a device, the service deleted")
    private boolean remove;

    @Override
    public Object execute() throws Exception {
        final boolean isChanged = state != null || weight != null;
        if (remove == isChanged || isChanged && device == null) {
            throw new CommandException("say what would change: --state, --weight or both of a device, or --remove");
        }
        final VpnService now = store().service(service);
        final var input = new PlanChangeInputBuilder();
        if (device == null) {
            input.setDeletedService(Set.of(service));
        } else {
            input.setVpnService(BindingMap.of(
                    new VpnServiceBuilder(now).setVpnDevice(devices(now)).build()));
        }
        final var output = output(rpcs().getRpc(PlanChange.class).invoke(input.build()));
        final var rows = new Rows("Switch", "What", "Device", "To", "Number", "How");
        output.nonnullService().forEach(found -> addTo(rows, found));
        print(rows);
        output.nonnullService().forEach(this::say);
        return null;
    }

    private Map<VpnDeviceKey, VpnDevice> devices(final VpnService now) throws CommandException {
        final Map<VpnDeviceKey, VpnDevice> devices = new HashMap<>(now.nonnullVpnDevice());
        final VpnDevice old = devices.remove(new VpnDeviceKey(device));
        if (old == null) {
            throw Store.noDevice(now, device);
        }
        if (!remove) {
            final var changed = new VpnDeviceBuilder(old);
            if (state != null) {
                changed.setAdminState(admin(state));
            }
            if (weight != null) {
                changed.setWeight(weight(weight));
            }
            devices.put(old.key(), changed.build());
        }
        return devices;
    }

    private static AdminState admin(final String name) throws CommandException {
        if (!STATES.contains(name)) {
            throw new CommandException("--state " + name + " is no state; use one of " + STATES);
        }
        return AdminState.ofName(name);
    }

    private static Uint32 weight(final long weight) throws CommandException {
        if (weight < 0 || weight > Uint32.MAX_VALUE.toJava()) {
            throw new CommandException("--weight " + weight + " is out of range; use 1 to 100");
        }
        return Uint32.valueOf(weight);
    }

    private static void addTo(
            final Rows rows, final org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.plan.change.output.Service found) {
        final String node = found.getNode().getValue();
        for (final SlotMove move : found.nonnullSlotMove()) {
            rows.add(
                    node,
                    "slots move",
                    move.getFrom(),
                    move.getTo(),
                    move.getSlots().toJava(),
                    move.getWhen().getName());
        }
        for (final End end : found.nonnullEnd()) {
            rows.add(
                    node,
                    end.getSide().getName() + " sessions end",
                    end.getDevice(),
                    null,
                    end.getSessions().toJava(),
                    end.getWhy().getName());
        }
        rows.add(node, "sessions stay", null, null, found.getStayingSessions().toJava(), null);
        if (found.getPinnedSessions() != null) {
            rows.add(
                    node,
                    "of these pinned",
                    null,
                    null,
                    found.getPinnedSessions().toJava(),
                    null);
        }
    }

    private void say(final org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.plan.change.output.Service found) {
        final String node = found.getNode().getValue();
        if (!found.getConnected()) {
            say(node + " is not connected: what is told is as old as the end of its connection");
        }
        if (found.getLookedUpAnew() == LookedUpAnew.MovedSlots) {
            say(node + ": of clients without a session, those of the slots that move change the device");
        } else if (found.getLookedUpAnew() == LookedUpAnew.All && device == null) {
            say(node + ": no client is served any more");
        } else if (found.getLookedUpAnew() == LookedUpAnew.All) {
            say(node + ": all clients without a session are looked up anew");
        }
        if (found.getWaitingSeconds() != null) {
            say("%s: slots wait up to %d s, until their clients have been learned, and these stay"
                    .formatted(node, found.getWaitingSeconds().toJava()));
        }
    }
}
