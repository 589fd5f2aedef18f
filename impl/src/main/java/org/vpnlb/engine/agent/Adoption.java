/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.neighbour.Neighbours;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Tables;
import org.vpnlb.engine.pipeline.Cookie;
import org.vpnlb.engine.pipeline.SwitchLearnedFormat;
import org.vpnlb.engine.reconcile.ReadBack;
import org.vpnlb.engine.reconcile.ReadBack.EntryClass;
import org.vpnlb.engine.reconcile.Reconciler;
import org.vpnlb.engine.session.PuntSuppression;

/** Takes over what was read from a switch: sessions, neighbours, suppressions, and the entries of the pipeline. */
record Adoption(
        Plan plan,
        Neighbours neighbours,
        Reconciler reconciler,
        SwitchLearnedSessions switchLearned,
        PuntSuppression suppressedSources) {
    /**
     * What was read from a switch.
     *
     * @param parts the groups and meters
     * @param isLost whether the switch has lost all that it had
     * @param since when it was asked, on a connection on which it had been read before; what was written after that may
     *     be missing. {@link #ANEW} where nothing is known of the time before
     */
    record Read(Collection<Flow> flows, Tables parts, boolean isLost, long since, long now) {
        /** Nothing is known of the time before the switch was read. */
        static final long ANEW = Long.MAX_VALUE;

        /** Whether nothing is known of the time before; else it is known when suppressions end. */
        boolean isAnew() {
            return since == ANEW;
        }

        static Read anew(final Collection<Flow> flows, final Tables parts, final boolean isLost, final long now) {
            return new Read(flows, parts, isLost, ANEW, now);
        }
    }

    /**
     * What is to be done next.
     *
     * @param first entries of sessions that must be there before anything leads to them
     * @param sessions what changes the sessions
     */
    record Taken(List<Effect> first, List<Effect> sessions) {}

    Taken take(final Read read) {
        final Collection<Flow> flows = read.flows();
        flows.forEach(neighbours::adopt);
        final Set<Integer> lookedUp = servicesOf(flows, SwitchLearnedFormat::looksUp);
        final Set<Integer> unreachable = servicesOf(flows, SwitchLearnedFormat::passesBy);
        unreachable.removeAll(lookedUp);
        final ServicesHere services = plan.services();
        final Set<String> handedBack = switchLearned.readBack(services.configured(), lookedUp, plan.numbers());
        plan.renewPipeline();

        final EntryClassifier classifier = new EntryClassifier(
                services, plan.pipeline(), here -> switchLearned.learns(here.service()), unreachable);
        final ReadBack found = new ReadBack(flows, classifier::classify);
        if (read.isAnew()) {
            suppressedSources.forget();
            found.of(EntryClass.SUPPRESSION, 0).forEach(flow -> suppressedSources.adopt(flow, read.now()));
        }
        final List<Flow> pipelineEntries = new ArrayList<>(found.all(EntryClass.PIPELINE));
        final int known = pipelineEntries.size();
        final List<Effect> effects = new ArrayList<>(switchLearned.adopt(
                found, services.configured(), plan.numbers(), plan.pipeline(), pipelineEntries, read.now()));
        reconciler.adopt(Tables.of(
                pipelineEntries,
                read.parts().groups().values(),
                read.parts().meters().values()));
        if (pipelineEntries.size() > known) {
            // What the controller has learned goes when the switch has it.
            reconciler.waitForLater();
        }
        effects.addAll(plan.updateLimits());
        final List<Effect> first = new ArrayList<>();
        for (final ServiceHere here : services.all()) {
            final Service service = here.service();
            final boolean isLearned = switchLearned.learns(service);
            for (final Effect change : here.adopt(found, plan.numbers().of(service), isLearned, read)) {
                final boolean isFirst = handedBack.contains(service.name()) && change instanceof Effect.AddFlow;
                (isFirst ? first : effects).add(change);
            }
        }
        plan.assign();
        return new Taken(first, effects);
    }

    /** The numbers of the services of some entries. */
    private static Set<Integer> servicesOf(final Collection<Flow> flows, final Predicate<Flow> which) {
        final Set<Integer> found = new HashSet<>();
        flows.stream()
                .filter(which)
                .flatMap(flow -> Cookie.parse(flow.cookie()).stream())
                .forEach(cookie -> found.add(cookie.service()));
        return found;
    }
}
