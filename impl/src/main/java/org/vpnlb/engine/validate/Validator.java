/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.validate;

import java.util.List;
import org.vpnlb.engine.model.Service;

/** Says what in a configuration contradicts itself, cannot work, or is not supported yet. */
public final class Validator {
    /** The highest number of a port that frames can be sent to (OFPP_MAX less one; OpenFlow 1.3, section 7.2.1). */
    public static final long MAX_PORT = 0xffff_feffL;

    private Validator() {}

    /**
     * Checks a whole configuration.
     *
     * @param services all services
     * @return what is wrong, in the order of the configuration; empty when it can be applied
     */
    public static List<Problem> validate(final List<Service> services) {
        final Problems problems = new Problems();
        final ServiceRules ofService = new ServiceRules(problems);
        final PairRules ofPair = new PairRules(problems);
        services.forEach(ofService::check);
        final SharedAddresses addresses = new SharedAddresses();
        for (final Service service : services) {
            addresses.add(service).forEach(earlier -> ofPair.check(services.get(earlier), service));
        }
        new SideRules(problems).check(services);
        return problems.found();
    }
}
