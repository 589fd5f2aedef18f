/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app;

import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The arrows go one way: the application uses the engine and the model; neither knows anything of the other two. */
class ArchitectureTest {
    private static final String MODEL = "org.opendaylight.yang.gen.v1.urn.vpnlb";

    @Test
    void arrowsGoOneWay() {
        final var classes = new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages("org.vpnlb", MODEL);
        assertThat(classes.stream().map(found -> found.getPackageName().split("\\.")[2]))
                .as("what is looked at")
                .contains("app", "engine", "yang");

        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("model")
                .definedBy(MODEL + "..")
                .layer("engine")
                .definedBy("org.vpnlb.engine..")
                .layer("application")
                .definedBy("org.vpnlb.app..")
                .whereLayer("model")
                .mayNotAccessAnyLayer()
                .whereLayer("engine")
                .mayNotAccessAnyLayer()
                .whereLayer("application")
                .mayNotBeAccessedByAnyLayer()
                .check(classes);
    }
}
