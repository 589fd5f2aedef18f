/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.VpnServices;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.VpnServicesState;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.model.api.ContainerSchemaNode;
import org.opendaylight.yangtools.yang.model.api.DataNodeContainer;
import org.opendaylight.yangtools.yang.model.api.DataSchemaNode;
import org.opendaylight.yangtools.yang.model.api.ElementCountConstraintAware;
import org.opendaylight.yangtools.yang.model.api.LeafListSchemaNode;
import org.opendaylight.yangtools.yang.model.api.LeafSchemaNode;
import org.opendaylight.yangtools.yang.model.api.ListSchemaNode;
import org.opendaylight.yangtools.yang.model.api.MandatoryAware;
import org.opendaylight.yangtools.yang.model.api.RpcDefinition;
import org.opendaylight.yangtools.yang.model.api.TypeDefinition;
import org.opendaylight.yangtools.yang.model.api.TypedDataSchemaNode;
import org.opendaylight.yangtools.yang.model.api.type.EnumTypeDefinition;
import org.opendaylight.yangtools.yang.model.api.type.RangeRestrictedTypeDefinition;

/** The reference of the model in docs is the model's own text; {@code -Dvpnlb.pin=true} writes it anew. */
class ReferenceTest {
    private static final Path PAGE = Path.of("../docs/reference.md");
    private static final String INTRODUCTION = """
            # The model, leaf by leaf

            Made from [`vpnlb.yang`](../api/src/main/yang/vpnlb.yang) by the build. How the leaves work together is
            told in [the service](service.md) and in [operating](operating.md). A leaf that ends in `[]` may have
            several values.

            [Configuration](#configuration) · [state](#state) · [RPCs](#rpcs)
            """;

    private static final String RPCS = """
            ## RPCs

            By POST to `/rests/operations/vpnlb:NAME`, with the input in `vpnlb:input`.
            """;

    @Test
    void theReferenceInDocsIsTheModel() throws IOException {
        final String page = page();
        if (Boolean.getBoolean("vpnlb.pin")) {
            Files.writeString(PAGE, page);
        }
        assertThat(Files.readString(PAGE)).isEqualTo(page);
    }

    private static String page() {
        return Stream.concat(
                        Stream.of(
                                INTRODUCTION,
                                section(
                                        "## Configuration",
                                        "`/rests/data/vpnlb:vpn-services`",
                                        container(VpnServices.QNAME)),
                                section(
                                        "## State",
                                        "`/rests/data/vpnlb:vpn-services-state?content=nonconfig`",
                                        container(VpnServicesState.QNAME)),
                                RPCS),
                        Model.CONTEXT.findModule(VpnServices.QNAME.getModule()).orElseThrow().getRpcs().stream()
                                .map(ReferenceTest::rpc))
                .collect(Collectors.joining("\n"));
    }

    private static ContainerSchemaNode container(final QName name) {
        return (ContainerSchemaNode) Objects.requireNonNull(Model.CONTEXT.dataChildByName(name));
    }

    private static String rpc(final RpcDefinition rpc) {
        final String name = rpc.getQName().getLocalName();
        return "### " + name + "\n\n" + text(rpc.getDescription()) + "\n\n" + table("input", rpc.getInput()) + "\n"
                + table("output", rpc.getOutput());
    }

    private static String section(final String title, final String place, final DataNodeContainer under) {
        return title + "\n\n" + place + "\n\n" + table("leaf", under);
    }

    private static String table(final String title, final DataNodeContainer under) {
        return "| " + title + " | type | default | meaning |\n| --- | --- | --- | --- |\n"
                + below("", under).collect(Collectors.joining());
    }

    private static Stream<String> below(final String path, final DataNodeContainer under) {
        return under.getChildNodes().stream().flatMap(child -> rows(path, child));
    }

    private static Stream<String> rows(final String above, final DataSchemaNode node) {
        final String path = above + node.getQName().getLocalName();
        return switch (node) {
            case LeafSchemaNode leaf -> Stream.of(row(path, type(leaf), defaultOf(leaf), leaf));
            case LeafListSchemaNode leaves -> Stream.of(row(path + "[]", type(leaves), "", leaves));
            case ListSchemaNode list -> {
                final String keys = list.getKeyDefinition().stream()
                        .map(QName::getLocalName)
                        .collect(Collectors.joining(", "));
                yield Stream.concat(
                        Stream.of(row(path, keys.isEmpty() ? "list" : "list by " + keys, "", list)),
                        below(path + "/", list));
            }
            case ContainerSchemaNode container ->
                Stream.concat(Stream.of(row(path, "container", "", container)), below(path + "/", container));
            default -> throw new AssertionError("not written yet: " + node);
        };
    }

    private static String row(
            final String path, final String type, final String defaultValue, final DataSchemaNode node) {
        final boolean isMandatory = node instanceof MandatoryAware leaf && leaf.isMandatory()
                || node instanceof ElementCountConstraintAware list
                        && list.getElementCountConstraint()
                                .map(count -> count.getMinElements())
                                .filter(least -> least > 0)
                                .isPresent();
        return "| `%s` | %s | %s | %s |\n"
                .formatted(path, type, isMandatory ? "mandatory" : defaultValue, text(node.getDescription()));
    }

    private static String defaultOf(final LeafSchemaNode leaf) {
        return leaf.getType().getDefaultValue().map(value -> "`" + value + "`").orElse("");
    }

    private static String type(final TypedDataSchemaNode node) {
        final TypeDefinition<?> type = node.getType();
        final String units = type.getUnits().map(unit -> ", " + unit).orElse("");
        if (type instanceof EnumTypeDefinition choice) {
            return choice.getValues().stream()
                    .map(value -> "`" + value.getName() + "`")
                    .collect(Collectors.joining(", "));
        }
        final String range = type instanceof RangeRestrictedTypeDefinition<?, ?> number
                ? number.getRangeConstraint()
                        .map(found -> found.getAllowedRanges().asRanges().stream()
                                .map(span -> " %s to %s".formatted(span.lowerEndpoint(), span.upperEndpoint()))
                                .collect(Collectors.joining(",")))
                        .orElse("")
                : "";
        // A type that a leaf alone restricts, or gives a default, has the leaf's name.
        TypeDefinition<?> named = type;
        while (named.getQName().equals(node.getQName())) {
            named = Objects.requireNonNull(named.getBaseType());
        }
        return named.getQName().getLocalName() + range + units;
    }

    /** A description as one line of a table. */
    private static String text(final Optional<String> description) {
        return description
                .orElse("")
                .replaceAll("\\s+", " ")
                .strip()
                .replace("|", "\\|")
                .replace("<", "&lt;");
    }
}
