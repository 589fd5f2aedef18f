/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.net.ClientKey;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.pipeline.Cookie;
import org.vpnlb.engine.pipeline.Cookie.Kind;
import org.vpnlb.engine.pipeline.Pipeline;

/**
 * A session's entry that was read from a switch which learns by itself: the controller keeps no list of these.
 *
 * @param flow the entry
 * @param kind what the entry is
 * @param client the client, of its side
 * @param device the name of the device
 */
record LearnedEntry(Flow flow, Kind kind, ClientKey client, String device) {
    /** The sessions' entries of a service. */
    static Stream<LearnedEntry> of(final Service service, final Plan plan, final Collection<Flow> flows) {
        final int number = plan.numbers().of(service);
        final Map<Integer, String> devices = service.devices().stream()
                .collect(Collectors.toMap(known -> plan.numbers().of(service, known), Device::name));
        return flows.stream()
                .map(flow -> Cookie.parse(flow.cookie())
                        .filter(cookie -> cookie.service() == number && devices.containsKey(cookie.device()))
                        .flatMap(cookie -> Pipeline.client(cookie, flow.key())
                                .map(client ->
                                        new LearnedEntry(flow, cookie.kind(), client, devices.get(cookie.device())))))
                .flatMap(Optional::stream);
    }

    /** Of two entries of a client the one by which its packets go. */
    LearnedEntry counting(final LearnedEntry other) {
        return other.flow.key().priority() > flow.key().priority() ? other : this;
    }
}
