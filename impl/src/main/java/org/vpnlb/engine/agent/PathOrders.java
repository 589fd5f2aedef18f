/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.event.Event;
import org.vpnlb.engine.event.Notice;
import org.vpnlb.engine.health.PathTest;
import org.vpnlb.engine.health.Prober;
import org.vpnlb.engine.model.Attachment;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.PathAnswer;
import org.vpnlb.engine.model.PathQuestion;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Side;

/** Begins a test of the path: asks what can be asked at this switch, and says at once of the rest why it cannot. */
record PathOrders(Plan plan, Prober prober) {
    List<Effect> begin(final Service service, final Event.PathAsked event) {
        final List<Effect> effects = new ArrayList<>();
        final List<PathTest.Order> orders = new ArrayList<>();
        for (final PathQuestion question : event.questions()) {
            final Optional<Device> device = service.devices().stream()
                    .filter(known -> known.name().equals(question.device()))
                    .findFirst();
            final Optional<String> obstacle = device.isEmpty()
                    ? Optional.of(plan.node() + " has no port of the name that is configured for the device")
                    : obstacle(device.orElseThrow().on(question.side()), question, event);
            obstacle.ifPresentOrElse(
                    why -> effects.add(new Effect.Tell(new Notice.PathAnswered(
                            event.test(), question, new PathAnswer(PathAnswer.Result.NOT_SENT, why)))),
                    () -> orders.add(order(service, device.orElseThrow(), question, event.test())));
        }
        effects.addAll(prober.ask(orders, event.millis(), event.now()));
        return effects;
    }

    private Optional<String> obstacle(
            final Attachment attachment, final PathQuestion question, final Event.PathAsked event) {
        if (event.down().contains(attachment.port())) {
            return Optional.of(PathWalk.noLink(attachment));
        }
        return Optional.ofNullable(question.target().sourceAddress())
                .filter(prober.sources()::isUnclaimed)
                .map(source -> ("vpnlb does not have the address %s that checks come from: it is somebody's, or just"
                                + " being asked for; see health-check/source-address-%s and the service's reason")
                        .formatted(source, question.side().modelName()));
    }

    private PathTest.Order order(
            final Service service, final Device device, final PathQuestion question, final long test) {
        final Side side = question.side();
        return new PathTest.Order(
                test,
                question,
                plan.pipeline().answers(side, service, device),
                PathWalk.ports(service, side, plan.node()).getFirst(),
                plan.pipeline().group(side, service, device),
                PathWalk.place(device.on(side)));
    }
}
