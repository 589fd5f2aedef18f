/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Device.AdminState;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.openflow.Flow;

@Label("A foreign entry that comes after the switch was read, just before its first configuration,")
class LateForeignEntryTest {
    private static final long SOMEBODY = 7;
    private static final long NOW = 1_000_000;

    private final Service office = ServiceBuilder.office().build();

    @Provide
    Arbitrary<Shape> configurations() {
        return Shape.ofAnyFamily(Shape.byAnyMethod(Shape.any()));
    }

    @Property(tries = 200)
    @Label("is left alone, whatever is configured and whatever the key is")
    void isLeftAlone(@ForAll("configurations") final Shape shape, @ForAll final int pick) {
        final Lab lab = Lab.of(shape, 1);
        final Service[] next = lab.services().toArray(Service[]::new);
        final List<Flow.Key> needed = keys(lab);
        lab.reconfigure();
        Assume.that(!needed.isEmpty());
        final Flow foreign = foreign(needed.get(Math.floorMod(pick, needed.size())));
        final InMemorySwitch sw1 = lab.network().datapath(Shape.INGRESS);
        sw1.putForeign(foreign);
        sw1.overwriteForeign();
        lab.reconfigure(next);
        assertThat(sw1.overwritten()).isEmpty();
        assertThat(lab.network().status(Shape.INGRESS).inTheWay()).isNotEmpty();
    }

    @Example
    @Label("is left alone when it is of the least priority, and drops all")
    void isLeftAloneWhenItDropsAll() {
        final Flow.Key key = Lab.of(office).network().datapath("sw1").ours().flows().keySet().stream()
                .filter(candidate -> candidate.table() == 0 && candidate.priority() == 1)
                .findFirst()
                .orElseThrow();
        final Lab lab = lab();
        final InMemorySwitch sw1 = lab.network().datapath("sw1");
        sw1.putForeign(foreign(key));
        sw1.overwriteForeign();
        lab.reconfigure(office);
        assertThat(sw1.flow(key)).contains(foreign(key));
    }

    @Example
    @Label("is not looked for where clients are served: no later change waits, a failure least of all")
    void aLaterChangeDoesNotWait() {
        final SwitchAgent agent = Lab.of(office).network().agent("sw1");
        assertThat(configure(agent, failed(office)))
                .hasAtLeastOneElementOfType(Effect.ModifyGroup.class)
                .doesNotHaveAnyElementsOfTypes(Effect.ReadOthers.class);
        assertThat(configure(agent, ServiceBuilder.like(office).without("g1").build()))
                .isNotEmpty()
                .doesNotHaveAnyElementsOfTypes(Effect.ReadOthers.class);
    }

    @Example
    @Label("holds a configuration up until the switch tells, and no longer than five seconds")
    void theWaitIsBounded() {
        final SwitchAgent agent = lab().network().agent("sw1");
        assertThat(configure(agent, office)).containsExactly(new Effect.ReadOthers());
        assertThat(configure(agent, failed(office))).isEmpty();
        assertThat(agent.status().generation().isConfirmed()).isFalse();
        final long end = NOW + WaitingChange.MAX_WAIT_MILLIS;
        assertThat(agent.handle(new Event.Tick(end - 1))).doesNotHaveAnyElementsOfTypes(Effect.AddFlow.class);
        assertThat(agent.wakeAt()).hasValue(end);
        assertThat(agent.handle(new Event.Tick(end))).hasAtLeastOneElementOfType(Effect.AddFlow.class);
        assertThat(agent.handle(new Event.OthersRead(Event.Others.NONE, end + 1)))
                .isEmpty();
    }

    @Example
    @Label("does not keep away what was configured while the switch was asked and left")
    void aSwitchThatLeavesKeepsNothingAway() {
        final Lab lab = lab();
        lab.configure(List.of(office));
        lab.network().steps(1);
        lab.network().disconnect("sw1");
        lab.network().connect("sw1");
        lab.network().settle();
        lab.assertConsistent();
        assertThat(lab.clientSends(office, Lab.outer(1), Frames.Kind.udp(500))).isPresent();
    }

    @Example
    @Label("does not keep away what was configured when the question for it was lost")
    void aLostQuestionIsAskedAgain() {
        final Lab lab = lab();
        lab.network().failNext("sw1");
        lab.network().failNext("sw2");
        lab.reconfigure(office);
        lab.assertConsistent();
        assertThat(lab.clientSends(office, Lab.outer(1), Frames.Kind.udp(500))).isPresent();
    }

    private Lab lab() {
        final Lab lab = Lab.of(office);
        lab.reconfigure();
        return lab;
    }

    private static Service failed(final Service service) {
        final List<Device> devices = new ArrayList<>(service.devices());
        devices.set(0, devices.getFirst().with(AdminState.OUT_OF_SERVICE));
        return service.withDevices(devices);
    }

    private static List<Effect> configure(final SwitchAgent agent, final Service service) {
        return agent.handle(new Event.Configured(List.of(service), NOW));
    }

    private static List<Flow.Key> keys(final Lab lab) {
        return lab.network().datapath(Shape.INGRESS).ours().flows().keySet().stream()
                .sorted(Comparator.comparing(Flow.Key::toString))
                .toList();
    }

    private static Flow foreign(final Flow.Key key) {
        return new Flow(key, SOMEBODY, Flow.Timeouts.NONE, List.of(), null, null);
    }
}
