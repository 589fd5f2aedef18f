/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.util.concurrent.Futures;
import java.lang.reflect.Proxy;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.opendaylight.mdsal.binding.api.RpcService;
import org.opendaylight.openflowplugin.api.openflow.device.DeviceInfo;
import org.opendaylight.yang.gen.v1.urn.opendaylight.direct.statistics.rev160511.GetFlowStatistics;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.NodeId;
import org.opendaylight.yangtools.binding.Rpc;

class SwitchesTest {
    private final Queue<Runnable> later = new ArrayDeque<>();
    private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1) {
        @Override
        public ScheduledFuture<?> schedule(final Runnable task, final long delay, final TimeUnit unit) {
            later.add(task);
            return null;
        }
    };
    private final DeafPlugin plugin = new DeafPlugin();
    private Switches switches;

    /** OpenFlowPlugin that announces switches which it cannot ask yet. */
    private static final class DeafPlugin implements RpcService {
        private int asked;

        @Override
        public <T extends Rpc<?, ?>> T getRpc(final Class<T> type) {
            final GetFlowStatistics failing = input -> {
                asked++;
                return Futures.immediateFailedFuture(new IllegalStateException("No queue present"));
            };
            return type.cast(failing);
        }
    }

    @BeforeEach
    void start() {
        switches = new Switches(
                plugin, null, Runnable::run, timer, () -> 0, InstantSource.system(), new Random(1), notice -> {}, 0);
    }

    @AfterEach
    void stop() {
        timer.shutdownNow();
    }

    @Test
    void aSwitchThatCannotBeReadYetIsReadAgain() {
        switches.onBecomeOwner(device());
        later.remove().run();
        later.remove().run();
        assertThat(plugin.asked).isEqualTo(3);
    }

    @Test
    void aSwitchThatHasLeftIsNotReadAgain() {
        final DeviceInfo device = device();
        switches.onBecomeOwner(device);
        switches.onLoseOwnership(device);
        later.remove().run();
        assertThat(plugin.asked).isOne();
        assertThat(later).isEmpty();
    }

    @Test
    void aSwitchThatCameBackIsReadOnItsNewConnectionOnly() {
        final DeviceInfo before = device();
        switches.onBecomeOwner(before);
        switches.onLoseOwnership(before);
        switches.onBecomeOwner(device());
        later.remove().run();
        later.remove().run();
        assertThat(plugin.asked)
                .as("once on the old connection, twice on the new one")
                .isEqualTo(3);
        assertThat(later).hasSize(1);
    }

    private static DeviceInfo device() {
        return (DeviceInfo) Proxy.newProxyInstance(
                DeviceInfo.class.getClassLoader(),
                new Class<?>[] {DeviceInfo.class},
                (proxy, method, arguments) -> "getNodeId".equals(method.getName()) ? new NodeId("openflow:1") : null);
    }
}
