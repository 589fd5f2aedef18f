/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.MoreExecutors;
import com.google.common.util.concurrent.ThreadFactoryBuilder;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.opendaylight.mdsal.binding.api.DataBroker;
import org.opendaylight.mdsal.binding.api.NotificationPublishService;
import org.opendaylight.mdsal.binding.api.NotificationService;
import org.opendaylight.mdsal.binding.api.RpcProviderService;
import org.opendaylight.mdsal.binding.api.RpcService;
import org.opendaylight.mdsal.common.api.LogicalDatastoreType;
import org.opendaylight.mdsal.dom.api.DOMDataBroker;
import org.opendaylight.mdsal.dom.api.DOMDataTreeIdentifier;
import org.opendaylight.mdsal.eos.dom.api.DOMEntityOwnershipService;
import org.opendaylight.mdsal.singleton.api.ClusterSingletonServiceProvider;
import org.opendaylight.openflowplugin.api.openflow.mastership.MastershipChangeServiceManager;
import org.opendaylight.yang.gen.v1.urn.opendaylight.flow.service.rev130819.FlowRemoved;
import org.opendaylight.yang.gen.v1.urn.opendaylight.packet.service.rev130709.PacketReceived;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.VpnServices;
import org.opendaylight.yangtools.binding.DataObjectIdentifier;
import org.opendaylight.yangtools.binding.data.codec.api.BindingNormalizedNodeSerializer;
import org.opendaylight.yangtools.concepts.Registration;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vpnlb.app.cluster.GroupListener;
import org.vpnlb.app.cluster.InventoryListener;
import org.vpnlb.app.cluster.Mastership;
import org.vpnlb.app.config.CommitValidator;
import org.vpnlb.app.config.ConfigListener;
import org.vpnlb.app.health.DeviceHealth;
import org.vpnlb.app.health.LinkListener;
import org.vpnlb.app.metrics.Metrics;
import org.vpnlb.app.openflow.Settings;
import org.vpnlb.app.openflow.Switches;
import org.vpnlb.app.rpc.LinksDown;
import org.vpnlb.app.rpc.OperatorRpcs;
import org.vpnlb.app.rpc.PathTests;
import org.vpnlb.app.rpc.Rebalances;
import org.vpnlb.app.state.DrainReports;
import org.vpnlb.app.state.Notifier;
import org.vpnlb.app.state.StatePublisher;
import org.vpnlb.engine.event.Notice;
import org.vpnlb.engine.health.DrainWatch;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.pipeline.Table;

/** The OpenDaylight application: connects the engine's agents with the datastore and with OpenFlowPlugin. */
@Component(
        service = {},
        configurationPid = "org.vpnlb")
public final class VpnlbApplication {
    private static final Logger LOG = LoggerFactory.getLogger(VpnlbApplication.class);
    private static final long PUBLISH_MILLIS = 1000;
    private static final long LOOK_MILLIS = 1000;
    /** Longer than one agent is waited for, so that it does not hide the others. */
    private static final long MAX_WAIT_SECONDS = 10;

    private static final long LONGEST_LEAVING_SECONDS = 5;

    private final List<Registration> registrations = new ArrayList<>();
    private final ExecutorService agents;
    private final ScheduledExecutorService timer;
    private final ScheduledExecutorService publishing;
    private final ScheduledExecutorService mastering;
    private final Mastership mastership;

