/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.shell;

import com.google.common.util.concurrent.ListenableFuture;
import java.io.PrintStream;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.opendaylight.mdsal.binding.api.DataBroker;
import org.opendaylight.mdsal.binding.api.RpcService;
import org.opendaylight.yangtools.yang.common.RpcResult;

/**
 * A command of Karaf's shell. It does what RESTCONF does: it reads and writes the datastore, and calls the same RPCs.
 * Karaf makes a new one for each call, and sets its fields.
 */
abstract class VpnlbCommand implements Action {
    private static final long MAX_SECONDS = 60;

    /** Where the command prints; the shell's own, by the thread. */
    @SuppressWarnings("checkstyle:RegexpSinglelineJava")
    private PrintStream out = System.out;

    @Reference
    private RpcService rpcs;

    @Reference
    private DataBroker broker;

    @Option(name = "--json", description = "Print JSON instead of a table")
    private boolean json;

    /** The same command outside of Karaf. */
    final void use(final RpcService otherRpcs, final DataBroker otherBroker, final PrintStream otherOut) {
        rpcs = otherRpcs;
        broker = otherBroker;
        out = otherOut;
    }

    final RpcService rpcs() {
        return rpcs;
    }

    final Store store() {
        return new Store(broker);
    }

    final void print(final Rows rows) {
        rows.print(out, json);
    }

    /** Whether nobody reads any more what is printed. */
    final boolean isUnread() {
        return out.checkError();
    }

    final boolean isJson() {
        return json;
    }

    /** Says something to people; programs get JSON. */
    final void say(final String text) {
        if (!json) {
            out.println(text);
        }
    }

    /** The output of an RPC. */
    static <T> T output(final ListenableFuture<RpcResult<T>> asked) throws CommandException {
        try {
            final RpcResult<T> result = asked.get(MAX_SECONDS, TimeUnit.SECONDS);
            if (!result.isSuccessful()) {
                throw new CommandException(result.getErrors().stream()
                        .findFirst()
                        .map(error -> error.getMessage())
                        .orElse("not answered"));
            }
            return result.getResult();
        } catch (ExecutionException | TimeoutException e) {
            throw new CommandException("not answered: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandException("interrupted", e);
        }
    }
}
