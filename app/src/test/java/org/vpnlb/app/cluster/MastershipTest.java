/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.SettableFuture;
import java.lang.reflect.Proxy;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.opendaylight.openflowplugin.api.openflow.device.DeviceInfo;
import org.opendaylight.openflowplugin.api.openflow.mastership.MastershipChangeService;
import org.opendaylight.openflowplugin.api.openflow.mastership.MastershipChangeServiceManager;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.NodeId;
import org.opendaylight.yangtools.concepts.Registration;

class MastershipTest {
    private static final String NODE = "openflow:1";
    private static final Instant NOW = Instant.parse("2026-11-26T12:00:00Z");

    private final Queue<Runnable> tasks = new ArrayDeque<>();
    private final FakeGroups groups = new FakeGroups();
    private final List<String> told = new ArrayList<>();
    private final List<SettableFuture<Object>> questions = new ArrayList<>();
    private final Mastership mastership =
            new Mastership(groups, groups, node -> ask(), new Told(), tasks::add, () -> millis());

    private long millis;

    /** Writes down what is told. */
    private final class Told implements Mastership.Connections {
        @Override
        public void connected(final String node, final Instant since) {
            told.add("connected since " + since);
        }

        @Override
        public void disconnected(final String node) {
            told.add("disconnected");
        }

        @Override
        public void groupLost(final String node, final boolean isLost) {
            told.add(isLost ? "lost" : "mended");
        }
    }

    @Test
    void aNamedSwitchIsExpectedBeforeItComes() {
        mastership.serve(Set.of(NODE));
        pass(0);
        assertThat(groups.joined).isOne();
        assertThat(told).isEmpty();
    }

    @Test
    void aSwitchIsConnectedWhenItIsAnnounced() {
        listen(service -> {});
        mastership.onBecomeOwner(device());
        pass(0);
        assertThat(told).containsExactly("connected since " + NOW);
        assertThat(groups.joined).isOne();
    }

    @Test
    void whatWasAnnouncedBeforeVpnlbStartedMayHaveBeenReadBefore() {
        listen(service -> service.onBecomeOwner(device()));
        pass(0);
        assertThat(told).containsExactly("connected since " + Instant.EPOCH);
    }

    @Test
    void aSwitchThatBouncesNeverLeavesItsGroupEmpty() {
        listen(service -> {});
        for (int i = 0; i < 10; i++) {
            mastership.onBecomeOwner(device());
            pass(50);
            mastership.onLoseOwnership(device());
            pass(4000);
        }
        assertThat(groups.joined).isOne();
        assertThat(groups.left).isZero();
        assertThat(told).hasSize(20).endsWith("connected since " + NOW, "disconnected");
    }

    @Test
    void aSwitchThatStaysAwayIsLeftToOtherControllers() {
        mastership.serve(Set.of(NODE));
        mastership.onBecomeOwner(device());
        mastership.onLoseOwnership(device());
        pass(4000);
        assertThat(groups.isEmpty()).isFalse();
        pass(1000);
        assertThat(groups.isEmpty()).isTrue();
        pass(600_000);
        assertThat(groups.joined).isOne();
    }

    @Test
    void aConnectedSwitchIsNotLeft() {
        mastership.onBecomeOwner(device());
        pass(600_000);
        assertThat(groups.isEmpty()).isFalse();
    }

    @Test
    void theGroupOfASwitchThatComesBackIsJoinedWhenItIsGranted() {
        mastership.serve(Set.of(NODE));
        pass(5000);
        mastership.granted(NODE);
        pass(0);
        assertThat(groups.joined).isEqualTo(2);
        pass(4000);
        assertThat(groups.isEmpty()).as("a new sign is a new time to wait").isFalse();
    }

    @Test
    void aSwitchThatWasNeverAnnouncedIsFoundByAskingIt() {
        mastership.listed(NODE, true);
        pass(1000);
        answer();
        pass(1000);
        answer();
        pass(0);
        assertThat(told).containsExactly("connected since " + Instant.EPOCH);
        pass(1000);
        assertThat(questions).as("not asked again").isEmpty();
    }

