/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.shell;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import org.opendaylight.mdsal.binding.api.DataBroker;
import org.opendaylight.mdsal.common.api.LogicalDatastoreType;
import org.opendaylight.mdsal.common.api.OptimisticLockFailedException;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.VpnServices;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.VpnServicesState;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.services.VpnService;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.services.VpnServiceKey;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.services.vpn.service.VpnDevice;
import org.opendaylight.yangtools.binding.DataObject;
import org.opendaylight.yangtools.binding.DataObjectIdentifier;
import org.opendaylight.yangtools.concepts.Registration;

/** The configuration and the state of the services, as the datastore has them. */
final class Store {
    private static final long MAX_SECONDS = 10;
    private static final int MAX_TRIES = 5;

    private final DataBroker broker;

    Store(final DataBroker broker) {
        this.broker = broker;
    }

    /** The services that are configured, in the order of their names. */
    List<VpnService> services() throws CommandException {
        return read(
                        LogicalDatastoreType.CONFIGURATION,
                        DataObjectIdentifier.builder(VpnServices.class).build())
                .map(services -> services.nonnullVpnService().values().stream()
                        .sorted(Comparator.comparing(VpnService::getName))
                        .toList())
                .orElse(List.of());
    }

    /** A service as it is configured. */
    VpnService service(final String name) throws CommandException {
        final List<VpnService> all = services();
        return all.stream()
                .filter(found -> found.getName().equals(name))
                .findFirst()
                .orElseThrow(() -> new CommandException("there is no service " + name + "; use one of "
                        + all.stream().map(VpnService::getName).toList()));
    }

    /** A service has no device of that name. */
    static CommandException noDevice(final VpnService service, final String device) {
        return new CommandException("service " + service.getName() + " has no device " + device + "; use one of "
                + service.nonnullVpnDevice().values().stream()
                        .map(VpnDevice::getName)
                        .sorted()
                        .toList());
    }

    /** The devices of a service, in the order of their names; none when there is no such service. */
    List<String> devices(final String service) throws CommandException {
        return services().stream()
                .filter(found -> found.getName().equals(service))
                .flatMap(found -> found.nonnullVpnDevice().values().stream())
                .map(VpnDevice::getName)
                .sorted()
                .toList();
    }

    /** The state of the services, in the order of their names. */
    List<org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.VpnService> states()
            throws CommandException {
        return read(LogicalDatastoreType.OPERATIONAL, statePath())
                .map(Store::sorted)
                .orElse(List.of());
    }

    private static List<org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.VpnService> sorted(
            final VpnServicesState state) {
        return state.nonnullVpnService().values().stream()
                .sorted(Comparator.comparing(
                        org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.VpnService::getName))
                .toList();
    }

    private static DataObjectIdentifier<VpnServicesState> statePath() {
        return DataObjectIdentifier.builder(VpnServicesState.class).build();
    }

    /** Changes the leaves of a device that are there in this one; the others stay as they are. */
    void write(final String service, final VpnDevice change) throws CommandException {
        final VpnService configured = service(service);
        if (!configured.nonnullVpnDevice().containsKey(change.key())) {
            throw noDevice(configured, change.getName());
        }
        final var path = DataObjectIdentifier.builder(VpnServices.class)
                .child(VpnService.class, new VpnServiceKey(service))
                .child(VpnDevice.class, change.key())
                .build();
        for (int tries = 1; !write(path, change, tries == MAX_TRIES); tries++) {
            // Somebody else wrote in the same moment.
        }
    }

    private boolean write(final DataObjectIdentifier<VpnDevice> path, final VpnDevice change, final boolean isLast)
            throws CommandException {
        final var transaction = broker.newWriteOnlyTransaction();
        transaction.merge(LogicalDatastoreType.CONFIGURATION, path, change);
        try {
            transaction.commit().get(MAX_SECONDS, TimeUnit.SECONDS);
            return true;
        } catch (ExecutionException e) {
            if (!isLast && e.getCause() instanceof OptimisticLockFailedException) {
                return false;
            }
            throw new CommandException(
                    "the configuration is not changed: " + e.getCause().getMessage(), e);
        } catch (TimeoutException e) {
            throw new CommandException("the datastore has not answered within " + MAX_SECONDS + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandException("interrupted", e);
        }
    }

    /**
     * Waits until the state meets a condition.
     *
     * @param seconds for how long at most; 0 = for ever
     * @return whether it does
     */
    boolean await(
            final Predicate<List<org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.vpn.services.state.VpnService>> is,
            final long seconds)
            throws CommandException {
        final var met = new CountDownLatch(1);
        try (Registration listening =
                broker.registerDataListener(LogicalDatastoreType.OPERATIONAL, statePath(), state -> {
                    if (state != null && is.test(sorted(state))) {
                        met.countDown();
                    }
                })) {
            if (seconds == 0) {
                met.await();
                return true;
            }
            return met.await(seconds, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandException("interrupted", e);
        }
    }

    /** What the datastore has there. */
    <T extends DataObject> Optional<T> read(final LogicalDatastoreType type, final DataObjectIdentifier<T> path)
            throws CommandException {
        try (var transaction = broker.newReadOnlyTransaction()) {
            return transaction.read(type, path).get(MAX_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new CommandException("the datastore does not answer: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandException("interrupted", e);
        }
    }
}
