/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import net.jqwik.api.Example;
import net.jqwik.api.Label;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.net.MacAddress;
import org.vpnlb.engine.openflow.Action;
import org.vpnlb.engine.openflow.Flow;

@Label("The tables of the sessions")
class SessionStagesTest {
    private final Made office = Made.byController(ServiceBuilder.office().build());

    @Example
    @Label("send a client with a session to its device, in both directions, until it idles")
    void sendAClientToItsDevice() {
        final Flow session = office.pipeline().clientSession(office.service(), office.device(), Made.OUTER);
        assertThat(session.actions())
                .containsExactly(office.layout().toGroup(GroupId.Kind.TO_DEVICE, office.service(), office.device()));
        assertThat(session.timeouts()).isEqualTo(Flow.Timeouts.idle(300));
        final Flow back = office.pipeline().returnSession(office.service(), office.device(), Made.INNER);
        assertThat(back.actions())
                .containsExactly(
                        office.layout().toGroup(GroupId.Kind.RETURN_TO_DEVICE, office.service(), office.device()));
        assertThat(back.timeouts()).isEqualTo(Flow.Timeouts.idle(600));
    }

    @Example
    @Label("tell from an entry whose it is")
    void tellWhoseAnEntryIs() {
        assertThat(Pipeline.client(office.pipeline().clientSession(office.service(), office.device(), Made.OUTER)))
                .isEqualTo(Made.OUTER);
        assertThat(Pipeline.client(office.pipeline().learnedSource(office.service(), office.device(), Made.INNER)))
                .isEqualTo(Made.INNER);
        assertThat(Pipeline.client(office.pipeline().returnSession(office.service(), office.device(), Made.INNER)))
                .isEqualTo(Made.INNER);
    }

    @Example
    @Label("send a client without a session to the selection")
    void sendANewClientToTheSelection() {
        assertThat(office.flows(Band.NEW_CLIENT))
                .hasSize(1)
                .allMatch(flow -> flow.nextTable() == office.layout().id(Table.SELECTION));
    }

    @Example
    @Label("send a suppressed client to its device for a while, without a copy")
    void sendASuppressedClientToItsDevice() {
        final Flow suppressed = office.pipeline().suppressedClient(office.service(), office.device(), Made.OUTER);
        final Flow session = office.pipeline().clientSession(office.service(), office.device(), Made.OUTER);
        assertThat(suppressed.actions()).isEqualTo(session.actions());
        assertThat(suppressed.key().match()).isEqualTo(session.key().match());
        assertThat(suppressed.key().priority()).isLessThan(session.key().priority());
        assertThat(suppressed.timeouts().hard()).isPositive();
        assertThat(Pipeline.client(Cookie.parse(suppressed.cookie()).orElseThrow(), suppressed.key()))
                .isEmpty();
    }

    @Example
    @Label("copy the headers of an unknown source, and the frame goes on")
    void copyAnUnknownSource() {
        assertThat(office.flows(Band.UNKNOWN_SOURCE))
                .hasSize(3)
                .allMatch(flow -> flow.actions().equals(List.of(PuntLength.HEADERS.action())))
                .allMatch(flow -> flow.nextTable() == office.layout().id(Table.RETURN_SESSIONS));
    }

    @Example
    @Label("copy nothing of a source that is suppressed, known or a device's own")
    void copyNothingTwice() {
        final var mac = new MacAddress(0x0200_0000_0c01L);
        assertThat(List.of(
                        office.pipeline().learnedSource(office.service(), office.device(), Made.INNER),
                        office.pipeline().suppressedSource(11, mac, Made.INNER.family()),
                        office.pipeline().suppressedClient(office.device(), Made.OUTER),
                        office.flows(Band.NEVER_LEARNED).getFirst()))
                .allMatch(flow -> flow.actions().isEmpty())
                .allMatch(flow -> flow.key().priority() > Band.UNKNOWN_SOURCE.priority())
                .allMatch(flow -> flow.nextTable() == office.layout().id(Table.RETURN_SESSIONS));
    }

    @Example
    @Label("ask the controller for a client without a session, once in a while")
    void askForAClientWithoutASession() {
        assertThat(office.flows(Band.NO_RETURN))
                .hasSize(1)
                .allMatch(flow -> flow.actions().equals(List.of(PuntLength.WHOLE_FRAME.action())));
        final Flow dropped = office.pipeline()
                .suppressedMiss(office.service(), 1, office.service().virtualMac(), Made.INNER);
        final Flow forwarded = office.pipeline()
                .suppressedMiss(office.service(), 1, office.device().egress().mac(), Made.INNER);
        assertThat(dropped.actions()).isEmpty();
        assertThat(forwarded.actions())
                .containsExactly(new Action.Output(office.device().egress().port()));
        final Flow all = office.pipeline()
                .suppressedMisses(office.service(), 1, office.service().virtualMac(), Made.INNER.family());
        assertThat(all.actions()).isEmpty();
        assertThat(all.key().priority()).isLessThan(dropped.key().priority()).isGreaterThan(Band.NO_RETURN.priority());
        assertThat(List.of(dropped, forwarded, all))
                .allMatch(flow -> flow.cookie() == office.pipeline().suppressedMissCookie(office.service()))
                .allMatch(flow -> flow.timeouts().hard() > 0 && !flow.timeouts().report());
    }
}
