/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import net.jqwik.api.lifecycle.AddLifecycleHook;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Marks a test that says what is right and fails, since vpnlb has a fault that is known. The marked test must fail:
 * when it passes the run fails, and the mark is to be removed.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(KnownFaultOfTest.class)
@AddLifecycleHook(KnownFaultOfProperty.class)
public @interface KnownFault {
    /** The fault's name. */
    String value();
}
