/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.shell;

import com.google.common.annotations.VisibleForTesting;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.opendaylight.mdsal.common.api.LogicalDatastoreType;
import org.opendaylight.mdsal.dom.api.DOMSchemaService;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.CheckSwitch;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.CheckSwitchInputBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.CheckSwitchOutput;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.ListEntries;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.ListEntriesInputBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.NodeId;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.VpnServices;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.VpnServicesState;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.check._switch.output.Difference;
import org.opendaylight.yangtools.binding.DataObject;
import org.opendaylight.yangtools.binding.DataObjectIdentifier;
import org.opendaylight.yangtools.binding.data.codec.api.BindingNormalizedNodeSerializer;
import org.osgi.framework.FrameworkUtil;

/** {@code vpnlb:bundle}: all that helps to find a fault, in one file. */
@Service
@Command(
        scope = "vpnlb",
        name = "bundle",
        description = "Writes all that helps to find a fault into one file, without passwords and keys.",
        detailedDescription = "Example: vpnlb:bundle")
public final class BundleCommand extends VpnlbCommand {
    /** Begins the text that is there instead of what could not be had. */
    static final String NOT_KNOWN = "not known: ";

    /** The file with what of somebody else's is in the way in a switch, a line each. */
    static final String IN_THE_WAY = "in-the-way.txt";

    /** The file that is there when a switch's groups may be younger than what is told of them. */
    static final String CHANGING_GROUPS = "changing-groups.txt";

    /** Begins the line that tells which vpnlb wrote the bundle. */
    static final String WRITER = "vpnlb: ";

    private static final DataObjectIdentifier<VpnServices> CONFIGURATION =
            DataObjectIdentifier.builder(VpnServices.class).build();
    private static final DataObjectIdentifier<VpnServicesState> STATE =
            DataObjectIdentifier.builder(VpnServicesState.class).build();

    @Argument(name = "file", description = "The file, new (default: a name with the time in Karaf's data directory)")
    private String file;

    @Option(name = "--seconds", description = "The seconds between the two readings of the state")
    private int seconds = 5;

    @Reference
    private BindingNormalizedNodeSerializer codec;

    @Reference
    private DOMSchemaService schema;

    private Path etc = property("karaf.etc");
    private Path data = property("karaf.data");
    private Path log = property("karaf.log").resolve("karaf.log");

    /** The same command outside of Karaf. */
    @VisibleForTesting
    void use(
            final BindingNormalizedNodeSerializer otherCodec,
            final DOMSchemaService otherSchema,
            final Path otherEtc,
            final Path otherData,
            final Path otherLog) {
        codec = otherCodec;
        schema = otherSchema;
        etc = otherEtc;
        data = otherData;
        log = otherLog;
    }

    private static Path property(final String name) {
        return Path.of(System.getProperty(name, ""));
    }

    @Override
    public Object execute() throws Exception {
        final Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        final Path path = file == null
                ? data.resolve("vpnlb-bundle-" + now.toString().replace(":", "") + ".zip")
                : data.resolve(file);
        try (var bundle = Bundle.create(path, etc)) {
            bundle.add("versions.txt", versions(now));
            bundle.add("configuration.json", told(() -> json(LogicalDatastoreType.CONFIGURATION, CONFIGURATION)));
            bundle.add("state-1.json", told(() -> json(LogicalDatastoreType.OPERATIONAL, STATE)));
            for (final String node : nodes()) {
                addSwitch(bundle, node);
            }
            bundle.addSettings(etc);
            bundle.addLog(log);
            TimeUnit.SECONDS.sleep(seconds);
            bundle.add("state-2.json", told(() -> json(LogicalDatastoreType.OPERATIONAL, STATE)));
        } catch (FileAlreadyExistsException e) {
            throw new CommandException(path + " is there already; give another name", e);
        } catch (IOException e) {
            throw new CommandException("cannot write " + path + ": " + e, e);
        }
        final var rows = new Rows("File");
        rows.add(path.toString());
        print(rows);
        return null;
    }

    /** The version of this vpnlb. */
    static String version() {
        return Optional.ofNullable(FrameworkUtil.getBundle(BundleCommand.class))
                .map(found -> found.getVersion().toString())
                .orElse("not in Karaf");
    }

    private String versions(final Instant now) {
        return Stream.concat(
                        Stream.of("time: " + now, WRITER + version()),
                        Stream.of("karaf.version", "java.version", "java.vm.name", "os.name", "os.version", "os.arch")
                                .map(name -> name + ": " + System.getProperty(name)))
                .collect(Collectors.joining("\n", "", "\n"));
    }

    /** A container as RESTCONF tells it; nothing when it is not there. */
    private <T extends DataObject> String json(final LogicalDatastoreType type, final DataObjectIdentifier<T> path)
            throws CommandException, IOException {
        final Optional<T> container = store().read(type, path);
        return container.isPresent()
                ? new ModelJson(codec, schema.getGlobalContext()).of(path, container.orElseThrow())
                : "";
    }

    /** All switches of the services, in the order of their names. */
    private List<String> nodes() throws CommandException {
        return store().services().stream()
                .flatMap(service -> Stream.concat(
                        service.getIngress().nonnullSwitch().values().stream().map(found -> found.getNode()),
                        service.getEgress().nonnullSwitch().values().stream().map(found -> found.getNode())))
                .map(NodeId::getValue)
                .distinct()
                .sorted()
                .toList();
    }

    /** What a switch should hold, what it holds, and what differs; or why that is not known. */
    private void addSwitch(final Bundle bundle, final String node) throws IOException {
        final String place = "switch/" + node.replace(':', '-') + "/";
        for (final String tables : List.of("desired", "held")) {
            bundle.add(
                    place + tables + ".txt",
                    told(() -> output(rpcs().getRpc(ListEntries.class)
                                    .invoke(new ListEntriesInputBuilder()
                                            .setNode(node)
                                            .setTables(tables)
                                            .build()))
                            .requireEntry()
                            .stream()
                            .collect(Collectors.joining("\n"))));
        }
        final CheckSwitchOutput checked;
        try {
            checked = output(rpcs().getRpc(CheckSwitch.class)
                    .invoke(new CheckSwitchInputBuilder().setNode(node).build()));
        } catch (CommandException e) {
            bundle.add(place + "check.txt", NOT_KNOWN + e.getMessage() + "\n");
            return;
        }
        bundle.add(place + "check.txt", checked + "\n");
        bundle.add(
                place + IN_THE_WAY,
                checked.nonnullDifference().stream()
                        .filter(difference -> difference.getKind() == Difference.Kind.InTheWay)
                        .map(difference -> difference.getWanted() + "\n")
                        .collect(Collectors.joining()));
        if (!checked.getGroupsCompared()) {
            bundle.add(place + CHANGING_GROUPS, "its groups had changed just before\n");
        }
    }

    /** Asks for a text. */
    private interface Question {
        String ask() throws CommandException, IOException;
    }

    private static String told(final Question question) throws IOException {
        try {
            return question.ask() + "\n";
        } catch (CommandException e) {
            return NOT_KNOWN + e.getMessage() + "\n";
        }
    }
}
