/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.shell;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.karaf.shell.support.table.ShellTable;

/** What a command tells: a table for people, or the same as JSON for programs. */
final class Rows {
    private static final String ELLIPSIS = "...";

    /** What the table has between two columns. */
    private static final int SEPARATOR = 3;

    private final List<String> columns;
    private final List<List<Object>> rows = new ArrayList<>();

    Rows(final String... columns) {
        this.columns = List.of(columns);
    }

    /** Adds a row; a cell that is null is empty in the table, and left out of the JSON. */
    void add(final Object... cells) {
        final List<Object> row = new ArrayList<>();
        for (final Object cell : cells) {
            row.add(cell);
        }
        rows.add(row);
    }

    /**
     * Shortens what is in some columns in the middle, so that the table is no wider than a terminal if that can be.
     *
     * @param width the terminal's columns; 0 or less where nobody knows
     * @param shortened the columns with names, of which beginning and end tell most
     */
    void fit(final int width, final String... shortened) {
        final int[] widths = new int[columns.size()];
        for (int i = 0; i < widths.length; i++) {
            widths[i] = columns.get(i).length();
            for (final List<Object> row : rows) {
                widths[i] = Math.max(widths[i], Objects.toString(row.get(i), "").length());
            }
        }
        final int[] names = Stream.of(shortened).mapToInt(columns::indexOf).toArray();
        int over = IntStream.of(widths).sum() + SEPARATOR * (widths.length - 1) - width;
        while (width > 0 && over > 0) {
            final int widest = IntStream.of(names)
                    .boxed()
                    .max(Comparator.comparing(i -> widths[i]))
                    .orElseThrow();
            if (widths[widest] <= columns.get(widest).length()) {
                break;
            }
            widths[widest]--;
            over--;
        }
        rows.replaceAll(row -> {
            final List<Object> fitted = new ArrayList<>(row);
            for (final int i : names) {
                fitted.set(i, shortened(Objects.toString(row.get(i), ""), widths[i]));
            }
            return fitted;
        });
    }

    private static String shortened(final String text, final int width) {
        final int kept = width - ELLIPSIS.length();
        return text.length() <= width
                ? text
                : text.substring(0, kept / 2) + ELLIPSIS + text.substring(text.length() - (kept - kept / 2));
    }

    /**
     * Prints the rows.
     *
     * @param isJson whether as JSON: a list of objects, the names of whose members are those of the columns in lower
     *     case with hyphens
     */
    void print(final PrintStream out, final boolean isJson) {
        if (isJson) {
            out.println(new GsonBuilder()
                    .disableHtmlEscaping()
                    .setPrettyPrinting()
                    .create()
                    .toJson(json()));
            return;
        }
        final var table = new ShellTable().forceAscii().emptyTableText("none");
        columns.forEach(column -> table.column(column));
        rows.forEach(row -> table.addRow()
                .addContent(row.stream().map(cell -> Objects.toString(cell, "")).toArray()));
        table.print(out);
    }

    private JsonArray json() {
        final var all = new JsonArray();
        for (final List<Object> row : rows) {
            final var object = new JsonObject();
            for (int i = 0; i < columns.size(); i++) {
                put(object, columns.get(i).toLowerCase(Locale.ROOT).replace(' ', '-'), row.get(i));
            }
            all.add(object);
        }
        return all;
    }

    private static void put(final JsonObject object, final String name, final Object cell) {
        switch (cell) {
            case null -> {
                // Left out.
            }
            case Boolean is -> object.addProperty(name, is);
            case Number number -> object.addProperty(name, number);
            default -> object.addProperty(name, cell.toString());
        }
    }
}
