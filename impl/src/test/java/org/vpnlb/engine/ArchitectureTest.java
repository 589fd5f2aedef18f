/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.Serializable;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The engine is a function of its state and its events: what would make it anything else is not there. */
class ArchitectureTest {
    private static final JavaClasses ENGINE = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("org.vpnlb.engine");

    /** By class, the methods whose answer is not a function of their arguments. */
    private static final Map<String, Set<String>> IMPURE = Map.of(
            System.class.getName(), Set.of("nanoTime", "currentTimeMillis", "getenv", "getProperty"),
            Math.class.getName(), Set.of("random"),
            InetAddress.class.getName(),
                    Set.of("getByName", "getAllByName", "getLocalHost", "getHostName", "getCanonicalHostName"));

    /** Values, though their packages are those of input and output. */
    private static final Set<String> VALUES = Set.of(
            Serializable.class.getName(),
            InetAddress.class.getName(),
            Inet4Address.class.getName(),
            UnknownHostException.class.getName());

    /** The rooms of the engine, from the top down. */
    private static final List<String> ROOMS = List.of(
            "agent",
            "validate",
            "health",
            "probe",
            "explain",
            "reconcile",
            "session",
            "neighbour",
            "pipeline",
            "selection",
            "event",
            "model",
            "openflow",
            "net");

    @Test
    void knowsNeitherOpenDaylightNorTheApplication() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.opendaylight..", "org.vpnlb.app..", "org.osgi..")
                .check(ENGINE);
    }

    @Test
    void hasNoThreads() {
        noClasses()
                .should()
                .dependOnClassesThat(resideInAnyPackage("java.util.concurrent..")
                        .or(type(Thread.class))
                        .or(type(ThreadLocal.class)))
                .check(ENGINE);
    }

    @Test
    void doesNoInputOrOutput() {
        noClasses()
                .should()
                .dependOnClassesThat(
                        resideInAnyPackage("java.io..", "java.net..", "java.nio.channels..", "java.nio.file..")
                                .and(describe("not a value", found -> !VALUES.contains(found.getName()))))
                .check(ENGINE);
    }

    @Test
    void readsNoClockAndRollsNoDice() {
        noClasses()
                .should()
                .dependOnClassesThat(type(Clock.class))
                .orShould()
                .callMethodWhere(describe("the answer depends on when it is asked", ArchitectureTest::isImpure))
                .check(ENGINE);
    }

    /** Each room may use those below it, as docs/architecture.md draws them. */
    @Test
    void arrowsGoDownOnly() {
        final var rooms = layeredArchitecture().consideringOnlyDependenciesInLayers();
        for (int i = 0; i < ROOMS.size(); i++) {
            rooms.layer(ROOMS.get(i)).definedBy("org.vpnlb.engine." + ROOMS.get(i));
        }
        for (int i = 0; i < ROOMS.size(); i++) {
            if (i == 0) {
                rooms.whereLayer(ROOMS.get(i)).mayNotBeAccessedByAnyLayer();
            } else {
                rooms.whereLayer(ROOMS.get(i))
                        .mayOnlyBeAccessedByLayers(ROOMS.subList(0, i).toArray(new String[0]));
            }
        }
        rooms.ensureAllClassesAreContainedInArchitecture().check(ENGINE);
    }

    private static boolean isImpure(final JavaCall<?> call) {
        final var owner = call.getTargetOwner();
        final var name = call.getTarget().getName();
        return IMPURE.getOrDefault(owner.getName(), Set.of()).contains(name)
                || owner.getPackageName().equals("java.time") && name.equals("now")
                || name.equals("randomUUID");
    }
}