    /** Starts the application, with the settings of {@code etc/org.vpnlb.cfg}. */
    @Activate
    public VpnlbApplication(
            @Reference final DataBroker broker,
            @Reference final DOMDataBroker domBroker,
            @Reference final BindingNormalizedNodeSerializer codec,
            @Reference final RpcService rpcs,
            @Reference final RpcProviderService rpcProvider,
            @Reference final NotificationService notifications,
            @Reference final NotificationPublishService publisher,
            @Reference final MastershipChangeServiceManager openFlowPlugin,
            @Reference final ClusterSingletonServiceProvider groups,
            @Reference final DOMEntityOwnershipService entities,
            @Reference final Metrics metrics,
            final Map<String, ?> file) {
        final var settings = settings(file);
        agents = Executors.newFixedThreadPool(
                Runtime.getRuntime().availableProcessors(),
                new ThreadFactoryBuilder()
                        .setNameFormat("vpnlb-agent-%d")
                        .setDaemon(true)
                        .build());
        timer = singleThread("vpnlb-timer");
        publishing = singleThread("vpnlb-publisher");
        mastering = singleThread("vpnlb-mastership");
        final LongSupplier uptime = () -> TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
        final var notifier = new Notifier(publisher);
        final var health = new DeviceHealth(
                MoreExecutors.newSequentialExecutor(agents), timer, Clock.systemUTC(), uptime, change -> {
                    metrics.changed(change);
                    notifier.changed(change);
                });
        final var paths = new PathTests(timer);
        final var switches = new Switches(
                rpcs,
                broker,
                agents,
                timer,
                uptime,
                InstantSource.system(),
                new SecureRandom(),
                notice -> tell(notice, health, notifier, metrics, paths),
                settings);
        mastership = new Mastership(groups, entities, switches::ask, switches, mastering, uptime);
        health.start(services -> {
            switches.configure(services);
            mastership.serve(nodes(services));
        });

        registrations.add(validate(domBroker, new CommitValidator(codec)));
        // The configuration comes first, so that a switch that is there already finds its services.
        registrations.add(broker.registerDataListener(
                LogicalDatastoreType.CONFIGURATION,
                DataObjectIdentifier.builder(VpnServices.class).build(),
                new ConfigListener(health::configured)));
        registrations.add(notifications.registerListener(PacketReceived.class, switches::onPacketReceived));
        registrations.add(flowsRemoved(notifications, switches));
        registrations.add(mastership.listen(openFlowPlugin, InstantSource.system()));
        // After the listener for losses: a switch that leaves meanwhile must not stay connected.
        registrations.add(GroupListener.register(entities, mastership));
        registrations.add(InventoryListener.register(broker, mastership));
        mastering.scheduleWithFixedDelay(mastership::look, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
        final var links = new LinksDown();
        registrations.add(LinkListener.register(broker, (node, ports, numbers) -> {
            // The agents first: what health hands on then finds the numbers there.
            switches.ports(node, numbers);
            links.ports(node, ports);
            health.ports(node, ports, numbers);
        }));
        final var rebalances = new Rebalances(timer, notifier::rebalanced);
        registrations.add(OperatorRpcs.register(
                rpcProvider,
                switches.inquiry(),
                rebalances,
                paths,
                links,
                () -> services(health),
                health::foreseen,
                uptime,
                InstantSource.system()));
        // Once for all: a time of day that changes by a millisecond would be written each time.
        final Instant epoch = Instant.now().minusMillis(uptime.getAsLong());
        final var state = new StatePublisher(broker, epoch::plusMillis);
        final var drains = new DrainReports();
        publishing.scheduleWithFixedDelay(
                () -> publish(health, switches, (snapshot, observed) -> {
                    final List<DrainWatch.Finished> finished = drains.look(snapshot, observed, uptime.getAsLong());
                    metrics.observed(snapshot, observed, state.publish(snapshot, observed, drains, rebalances));
                    finished.forEach(notifier::drained);
                }),
                PUBLISH_MILLIS,
                PUBLISH_MILLIS,
                TimeUnit.MILLISECONDS);
        LOG.info(
                "vpnlb started, tables {} to {}",
                settings.tableBase(),
                settings.tableBase() + Table.values().length - 1);
    }

    /** Stops the application. The switches keep what they have, and go on forwarding. */
    @Deactivate
    public void close() {
        for (final Registration registration : registrations.reversed()) {
            registration.close();
        }
        leaveGroups();
        publishing.shutdownNow();
        timer.shutdownNow();
        agents.shutdownNow();
        LOG.info("vpnlb stopped");
    }

    /** A wrong setting stops the start: another table base, for one, would move all tables of a switch. */
    private static Settings settings(final Map<String, ?> file) {
        try {
            return Settings.of(file);
        } catch (IllegalArgumentException e) {
            LOG.error("vpnlb does not start: {}", e.getMessage());
            throw e;
        }
    }

    private void leaveGroups() {
        mastership.close();
        mastering.shutdown();
        try {
            if (!mastering.awaitTermination(LONGEST_LEAVING_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("The switches' singleton groups are not left yet");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A thread of its own; what comes when it has been shut down is nobody's business any more. */
    private static ScheduledExecutorService singleThread(final String name) {
        final var factory =
                new ThreadFactoryBuilder().setNameFormat(name).setDaemon(true).build();
        return new ScheduledThreadPoolExecutor(1, factory, new ThreadPoolExecutor.DiscardPolicy());
    }

    private static ListenableFuture<List<Service>> services(final DeviceHealth health) {
        return Futures.transform(health.read(), DeviceHealth.Snapshot::services, MoreExecutors.directExecutor());
    }

    private static Set<String> nodes(final List<Service> services) {
        return services.stream()
                .flatMap(service ->
                        Stream.concat(service.ingress().switches().stream(), service.egress().switches().stream()))
                .map(Service.SwitchPorts::node)
                .collect(Collectors.toSet());
    }

    private static void tell(
            final Notice notice,
            final DeviceHealth health,
            final Notifier notifier,
            final Metrics metrics,
            final PathTests paths) {
        switch (notice) {
            case Notice.Checked checked -> health.checked(checked.subject(), checked.health());
            case Notice.SessionLimitReached reached -> notifier.limitReached(reached);
            case Notice.SwitchRepaired repaired -> {
                metrics.repaired(repaired);
                notifier.repaired(repaired);
            }
            case Notice.Conflict conflict -> {
                metrics.conflict(conflict);
                notifier.conflict(conflict);
            }
            case Notice.Miscabled miscabled -> Notifier.miscabled(miscabled);
            case Notice.SourceTaken taken -> notifier.sourceTaken(taken);
            case Notice.PathAnswered answered -> paths.answered(answered);
        }
    }

    @SuppressWarnings("deprecation")
    private static Registration flowsRemoved(final NotificationService notifications, final Switches switches) {
        return notifications.registerListener(FlowRemoved.class, switches::onFlowRemoved);
    }

    private static Registration validate(final DOMDataBroker broker, final CommitValidator validator) {
        final var cohorts = broker.extension(DOMDataBroker.CommitCohortExtension.class);
        if (cohorts == null) {
            throw new IllegalStateException("The datastore does not let changes be refused");
        }
        return cohorts.registerCommitCohort(
                DOMDataTreeIdentifier.of(
                        LogicalDatastoreType.CONFIGURATION, YangInstanceIdentifier.of(VpnServices.QNAME)),
                validator);
    }

    @SuppressWarnings("checkstyle:IllegalCatch")
    private static void publish(
            final DeviceHealth health,
            final Switches switches,
            final BiConsumer<DeviceHealth.Snapshot, List<Switches.Observation>> publisher) {
        try {
            final DeviceHealth.Snapshot snapshot = health.read().get(MAX_WAIT_SECONDS, TimeUnit.SECONDS);
            final List<Switches.Observation> observed = switches.observe().get(MAX_WAIT_SECONDS, TimeUnit.SECONDS);
            publisher.accept(snapshot, observed);
        } catch (InterruptedException e) {
            // Only by close(): there is nothing to publish any more.
            Thread.currentThread().interrupt();
        } catch (TimeoutException e) {
            LOG.error("The state could not be published: what is known was not told within {} s", MAX_WAIT_SECONDS, e);
        } catch (ExecutionException | RuntimeException e) {
            // A thrown exception would end the schedule.
            LOG.error("The state could not be published", e);
        }
    }
}
