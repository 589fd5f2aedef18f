/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.shell;

import com.google.common.annotations.VisibleForTesting;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.AdminState;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.services.vpn.service.VpnDeviceBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.VpnService;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.vpn.service.VpnDevice;
import org.opendaylight.yangtools.yang.common.Uint32;

/** {@code vpnlb:drain}: takes a device out of the selection of new clients. */
@Service
@Command(
        scope = "vpnlb",
        name = "drain",
        description = "Drains a device: it takes no new sessions, and keeps its old ones until they end.",
        detailedDescription = "Example: vpnlb:drain --wait --timeout 3600 office g1")
public final class DrainCommand extends VpnlbCommand {
    private static final long TELLING_SECONDS = 10;

    /** What is configured is in the state after that: it is published each second. */
    private static final long PUBLISHED_MILLIS = 3000;

    @Argument(name = "service", required = true, description = "The service")
    @Completion(ServiceCompleter.class)
    private String service;

    @Argument(index = 1, name = "device", required = true, description = "The device")
    @Completion(DeviceCompleter.class)
    private String device;

    @Option(
            name = "--wait",
            description = "Wait until the device is safe to remove, and tell how far it is; fail when the timeout comes"
                    + " first")
    private boolean wait;

    @Option(name = "--timeout", description = "With --wait, the most seconds; 0 = wait for ever")
    private long timeout;

    @Option(
            name = "--deadline",
            description = "The device's drain-deadline: the seconds after which its sessions end; without it, what is"
                    + " configured holds")
    private Long deadline;

    private Pause pause = TimeUnit.MILLISECONDS::sleep;

    /** The same command with another way to let time pass. */
    @VisibleForTesting
    void use(final Pause otherPause) {
        pause = otherPause;
    }

    @Override
    public Object execute() throws Exception {
        if (timeout < 0) {
            throw new CommandException("--timeout " + timeout + " is out of range; use 0 or more seconds");
        }
        if (deadline != null && deadline < 1) {
            throw new CommandException("--deadline " + deadline + " is out of range; use 1 or more seconds");
        }
        final boolean drainsAlready = isConfiguredToDrain();
        // Else both changes may be seen as one, and the state of the drain before be taken for that of this one.
        final boolean isToldAnew = drainsAlready || isNoneTold(store().states()) || wait && awaitNoneTold();
        store().write(
                        service,
                        new VpnDeviceBuilder()
                                .setName(device)
                                .setAdminState(AdminState.Draining)
                                .setDrainDeadline(deadline == null ? null : Uint32.saturatedOf(deadline))
                                .build());
        if (wait && !isToldAnew) {
            throw new CommandException(device + " drains, but the state still tells of the drain before that was ended:"
                    + " ask vpnlb:devices until it tells of this one");
        }
        if (drainsAlready) {
            // Somebody may have begun that just now, and ended another drain just before.
            pause.sleep(PUBLISHED_MILLIS);
        }
        final boolean isDrained = wait && await();
        final Optional<VpnDevice> state = device(store().states());
        final Optional<VpnDevice> draining = state.filter(found -> isToldAnew && isDraining(found));
        final var rows = new Rows(
                "Service",
                "Device",
                "Admin state",
                "Client sessions",
                "Return sessions",
                "Safe to remove",
                "Because",
                "Drain");
        rows.add(
                service,
                device,
                AdminState.Draining.getName(),
                state.map(found -> found.getClientSessions().toJava()).orElse(null),
                state.map(found -> found.getReturnSessions().toJava()).orElse(null),
                draining.map(VpnDevice::getSafeToRemove).orElse(null),
                draining.map(VpnDevice::getSafeToRemoveReason).orElse(null),
                draining.map(found -> DrainText.of(found.getDrain())).orElse(null));
        print(rows);
        if (wait && !isDrained) {
            throw new CommandException(
                    "%s is not safe to remove after %d s; it goes on draining. See its sessions with vpnlb:sessions"
                            .formatted(device, timeout));
        }
        return null;
    }

    private boolean isNoneTold(final List<VpnService> states) {
        return device(states).filter(DrainCommand::isDraining).isEmpty();
    }

    private boolean awaitNoneTold() throws CommandException {
        return store().await(this::isNoneTold, timeout == 0 ? TELLING_SECONDS : Math.min(TELLING_SECONDS, timeout));
    }

    /** Waits until it is drained, and tells how far it is each time that this has changed. */
    private boolean await() throws CommandException {
        long waited = 0;
        String told = null;
        while (timeout == 0 || waited < timeout) {
            final long seconds = timeout == 0 ? TELLING_SECONDS : Math.min(TELLING_SECONDS, timeout - waited);
            if (store().await(this::isDrained, seconds)) {
                return true;
            }
            if (!isConfiguredToDrain()) {
                throw new CommandException(device + " does not drain any more: it was changed or removed meanwhile");
            }
            waited += seconds;
            final String progress = device(store().states())
                    .map(found -> DrainText.of(found.getDrain()))
                    .orElse(null);
            if (progress != null && !progress.equals(told) && waited != timeout) {
                say(progress);
                told = progress;
            }
        }
        return false;
    }

    private boolean isDrained(final List<VpnService> states) {
        return device(states)
                .filter(DrainCommand::isDraining)
                .filter(VpnDevice::getSafeToRemove)
                .isPresent();
    }

    private boolean isConfiguredToDrain() throws CommandException {
        return store().services().stream()
                .filter(found -> found.getName().equals(service))
                .flatMap(found -> found.nonnullVpnDevice().values().stream())
                .anyMatch(found -> found.getName().equals(device) && found.getAdminState() == AdminState.Draining);
    }

    private static boolean isDraining(final VpnDevice found) {
        return found.getAdminState() == AdminState.Draining && found.getSafeToRemove() != null;
    }

    private Optional<VpnDevice> device(final List<VpnService> states) {
        return states.stream()
                .filter(found -> found.getName().equals(service))
                .flatMap(found -> found.nonnullVpnDevice().values().stream())
                .filter(found -> found.getName().equals(device))
                .findFirst();
    }
}
