/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.config;

import java.util.List;
import java.util.function.Consumer;
import org.opendaylight.mdsal.binding.api.DataListener;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.VpnServices;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.validate.Problem;
import org.vpnlb.engine.validate.Validator;

/** Hands on the configured services, each time that they change. Told by one thread at a time. */
public final class ConfigListener implements DataListener<VpnServices> {
    private static final Logger LOG = LoggerFactory.getLogger(ConfigListener.class);

    private final Consumer<List<Service>> target;
    private List<Service> applied = List.of();

    /**
     * A listener.
     *
     * @param target gets all services
     */
    public ConfigListener(final Consumer<List<Service>> target) {
        this.target = target;
    }

    @Override
    public void dataChangedTo(final VpnServices services) {
        try {
            final List<Service> read = ServiceReader.read(services);
            final List<Problem> problems = Validator.validate(read);
            if (problems.isEmpty()) {
                ServiceChanges.describe(applied, read).forEach(LOG::info);
                applied = read;
                target.accept(read);
            } else {
                // Refused at the commit, unless it was committed before the validator was there.
                problems.forEach(problem -> LOG.error("The configuration is not applied: {}", problem.message()));
            }
        } catch (ServiceReader.InvalidLeafException e) {
            LOG.error("The configuration is not applied: {}", e.problem().message());
        }
    }
}
