/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A bundle leaves the house: it has what helps, and no secret. */
class BundleTest {
    private static final String PLANTED = "Planted-Secret-1";

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "org.ops4j.pax.web.ssl.keystore.password = " + PLANTED,
                "org.ops4j.pax.web.ssl.password=" + PLANTED,
                "org.ops4j.pax.web.ssl.password = <" + PLANTED,
                "org.ops4j.pax.web.ssl.password = ab<" + PLANTED,
                "org.ops4j.pax.web.ssl.password = \\\n    " + PLANTED,
                "org.ops4j.pax.web.ssl.password = the first part \\\r\n    the second \\\r\n" + PLANTED,
                "api-key: " + PLANTED,
                "<store-password>" + PLANTED + "</store-password>",
                "<store-password>\n  " + PLANTED + "\n</store-password>",
                "{\"password\": \"" + PLANTED + "\"}",
                "the password is " + PLANTED,
                "GET http://admin:" + PLANTED + "@127.0.0.1:8181/rests/data",
                "curl -s -u admin:" + PLANTED + " http://127.0.0.1:8181",
                "Authorization: Basic " + PLANTED,
                "header Bearer " + PLANTED,
                "Cookie: JSESSIONID=" + PLANTED,
                "-----BEGIN RSA PRIVATE KEY-----\nMIIE" + PLANTED + "\n-----END RSA PRIVATE KEY-----",
                "-----BEGIN PRIVATE KEY-----\nMIIE" + PLANTED,
                "user karaf tried Karafs-Own-1 in vain",
            })
    void aSecretIsTakenOutOfEverySource(final String line) throws IOException {
        Files.writeString(directory.resolve("users.properties"), """
                # karaf = commented,_g_:admingroup
                karaf = Karafs-Own-1,_g_:admingroup
                _g_\\:admingroup = group,admin,manager,viewer,systembundles,ssh
                """);
        for (final String name : new String[] {"org.vpnlb.cfg", "org.ops4j.pax.web.cfg", "karaf.log"}) {
            Files.writeString(directory.resolve(name), "before\n" + line + "\nafter\n");
        }

        final Map<String, String> bundle = bundle("switch/openflow-1/held.txt", line);

        assertThat(bundle)
                .containsOnlyKeys(
                        "switch/openflow-1/held.txt",
                        "etc/org.vpnlb.cfg",
                        "etc/org.ops4j.pax.web.cfg",
                        "log/karaf.log");
        assertThat(bundle.values())
                .allSatisfy(text -> assertThat(text)
                        .contains("(removed)")
                        .doesNotContain(PLANTED)
                        .doesNotContain("Karafs-Own-1"));
        assertThat(bundle.get("log/karaf.log")).startsWith("before\n");
    }

    @Test
    void whatIsNoSecretStays() throws IOException {
        final String log = """
                2026-11-26T12:00:00 | INFO | Switches | openflow:1 is connected; it holds 0 flow entries
                table=1 priority=100 ip,nw_src=10.0.0.11 cookie=0x767028c5ec1cd337
                learned-per-second = 500
                {"vpnlb:vpn-services": {"vpn-service": [{"name": "office", "cluster-address": "10.0.0.100"}]}}
                """;
        assertThat(bundle("log.txt", log)).containsEntry("log.txt", log);
    }

    @Test
    void ofALongLogTheEndIsTaken() throws IOException {
        Files.writeString(
                directory.resolve("karaf.log"), ("password = " + PLANTED + "\n").repeat(100_000) + "the end\n");
        final String log = bundle("a", "b").get("log/karaf.log");
        assertThat(log)
                .startsWith("password = (removed)\n")
                .endsWith("the end\n")
                .hasSizeBetween(1_000_000, 2_000_000);
    }

    @Test
    void onlyItsOwnerCanReadItAndNoOtherFileIsWrittenOver() throws IOException {
        bundle("a", "b");
        final Path file = directory.resolve("bundle.zip");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThatThrownBy(() -> bundle("a", "b")).isInstanceOf(FileAlreadyExistsException.class);
    }

    private Map<String, String> bundle(final String name, final String text) throws IOException {
        final Path file = directory.resolve("bundle.zip");
        try (var bundle = Bundle.create(file, directory)) {
            bundle.add(name, text);
            bundle.addSettings(directory);
            bundle.addLog(directory.resolve("karaf.log"));
        }
        return read(file);
    }

    /** What is in a bundle, by name. */
    static Map<String, String> read(final Path file) throws IOException {
        final Map<String, String> texts = new TreeMap<>();
        try (var zip = new ZipInputStream(Files.newInputStream(file))) {
            for (var entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                texts.put(entry.getName(), new String(zip.readAllBytes(), StandardCharsets.UTF_8));
            }
        }
        return texts;
    }
}
