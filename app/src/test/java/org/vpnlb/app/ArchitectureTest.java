/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app;

import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The arrows go one way: the application uses the engine and the model; neither knows anything of the other two. */
class ArchitectureTest {
    private static final String MODEL = "org.opendaylight.yang.gen.v1.urn.vpnlb";

    private static final int MAX_LINES = 400;

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

    /** Who would need more lines owns more than one thing. */
    @Test
    void noClassIsLong() throws IOException {
        for (final String module : List.of("app", "impl")) {
            try (var all = Files.walk(Path.of("..", module, "src", "main", "java"))) {
                final List<Path> classes =
                        all.filter(file -> file.toString().endsWith(".java")).toList();
                assertThat(classes).as(module).isNotEmpty();
                assertThat(classes.stream().filter(file -> lines(file) > MAX_LINES))
                        .as("more than %d lines", MAX_LINES)
                        .isEmpty();
            }
        }
    }

    private static long lines(final Path file) {
        try (var lines = Files.lines(file)) {
            return lines.count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