    @Test
    void aSwitchThatDoesNotAnswerIsNotConnected() {
        mastership.listed(NODE, true);
        for (int i = 0; i < 10; i++) {
            pass(1000);
            questions.forEach(question -> question.setException(new IllegalStateException("not connected")));
            questions.clear();
        }
        assertThat(told).isEmpty();
        assertThat(groups.isEmpty()).isTrue();
    }

    @Test
    void anAnswerThatComesAfterTheLossIsNotBelieved() {
        mastership.listed(NODE, true);
        pass(1000);
        answer();
        pass(1000);
        mastership.onLoseOwnership(device());
        answer();
        pass(0);
        assertThat(told).isEmpty();
    }

    @Test
    void aSwitchOfAnotherControllerIsNotAsked() {
        groups.isOwnedElsewhere = true;
        mastership.listed(NODE, true);
        pass(1000);
        assertThat(questions).isEmpty();
        pass(4000);
        assertThat(groups.isEmpty()).isTrue();
    }

    @Test
    void aSwitchIsLostWithItsGroup() {
        mastership.onBecomeOwner(device());
        pass(0);
        groups.revoke();
        pass(0);
        assertThat(told).containsExactly("connected since " + Instant.EPOCH, "disconnected");
    }

    @Test
    void aLossIsToldOnce() {
        mastership.onBecomeOwner(device());
        mastership.onLoseOwnership(device());
        mastership.onLoseOwnership(device());
        pass(0);
        assertThat(told).containsExactly("connected since " + Instant.EPOCH, "disconnected");
    }

    @Test
    void aLostGroupIsToldAndMended() {
        groups.isLost = true;
        mastership.serve(Set.of(NODE));
        pass(4000);
        assertThat(told).isEmpty();
        pass(1000);
        assertThat(told).containsExactly("lost");
        pass(2000);
        assertThat(groups.givenBack).isOne();
        pass(1000);
        assertThat(told).containsExactly("lost", "mended");
    }

    @Test
    void aGroupThatIsStillBeingClosedIsWaitedFor() {
        groups.isLost = true;
        groups.isClosing = true;
        mastership.serve(Set.of(NODE));
        pass(10_000);
        assertThat(told).isEmpty();
        assertThat(groups.left)
                .as("memberships that ended before they were granted")
                .isZero();
        groups.isClosing = false;
        pass(1000);
        assertThat(told).containsExactly("lost");
    }

    @Test
    void allGroupsAreLeftAtTheEnd() {
        mastership.serve(Set.of(NODE, "openflow:2"));
        mastership.onBecomeOwner(device());
        pass(0);
        mastership.close();
        pass(0);
        assertThat(groups.isEmpty()).isTrue();
    }

    private void listen(final Consumer<MastershipChangeService> repeating) {
        final MastershipChangeServiceManager plugin = mock();
        when(plugin.register(mastership)).thenAnswer(call -> {
            repeating.accept(mastership);
            return (Registration) () -> {};
        });
        mastership.listen(plugin, InstantSource.fixed(NOW));
    }

    /** Lets time pass, with a look each second and one at the end. */
    private void pass(final long duration) {
        run();
        final long end = millis + duration;
        while (millis < end) {
            millis = Math.min(end, millis + 1000);
            mastership.look();
            run();
        }
    }

    private void run() {
        while (!tasks.isEmpty()) {
            tasks.remove().run();
        }
    }

    private long millis() {
        return millis;
    }

    private ListenableFuture<?> ask() {
        final SettableFuture<Object> question = SettableFuture.create();
        questions.add(question);
        return question;
    }

    private void answer() {
        questions.forEach(question -> question.set("a barrier"));
        questions.clear();
    }

    private static DeviceInfo device() {
        return (DeviceInfo) Proxy.newProxyInstance(
                DeviceInfo.class.getClassLoader(),
                new Class<?>[] {DeviceInfo.class},
                (proxy, method, arguments) -> "getNodeId".equals(method.getName()) ? new NodeId(NODE) : null);
    }
}
