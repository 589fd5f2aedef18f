/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.deb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What is in the Debian package. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PackageIT {
    private static final Path DEB = Path.of(System.getProperty("vpnlb.deb"));

    /** A line of {@code dpkg-deb --contents} for each path. */
    private final TreeMap<String, String> contents = new TreeMap<>();

    private List<String> conffiles = List.of();
    private Path unpacked;

    @BeforeAll
    void unpack(@TempDir final Path directory) throws IOException, InterruptedException {
        unpacked = directory;
        run("dpkg-deb", "--raw-extract", DEB.toString(), unpacked.toString());
        run("dpkg-deb", "--contents", DEB.toString())
                .lines()
                .forEach(line -> contents.put(line.split("\\s+")[5].substring(1), line));
        conffiles = Files.readAllLines(unpacked.resolve("DEBIAN/conffiles"));
    }

    @Test
    void theServiceItsCommandsAndTheDistributionAreThere() {
        assertThat(contents)
                .containsKeys(
                        "/usr/lib/systemd/system/vpnlb.service",
                        "/usr/share/vpnlb/bin/karaf",
                        "/usr/share/vpnlb/bin/vpnlb-run",
                        "/usr/share/vpnlb/system/org/vpnlb/odl-vpnlb/0.1.0/odl-vpnlb-0.1.0-features.xml",
                        "/etc/vpnlb/org.vpnlb.cfg",
                        "/usr/share/doc/vpnlb/CHANGELOG.md",
                        "/usr/share/doc/vpnlb/first-hour.md",
                        "/usr/share/doc/vpnlb/copyright");
        assertThat(Stream.of("vpnlb-preflight", "vpnlb-shell", "vpnlb-admin-password")
                        .map(command -> contents.get("/usr/bin/" + command)))
                .allMatch(line -> line != null && line.startsWith("-rwxr-xr-x root/root"));
    }

    @Test
    void nothingButTheConfigurationIsWrittenOutsideOfUsr() {
        assertThat(contents.keySet()).allMatch(path -> path.startsWith("/usr/") || path.startsWith("/etc/"));
        assertThat(contents.values()).allMatch(line -> line.contains(" root/root "));
    }

    @Test
    void whatAnOperatorChangesSurvivesAnUpgrade() {
        assertThat(conffiles)
                .contains(
                        "/etc/default/vpnlb",
                        "/etc/vpnlb/org.vpnlb.cfg",
                        "/etc/vpnlb/org.ops4j.pax.web.cfg",
                        "/etc/vpnlb/org.ops4j.pax.logging.cfg",
                        "/etc/vpnlb/org.opendaylight.openflowplugin.cfg",
                        "/etc/vpnlb/org.apache.karaf.shell.cfg")
                .as("what is of one version of Karaf")
                .doesNotContain(
                        "/etc/vpnlb/org.apache.karaf.features.cfg",
                        "/etc/vpnlb/startup.properties",
                        "/etc/vpnlb/config.properties",
                        "/etc/vpnlb/jmx.acl.org.apache.karaf.config.cfg");
        assertThat(contents.keySet()).containsAll(conffiles);
    }

    @Test
    void noAccountAndNoPasswordIsInThePackage() throws IOException {
        assertThat(contents).doesNotContainKeys("/etc/vpnlb/users.properties", "/etc/vpnlb-admin-password");
        assertThat(settings("etc/vpnlb"))
                .as("an account of Karaf")
                .noneMatch(line -> line.matches(".*=.*,_g_:.*"))
                .as("a password or a key")
                .noneMatch(line -> line.matches("(?i).*(password|secret|private-?key)\\s*[=:]\\s*[^\\s$].*"));
    }

    @Test
    void itListensOnThisMachineOnly() throws IOException {
        assertThat(settings("etc/vpnlb"))
                .contains(
                        "org.ops4j.pax.web.listening.addresses=127.0.0.1",
                        "bind-address=127.0.0.1",
                        "sshHost=127.0.0.1",
                        "rmiRegistryHost=127.0.0.1",
                        "rmiServerHost=127.0.0.1");
    }

    @Test
    void theServiceHasAUserOfItsOwnAndNoRights() throws IOException {
        assertThat(settings("usr/lib/systemd/system"))
                .contains(
                        "User=vpnlb",
                        "NoNewPrivileges=yes",
                        "CapabilityBoundingSet=",
                        "ProtectSystem=strict",
                        "StateDirectory=vpnlb",
                        "LogsDirectory=vpnlb");
    }

    @Test
    void systemdHasNothingAgainstTheService() throws IOException, InterruptedException {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/systemd-analyze")), "there is no systemd here");
        // The units that it needs are the system's.
        assertThat(run(
                        "systemd-analyze",
                        "--root=" + unpacked,
                        "--recursive-errors=no",
                        "verify",
                        "/usr/lib/systemd/system/vpnlb.service"))
                .isEmpty();
    }

    @Test
    void eachScriptCanBeRead() throws IOException, InterruptedException {
        for (final String script : List.of(
                "DEBIAN/postinst",
                "DEBIAN/prerm",
                "DEBIAN/postrm",
                "usr/share/vpnlb/bin/vpnlb-env",
                "usr/share/vpnlb/bin/vpnlb-run",
                "usr/bin/vpnlb-shell",
                "usr/bin/vpnlb-admin-password")) {
            run("sh", "-n", unpacked.resolve(script).toString());
        }
    }

    /** The lines of all files beneath, without comments, and without blanks around the first equals sign. */
    private List<String> settings(final String under) throws IOException {
        try (var files = Files.walk(unpacked.resolve(under))) {
            return files.filter(Files::isRegularFile)
                    .flatMap(PackageIT::lines)
                    .map(String::strip)
                    .filter(line -> !line.startsWith("#"))
                    .map(line -> line.replaceFirst("\\s*=\\s*", "="))
                    .toList();
        }
    }

    private static Stream<String> lines(final Path file) {
        try {
            return Files.readAllLines(file).stream();
        } catch (IOException e) {
            throw new AssertionError(file.toString(), e);
        }
    }

    private static String run(final String... command) throws IOException, InterruptedException {
        final Process process =
                new ProcessBuilder(command).redirectErrorStream(true).start();
        final String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }
}
