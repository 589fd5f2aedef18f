/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import com.google.common.util.concurrent.FluentFuture;
import com.google.common.util.concurrent.SettableFuture;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.opendaylight.mdsal.binding.api.DataBroker;
import org.opendaylight.mdsal.binding.api.WriteTransaction;
import org.opendaylight.mdsal.common.api.CommitInfo;
import org.opendaylight.mdsal.common.api.LogicalDatastoreType;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.VpnServicesState;
import org.opendaylight.yangtools.binding.DataObjectIdentifier;
import org.vpnlb.app.ManualTimer;
import org.vpnlb.app.Office;
import org.vpnlb.app.health.DeviceHealth.Snapshot;
import org.vpnlb.app.rpc.Rebalances;
import org.vpnlb.engine.model.Device;

class StatePublisherTest {
    private final DataBroker broker = mock();
    private final WriteTransaction transaction = mock();
    private final List<SettableFuture<CommitInfo>> commits = new ArrayList<>();
    private final StatePublisher publisher = new StatePublisher(broker, Instant::ofEpochMilli);

    @BeforeEach
    void start() {
        when(broker.newWriteOnlyTransaction()).thenReturn(transaction);
        when(transaction.commit()).thenAnswer(call -> {
            final SettableFuture<CommitInfo> commit = SettableFuture.create();
            commits.add(commit);
            return FluentFuture.from(commit);
        });
    }

    @Test
    void whatHasNotChangedIsNotWrittenAgain() {
        publish(Office.device(1));
        publish(Office.device(1));
        commits.getFirst().set(CommitInfo.empty());
        publish(Office.device(1));
        assertThat(commits).hasSize(1);
        publish(Office.device(1), Office.device(2));
        assertThat(commits).hasSize(2);
        verify(transaction, times(2))
                .put(
                        eq(LogicalDatastoreType.OPERATIONAL),
                        eq(DataObjectIdentifier.builder(VpnServicesState.class).build()),
                        any());
    }

    @Test
    void whatCouldNotBeWrittenIsWrittenAgain() {
        publish(Office.device(1));
        commits.getFirst().setException(new IllegalStateException("no leader"));
        publish(Office.device(1));
        assertThat(commits).hasSize(2);
    }

    private void publish(final Device... devices) {
        publisher.publish(
                new Snapshot(List.of(Office.of(devices)), Map.of()),
                List.of(),
                new DrainReports(),
                new Rebalances(new ManualTimer(), (service, end) -> {}));
    }
}
