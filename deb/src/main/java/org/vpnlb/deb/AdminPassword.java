/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.deb;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import org.opendaylight.aaa.api.IDMStoreException;
import org.opendaylight.aaa.api.IIDMStore;
import org.opendaylight.aaa.api.StoreBuilder;
import org.opendaylight.aaa.api.model.User;
import org.opendaylight.aaa.datastore.h2.H2Store;
import org.opendaylight.aaa.datastore.h2.IdmLightConfigBuilder;
import org.opendaylight.aaa.datastore.h2.IdmLightSimpleConnectionProvider;
import org.opendaylight.aaa.impl.password.service.DefaultPasswordHashService;

/**
 * Sets the password of OpenDaylight's account admin while OpenDaylight does not run, in its own store. Before the first
 * boot this makes the account, so that OpenDaylight does not make one with a well-known password.
 */
public final class AdminPassword {
    private static final String ADMIN = "admin";
    private static final int SHORTEST = 8;

    private AdminPassword() {}

    /**
     * Sets it.
     *
     * @param args the directory of the store
     * @throws IOException when no password can be read
     * @throws IDMStoreException when the store cannot be written, for example since OpenDaylight runs
     */
    public static void main(final String[] args) throws IOException, IDMStoreException {
        // In no argument, which others on the machine could read.
        final String password = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).readLine();
        set(args[0], password);
    }

    /**
     * Sets it.
     *
     * @param directory the directory of the store
     * @param password 8 characters or more
     * @throws IllegalArgumentException when it is shorter
     * @throws IDMStoreException when the store cannot be written
     */
    static void set(final String directory, final String password) throws IDMStoreException {
        if (password == null || password.length() < SHORTEST) {
            throw new IllegalArgumentException("the password is too short; use " + SHORTEST + " characters or more");
        }
        final IIDMStore store = open(directory);
        final var builder = new StoreBuilder(store);
        builder.initDomainAndRolesWithoutUsers(IIDMStore.DEFAULT_DOMAIN);
        final var found = store.getUsers(ADMIN, IIDMStore.DEFAULT_DOMAIN).getUsers();
        if (found.isEmpty()) {
            builder.createUser(IIDMStore.DEFAULT_DOMAIN, ADMIN, password, true);
            return;
        }
        final User admin = found.getFirst();
        admin.setPassword(password);
        store.updateUser(admin);
    }

    /** OpenDaylight's store, as OpenDaylight itself opens it. */
    static H2Store open(final String directory) {
        final var config = new IdmLightConfigBuilder()
                .dbDirectory(directory)
                .dbUser("foo")
                .dbPwd("bar")
                .build();
        return new H2Store(new IdmLightSimpleConnectionProvider(config), new DefaultPasswordHashService());
    }
}
