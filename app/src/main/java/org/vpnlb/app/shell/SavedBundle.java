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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
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
    private final Map<String, List<Unread>> unread = new HashMap<>();
    private final Set<String> changing = new HashSet<>();

    /**
     * A bundle that can be asked.
     *
     * @param rpcs who answers
     * @param unread the lines that cannot be read of switches' entries, by the switches' names
     * @param changing the switches whose groups had changed so lately that what they held may be older
     * @param doubt why it may be read wrongly; empty when nothing is known against it
     */
    record Opened(RpcService rpcs, Map<String, List<Unread>> unread, Set<String> changing, Optional<String> doubt) {}

    /**
     * A line that is no entry of vpnlb, as far as this version knows.
     *
     * @param isOfHeld whether it is of what the switch held, and not of what it should have held
     * @param text where it is, and what is there
     */
    record Unread(boolean isOfHeld, String text) {}

    private SavedBundle(final ZipFile zip, final ModelJson models) {
        this.zip = zip;
        this.models = models;
    }

    /**
     * Opens a bundle.
     *
     * @param file the bundle
     * @param models reads its configuration
     * @throws CommandException if it is no bundle, or not whole; says what is wrong
     */
    static Opened open(final Path file, final ModelJson models) throws CommandException {
        Optional<String> doubt = Optional.empty();
        try (var zip = new ZipFile(file.toFile())) {
            final var bundle = new SavedBundle(zip, models);
            doubt = bundle.doubt();
            return new Opened(bundle.rpcs(), bundle.unread, bundle.changing, doubt);
        } catch (NoSuchFileException e) {
            throw new CommandException("there is no file " + file + "; give the path of a file of vpnlb:bundle", e);
        } catch (IOException | ServiceReader.InvalidLeafException | IllegalArgumentException e) {
            throw new CommandException(
                    "%s is no bundle that can be read: %s%s; write one with vpnlb:bundle"
                            .formatted(
                                    file,
                                    e.getMessage(),
                                    doubt.map(why -> " (" + why + ")").orElse("")),
                    e);
        }
    }

    /** Another version may have other words for its entries, and other leaves. */
    private Optional<String> doubt() throws IOException {
        final String writer = text("versions.txt")
                .lines()
                .filter(line -> line.startsWith(BundleCommand.WRITER))
                .map(line -> line.substring(BundleCommand.WRITER.length()))
                .findFirst()
                .orElse("of no known version");
        return writer.equals(BundleCommand.version())
                ? Optional.empty()
                : Optional.of("it was written by vpnlb %s, and this is vpnlb %s: it may be read wrongly"
                        .formatted(writer, BundleCommand.version()));
    }

    private RpcService rpcs() throws IOException, ServiceReader.InvalidLeafException {
        final String configured = text("configuration.json");
        final List<Service> services =
                configured.isBlank() ? List.of() : ServiceReader.read(models.read(VpnServices.class, configured));
        final int base = base();
        final Map<String, SavedTables> switches = new HashMap<>();
        final Map<String, String> unasked = new HashMap<>();
        final Map<String, String> unheld = new HashMap<>();
        for (final String place : zip.stream()
                .map(ZipEntry::getName)
                .filter(name -> name.startsWith(SWITCH) && name.endsWith(DESIRED))
                .map(name -> name.substring(0, name.length() - DESIRED.length()))
                .collect(Collectors.toList())) {
            final String node = place.substring(SWITCH.length()).replaceFirst("-", ":");
            if (zip.getEntry(place + "/" + BundleCommand.CHANGING_GROUPS) != null) {
                changing.add(node);
            }
            final String inTheWay = place + "/" + BundleCommand.IN_THE_WAY;
            final boolean isWayKnown = zip.getEntry(inTheWay) != null;
            if (!isWayKnown) {
                unread.computeIfAbsent(node, key -> new ArrayList<>())
                        .add(new Unread(false, inTheWay + " is absent: the switch had not been compared"));
            }
            switches.put(
                    node,
                    new SavedTables(
                            node,
                            base,
                            services,
                            tables(node, place + DESIRED, unasked),
                            tables(node, place + HELD, unheld),
                            isWayKnown ? text(inTheWay).lines().toList() : List.of(),
                            !changing.contains(node)));
        }
        return new SavedRpcs(switches, unasked, unheld);
    }

    /** The entries in a file; none where that says why they are not known. */
    private Tables tables(final String node, final String name, final Map<String, String> unknown) throws IOException {
        final String text = text(name);
        if (text.startsWith(BundleCommand.NOT_KNOWN)) {
            unknown.put(node, text.strip());
            return Tables.EMPTY;
        }
        return EntryText.tables(
                text,
                (line, number) -> unread.computeIfAbsent(node, none -> new ArrayList<>())
                        .add(new Unread(name.endsWith(HELD), "%s line %d: %s".formatted(name, number, line))));
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
