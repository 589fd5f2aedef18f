/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine;

import java.lang.reflect.Method;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;

/** Turns the outcome of a JUnit test with a {@link KnownFault} round: only a promise that is broken counts. */
final class KnownFaultOfTest implements InvocationInterceptor {
    @Override
    public void interceptTestMethod(
            final Invocation<Void> invocation,
            final ReflectiveInvocationContext<Method> method,
            final ExtensionContext context)
            throws Throwable {
        try {
            invocation.proceed();
        } catch (final AssertionError expected) {
            return;
        }
        throw new AssertionError(mended(method.getExecutable()));
    }

    @Override
    public void interceptTestTemplateMethod(
            final Invocation<Void> invocation,
            final ReflectiveInvocationContext<Method> method,
            final ExtensionContext context)
            throws Throwable {
        interceptTestMethod(invocation, method, context);
    }

    /** What to tell whoever has mended a fault. */
    static String mended(final Method method) {
        return method.getAnnotation(KnownFault.class).value() + " is mended: remove the mark";
    }
}
