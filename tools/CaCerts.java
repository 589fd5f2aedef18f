/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;

/**
 * Makes a JDK's {@code cacerts} of the system's bundle of trusted certificates:
 * {@code java CaCerts.java ca-certificates.crt cacerts}. The JDK reads no PEM, and keytool takes one certificate at a
 * time.
 */
final class CaCerts {
    private CaCerts() {
        // not to be made
    }

    public static void main(final String[] args) throws IOException, GeneralSecurityException {
        // The JDK opens it without a password, which hides the certificates of an encrypted PKCS #12 file.
        final var store = KeyStore.getInstance("JKS");
        store.load(null, null);
        int number = 0;
        try (var in = Files.newInputStream(Path.of(args[0]))) {
            for (var certificate : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                store.setCertificateEntry("ca-" + number++, certificate);
            }
        }
        if (number == 0) {
            throw new IOException("no certificate in " + args[0]);
        }
        try (var out = new FileOutputStream(args[1])) {
            store.store(out, "changeit".toCharArray());
        }
    }
}
