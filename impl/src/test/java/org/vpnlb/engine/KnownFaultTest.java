/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Method;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Example;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.InvocationInterceptor.Invocation;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;

class KnownFaultTest {
    private static final String MENDED = "X1 is mended: remove the mark";

    @Test
    @KnownFault("X1")
    void aTestThatFailsPasses() {
        assertThat(1).isEqualTo(2);
    }

    @Example
    @KnownFault("X1")
    void anExampleThatFailsPasses() {
        assertThat(1).isEqualTo(2);
    }

    @Test
    void aTestThatPassesFails() {
        assertThatThrownBy(run(() -> null)).isInstanceOf(AssertionError.class).hasMessage(MENDED);
    }

    @Test
    void aTestThatFailsIsAsExpected() {
        assertThatCode(run(() -> {
                    throw new AssertionError("as it is today");
                }))
                .doesNotThrowAnyException();
    }

    @Test
    void aTestThatCannotRunFails() {
        assertThatThrownBy(run(() -> {
                    throw new IllegalStateException("no test");
                }))
                .isInstanceOf(IllegalStateException.class);
    }

    private static ThrowingCallable run(final Invocation<Void> invocation) {
        return () -> new KnownFaultOfTest().interceptTestMethod(invocation, new Marked(), null);
    }

    /** The call of a test with a mark. */
    private static final class Marked implements ReflectiveInvocationContext<Method> {
        @Override
        public Class<?> getTargetClass() {
            return KnownFaultTest.class;
        }

        @Override
        public Optional<Object> getTarget() {
            return Optional.empty();
        }

        @Override
        public Method getExecutable() {
            try {
                return KnownFaultTest.class.getDeclaredMethod("aTestThatFailsPasses");
            } catch (final NoSuchMethodException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public List<Object> getArguments() {
            return List.of();
        }
    }
}
