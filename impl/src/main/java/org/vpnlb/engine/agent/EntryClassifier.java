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
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Match;
import org.vpnlb.engine.pipeline.Cookie;
import org.vpnlb.engine.pipeline.Pipeline;
import org.vpnlb.engine.pipeline.SwitchLearnedFormat;
import org.vpnlb.engine.reconcile.ReadBack.EntryClass;

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
        if (SwitchLearnedFormat.isContested(flow)
                && here.filter(isSwitchLearned).isPresent()) {
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
