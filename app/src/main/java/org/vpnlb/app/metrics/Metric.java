/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.metrics;

import java.util.List;

/**
 * The metrics: each with its type, its name without the suffix of its type, what it tells, and the names of its labels.
 * docs/monitoring.md lists them for users. No label has a client's address: a metric has as many samples as there are
 * services, devices and switches, and no more.
 */
enum Metric {
    BUILD(Type.INFO, "vpnlb_build", "The version of vpnlb.", "version"),
    STATE_TIMESTAMP(
            Type.GAUGE,
            "vpnlb_state_timestamp_seconds",
            "When the other metrics were read from the agents, in Unix time; about a second ago while all is well."),

    SERVICE_STATUS(
            Type.GAUGE,
            "vpnlb_service_status",
            "1 for the status that the service has: up, degraded or down.",
            "service",
            "status"),
    SERVICE_REDUNDANCY_MET(
            Type.GAUGE,
            "vpnlb_service_redundancy_met",
            "1 while no single fault is known that would cut clients off. Absent while the service is not enabled.",
            "service"),
    SERVICE_PINNED_CLIENTS(
            Type.GAUGE,
            "vpnlb_service_pinned_clients",
            "Clients with a session where only pinned clients have one.",
            "service"),
    SERVICE_WAITING_SLOTS(
            Type.GAUGE,
            "vpnlb_service_waiting_slots",
            "Slots that wait to move until their clients are learned.",
            "service"),

    DEVICE_UP(
            Type.GAUGE,
            "vpnlb_device_up",
            "1 while the device lives as far as is known, 0 while it is down. Absent while it is out of service.",
            "service",
            "device"),
    DEVICE_HEALTH(
            Type.GAUGE,
            "vpnlb_device_health",
            "1 for the state that the device has: up, down, draining, disabled or unknown.",
            "service",
            "device",
            "state"),
    DEVICE_HEALTH_SINCE(
            Type.GAUGE,
            "vpnlb_device_health_since_timestamp_seconds",
            "When the state of the device became what it is, in Unix time.",
            "service",
            "device"),
    DEVICE_TAKES_CLIENTS(
            Type.GAUGE,
            "vpnlb_device_takes_clients",
            "1 while new clients may go to the device: it is in service, and not down.",
            "service",
            "device"),
    DEVICE_STATE_CHANGES(
            Type.COUNTER,
            "vpnlb_device_state_changes",
            "Changes of the health or the admin-state of the device.",
            "service",
            "device"),
    DEVICE_SLOTS(Type.GAUGE, "vpnlb_device_slots", "Slots of the device.", "service", "device"),
    DEVICE_SESSIONS(
            Type.GAUGE,
            "vpnlb_device_sessions",
            "Sessions with the device in a switch: client sessions (ingress) or return sessions (egress).",
            "service",
            "device",
            "switch",
            "side"),
    DEVICE_PACKETS(
            Type.COUNTER,
            "vpnlb_device_packets",
            "Frames that the switch has sent to the device, of clients (ingress) or of servers (egress).",
            "service",
            "device",
            "switch",
            "side"),
    DEVICE_BYTES(
            Type.COUNTER,
            "vpnlb_device_bytes",
            "Octets of the frames that the switch has sent to the device, of clients (ingress) or of servers (egress).",
            "service",
            "device",
            "switch",
            "side"),
    DEVICE_SESSION_LIMIT(
            Type.GAUGE,
            "vpnlb_device_session_limit",
            "The device's max-sessions of client sessions in a switch. Absent where it has none.",
            "service",
            "device"),

    SESSION_LIMIT(
            Type.GAUGE,
            "vpnlb_session_limit",
            "The service's max-sessions in a switch on a side.",
            "service",
            "switch",
            "side"),
    SESSIONS_CREATED(Type.COUNTER, "vpnlb_sessions_created", "New sessions.", "service", "switch"),
    SESSIONS_MOVED(Type.COUNTER, "vpnlb_sessions_moved", "Sessions that moved to another device.", "service", "switch"),
    SESSIONS_EXPIRED(Type.COUNTER, "vpnlb_sessions_expired", "Sessions that ended by idling.", "service", "switch"),
    SESSIONS_PURGED(Type.COUNTER, "vpnlb_sessions_purged", "Sessions that vpnlb ended.", "service", "switch"),
    SESSIONS_REJECTED(
            Type.COUNTER,
            "vpnlb_sessions_rejected",
            "Sessions not made because max-sessions was reached.",
            "service",
            "switch"),
    CONFLICTS(
            Type.COUNTER,
            "vpnlb_conflicts",
            "Inner addresses from which two devices sent in turn, or for which both answered, each conflict once.",
            "service"),

