/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.shell;

import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.opendaylight.mdsal.binding.api.RpcService;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.VpnServices;
import org.vpnlb.app.config.ServiceReader;
import org.vpnlb.app.openflow.Settings;
import org.vpnlb.app.rpc.SavedRpcs;
import org.vpnlb.engine.agent.SavedTables;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.openflow.EntryText;
import org.vpnlb.engine.openflow.Tables;

/** Opens a file of {@code vpnlb:bundle}. */
final class SavedBundle {
    private static final String SWITCH = "switch/";
    private static final String DESIRED = "/desired.txt";
    private static final String HELD = "/held.txt";

    /** Some 300,000 entries: what unpacks to more would take the memory of the controller that checks gateways. */
    private static final int MAX_OCTETS = 64 * 1024 * 1024;

    private final ZipFile zip;
    private final ModelJson models;

    private SavedBundle(final ZipFile zip, final ModelJson models) {
        this.zip = zip;
        this.models = models;
    }

    /**
     * The RPCs, answered from what is in a bundle.
     *
     * @param file the bundle
     * @param models reads its configuration
     * @throws CommandException if it is no bundle, or not whole; says what is wrong
     */
    static RpcService open(final Path file, final ModelJson models) throws CommandException {
        try (var zip = new ZipFile(file.toFile())) {
            return new SavedBundle(zip, models).rpcs();
        } catch (NoSuchFileException e) {
            throw new CommandException("there is no file " + file + "; give the path of a file of vpnlb:bundle", e);
        } catch (IOException | ServiceReader.InvalidLeafException | IllegalArgumentException e) {
            throw new CommandException(
                    "%s is no bundle that can be read: %s; write one with vpnlb:bundle".formatted(file, e.getMessage()),
                    e);
        }
    }

    private RpcService rpcs() throws IOException, ServiceReader.InvalidLeafException {
        final String configured = text("configuration.json");
        final List<Service> services =
                configured.isBlank() ? List.of() : ServiceReader.read(models.read(VpnServices.class, configured));
        final int base = base();
        final Map<String, SavedTables> switches = new HashMap<>();
        final Map<String, String> unread = new HashMap<>();
        for (final String place : zip.stream()
                .map(ZipEntry::getName)
                .filter(name -> name.startsWith(SWITCH) && name.endsWith(DESIRED))
                .map(name -> name.substring(0, name.length() - DESIRED.length()))
                .collect(Collectors.toList())) {
            final String node = place.substring(SWITCH.length()).replaceFirst("-", ":");
            final String held = text(place + HELD);
            final boolean isRead = !held.startsWith(BundleCommand.NOT_KNOWN);
            if (!isRead) {
                unread.put(node, held.strip());
            }
            switches.put(
                    node,
                    new SavedTables(
                            node,
                            base,
                            services,
                            tables(place + DESIRED),
                            isRead ? tables(place + HELD) : Tables.EMPTY));
        }
        return new SavedRpcs(switches, unread);
    }

    private Tables tables(final String name) throws IOException {
        try {
            return EntryText.tables(text(name));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(name + ": " + e.getMessage(), e);
        }
    }

    private int base() throws IOException {
        final var settings = new Properties();
        if (zip.getEntry("etc/org.vpnlb.cfg") != null) {
            settings.load(new StringReader(text("etc/org.vpnlb.cfg")));
        }
        return Settings.of(settings.stringPropertyNames().stream()
                        .collect(Collectors.toMap(name -> name, settings::getProperty)))
                .tableBase();
    }

    private String text(final String name) throws IOException {
        final ZipEntry entry = zip.getEntry(name);
        if (entry == null) {
            throw new IOException("there is no " + name + " in it");
        }
        try (var in = zip.getInputStream(entry)) {
            final byte[] octets = in.readNBytes(MAX_OCTETS + 1);
            if (octets.length > MAX_OCTETS) {
                throw new IOException("%s has more than %d octets".formatted(name, MAX_OCTETS));
            }
            return new String(octets, StandardCharsets.UTF_8);
        }
    }
}
