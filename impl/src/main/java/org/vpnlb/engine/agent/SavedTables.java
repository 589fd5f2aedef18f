/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.agent;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.vpnlb.engine.agent.Difference.Kind;
import org.vpnlb.engine.explain.Branch;
import org.vpnlb.engine.explain.Explainer;
import org.vpnlb.engine.explain.Narrator;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Tables;
import org.vpnlb.engine.pipeline.Cookie;
import org.vpnlb.engine.pipeline.Numbers;
import org.vpnlb.engine.pipeline.Origins;
import org.vpnlb.engine.pipeline.Pipeline;
import org.vpnlb.engine.pipeline.Table;

/**
 * What was written down of a switch, to be asked when the switch is not there. Timeouts are not looked at.
 *
 * @param node the switch
 * @param base the number of its table that is table 0 of the pipeline
 * @param services the services that were configured
 * @param desired what it should have held of vpnlb, sessions among it
 * @param held what it held of vpnlb, read a moment later, without meters
 * @param inTheWay what of somebody else's was where vpnlb's should be, a line each
 * @param areGroupsSettled whether its groups had not changed so lately that what was told of them may be older
 */
public record SavedTables(
        String node,
        int base,
        List<Service> services,
        Tables desired,
        Tables held,
        List<String> inTheWay,
        boolean areGroupsSettled) {
    public SavedTables {
        services = List.copyOf(services);
        inTheWay = List.copyOf(inTheWay);
    }

    /** Tells why there is an entry. */
    public Origins origins() {
        final Tables known = desired.flows().isEmpty() ? held : desired;
        return new Origins(base, services, Numbers.of(services).asHeld(services, node, known));
    }

    /**
     * Each way of a packet, as if all links were up.
     *
     * @param isOfHeld whether by the tables that the switch held, and not by those that it should have held
     * @param inPort the port at which it comes in
     * @param frame the frame, whole
     */
    public List<Branch> explain(final boolean isOfHeld, final long inPort, final byte[] frame) {
        return new Explainer(
                        isOfHeld ? held : desired, Set.of(), new Narrator(origins(), Plan.portNames(node, services)))
                .explain(inPort, frame);
    }

    /**
     * Compares what it held with what it should have held. A session that began or ended between the two readings
     * differs too; what the switch makes by itself, and what only suppresses, is in the one and not in the other.
     * Groups that are not settled are not compared.
     */
    public Comparison compare() {
        final List<Difference> differences = new ArrayList<>();
        inTheWay.forEach(line -> differences.add(new Difference(Kind.IN_THE_WAY, false, line, line, "")));
        final Map<Flow.Key, Flow> missing = new HashMap<>(desired.flows());
        for (final Flow flow :
                held.flows().values().stream().sorted(Comparer.AS_FRAMES_PASS).toList()) {
            final Flow wanted = missing.remove(flow.key());
            if (wanted == null && !isByTheWay(flow)) {
                differences.add(new Difference(Kind.EXTRA, isSession(flow), flow.key(), "", flow.toString()));
            } else if (wanted != null && !wanted.equals(flow)) {
                differences.add(new Difference(
                        Kind.DIFFERENT, isSession(flow), flow.key(), wanted.toString(), flow.toString()));
            }
        }
        missing.values().stream()
                .sorted(Comparer.AS_FRAMES_PASS)
                .forEach(flow -> differences.add(
                        new Difference(Kind.MISSING, isSession(flow), flow.key(), flow.toString(), "")));
        if (areGroupsSettled) {
            Comparer.compareById(
                    "group",
                    desired.groups(),
                    held.groups().keySet(),
                    held.groups().keySet(),
                    held.groups(),
                    differences);
        }
        return new Comparison(held.flows().size(), held.groups().size(), areGroupsSettled, true, differences);
    }

    private boolean isByTheWay(final Flow flow) {
        final int table = flow.key().table() - base;
        return table == Table.SWITCH_LEARNED_CLIENTS.ordinal()
                || table == Table.SWITCH_LEARNED_RETURNS.ordinal()
                || Cookie.parse(flow.cookie())
                        .filter(cookie -> cookie.kind() == Cookie.Kind.SUPPRESSION)
                        .isPresent();
    }

    private static boolean isSession(final Flow flow) {
        return Cookie.parse(flow.cookie())
                .flatMap(cookie -> Pipeline.client(cookie, flow.key()))
                .isPresent();
    }
}
