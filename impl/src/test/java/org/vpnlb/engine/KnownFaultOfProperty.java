/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine;

import net.jqwik.api.lifecycle.AroundPropertyHook;
import net.jqwik.api.lifecycle.PropertyExecutionResult;
import net.jqwik.api.lifecycle.PropertyExecutionResult.Status;
import net.jqwik.api.lifecycle.PropertyExecutor;
import net.jqwik.api.lifecycle.PropertyLifecycleContext;

/** Turns the outcome of a property with a {@link KnownFault} round: only a promise that is broken counts. */
final class KnownFaultOfProperty implements AroundPropertyHook {
    @Override
    public PropertyExecutionResult aroundProperty(
            final PropertyLifecycleContext context, final PropertyExecutor property) {
        final PropertyExecutionResult result = property.execute();
        if (result.status() == Status.SUCCESSFUL) {
            return result.mapToFailed(KnownFaultOfTest.mended(context.targetMethod()));
        }
        final boolean isBroken =
                result.throwable().filter(AssertionError.class::isInstance).isPresent();
        return isBroken ? result.mapToSuccessful() : result;
    }
}
