/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.web;

import com.google.common.hash.Hashing;
import edu.umd.cs.findbugs.annotations.SuppressFBWarnings;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serial;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.servlet.ServletException;
import javax.servlet.http.HttpServlet;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;

/**
 * Serves the files of the web page, and no others. They are the same for everybody and have no data in them: the page
 * asks RESTCONF.
 *
 * <p>The browser is told to run nothing that is not one of these files, and to show them in nobody's frame.
 */
public final class PageServlet extends HttpServlet {
    @Serial
    private static final long serialVersionUID = 1L;

    private static final String START = "index.html";
    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html;charset=utf-8",
            "css", "text/css;charset=utf-8",
            "js", "text/javascript;charset=utf-8",
            "svg", "image/svg+xml");
    /** W3C Content Security Policy Level 3, and Trusted Types, whose one policy is that of lit-html's templates. */
    private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
            + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
            + "require-trusted-types-for 'script'; trusted-types lit-html";

    private static final Map<String, String> HEADERS = Map.of(
            "Content-Security-Policy", POLICY,
            "X-Content-Type-Options", "nosniff",
            "X-Frame-Options", "DENY",
            "Referrer-Policy", "no-referrer",
            "Cross-Origin-Opener-Policy", "same-origin",
            "Cross-Origin-Resource-Policy", "same-origin",
            // Kept by the browser, and asked for by its tag each time: a new version is used at once.
            "Cache-Control", "private, no-cache");

    @SuppressFBWarnings(value = "SE_TRANSIENT_FIELD_NOT_RESTORED", justification = "Nobody stores servlets")
    private final transient Map<String, Page> files;

    /** Reads the files. */
    public PageServlet() {
        files = Stream.of(
                        START,
                        "icon.svg",
                        "page.css",
                        "clients.js",
                        "explain.js",
                        "lit-html.js",
                        "main.js",
                        "model.js",
                        "overview.js",
                        "parts.js",
                        "poller.js",
                        "rebalance.js",
                        "restconf.js",
                        "switches.js",
                        "traffic.js")
                .collect(Collectors.toUnmodifiableMap(Function.identity(), Page::read));
    }

    @Override
    protected void service(final HttpServletRequest request, final HttpServletResponse response)
            throws ServletException, IOException {
        HEADERS.forEach(response::setHeader);
        super.service(request, response);
    }

    @Override
    protected void doGet(final HttpServletRequest request, final HttpServletResponse response) throws IOException {
        final String path = request.getPathInfo();
        if (path == null || path.isEmpty()) {
            // Relative names of the page's files need the slash.
            response.setStatus(HttpServletResponse.SC_FOUND);
            response.setHeader("Location", request.getContextPath() + "/");
            return;
        }
        final Page page = files.get("/".equals(path) ? START : path.substring(1));
        if (page == null) {
            response.setStatus(HttpServletResponse.SC_NOT_FOUND);
            return;
        }
        response.setHeader("ETag", page.tag());
        if (page.tag().equals(request.getHeader("If-None-Match"))) {
            response.setStatus(HttpServletResponse.SC_NOT_MODIFIED);
            return;
        }
        response.setContentType(page.type());
        response.setContentLength(page.content().length);
        response.getOutputStream().write(page.content());
    }

    /**
     * A file.
     *
     * @param type its media type
     * @param tag changes with the content
     * @param content the octets
     */
    private record Page(String type, String tag, byte[] content) {
        private static Page read(final String name) {
            try (InputStream stream = PageServlet.class.getResourceAsStream("page/" + name)) {
                if (stream == null) {
                    throw new IllegalStateException("The bundle has no " + name);
                }
                final byte[] content = stream.readAllBytes();
                final String tag = "\"" + Hashing.sha256().hashBytes(content) + "\"";
                return new Page(TYPES.get(name.substring(name.lastIndexOf('.') + 1)), tag, content);
            } catch (IOException e) {
                throw new UncheckedIOException(name, e);
            }
        }
    }
}
