/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.ArgumentMatchers.anyString;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.servlet.ServletException;
import javax.servlet.ServletOutputStream;
import javax.servlet.WriteListener;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PageServletTest {
    private static final Pattern NAMED = Pattern.compile("(?:href|src)=\"([^\"#]+)\"|from '\\./([^']+)'");

    private final PageServlet servlet = new PageServlet();

    @ParameterizedTest
    @ValueSource(strings = {"/", "/main.js", "/nothing", "/../../../WEB-INF/web.xml", "/page/main.js"})
    void noAnswerLetsTheBrowserRunWhatIsNotOurs(final String path) throws ServletException, IOException {
        final Answer answer = request("GET", path, null);
        assertThat(answer.headers.get("Content-Security-Policy"))
                .contains("default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'")
                .doesNotContain("unsafe", "*", "http:", "data:");
        assertThat(answer.headers)
                .containsEntry("X-Content-Type-Options", "nosniff")
                .containsEntry("X-Frame-Options", "DENY")
                .containsEntry("Referrer-Policy", "no-referrer");
    }

    @Test
    void theStartIsServedWithAndWithoutItsName() throws ServletException, IOException {
        assertThat(request("GET", "/", null).text())
                .startsWith("<!DOCTYPE html>")
                .isEqualTo(request("GET", "/index.html", null).text());
        final Answer bare = request("GET", null, null);
        assertThat(bare.status).isEqualTo(302);
        assertThat(bare.headers).containsEntry("Location", "/vpnlb/");
    }

    @Test
    void eachFileThatAFileNamesIsServedWithItsType() throws ServletException, IOException {
        final Map<String, String> types =
                Map.of("js", "text/javascript;charset=utf-8", "css", "text/css;charset=utf-8", "svg", "image/svg+xml");
        final Stream<String> files = Stream.of("index.html", "main.js", "overview.js", "clients.js");
        for (final String file : files.toList()) {
            for (final String name : namedIn(request("GET", "/" + file, null).text())) {
                final Answer answer = request("GET", "/" + name, null);
                assertThat(answer.status).as(name).isEqualTo(200);
                assertThat(answer.type).as(name).isEqualTo(types.get(name.replaceFirst(".*\\.", "")));
                assertThat(answer.body.size()).as(name).isPositive();
            }
        }
    }

    private static Iterable<String> namedIn(final String text) {
        return NAMED.matcher(text)
                .results()
                .map((MatchResult found) -> found.group(1) == null ? found.group(2) : found.group(1))
                .toList();
    }

    @Test
    void nothingOfTheBundleButThePageIsServed() throws ServletException, IOException {
        for (final String path :
                new String[] {"/../PageServlet.class", "/LICENSE", "/../../../../../META-INF/MANIFEST.MF"}) {
            final Answer answer = request("GET", path, null);
            assertThat(answer.status).as(path).isEqualTo(404);
            assertThat(answer.body.size()).isZero();
        }
    }

    @Test
    void aFileThatTheBrowserHasIsNotSentAgain() throws ServletException, IOException {
        final String tag = request("GET", "/main.js", null).headers.get("ETag");
        assertThat(tag).startsWith("\"").endsWith("\"");
        final Answer again = request("GET", "/main.js", tag);
        assertThat(again.status).isEqualTo(304);
        assertThat(again.body.size()).isZero();
        assertThat(request("GET", "/page.css", tag).status).isEqualTo(200);
    }

    @Test
    void thePageTakesNothingFromOutside() throws ServletException, IOException {
        for (final String file : new String[] {"/", "/page.css", "/main.js", "/restconf.js", "/overview.js"}) {
            assertThat(request("GET", file, null).text())
                    .doesNotContain("http://", "https://", "innerHTML", " style=\"");
        }
    }

    private Answer request(final String method, final String path, final String tag)
            throws ServletException, IOException {
        final HttpServletRequest request = mock();
        when(request.getMethod()).thenReturn(method);
        when(request.getPathInfo()).thenReturn(path);
        when(request.getContextPath()).thenReturn("/vpnlb");
        when(request.getHeader("If-None-Match")).thenReturn(tag);
        final var answer = new Answer();
        final HttpServletResponse response = mock();
        when(response.getOutputStream()).thenReturn(answer.stream());
        doAnswer(call -> answer.headers.put(call.getArgument(0), call.getArgument(1)))
                .when(response)
                .setHeader(anyString(), any());
        doAnswer(call -> answer.status = call.getArgument(0)).when(response).setStatus(anyInt());
        doAnswer(call -> answer.type = call.getArgument(0)).when(response).setContentType(any());
        servlet.service(request, response);
        return answer;
    }

    /** What the servlet has answered. */
    private static final class Answer {
        private final Map<String, String> headers = new HashMap<>();
        private final ByteArrayOutputStream body = new ByteArrayOutputStream();
        private int status = 200;
        private String type;

        private String text() {
            return body.toString(StandardCharsets.UTF_8);
        }

        private ServletOutputStream stream() {
            return new ServletOutputStream() {
                @Override
                public boolean isReady() {
                    return true;
                }

                @Override
                public void setWriteListener(final WriteListener listener) {
                    throw new UnsupportedOperationException();
                }

                @Override
                public void write(final int octet) {
                    body.write(octet);
                }
            };
        }
    }
}
