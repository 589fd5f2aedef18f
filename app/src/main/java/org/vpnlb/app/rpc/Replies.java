/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.rpc;

import com.google.common.base.Throwables;
import com.google.common.util.concurrent.AsyncFunction;
import com.google.common.util.concurrent.FluentFuture;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.MoreExecutors;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.yang.types.rev130715.DateAndTime;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.ErrorType;
import org.opendaylight.yangtools.yang.common.RpcResult;
import org.opendaylight.yangtools.yang.common.RpcResultBuilder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vpnlb.app.openflow.Inquiry.UnansweredException;
import org.vpnlb.engine.model.Service;

/** Answers RPCs with what is found, or with an error that an operator can do something about. */
final class Replies {
    private static final Logger LOG = LoggerFactory.getLogger(Replies.class);

    private final Supplier<ListenableFuture<List<Service>>> services;
    private final LongSupplier clock;
    private final InstantSource time;

    /**
     * Answers.
     *
     * @param services the configured services
     * @param clock the time, in milliseconds, that only goes forward
     * @param time the time of day
     */
    Replies(
            final Supplier<ListenableFuture<List<Service>>> services,
            final LongSupplier clock,
            final InstantSource time) {
        this.services = services;
        this.clock = clock;
        this.time = time;
    }

    /**
     * Answers an RPC.
     *
     * @param answer makes the output from the input and the configured services
     */
    <O> ListenableFuture<RpcResult<O>> reply(final AsyncFunction<List<Service>, O> answer) {
        return FluentFuture.from(services.get())
                .transformAsync(answer, MoreExecutors.directExecutor())
                .transform(output -> RpcResultBuilder.success(output).build(), MoreExecutors.directExecutor())
                .catching(Throwable.class, Replies::failed, MoreExecutors.directExecutor());
    }

    private static <O> RpcResult<O> failed(final Throwable failure) {
        final Throwable cause = Throwables.getRootCause(failure);
        for (final Throwable found : Throwables.getCausalChain(failure)) {
            if (found instanceof InvalidInputException) {
                return error(ErrorTag.INVALID_VALUE, found.getMessage());
            }
            if (found instanceof UnansweredException) {
                return error(ErrorTag.OPERATION_FAILED, found.getMessage());
            }
        }
        LOG.warn("An operator's question could not be answered", failure);
        return error(ErrorTag.OPERATION_FAILED, "not answered: " + cause);
    }

    private static <O> RpcResult<O> error(final ErrorTag tag, final String message) {
        return RpcResultBuilder.<O>failed()
                .withError(ErrorType.APPLICATION, tag, message)
                .build();
    }

    /** The time of day at a time of the clock; null when there is none. */
    DateAndTime timeOf(final OptionalLong at) {
        return at.isEmpty()
                ? null
                : new DateAndTime(time.instant()
                        .minusMillis(clock.getAsLong() - at.getAsLong())
                        .truncatedTo(ChronoUnit.SECONDS)
                        .toString());
    }
}
