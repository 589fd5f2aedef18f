/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.model.Attachment;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Place;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.openflow.Tables;

@DisplayName("Of devices that are attached to ports by name")
class NamedPortTest {
    private static final int CLIENTS = 30;
    private static final long OTHER_PORT = 20;

    /** As it is when each port has the number of {@link ServiceBuilder}. */
    private final Service numbered = ServiceBuilder.office().build();

    private final Service named = numbered.withDevices(
            numbered.devices().stream().map(NamedPortTest::named).toList());
    private final Device gateway1 = numbered.devices().get(0);
    private final Map<String, Long> ingressPorts = new HashMap<>();
    private final Map<String, Long> egressPorts = new HashMap<>();
    private final Lab lab = Lab.of(named);

    @BeforeEach
    void numberPorts() {
        numbered.devices().forEach(device -> {
            ingressPorts.put(device.name() + "-sw1", device.ingress().port());
            egressPorts.put(device.name() + "-sw2", device.egress().port());
        });
    }

    @Test
    @DisplayName("nothing is written before the switch has listed its ports")
    void nothingIsWrittenBefore() {
        assertThat(held(Lab.ingress(named)).flows()).isEmpty();
        listPorts();
        assertThat(held(Lab.ingress(named)).flows()).isNotEmpty();
        assertServed(numbered);
    }

    @Test
    @DisplayName("the clients stay with a device whose port gets another number, on either side")
    void theClientsStayWhenANumberChanges() {
        listPorts();
        final List<Optional<Device>> before = clients(numbered);
        learnInside(numbered);

        ingressPorts.put("g1-sw1", OTHER_PORT);
        egressPorts.put("g1-sw2", OTHER_PORT);
        listPorts();

        final List<Device> moved = new ArrayList<>(numbered.devices());
        moved.set(0, gateway1.at(atPort(gateway1.ingress(), OTHER_PORT), atPort(gateway1.egress(), OTHER_PORT)));
        final Service now = numbered.withDevices(moved);
        assertThat(names(clients(now))).isEqualTo(names(before)).contains("g1");
        for (int number = 0; number < CLIENTS; number++) {
            assertThat(lab.serverSends(now, now.virtualMac(), Lab.inner(now, number)))
                    .contains(moved.get(number % moved.size()));
        }
    }

    @Test
    @DisplayName("one whose port is missing has no client, and the others keep theirs")
    void oneWhosePortIsMissingHasNoClient() {
        listPorts();
        final List<String> before = names(clients(numbered));

        ingressPorts.remove("g1-sw1");
        listPorts();

        final List<String> after = names(clients(numbered));
        assertThat(after).doesNotContain("g1");
        for (int i = 0; i < CLIENTS; i++) {
            if (!before.get(i).equals("g1")) {
                assertThat(after.get(i)).isEqualTo(before.get(i));
            }
        }
        ingressPorts.put("g1-sw1", OTHER_PORT);
        listPorts();
        assertThat(lab.ingressStatus(numbered).devices().get("g1").slots()).isPositive();
    }

    @Test
    @DisplayName("a restart of the controller touches no entry, though the ports are listed late")
    void aRestartTouchesNoEntry() {
        listPorts();
        clients(numbered);
        learnInside(numbered);
        final Tables ingress = held(Lab.ingress(named));
        final Tables egress = held(Lab.egress(named));

        for (final String node : List.of(Lab.ingress(named), Lab.egress(named))) {
            lab.network().replaceAgent(node);
            lab.network().settle();
            lab.network().connect(node);
            lab.network().settle();
            assertThat(held(node)).isEqualTo(node.equals(Lab.ingress(named)) ? ingress : egress);
        }
        listPorts();
        assertThat(held(Lab.ingress(named))).isEqualTo(ingress);
        assertThat(held(Lab.egress(named))).isEqualTo(egress);
    }

    @Test
    @DisplayName("the same list of ports changes nothing")
    void theSameListChangesNothing() {
        listPorts();
        assertThat(lab.network()
                        .tell(
                                Lab.ingress(named),
                                new Event.Ports(ingressPorts, lab.network().now())))
                .isEmpty();
    }

    private static Device named(final Device device) {
        return device.at(named(device, device.ingress()), named(device, device.egress()));
    }

    private static Attachment named(final Device device, final Attachment side) {
        return new Attachment(
                Place.untagged(side.node(), Attachment.UNNUMBERED),
                Optional.of(device.name() + "-" + side.node()),
                side.mac(),
                side.address());
    }

    private static Attachment atPort(final Attachment side, final long port) {
        return new Attachment(Place.untagged(side.node(), port), side.mac(), side.address());
    }

    private void listPorts() {
        final long now = lab.network().now();
        lab.network().tell(Lab.ingress(named), new Event.Ports(ingressPorts, now));
        lab.network().tell(Lab.egress(named), new Event.Ports(egressPorts, now));
        lab.network().settle();
    }

    private Tables held(final String node) {
        return lab.network().datapath(node).ours();
    }

    private void assertServed(final Service service) {
        assertThat(clients(service)).allSatisfy(device -> assertThat(device).isPresent());
    }

    /** The devices that get the packets of some clients. */
    private List<Optional<Device>> clients(final Service service) {
        final List<Optional<Device>> devices = new ArrayList<>();
        for (int number = 0; number < CLIENTS; number++) {
            final IpAddress client = Lab.outer(number);
            devices.add(lab.clientSends(service, client, Frames.Kind.udp(500)));
            lab.network().settle();
        }
        return devices;
    }

    /** Some clients send through the devices in turn. */
    private void learnInside(final Service service) {
        for (int number = 0; number < CLIENTS; number++) {
            final List<Device> devices = service.devices();
            lab.deviceSends(devices.get(number % devices.size()), Lab.inner(service, number));
            lab.network().settle();
        }
    }

    private static List<String> names(final List<Optional<Device>> devices) {
        return devices.stream()
                .map(device -> device.map(Device::name).orElse("none"))
                .toList();
    }
}
