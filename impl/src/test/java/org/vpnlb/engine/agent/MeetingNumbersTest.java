/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.pipeline.Names;
import org.vpnlb.engine.pipeline.Numbers;

@DisplayName("When a service or a device comes whose name's hash is the number of another")
class MeetingNumbersTest {
    private static final Frames.Kind IKE = Frames.Kind.udp(500);

    @Test
    @DisplayName("a service keeps its number, and its sessions their devices")
    void aServicesSessionsKeepTheirDevices() {
        final List<String> names = Names.ofServicesThatMeet();
        final Service first = ServiceBuilder.service(names.get(0))
                .clusterAddress("10.0.1.100")
                .gatewayAddress("172.16.1.254")
                .clientPrefixes("10.98.0.0/16")
                .device(4)
                .device(5)
                .build();
        final Service second = ServiceBuilder.service(names.get(1))
                .device(1)
                .device(2)
                .device(3)
                .build();
        assertThat(Numbers.of(List.of(first, second)).of(second))
                .isNotEqualTo(Numbers.of(List.of(second)).of(second));
        final Lab lab = Lab.of(first, second);
        assertThatSessionsSurvive(lab, second.name(), List.of(second));
        assertThatSessionsSurvive(lab, second.name(), List.of(first, second));
    }

    @Test
    @DisplayName("a device keeps its number, and its sessions")
    void aDevicesSessionsStayWithIt() {
        final List<String> names = Names.ofDevicesThatMeet("office");
        final Service both = ServiceBuilder.service("office")
                .device(Names.named(names.get(0)))
                .device(attachedAs(2, names.get(1)))
                .build();
        final Service second = ServiceBuilder.like(both).without(names.get(0)).build();
        final Device device = second.devices().get(0);
        assertThat(Numbers.of(List.of(both)).of(both, device))
                .isNotEqualTo(Numbers.of(List.of(second)).of(second, device));
        final Lab lab = Lab.of(second);
        assertThatSessionsSurvive(lab, "office", List.of(both));
        assertThatSessionsSurvive(lab, "office", List.of(second));
    }

    /** The sessions of a service's last device survive the change to a configuration that has both still. */
    private static void assertThatSessionsSurvive(final Lab lab, final String name, final List<Service> next) {
        final Service before = lab.service(name);
        final IpAddress inner = Lab.inner(before, 1);
        final Device device = before.devices().get(before.devices().size() - 1);
        final IpAddress outer = clientOf(lab, before, device);
        lab.deviceSends(device, inner);
        lab.serverVerdict(before, before.virtualMac(), Lab.inner(before, 9));
        lab.network().settle();
        assertThat(lab.returnSession(before, inner)).contains(device);

        final int number = lab.numbers().of(before, device);
        lab.configure(next);
        lab.network().settle();

        final Service after = lab.service(name);
        assertThat(lab.numbers().of(after, device)).isEqualTo(number);
        assertThat(lab.clientSession(after, outer)).contains(device);
        assertThat(lab.clientSends(after, outer, IKE)).contains(device);
        assertThat(lab.returnSession(after, inner)).contains(device);
        assertThat(lab.serverSends(after, after.virtualMac(), inner)).contains(device);
        assertThat(lab.isLearned(after, device, inner)).isTrue();
        lab.assertConsistent();
    }

    private static IpAddress clientOf(final Lab lab, final Service service, final Device device) {
        for (int i = 0; ; i++) {
            final IpAddress client = Lab.outer(i);
            if (lab.clientSends(service, client, IKE).filter(device::equals).isPresent()) {
                lab.network().settle();
                return client;
            }
            lab.network().settle();
        }
    }

    private static Device attachedAs(final int number, final String name) {
        final Device other = ServiceBuilder.gateway(number);
        return ServiceBuilder.with(Names.named(name), other.ingress(), other.egress());
    }
}
