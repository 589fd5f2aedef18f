/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.net.ClientKey;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Match;
import org.vpnlb.engine.pipeline.Cookie;
import org.vpnlb.engine.pipeline.Pipeline;
import org.vpnlb.engine.pipeline.SwitchLearnedFormat;
import org.vpnlb.engine.reconcile.ReadBack.EntryClass;
import org.vpnlb.engine.session.ReturnSessions;

/**
 * Decides what becomes of an entry that was read from a switch.
 *
 * @param services the services of the switch
 * @param pipeline their pipeline
 * @param isSwitchLearned whether the switch is to know the sessions of a service by itself
 * @param unreachable the numbers of the services whose frames the switch no longer looks up among what it has learned
 */
record EntryClassifier(
        ServicesHere services, Pipeline pipeline, Predicate<ServiceHere> isSwitchLearned, Set<Integer> unreachable) {
    EntryClassifier {
        unreachable = Set.copyOf(unreachable);
    }

    EntryClass classify(final Flow flow) {
        final Optional<Cookie> parsed = Cookie.parse(flow.cookie());
        if (parsed.isEmpty()) {
            return EntryClass.PIPELINE;
        }
        final Cookie cookie = parsed.orElseThrow();
        if (isValidSuppression(cookie, flow)) {
            return EntryClass.SUPPRESSION;
        }
        final Optional<ServiceHere> here = services.of(cookie).filter(found -> found.serves(cookie.kind()));
        if (here.filter(isSwitchLearned)
                .flatMap(ServiceHere::returns)
                .filter(returns -> mayBeContested(here.orElseThrow().service(), returns, flow))
                .isPresent()) {
            return EntryClass.CONTESTED;
        }
        if (here.isEmpty() || Pipeline.client(cookie, flow.key()).isEmpty()) {
            return EntryClass.PIPELINE;
        }
        if (pipeline.learnedFormat().isLearned(flow.key().table()) && unreachable.contains(cookie.service())) {
            return EntryClass.UNREACHABLE;
        }
        if (isSwitchLearned.test(here.orElseThrow())) {
            return EntryClass.KNOWN_BY_SWITCH;
        }
        return switch (cookie.kind()) {
            case CLIENT_SESSION -> EntryClass.CLIENT_SESSION;
            case TO_CLIENT -> EntryClass.TO_CLIENT;
            case RETURN_SESSION -> EntryClass.RETURN_SESSION;
            default -> EntryClass.LEARNED_SOURCE;
        };
    }

    /** Whether an entry is as the switch may have it for an address that two devices may send. */
    private boolean mayBeContested(final Service service, final ReturnSessions returns, final Flow flow) {
        if (!SwitchLearnedFormat.isContested(flow)) {
            return false;
        }
        final SwitchLearnedFormat format = pipeline.learnedFormat();
        final Optional<IpAddress> client = flow.key().match().source().map(ClientKey::address);
        return Cookie.parse(flow.cookie())
                .flatMap(cookie -> format.keeper(service, cookie.device()))
                .filter(device -> client.filter(source -> returns.learnsFrom(device, source))
                        .filter(source -> Stream.of(true, false)
                                .flatMap(learns -> Stream.of(true, false)
                                        .map(isAsked -> format.contested(service, device, source, learns, isAsked)))
                                .anyMatch(flow::equals))
                        .isPresent())
                .isPresent();
    }

    /** Keep this suppression? Valid ones expire; the rest are deleted. */
    private boolean isValidSuppression(final Cookie cookie, final Flow flow) {
        if (cookie.kind() == Cookie.Kind.SUPPRESSION && cookie.device() != 0) {
            return isSuppressedClient(cookie, flow);
        }
        if (cookie.kind() != Cookie.Kind.SUPPRESSION
                || services.all().stream().noneMatch(here -> here.returns().isPresent())) {
            return false;
        }
        if (cookie.service() != 0) {
            return services.of(cookie)
                    .filter(here -> here.serves(cookie.kind()))
                    .isPresent();
        }
        final Match match = flow.key().match();
        if (match.etherSource() == null) {
            return match.ipSource() == null;
        }
        final List<ServicesHere.DeviceSide> devices = services.withEgressMac(match.etherSource());
        for (final ServicesHere.DeviceSide side : devices) {
            final Device device = side.device();
            if (Objects.equals(device.egress().port(), match.inPort())) {
                return match.ipSource() != null
                        && (isSuppressedBriefly(device, flow)
                                || !side.here()
                                        .returns()
                                        .orElseThrow()
                                        .learnsFrom(device, match.ipSource().address()));
            }
        }
        return match.ipSource() == null;
    }

    private boolean isSuppressedClient(final Cookie cookie, final Flow flow) {
        return services.of(cookie)
                .filter(here -> here.clients().isPresent())
                .map(ServiceHere::service)
                .filter(service -> service.devices().stream()
                        .filter(Device::takesSessions)
                        .anyMatch(device -> flow.cookie() == pipeline.cookie(cookie.kind(), service, device)))
                .isPresent();
    }

    private boolean isSuppressedBriefly(final Device device, final Flow flow) {
        return pipeline.suppressedBriefly(device, flow.key().match().ipSource()).equals(flow);
    }
}