    PUNTS(
            Type.COUNTER,
            "vpnlb_punts",
            "Frames that the controller got, by why the switch sends them.",
            "service",
            "switch",
            "reason"),
    PUNTS_OVER_METER(
            Type.COUNTER,
            "vpnlb_punts_over_meter",
            "Frames that the controller did not get, since there were more than the switch's meter lets through.",
            "service",
            "switch",
            "reason"),
    PUNTS_IGNORED(
            Type.COUNTER,
            "vpnlb_punts_ignored",
            "Frames with which the controller did nothing, by why.",
            "service",
            "switch",
            "reason"),
    DROPPED_FRAMES(
            Type.COUNTER,
            "vpnlb_dropped_frames",
            "Frames that the switch dropped, by what the entry is for.",
            "service",
            "switch",
            "reason"),

    SWITCH_CONNECTED(
            Type.GAUGE,
            "vpnlb_switch_connected",
            "1 while the switch is connected and this controller is its master.",
            "switch"),
    SWITCH_CONFIRMED(
            Type.GAUGE,
            "vpnlb_switch_confirmed",
            "1 while the switch is connected and has confirmed the last change.",
            "switch"),
    SWITCH_RECONCILED(
            Type.GAUGE,
            "vpnlb_switch_reconciled",
            "1 while the switch has confirmed all that it should hold, refuses none of it, and nothing is in the way.",
            "switch"),
    SWITCH_GENERATION_WANTED(
            Type.GAUGE,
            "vpnlb_switch_generation_wanted",
            "The number of the last change of the switch's entries that vpnlb wanted.",
            "switch"),
    SWITCH_GENERATION_CONFIRMED(
            Type.GAUGE,
            "vpnlb_switch_generation_confirmed",
            "The number of the last change that the switch has confirmed; 0 on a new connection.",
            "switch"),
    SWITCH_REFUSED_ENTRIES(
            Type.GAUGE,
            "vpnlb_switch_refused_entries",
            "Entries that the switch refuses, and that are tried again.",
            "switch"),
    SWITCH_FOREIGN_ENTRIES(
            Type.GAUGE,
            "vpnlb_switch_entries_in_the_way",
            "Entries and groups of others where vpnlb's have to be.",
            "switch"),
    SWITCH_UNWRITTEN_SESSIONS(
            Type.GAUGE,
            "vpnlb_switch_unwritten_sessions",
            "Sessions that the switch has lost, and that have not been written again yet.",
            "switch"),
    SWITCH_WAITING_REQUESTS(
            Type.GAUGE,
            "vpnlb_switch_waiting_requests",
            "Requests that wait for the switch to answer others.",
            "switch"),
    SWITCH_FRAMES_DROPPED(
            Type.COUNTER,
            "vpnlb_switch_frames_dropped",
            "Frames of the switch that the controller dropped, since too many waited for it.",
            "switch"),
    SWITCH_REPAIRS(
            Type.COUNTER,
            "vpnlb_switch_repairs",
            "Times that the switch held something else than it should, and was repaired.",
            "switch"),
    SWITCH_REPAIRED_ENTRIES(
            Type.COUNTER,
            "vpnlb_switch_repaired_entries",
            "Entries and groups that were missing (or different) or extra, and repaired.",
            "switch",
            "kind"),
    SWITCH_FLOWS(Type.GAUGE, "vpnlb_switch_flows", "Flow entries of a service in the switch.", "service", "switch"),
    SWITCH_GROUPS(Type.GAUGE, "vpnlb_switch_groups", "Groups of a service in the switch.", "service", "switch");

    /** What a scraper may do with a metric. */
    enum Type {
        /** Goes up and down. */
        GAUGE,
        /** Goes up only; its name in the text ends in {@code _total}. */
        COUNTER,
        /** Is always 1, and tells by its labels; its name in the text ends in {@code _info}. */
        INFO
    }

    private final Type type;
    private final String baseName;
    private final String help;
    private final List<String> labels;

    Metric(final Type type, final String baseName, final String help, final String... labels) {
        this.type = type;
        this.baseName = baseName;
        this.help = help;
        this.labels = List.of(labels);
    }

    Type type() {
        return type;
    }

    String baseName() {
        return baseName;
    }

    /** Its name in the text that is scraped. */
    String scrapedName() {
        return switch (type) {
            case GAUGE -> baseName;
            case COUNTER -> baseName + "_total";
            case INFO -> baseName + "_info";
        };
    }

    String help() {
        return help;
    }

    List<String> labels() {
        return labels;
    }
}
