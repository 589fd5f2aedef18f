/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.config;

import java.io.IOException;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.servlet.AsyncEvent;
import javax.servlet.AsyncListener;
import javax.servlet.Filter;
import javax.servlet.FilterChain;
import javax.servlet.FilterConfig;
import javax.servlet.ServletException;
import javax.servlet.ServletRequest;
import javax.servlet.ServletResponse;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;
import org.osgi.service.component.annotations.Component;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets RESTCONF write services one request at a time, in the order of their arrival.
 *
 * <p>The datastore takes several transactions at once, but not where one waits for a {@link CommitValidator}: of those
 * that queue behind it and conflict with it, it refuses three and forgets the others, which time out after some 15 s
 * (controller 11.0.2, {@code ShardDataTree.canCommitEntry}: after a refusal it does not go on with the next).
 */
@Component(
        service = Filter.class,
        property = {
            "osgi.http.whiteboard.context.select=(osgi.http.whiteboard.context.name=RESTCONF)",
            "osgi.http.whiteboard.filter.name=vpnlb-write-queue",
            "osgi.http.whiteboard.filter.pattern=/data",
            "osgi.http.whiteboard.filter.pattern=/data/vpnlb:vpn-services/*",
            "osgi.http.whiteboard.filter.asyncSupported:Boolean=true",
            // Behind the filter that asks who it is: strangers must not queue.
            "service.ranking:Integer=-1"
        })
public final class WriteQueue implements Filter {
    private static final Logger LOG = LoggerFactory.getLogger(WriteQueue.class);
    private static final Set<String> WRITES = Set.of("DELETE", "PATCH", "POST", "PUT");
    /** More than a dozen writers need in a row. */
    private static final long MAX_WAIT_MILLIS = 1500;

    private static final String IN_USE = """
            {"ietf-restconf:errors":{"error":[{"error-type":"protocol","error-tag":"in-use",\
            "error-message":"Other requests are changing the services; try again"}]}}""";

    private final Semaphore turn = new Semaphore(1, true);
    private final long maxWaitMillis;

    /** A queue in which nobody is. */
    public WriteQueue() {
        this(MAX_WAIT_MILLIS);
    }

    WriteQueue(final long maxWaitMillis) {
        this.maxWaitMillis = maxWaitMillis;
    }

    @Override
    public void init(final FilterConfig config) {
        LOG.debug("Requests that change services are queued");
    }

    @Override
    public void doFilter(final ServletRequest request, final ServletResponse response, final FilterChain chain)
            throws IOException, ServletException {
        if (!(request instanceof HttpServletRequest http) || !WRITES.contains(http.getMethod())) {
            chain.doFilter(request, response);
        } else if (isMyTurn()) {
            write(request, response, chain);
        } else if (response instanceof HttpServletResponse refusal) {
            refusal.setStatus(HttpServletResponse.SC_CONFLICT);
            refusal.setContentType("application/yang-data+json");
            refusal.getOutputStream().print(IN_USE);
        }
    }

    @Override
    public void destroy() {
        LOG.debug("Requests that change services are not queued any more");
    }

    private boolean isMyTurn() {
        try {
            return turn.tryAcquire(maxWaitMillis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private void write(final ServletRequest request, final ServletResponse response, final FilterChain chain)
            throws IOException, ServletException {
        final var end = new TurnEnd();
        boolean isAsync = false;
        try {
            chain.doFilter(request, response);
            if (request.isAsyncStarted()) {
                request.getAsyncContext().addListener(end);
                isAsync = true;
            }
        } finally {
            if (!isAsync) {
                end.release();
            }
        }
    }

    /** Lets the next one write when a request has been answered, once. */
    private final class TurnEnd implements AsyncListener {
        private final AtomicBoolean isOver = new AtomicBoolean();

        void release() {
            if (isOver.compareAndSet(false, true)) {
                turn.release();
            }
        }

        @Override
        public void onComplete(final AsyncEvent event) {
            release();
        }

        @Override
        public void onTimeout(final AsyncEvent event) {
            release();
        }

        @Override
        public void onError(final AsyncEvent event) {
            release();
        }

        @Override
        public void onStartAsync(final AsyncEvent event) {
            event.getAsyncContext().addListener(this);
        }
    }
}
