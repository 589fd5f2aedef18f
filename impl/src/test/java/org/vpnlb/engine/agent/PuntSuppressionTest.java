/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.model.Attachment;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.neighbour.ClientSearch;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.MacAddress;
import org.vpnlb.engine.openflow.Tables;
import org.vpnlb.engine.pipeline.Cookie;
import org.vpnlb.engine.session.Counters.Ignored;

@DisplayName("A frame of which nothing can be learned")
class PuntSuppressionTest {
    private static final MacAddress STRANGER = MacAddress.parse("06:00:00:00:00:01");

    private final Service office = ServiceBuilder.office().build();
    private final Device gateway1 = office.devices().get(0);
    private final Device gateway2 = office.devices().get(1);
    private final IpAddress client = Lab.inner(office, 1);
    private final Lab lab = Lab.of(office);

    @Test
    @DisplayName("of an unknown MAC address is forwarded, counted, not learned from and not punted again for 30 s")
    void ofAnUnknownMac() {
        assertSuppressed(STRANGER, gateway1.egress().port(), Ignored.UNKNOWN_MAC);
    }

    @Test
    @DisplayName("of a device's MAC address at another device's port likewise")
    void ofADeviceAtAnotherPort() {
        assertSuppressed(gateway1.egress().mac(), gateway2.egress().port(), Ignored.WRONG_PORT);
    }

    @Test
    @DisplayName("does not keep the device at that port from being learned from")
    void doesNotHinderTheDevice() {
        send(STRANGER, gateway1.egress().port());
        lab.deviceSends(gateway1, client);
        lab.network().settle();
        assertThat(lab.returnSession(office, client)).contains(gateway1);
    }

    @Test
    @DisplayName("is learned from at once when its MAC address becomes a device's")
    void isLearnedFromWhenItBecomesADevices() {
        send(STRANGER, gateway1.egress().port());
        final Service changed = withMac(gateway1, STRANGER);
        lab.reconfigure(changed);

        lab.deviceSends(changed.devices().get(0), client);
        lab.network().settle();

        assertThat(lab.returnSession(changed, client))
                .contains(changed.devices().get(0));
    }

    @Test
    @DisplayName("is learned from when its MAC address became a device's while the switch was away")
    void isLearnedFromWhenItBecameADevicesMeanwhile() {
        send(STRANGER, gateway1.egress().port());
        lab.network().disconnect(Lab.egress(office));
        final Service changed = withMac(gateway1, STRANGER);
        lab.reconfigure(changed);
        lab.network().connect(Lab.egress(office));
        lab.network().settle();

        lab.deviceSends(changed.devices().get(0), client);
        lab.network().settle();

        assertThat(lab.returnSession(changed, client))
                .contains(changed.devices().get(0));
    }

    @Test
    @DisplayName("leaves no trace: with the last service its suppression goes, also after a reconnection")
    void leavesNoTrace() {
        final Tables before = lab.foreign(Lab.egress(office));
        send(STRANGER, gateway1.egress().port());
        lab.serverVerdict(office, office.virtualMac(), client);
        lab.network().settle();
        lab.network().disconnect(Lab.egress(office));
        lab.network().connect(Lab.egress(office));
        lab.network().settle();

        lab.reconfigure();

        assertThat(lab.network().datapath(Lab.egress(office)).all()).isEqualTo(before);
    }

    @Test
    @DisplayName("from many MAC addresses fills neither the switch nor the controller")
    void fromManyMacsIsBounded() {
        for (int i = 0; i < 30_000; i++) {
            final var mac = new MacAddress(0x0600_0000_0000L + i);
            lab.network()
                    .tell(
                            Lab.egress(office),
                            new Event.Punted(
                                    gateway1.egress().port(),
                                    Cookie.of(Cookie.Kind.LEARNED_SOURCE).value(),
                                    frame(mac),
                                    lab.network().now()));
        }
        lab.network().settle();
        assertThat(lab.network().datapath(Lab.egress(office)).flows()).hasSizeLessThan(1100);

        // Those suppressions have ended; the next frame is suppressed again.
        lab.network().advance(31_000);
        assertSuppressed(STRANGER, gateway1.egress().port(), Ignored.UNKNOWN_MAC);
    }

    @Test
    @DisplayName("to a client without a session is suppressed for 5 s only, so that its session is found soon")
    void toAClientWithoutASession() {
        lab.serverVerdict(office, office.virtualMac(), client);
        searched();
        assertThat(lab.serverVerdict(office, office.virtualMac(), client).punts())
                .isZero();
        lab.network().advance(5_000);
        assertThat(lab.serverVerdict(office, office.virtualMac(), client).punts())
                .isEqualTo(1);
        searched();
        assertThat(lab.serverVerdict(office, office.virtualMac(), client).punts())
                .isZero();
    }

    /** No device has answered for the client. */
    private void searched() {
        lab.network().settle();
        lab.network().advance(ClientSearch.WAIT_MILLIS);
        lab.network().wake();
        lab.network().settle();
    }

    @Test
    @DisplayName("to a client is no longer suppressed once the client has a session")
    void toAClientThatGetsASession() {
        lab.serverVerdict(office, office.virtualMac(), client);
        lab.network().settle();
        lab.deviceSends(gateway2, client);
        lab.network().settle();
        assertThat(lab.serverSends(office, office.virtualMac(), client)).contains(gateway2);
    }

    private void assertSuppressed(final MacAddress mac, final long port, final Ignored reason) {
        final Map<Ignored, Long> before = lab.egressStatus(office).counters().ignored();
        final Verdict first = send(mac, port);
        assertThat(first.normal()).isTrue();
        assertThat(first.punts()).isEqualTo(1);
        for (int second = 0; second < 29; second++) {
            final Verdict again = send(mac, port);
            assertThat(again.normal()).isTrue();
            assertThat(again.punts()).isZero();
            lab.network().advance(1000);
        }
        assertThat(lab.egressStatus(office).counters().ignored().get(reason))
                .isEqualTo(before.getOrDefault(reason, 0L) + 1);
        assertThat(lab.egressStatus(office).counters().created()).isZero();
        lab.network().advance(1000);
        assertThat(send(mac, port).punts()).isEqualTo(1);
        assertThat(send(mac, port).punts()).isZero();
    }

    private Verdict send(final MacAddress mac, final long port) {
        final Verdict verdict = lab.network().receive(Lab.egress(office), port, frame(mac));
        lab.network().settle();
        return verdict;
    }

    private byte[] frame(final MacAddress mac) {
        return Frames.ip(Lab.SERVER_MAC, mac, client, Lab.SERVER, Frames.Kind.PING);
    }

    private Service withMac(final Device device, final MacAddress mac) {
        final Attachment old = device.egress();
        final var egress = new Attachment(old.place(), mac, old.address());
        return ServiceBuilder.like(office)
                .device(device.name(), same -> ServiceBuilder.with(same, same.ingress(), egress))
                .build();
    }
}
