/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.openflow;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ObjIntConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpAddress.Family;
import org.vpnlb.engine.net.IpBits;
import org.vpnlb.engine.net.IpPrefix;
import org.vpnlb.engine.net.MacAddress;

/**
 * Reads entries, groups and meters back from their {@code toString()}, as a bundle has them. That does not tell
 * timeouts, so what is read has none.
 */
public final class EntryText {
    private static final String HEX = "0x(\\p{XDigit}+)";
    private static final Pattern FLOW = Pattern.compile("table=(\\d+) priority=(\\d+) (\\S+) cookie=" + HEX
            + " (?:meter:" + HEX + " )?(\\[.*])?(?: write_metadata:" + HEX + "(?:/" + HEX + ")?)?(?: goto:(\\d+))?");
    private static final int HEXADECIMAL = 16;
    private static final long MAPPED = 0xffff_0000_0000L;

    private static final Map<String, Class<?>> ACTIONS =
            kinds(Action.class).collect(Collectors.toMap(Class::getSimpleName, Function.identity()));

    private EntryText() {}

    private static Stream<Class<?>> kinds(final Class<?> type) {
        return type.isSealed()
                ? Arrays.stream(type.getPermittedSubclasses()).flatMap(EntryText::kinds)
                : Stream.of(type);
    }

    /**
     * Reads tables.
     *
     * @param text a line for each entry, group and meter, in any order
     * @param unread is told of each line that is none of these, with its number from 1 on; all others are read
     */
    public static Tables tables(final String text, final ObjIntConsumer<String> unread) {
        final List<Flow> flows = new ArrayList<>();
        final List<Group> groups = new ArrayList<>();
        final List<Meter> meters = new ArrayList<>();
        int number = 0;
        for (final String line : text.split("\n", -1)) {
            number++;
            try {
                if (line.startsWith("table=")) {
                    flows.add(flow(line));
                } else if (line.startsWith("Group[")) {
                    groups.add((Group) record(Group.class, line));
                } else if (!line.isBlank()) {
                    meters.add((Meter) record(Meter.class, line));
                }
            } catch (IllegalArgumentException e) {
                unread.accept(line, number);
            }
        }
        return Tables.of(flows, groups, meters);
    }

    /**
     * Reads a flow entry.
     *
     * @throws IllegalArgumentException if the text is none
     */
    public static Flow flow(final String text) {
        final Matcher parts = FLOW.matcher(text);
        if (!parts.matches()) {
            throw unreadable(text, null);
        }
        return new Flow(
                new Flow.Key(Integer.parseInt(parts.group(1)), Integer.parseInt(parts.group(2)), match(parts.group(3))),
                Long.parseUnsignedLong(parts.group(4), HEXADECIMAL),
                Flow.Timeouts.NONE,
                parts.group(6) == null
                        ? List.of()
                        : items(parts.group(6)).stream()
                                .map(item -> (Action) value(Action.class, item))
                                .toList(),
                hex(parts.group(7)),
                hex(parts.group(8)),
                parts.group(9) == null ? null : Integer.valueOf(parts.group(9)),
                hex(parts.group(5)));
    }

    private static IllegalArgumentException unreadable(final String text, final Exception cause) {
        return new IllegalArgumentException("not an entry of vpnlb: " + text, cause);
    }

    private static Long hex(final String digits) {
        return digits == null ? null : (Long) Long.parseUnsignedLong(digits, HEXADECIMAL);
    }

    private static Match match(final String text) {
        final Match.Builder match = Match.builder();
        final Family family = text.contains("eth_type=0x86dd") ? Family.V6 : Family.V4;
        if (!"all".equals(text)) {
            for (final String field : text.split(",", -1)) {
                final int equals = field.indexOf('=');
                final String value = field.substring(equals + 1);
                final int slash = value.indexOf('/');
                set(
                        match,
                        family,
                        field.substring(0, Math.max(0, equals)),
                        slash < 0 ? value : value.substring(0, slash),
                        slash < 0 ? null : value.substring(slash + 1));
            }
        }
        return match.build();
    }

    /** In the text an IPv6 address that stands for an IPv4 one (::ffff:0:0/96) looks like that one. */
    private static IpAddress address(final String text, final Family family) {
        if (text == null) {
            throw unreadable("an address without its length", null);
        }
        final IpAddress read = IpAddress.parse(text);
        return read.family() == family ? read : new IpAddress(family, 0, MAPPED | read.low());
    }

