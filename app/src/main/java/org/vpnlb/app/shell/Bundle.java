/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.shell;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** A file with all that helps to find a fault, and no secret: each text goes through {@link Secrets}. */
final class Bundle implements AutoCloseable {
    /** The end of the log. */
    private static final int LOG_BYTES = 2_000_000;

    private static final List<String> SETTINGS = List.of(
            "org.vpnlb.cfg",
            "org.opendaylight.openflowplugin.cfg",
            "org.opendaylight.restconf.nb.rfc8040.cfg",
            "org.ops4j.pax.web.cfg",
            "org.ops4j.pax.logging.cfg");

    private final ZipOutputStream zip;
    private final Secrets secrets;

    private Bundle(final ZipOutputStream zip, final Secrets secrets) {
        this.zip = zip;
        this.secrets = secrets;
    }

    /**
     * Begins a new file, for its owner alone to read: it has the addresses of clients.
     *
     * @param file where it is to be; not there yet
     * @param etc Karaf's settings, with its accounts
     */
    static Bundle create(final Path file, final Path etc) throws IOException {
        final Path accounts = etc.resolve("users.properties");
        final var secrets = Secrets.of(Files.isReadable(accounts) ? Files.readString(accounts) : "");
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        return new Bundle(new ZipOutputStream(Files.newOutputStream(file, StandardOpenOption.WRITE)), secrets);
    }

    /** Adds a text. */
    void add(final String name, final String text) throws IOException {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(secrets.removedFrom(text).getBytes(StandardCharsets.UTF_8));
        zip.closeEntry();
    }

    /** Adds the settings that have to do with vpnlb. */
    void addSettings(final Path etc) throws IOException {
        for (final String name : SETTINGS) {
            final Path file = etc.resolve(name);
            if (Files.isReadable(file)) {
                add("etc/" + name, Files.readString(file));
            }
        }
    }

    /** Adds the end of the log. */
    void addLog(final Path log) throws IOException {
        if (!Files.isReadable(log)) {
            return;
        }
        try (var file = new RandomAccessFile(log.toFile(), "r")) {
            final long from = Math.max(0, file.length() - LOG_BYTES);
            final byte[] end = new byte[(int) (file.length() - from)];
            file.seek(from);
            file.readFully(end);
            final String text = new String(end, StandardCharsets.UTF_8);
            // The first line may have lost its beginning, and with it what says that the rest is a secret.
            add("log/" + log.getFileName(), from == 0 ? text : text.substring(text.indexOf('\n') + 1));
        }
    }

    @Override
    public void close() throws IOException {
        zip.close();
    }
}
