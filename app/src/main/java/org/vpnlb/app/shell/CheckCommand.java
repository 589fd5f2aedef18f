/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.shell;

import java.util.List;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.CheckSwitch;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.CheckSwitchInputBuilder;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.CheckSwitchOutput;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.check._switch.output.Difference;
import org.vpnlb.engine.model.Plural;

/** {@code vpnlb:check}: whether a switch holds what it should. */
@Service
@Command(
        scope = "vpnlb",
        name = "check",
        description = "Compares what a switch holds with what it should hold; fails when something differs.",
        detailedDescription = "Examples: vpnlb:check openflow:1, vpnlb:check --bundle FILE openflow:1")
public final class CheckCommand extends SavedCommand {
    @Argument(name = "node", required = true, description = "The switch, openflow:<datapath id in decimal>")
    private String node;

    @Override
    public Object execute() throws Exception {
        final var output = output(asked().getRpc(CheckSwitch.class)
                .invoke(new CheckSwitchInputBuilder().setNode(node).build()));
        final var rows = new Rows("Kind", "Wanted", "Held");
        for (final Difference difference : output.nonnullDifference()) {
            rows.add(difference.getKind().getName(), difference.getWanted(), difference.getHeld());
        }
        final List<SavedBundle.Unread> unread = unread(node);
        unread.stream()
                .limit(MAX_UNREAD)
                .forEach(line -> rows.add(
                        "unreadable", line.isOfHeld() ? null : line.text(), line.isOfHeld() ? line.text() : null));
        print(rows);
        final String held = "%s %s %s and %s of vpnlb"
                .formatted(
                        node,
                        isOfBundle() ? "held" : "holds",
                        Plural.of(output.getFlows().toJava(), "flow entry", "flow entries"),
                        Plural.of(output.getGroups().toJava(), "group"));
        if (isOfBundle() && !output.getConsistent()) {
            say("a session that began or ended while the bundle was written differs too");
        }
        if (output.getConsistent() && unread.isEmpty()) {
            say(held + "; nothing differs" + groups(output));
            return null;
        }
        throw new CommandException("%s; %s%s%s%s"
                .formatted(
                        held,
                        Plural.of(output.getDifferences().toJava(), "difference"),
                        unread.isEmpty()
                                ? ""
                                : ", and %s of the bundle cannot be read".formatted(Plural.of(unread.size(), "line")),
                        groups(output),
                        output.getQuiet() ? "" : ", while changes are on their way: check again"));
    }

    private String groups(final CheckSwitchOutput output) {
        return output.getGroupsCompared()
                ? ""
                : isOfBundle()
                        ? " (groups are not compared: they had changed just before the bundle was written)"
                        : " (groups by their ids alone)";
    }
}
