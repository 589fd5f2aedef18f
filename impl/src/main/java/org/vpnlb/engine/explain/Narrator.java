/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.explain;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.vpnlb.engine.model.Plural;
import org.vpnlb.engine.openflow.Action;
import org.vpnlb.engine.openflow.WalkStep;
import org.vpnlb.engine.pipeline.Origin;
import org.vpnlb.engine.pipeline.Origins;

/**
 * Puts the steps of a walk into plain words.
 *
 * @param origins tells why there is an entry or a group
 * @param ports what is at the ports, such as "device g1"
 */
public record Narrator(Origins origins, Map<Long, String> ports) {
    public Narrator {
        ports = Map.copyOf(ports);
    }

    /** A step in words. */
    public Step tell(final WalkStep step) {
        return switch (step) {
            case WalkStep.Matched matched -> matched(matched);
            case WalkStep.Missed missed ->
                new Step(
                        Step.Kind.MISS,
                        "table %d (%s): no entry matches".formatted(missed.table(), origins.table(missed.table())),
                        OptionalInt.of(missed.table()),
                        Optional.empty(),
                        Optional.empty());
            case WalkStep.Applied applied -> plain(Step.Kind.ACTION, words(applied.action()));
            case WalkStep.Metered metered ->
                plain(
                        metered.passed() ? Step.Kind.ACTION : Step.Kind.STOPPED,
                        "meter 0x%x lets it %s".formatted(metered.meter(), metered.passed() ? "pass" : "not pass"));
            case WalkStep.Learned learned ->
                new Step(
                        Step.Kind.LEARN,
                        "the switch writes an entry by itself",
                        OptionalInt.empty(),
                        Optional.of(learned.entry().toString()),
                        Optional.of(origins.of(learned.entry())));
            case WalkStep.EnteredGroup entered -> {
                final Origin origin = origins.of(entered.group());
                yield new Step(
                        Step.Kind.GROUP,
                        "group 0x%x: %s".formatted(entered.group().id(), origin),
                        OptionalInt.empty(),
                        Optional.of(entered.group().toString()),
                        Optional.of(origin));
            }
            case WalkStep.ChoseBucket chose -> plain(Step.Kind.BUCKET, "bucket " + chose.bucket());
            case WalkStep.FoundNoBucket none ->
                plain(Step.Kind.STOPPED, "group 0x%x: no bucket is alive".formatted(none.group()));
            case WalkStep.FoundNoGroup none ->
                plain(Step.Kind.STOPPED, "group 0x%x: the switch has no such group".formatted(none.group()));
            case WalkStep.Sent sent -> plain(Step.Kind.SENT, "leaves by " + port(sent.port()));
            case WalkStep.NotSent not ->
                plain(
                        Step.Kind.NOT_SENT,
                        switch (not.reason()) {
                            case IN_PORT -> "does not leave by %s, where it came in".formatted(port(not.port()));
                            case NOT_LIVE -> "cannot leave by %s: its link is down".formatted(port(not.port()));
                        });
            case WalkStep.Punted punted ->
                plain(Step.Kind.PUNTED, "the controller gets a copy of " + Plural.of(punted.length(), "octet"));
            case WalkStep.HandedToNormal normal ->
                plain(Step.Kind.NORMAL, "the switch forwards it as an ordinary switch does");
            case WalkStep.Stopped stopped ->
                plain(
                        Step.Kind.STOPPED,
                        switch (stopped.reason()) {
                            case TOO_DEEP -> "the switch gives up: tables and groups are nested too deep";
                            case TOO_LONG -> "the switch gives up: too many tables and groups are visited";
                            case GOTO_BACK -> "the entry leads back to a table before, which no switch takes";
                        });
            case WalkStep.FoundNoHeader none ->
                plain(Step.Kind.STOPPED, Plural.of(none.length(), "octet is", "octets are") + " no Ethernet frame");
            case WalkStep.Dropped dropped -> plain(Step.Kind.DROPPED, "dropped: nobody gets it");
        };
    }

    private Step matched(final WalkStep.Matched matched) {
        final int table = matched.flow().key().table();
        final Origin origin = origins.of(matched.flow());
        final String open = matched.isOpen() ? "; another entry of the same priority matches as well" : "";
        return new Step(
                Step.Kind.MATCH,
                "table %d (%s): %s%s".formatted(table, origins.table(table), origin, open),
                OptionalInt.of(table),
                Optional.of(matched.flow().toString()),
                Optional.of(origin));
    }

    private static Step plain(final Step.Kind kind, final String text) {
        return new Step(kind, text, OptionalInt.empty(), Optional.empty(), Optional.empty());
    }

    private String port(final long port) {
        return "port " + port
                + Optional.ofNullable(ports.get(port))
                        .map(what -> " (" + what + ")")
                        .orElse("");
    }

    private static String words(final Action action) {
        return switch (action) {
            case Action.SetDestinationMac set -> "the destination MAC address becomes " + set.mac();
            case Action.SetSourceMac set -> "the source MAC address becomes " + set.mac();
            case Action.SetArpOperation set -> "the ARP operation becomes " + set.operation();
            case Action.SetArpSenderMac set -> "the ARP sender's MAC address becomes " + set.mac();
            case Action.SetArpSender set -> "the ARP sender's address becomes " + set.address();
            case Action.SetArpTargetMac set -> "the ARP target's MAC address becomes " + set.mac();
            case Action.SetArpTarget set -> "the ARP target's address becomes " + set.address();
            case Action.SetMetadata set -> "the metadata becomes 0x" + Long.toHexString(set.metadata());
            case Action.Resubmit look -> "looked up in table " + look.table();
            case Action.Learn learn -> "the switch learns nothing: the packet has no source address";
            case Action.Output output -> "out of port " + output.port();
            case Action.OutputInPort back -> "out of the port where it came in";
            case Action.OutputNormal normal -> "forwarded as an ordinary switch does";
            case Action.OutputController punt -> "to the controller";
            case Action.CopyToController copy ->
                "a copy to the controller, as far as meter 0x%x lets it".formatted(copy.meter());
            case Action.ToGroup group -> "to group 0x" + Long.toHexString(group.id());
        };
    }
}
