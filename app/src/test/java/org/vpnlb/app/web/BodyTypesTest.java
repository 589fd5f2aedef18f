/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import javax.servlet.FilterChain;
import javax.servlet.ServletException;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class BodyTypesTest {
    private final HttpServletRequest request = mock();
    private final HttpServletResponse response = mock();
    private final FilterChain restconf = mock();

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"", " "})
    void aBodyWithoutItsTypeIsRefusedWithWhatToWrite(final String type) throws IOException, ServletException {
        final var body = new StringWriter();
        when(response.getWriter()).thenReturn(new PrintWriter(body));
        when(request.getContentType()).thenReturn(type);
        when(request.getContentLengthLong()).thenReturn(7L);

        new BodyTypes().doFilter(request, response, restconf);

        verify(response).setStatus(415);
        verify(restconf, never()).doFilter(any(), any());
        assertThat(body.toString()).contains("Content-Type = absent", "write application/yang-data+json");
    }

    @Test
    void aBodyOfUnknownLengthIsOneToo() throws IOException, ServletException {
        when(response.getWriter()).thenReturn(new PrintWriter(new StringWriter()));
        when(request.getContentLengthLong()).thenReturn(-1L);
        when(request.getHeader("Transfer-Encoding")).thenReturn("chunked");

        new BodyTypes().doFilter(request, response, restconf);

        verify(response).setStatus(415);
        verify(restconf, never()).doFilter(any(), any());
    }

    @Test
    void aBodyWithItsTypeIsRestconfs() throws IOException, ServletException {
        when(request.getContentType()).thenReturn("application/json");
        when(request.getContentLengthLong()).thenReturn(7L);
        assertPassed();
    }

    @Test
    void aRequestWithoutBodyNeedsNoType() throws IOException, ServletException {
        when(request.getContentLengthLong()).thenReturn(-1L);
        assertPassed();
    }

    private void assertPassed() throws IOException, ServletException {
        new BodyTypes().doFilter(request, response, restconf);
        verify(restconf).doFilter(request, response);
        verify(response, never()).setStatus(415);
    }
}
