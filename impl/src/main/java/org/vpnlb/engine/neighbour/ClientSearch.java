/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.neighbour;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.vpnlb.engine.event.Effect;
import org.vpnlb.engine.model.Attachment;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.NeighbourMessage;

/**
 * Asks a service's devices for a client without a session, by ARP or neighbour discovery in the name of the gateway
 * address: a gateway may answer for its clients. The servers' frames to the client are kept until one answers. The
 * others may answer a little longer, since an address that two devices answer for is nobody's.
 */
public final class ClientSearch {
    /** How long answers are waited for, in milliseconds. */
    public static final long WAIT_MILLIS = 200;

    /** How long a late answer counts, in milliseconds: what is sent to the client is dropped as long. */
    static final long LATE_MILLIS = 5000;

    /** The frames to one client that are kept. */
    static final int KEPT = 4;

    /** Searches of one server in a second: others behind its port want some too. */
    static final int OF_SERVER = 20;

    static final int OF_SERVER_AT_ONCE = 40;

    /** Questions for the servers at one port in a second: somebody who scans must not make vpnlb flood the devices. */
    private static final int QUESTIONS = 1000;

    private static final int QUESTIONS_AT_ONCE = 2000;
    /** A search costs the controller as much as so many questions at least. */
    private static final int LEAST = 20;

    private static final int MAX_UNDER_WAY = 1000;

    /**
     * A server's frame.
     *
     * @param inPort where it came in
     * @param bytes the frame
     */
    public record Waiting(long inPort, byte[] bytes) {}

    private record Server(long inPort, IpAddress address) {}

    /** What came of a server's frame. */
    public sealed interface Begun {
        /** The devices are asked, or have been; the frame is kept. */
        record Asked(List<Effect> questions) implements Begun {}

        /** The client is searched for already, and more frames than this are not kept. */
        record Full() implements Begun {}

        /** A device has answered just now, and nobody else. */
        record Found(String device) implements Begun {}

        /** Nobody can be asked. */
        record Nobody() implements Begun {}

        /** Too many clients are searched for. */
        record TooMany() implements Begun {}
    }

    /** What an answer of a device says. */
    public sealed interface Answer {
        /** The device has the client. */
        record First(List<Waiting> frames) implements Answer {}

        /** It has said so before. */
        record Again() implements Answer {}

        /** Another one has the client too. */
        record Contested(String other, List<Waiting> frames) implements Answer {}

        /** Nobody asked for the address, or no more. */
        record NotAsked() implements Answer {}
    }

    private static final class Search {
        private long end;
        private boolean isExtended;
        private final List<Waiting> frames = new ArrayList<>();
        private String finder;
        private boolean isContested;

        Search(final long end) {
            this.end = end;
        }
    }

    /** The one that is over first comes first. */
    private final Map<IpAddress, Search> searches = new LinkedHashMap<>();
    /** Those that are over, and for which nobody had answered then. */
    private final LinkedHashMap<IpAddress, Search> missed = new LinkedHashMap<>();

    private final Rates<Long> questions = new Rates<>(QUESTIONS, QUESTIONS_AT_ONCE);
    private final Rates<Server> servers = new Rates<>(OF_SERVER, OF_SERVER_AT_ONCE);

    /** A server sends to a client without a session: begins a search, unless there is one. */
    public Begun sent(
            final Service service,
            final IpAddress client,
            final IpAddress server,
            final Waiting frame,
            final long now) {
        final Search known = searches.get(client);
        if (known != null) {
            return goOn(known, frame);
        }
        final Optional<IpAddress> gateway = service.egress().gatewayAddress(client.family());
        final int devices = (int) asked(service, frame.inPort).count();
        if (gateway.isEmpty() || devices == 0) {
            return new Begun.Nobody();
        }
        if (searches.size() >= MAX_UNDER_WAY
                || !servers.take(new Server(frame.inPort, server), now)
                || !questions.take(frame.inPort, Math.max(devices, LEAST), now)) {
            return new Begun.TooMany();
        }
        final Search search = new Search(now + WAIT_MILLIS);
        search.frames.add(frame);
        missed.remove(client);
        searches.put(client, search);
        // Not before: for somebody who scans no frame is to be made.
        return new Begun.Asked(asked(service, frame.inPort)
                .<Effect>map(egress -> new Effect.SendFrame(
                        egress.port(),
                        NeighbourMessage.question(client, gateway.orElseThrow(), service.virtualMac(), egress.mac())))
                .toList());
    }

    private static Begun goOn(final Search search, final Waiting frame) {
        if (search.finder != null && !search.isContested) {
            return new Begun.Found(search.finder);
        }
        if (search.isContested || search.frames.size() >= KEPT) {
            return new Begun.Full();
        }
        search.frames.add(frame);
        return new Begun.Asked(List.of());
    }

    /** Never out of the port where the server is: a switch does not send a frame back there. */
    private static Stream<Attachment> asked(final Service service, final long inPort) {
        return service.devices().stream()
                .filter(Device::keepsSessions)
                .map(Device::egress)
                .filter(egress -> egress.port() != inPort);
    }

    /** A device says that an address is its own, or that it answers for it. */
    public Answer answered(final IpAddress client, final String device, final long now) {
        final Search search = searches.containsKey(client) ? searches.get(client) : missedLately(client, now);
        if (search == null) {
            return new Answer.NotAsked();
        }
        if (search.finder == null) {
            search.finder = device;
            return new Answer.First(List.copyOf(search.frames));
        }
        if (search.finder.equals(device)) {
            return new Answer.Again();
        }
        final List<Waiting> frames = search.isContested ? List.of() : List.copyOf(search.frames);
        search.isContested = true;
        return new Answer.Contested(search.finder, frames);
    }

    private Search missedLately(final IpAddress client, final long now) {
        final Search search = missed.get(client);
        return search == null || search.end <= now ? null : search;
    }

    /** Whether a client is searched for. */
    public boolean isUnderWay(final IpAddress client) {
        return searches.containsKey(client);
    }

    /** Ends the searches whose time is over; the frames of those for which nobody has answered. */
    public Map<IpAddress, List<Waiting>> over(final long now) {
        missed.values().removeIf(search -> search.end <= now);
        final List<IpAddress> due = searches.entrySet().stream()
                .takeWhile(entry -> entry.getValue().end <= now)
                .map(Map.Entry::getKey)
                .toList();
        final Map<IpAddress, List<Waiting>> unanswered = new LinkedHashMap<>();
        for (final IpAddress client : due) {
            final Search search = searches.remove(client);
            if (search.finder != null) {
                continue;
            }
            if (now - search.end > WAIT_MILLIS / 2 && !search.isExtended) {
                // The tick is late: answers that came in time may still be queued.
                search.isExtended = true;
                search.end = now + WAIT_MILLIS;
                searches.put(client, search);
                continue;
            }
            unanswered.put(client, List.copyOf(search.frames));
            search.frames.clear();
            search.end = now + LATE_MILLIS;
            missed.put(client, search);
            if (missed.size() > MAX_UNDER_WAY) {
                missed.pollFirstEntry();
            }
        }
        return unanswered;
    }

    /** When the next search is over; empty without any. */
    public OptionalLong wakeAt() {
        return searches.isEmpty()
                ? OptionalLong.empty()
                : OptionalLong.of(searches.values().iterator().next().end);
    }

    /** Gives all searches up without a word. */
    public void forget() {
        searches.clear();
        missed.clear();
    }
}
