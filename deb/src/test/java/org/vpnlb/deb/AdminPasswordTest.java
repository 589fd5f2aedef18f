/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.deb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opendaylight.aaa.api.IDMStoreException;
import org.opendaylight.aaa.api.IIDMStore;
import org.opendaylight.aaa.api.StoreBuilder;
import org.opendaylight.aaa.api.model.User;
import org.opendaylight.aaa.impl.password.service.DefaultPasswordHashService;

class AdminPasswordTest {
    @TempDir
    private Path directory;

    @Test
    void thereIsNoOtherPasswordThanTheOneOfTheInstallation() throws IDMStoreException {
        AdminPassword.set(directory.toString(), "made at installation");

        // What OpenDaylight does at each boot.
        new StoreBuilder(AdminPassword.open(directory.toString())).initWithDefaultUsers(IIDMStore.DEFAULT_DOMAIN);

        assertThat(isAdmins("made at installation")).isTrue();
        assertThat(isAdmins("admin")).isFalse();
        assertThat(AdminPassword.open(directory.toString()).getUsers().getUsers())
                .extracting(User::getName)
                .containsExactly("admin");
    }

    @Test
    void aLostPasswordIsReplaced() throws IDMStoreException {
        AdminPassword.set(directory.toString(), "one that was lost");
        AdminPassword.set(directory.toString(), "another one");

        assertThat(isAdmins("another one")).isTrue();
        assertThat(isAdmins("one that was lost")).isFalse();
    }

    @Test
    void anAdminMayWriteGrants() throws IDMStoreException {
        AdminPassword.set(directory.toString(), "made at installation");

        final IIDMStore store = AdminPassword.open(directory.toString());
        final String user = admin(store).getUserid();
        assertThat(store.getGrants(IIDMStore.DEFAULT_DOMAIN, user).getGrants())
                .extracting(grant -> grant.getRoleid())
                .contains("admin@sdn");
    }

    @Test
    void aShortPasswordIsRefused() {
        assertThatThrownBy(() -> AdminPassword.set(directory.toString(), "admin"))
                .hasMessage("the password is too short; use 8 characters or more");
    }

    private boolean isAdmins(final String password) throws IDMStoreException {
        final User admin = admin(AdminPassword.open(directory.toString()));
        return new DefaultPasswordHashService().passwordsMatch(password, admin.getPassword(), admin.getSalt());
    }

    private static User admin(final IIDMStore store) throws IDMStoreException {
        return store.getUsers("admin", IIDMStore.DEFAULT_DOMAIN).getUsers().getFirst();
    }
}