    private static void set(
            final Match.Builder match, final Family family, final String name, final String value, final String mask) {
        switch (name) {
            case "in_port" -> match.inPort(Long.parseLong(value));
            case "metadata" -> match.metadata(number(value), mask == null ? -1 : number(mask));
            case "eth_src" -> match.etherSource(MacAddress.parse(value));
            case "eth_dst" ->
                match.etherDestination(
                        MacAddress.parse(value), mask == null ? MacAddress.BROADCAST : MacAddress.parse(mask));
            case "eth_type" -> match.etherType((int) number(value));
            case "ip_proto" -> match.ipProtocol((int) number(value));
            case "ip_src" -> {
                if (isLength(mask)) {
                    match.ipSource(new IpPrefix(address(value, family), Integer.parseInt(mask)));
                } else {
                    match.ipSourceBits(new IpBits(address(value, family), address(mask, family)));
                }
            }
            case "ip_dst" -> {
                if (isLength(mask)) {
                    match.ipDestination(new IpPrefix(address(value, family), Integer.parseInt(mask)));
                } else {
                    match.ipDestinationBits(new IpBits(address(value, family), address(mask, family)));
                }
            }
            case "src_port" -> match.sourcePort((int) number(value), mask == null ? 0xffff : (int) number(mask));
            case "dst_port" -> match.destinationPort((int) number(value), mask == null ? 0xffff : (int) number(mask));
            case "icmp_type" -> match.icmpType((int) number(value));
            case "arp_op" -> match.arpOperation((int) number(value));
            case "arp_spa" -> match.arpSender(IpAddress.parse(value));
            case "arp_tpa" -> match.arpTarget(IpAddress.parse(value));
            case "nd_target" -> match.ndTarget(address(value, family));
            default -> throw unreadable(name, null);
        }
    }

    private static boolean isLength(final String mask) {
        return mask != null && mask.chars().allMatch(Character::isDigit);
    }

    private static long number(final String text) {
        return text.startsWith("0x") ? hex(text.substring(2)) : Long.parseLong(text);
    }

    /** What is in brackets, one by one. */
    private static List<String> items(final String list) {
        final List<String> items = new ArrayList<>();
        int depth = 0;
        int from = 1;
        for (int at = 0; at < list.length(); at++) {
            final char next = list.charAt(at);
            if (next == '[') {
                depth++;
            } else if (next == ']') {
                depth--;
            }
            final boolean isEnd = depth == 0;
            if ((isEnd || depth == 1 && list.startsWith(", ", at)) && at > from) {
                items.add(list.substring(from, at));
                from = at + 2;
            }
        }
        return items;
    }

    private static Object value(final Type type, final String text) {
        if ("null".equals(text)) {
            return null;
        }
        if (type instanceof ParameterizedType list) {
            return items(text).stream()
                    .map(item -> value(list.getActualTypeArguments()[0], item))
                    .toList();
        }
        if (type == long.class || type == Long.class) {
            return Long.valueOf(text);
        }
        if (type == int.class) {
            return Integer.valueOf(text);
        }
        if (type == MacAddress.class) {
            return MacAddress.parse(text);
        }
        if (type == IpAddress.class) {
            return IpAddress.parse(text);
        }
        if (type == Flow.class) {
            return flow(text);
        }
        if (type == Action.class) {
            return record(ACTIONS.get(text.substring(0, Math.max(0, text.indexOf('[')))), text);
        }
        final Class<?> known = (Class<?>) type;
        return known.isEnum()
                ? Arrays.stream(known.getEnumConstants())
                        .filter(constant -> constant.toString().equals(text))
                        .findFirst()
                        .orElseThrow(() -> unreadable(text, null))
                : record(known, text);
    }

    /** A record by its own {@code toString()}. */
    private static Object record(final Class<?> type, final String text) {
        if (type == null || !text.startsWith(type.getSimpleName() + "[") || !text.endsWith("]")) {
            throw unreadable(text, null);
        }
        final RecordComponent[] components = type.getRecordComponents();
        final List<String> items = items(text.substring(type.getSimpleName().length()));
        if (items.size() != components.length) {
            throw unreadable(text, null);
        }
        final Object[] values = new Object[components.length];
        for (int i = 0; i < components.length; i++) {
            final String item = items.get(i);
            values[i] = value(components[i].getGenericType(), item.substring(item.indexOf('=') + 1));
        }
        try {
            return type.getDeclaredConstructor(Arrays.stream(components)
                            .map(RecordComponent::getType)
                            .toArray(Class<?>[]::new))
                    .newInstance(values);
        } catch (ReflectiveOperationException e) {
            throw unreadable(text, e);
        }
    }
}
