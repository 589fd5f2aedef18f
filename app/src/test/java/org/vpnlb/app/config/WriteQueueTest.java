/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.servlet.AsyncContext;
import javax.servlet.AsyncEvent;
import javax.servlet.AsyncListener;
import javax.servlet.FilterChain;
import javax.servlet.ServletException;
import javax.servlet.ServletOutputStream;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mockito.ArgumentCaptor;

class WriteQueueTest {
    private static final long LONGEST_SECONDS = 30;

    private WriteQueue queue = new WriteQueue(TimeUnit.SECONDS.toMillis(LONGEST_SECONDS));
    private final HttpServletResponse response = mock();
    private final FilterChain chain = mock();

    @ParameterizedTest
    @ValueSource(strings = {"PUT", "POST", "PATCH", "DELETE"})
    void aWriteWaitsUntilTheOneBeforeHasBeenAnswered(final String method) throws Exception {
        final AsyncListener end = begin(method);
        final FilterChain next = mock();
        final CompletableFuture<Void> second = CompletableFuture.runAsync(() -> run(request("PUT"), next));
        verify(next, never()).doFilter(any(), any());

        end.onComplete(mock(AsyncEvent.class));

        second.get(LONGEST_SECONDS, TimeUnit.SECONDS);
        verify(next).doFilter(any(), any());
    }

    @Test
    void aReadDoesNotWait() throws Exception {
        begin("PUT");
        run(request("GET"), chain);
        verify(chain).doFilter(any(), any());
    }

    @Test
    void aWriteThatWaitsTooLongIsToldThatTheServicesAreInUse() throws Exception {
        queue = new WriteQueue(0);
        final ServletOutputStream body = mock();
        when(response.getOutputStream()).thenReturn(body);
        final var text = ArgumentCaptor.forClass(String.class);
        begin("PUT");
        run(request("PUT"), chain);
        verify(chain, never()).doFilter(any(), any());
        verify(response).setStatus(409);
        verify(body).print(text.capture());
        assertThat(text.getValue()).contains("\"error-tag\":\"in-use\"").doesNotContain("\n");
    }

    @Test
    void aWriteThatIsAnsweredAtOnceOrFailsLetsTheNextOneWrite() throws Exception {
        run(request("PUT"), mock(FilterChain.class));
        final FilterChain broken = mock();
        doThrow(new IOException("broken")).when(broken).doFilter(any(), any());
        assertThatThrownBy(() -> queue.doFilter(request("PUT"), response, broken))
                .hasMessage("broken");
        run(request("PUT"), chain);
        verify(chain).doFilter(any(), any());
    }

    @Test
    void anEndThatIsToldTwiceLetsOneWriteOnly() throws Exception {
        queue = new WriteQueue(0);
        final AsyncListener end = begin("PUT");
        end.onError(mock(AsyncEvent.class));
        end.onComplete(mock(AsyncEvent.class));
        begin("PUT");
        when(response.getOutputStream()).thenReturn(mock(ServletOutputStream.class));
        run(request("PUT"), chain);
        verify(chain, never()).doFilter(any(), any());
    }

    /** A write begins and is not answered yet. */
    private AsyncListener begin(final String method) throws Exception {
        final HttpServletRequest request = request(method);
        final AsyncContext async = mock();
        when(request.isAsyncStarted()).thenReturn(true);
        when(request.getAsyncContext()).thenReturn(async);
        run(request, mock(FilterChain.class));
        final var end = ArgumentCaptor.forClass(AsyncListener.class);
        verify(async).addListener(end.capture());
        return end.getValue();
    }

    private static HttpServletRequest request(final String method) {
        final HttpServletRequest request = mock();
        when(request.getMethod()).thenReturn(method);
        return request;
    }

    private void run(final HttpServletRequest request, final FilterChain rest) {
        try {
            queue.doFilter(request, response, rest);
        } catch (IOException | ServletException e) {
            throw new IllegalStateException(e);
        }
    }
}
