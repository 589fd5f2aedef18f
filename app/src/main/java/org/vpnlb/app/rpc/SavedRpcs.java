/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.rpc;

import com.google.common.util.concurrent.Futures;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.opendaylight.mdsal.binding.api.RpcService;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.CheckSwitch;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.ExplainEntry;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.ExplainPacket;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.ExplainPacketInput;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.ExplainPacketOutput;
import org.opendaylight.yangtools.binding.Rpc;
import org.vpnlb.engine.agent.SavedTables;

/** The RPCs explain-packet, explain-entry and check-switch, answered from what was written down of the switches. */
public final class SavedRpcs implements RpcService {
    private final Map<String, SavedTables> switches;
    private final Map<String, String> unasked;
    private final Map<String, String> unheld;
    private final Replies replies;

    /**
     * Answers for these switches.
     *
     * @param switches what is known of them, by their names
     * @param unasked why it is not known what they should have held, by the names of those of which it is not
     * @param unheld why it is not known what they held, by the names of those of which it is not
     */
    public SavedRpcs(
            final Map<String, SavedTables> switches,
            final Map<String, String> unasked,
            final Map<String, String> unheld) {
        this.switches = Map.copyOf(switches);
        this.unasked = Map.copyOf(unasked);
        this.unheld = Map.copyOf(unheld);
        replies = new Replies(() -> Futures.immediateFuture(List.of()), () -> 0, InstantSource.system());
    }

    @Override
    public <T extends Rpc<?, ?>> T getRpc(final Class<T> type) {
        return Stream.<Rpc<?, ?>>of(
                        (ExplainPacket) input -> replies.reply(services -> Futures.immediateFuture(explain(input))),
                        (ExplainEntry) input -> replies.reply(services -> Futures.immediateFuture(
                                ExplainRpcs.told(saved(input.getNode()).origins(), ExplainRpcs.line(input)))),
                        (CheckSwitch) input -> replies.reply(services -> Futures.immediateFuture(
                                CheckRpc.output(compared(input.getNode()).compare()))))
                .filter(type::isInstance)
                .map(type::cast)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(type + " cannot be answered without the switch"));
    }

    private SavedTables saved(final String node) throws InvalidInputException {
        return switches.get(
                Inputs.node(node, switches.keySet().stream().sorted().toList()));
    }

    private SavedTables held(final String node) throws InvalidInputException {
        final SavedTables saved = saved(node);
        if (unheld.containsKey(node)) {
            throw new InvalidInputException(
                    "node",
                    node,
                    "what it held is not in the bundle: " + unheld.get(node),
                    "ask for what it should have held: vpnlb:explain without --held");
        }
        return saved;
    }

    private SavedTables desired(final String node) throws InvalidInputException {
        final SavedTables saved = saved(node);
        if (unasked.containsKey(node)) {
            throw new InvalidInputException(
                    "node",
                    node,
                    "what it should have held is not in the bundle: " + unasked.get(node),
                    "ask for what it held: vpnlb:explain --held");
        }
        return saved;
    }

    private SavedTables compared(final String node) throws InvalidInputException {
        held(node);
        return desired(node);
    }

    private ExplainPacketOutput explain(final ExplainPacketInput input) throws InvalidInputException {
        final boolean isOfHeld = Inputs.isOfHeld(input.getTables());
        final SavedTables saved = isOfHeld ? held(input.getNode()) : desired(input.getNode());
        final Optional<String> supposed = Stream.of(input.getAsIfSelected(), input.getAsIfSession())
                .flatMap(Stream::ofNullable)
                .findFirst();
        if (supposed.isPresent()) {
            throw new InvalidInputException(
                    "as-if-selected or as-if-session",
                    supposed.orElseThrow(),
                    "only a running vpnlb knows what would be so",
                    "leave it out");
        }
        final long inPort = Inputs.present("in-port", input.getInPort(), "write the number of a port")
                .getValue()
                .toJava();
        return ExplainRpcs.output(
                saved.explain(isOfHeld, inPort, Packets.frame(input, saved.services(), saved.node(), inPort)));
    }
}
