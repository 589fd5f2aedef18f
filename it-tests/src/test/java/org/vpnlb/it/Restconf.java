/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.it;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** vpnlb as its users drive it: by RESTCONF. */
final class Restconf {
    private static final String CONFIG = "/rests/data/vpnlb:vpn-services";
    private static final String STATE = "/rests/data/vpnlb:vpn-services-state?content=nonconfig";

    /** A line of a stream of server-sent events that has one. */
    private static final String EVENT = "data: ";

    private final Lab lab;
    /** What those that listen have written, by process. */
    private final Map<Integer, String> logs = new HashMap<>();

    Restconf(final Lab lab) {
        this.lab = lab;
    }

    /**
     * An answer.
     *
     * @param status the HTTP status
     * @param body the body
     */
    record Answer(int status, String body) {
        /** The text of the first error. */
        String errorMessage() {
            final JsonObject error = JsonParser.parseString(body)
                    .getAsJsonObject()
                    .getAsJsonObject("errors")
                    .getAsJsonArray("error")
                    .get(0)
                    .getAsJsonObject();
            return error.has("error-message") ? error.get("error-message").getAsString() : "";
        }
    }

    /** The services that fit the lab: one, named office. */
    JsonObject example() {
        return lab.run("service").getAsJsonObject();
    }

    /** The first service of a configuration. */
    static JsonObject service(final JsonObject services) {
        return services.getAsJsonObject("vpnlb:vpn-services")
                .getAsJsonArray("vpn-service")
                .get(0)
                .getAsJsonObject();
    }

    /** A device of the first service. */
    static JsonObject device(final JsonObject services, final int index) {
        final JsonArray devices = service(services).getAsJsonArray("vpn-device");
        return devices.get(index).getAsJsonObject();
    }

    Answer put(final JsonElement services) {
        return request("PUT", CONFIG, services);
    }

    /** The request of {@link #put}, for the lab's command {@code restconf-at-once}. */
    JsonObject toPut(final JsonElement services) {
        final var request = new JsonObject();
        request.addProperty("method", "PUT");
        request.addProperty("path", CONFIG);
        request.add("body", services);
        return request;
    }

    Answer get() {
        return request("GET", CONFIG + "?content=config", null);
    }

    Answer request(final String method, final String path, final JsonElement body) {
        final JsonObject answer = (body == null
                        ? lab.run("restconf", "method", method, "path", path)
                        : lab.run("restconf", "method", method, "path", path, "body", body))
                .getAsJsonObject();
        return new Answer(answer.get("status").getAsInt(), answer.get("body").getAsString());
    }

    /** Invokes an RPC of the model; the input as JSON, without its own name. */
    Answer rpc(final String name, final String input) {
        final var body = new JsonObject();
        body.add("vpnlb:input", JsonParser.parseString(input));
        return request("POST", "/rests/operations/vpnlb:" + name, body);
    }

    /** The output of an RPC that succeeds. */
    JsonObject output(final String name, final String input) {
        final Answer answer = rpc(name, input);
        if (answer.status() != 200) {
            throw new AssertionError(name + " " + input + ": " + answer);
        }
        return JsonParser.parseString(answer.body()).getAsJsonObject().getAsJsonObject("vpnlb:output");
    }

    /**
     * Begins to listen to a notification of the model, as docs/service.md says it.
     *
     * @return the process that listens, for {@link #heard} and for the lab's command {@code kill}
     */
    int listen(final String notification) {
        final var input = new JsonObject();
        final var names = new JsonArray();
        names.add("(urn:vpnlb?revision=2026-11-22)" + notification);
        input.add("notifications", names);
        final var body = new JsonObject();
        body.add("sal-remote:input", input);
        final Answer answer = request("POST", "/rests/operations/sal-remote:create-notification-stream", body);
        if (answer.status() != 200) {
            throw new AssertionError(notification + ": " + answer);
        }
        final String stream = JsonParser.parseString(answer.body())
                .getAsJsonObject()
                .getAsJsonObject("sal-remote:output")
                .get("notification-stream-identifier")
                .getAsString();
        final String url = "http://127.0.0.1:8181/rests/streams/json/" + stream;
        final JsonObject spawned = lab.run(
                        "spawn", "host", "root", "argv", List.of("curl", "-sNi", "-u", "admin:admin", url))
                .getAsJsonObject();
        final int pid = spawned.get("pid").getAsInt();
        logs.put(pid, spawned.get("log").getAsString());
        Waiting.until("the stream is open", () -> log(pid).startsWith("HTTP/1.1 200"));
        return pid;
    }

    /** The notifications that came to a listener, the first one first. */
    Stream<JsonObject> heard(final int listener) {
        return log(listener)
                .lines()
                .filter(line -> line.startsWith(EVENT))
                .map(line -> JsonParser.parseString(line.substring(EVENT.length()))
                        .getAsJsonObject()
                        .getAsJsonObject("ietf-restconf:notification"));
    }

    private String log(final int listener) {
        return lab.run("exec", "host", "root", "argv", List.of("cat", logs.get(listener)))
                .getAsJsonObject()
                .get("stdout")
                .getAsString();
    }

    /** Deletes the service of {@link #example}. */
    Answer delete() {
        return request("DELETE", CONFIG + "/vpn-service=office", null);
    }

    /** The operational state of the service of {@link #example}. */
    Optional<JsonObject> state() {
        final Answer answer = request("GET", STATE, null);
        if (answer.status() != 200) {
            return Optional.empty();
        }
        final JsonObject state =
                JsonParser.parseString(answer.body()).getAsJsonObject().getAsJsonObject("vpnlb:vpn-services-state");
        return state.has("vpn-service") ? Lab.objects(state.get("vpn-service")).findFirst() : Optional.empty();
    }

    /** Waits until the operational tree says that the service is up. */
    void awaitUp() {
        Waiting.until(
                "the service is up",
                () -> state().map(state -> "up".equals(state.get("oper-status").getAsString()))
                        .orElse(false));
    }
}
