/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.inet.types.rev130715.IpPrefix;
import org.vpnlb.app.config.ServiceReader.InvalidLeafException;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.validate.Problem;

/** Reads IP prefixes of the model. */
final class PrefixReader {
    private PrefixReader() {}

    /**
     * Reads a leaf-list, which may be absent.
     *
     * @param path the leaf, as an error is to name it
     * @return the prefixes in an order of their own: the datastore tells them in any
     */
    static List<org.vpnlb.engine.net.IpPrefix> read(final String path, final Set<IpPrefix> leaves)
            throws InvalidLeafException {
        final List<org.vpnlb.engine.net.IpPrefix> prefixes = new ArrayList<>();
        for (final IpPrefix leaf : leaves == null ? Set.<IpPrefix>of() : leaves) {
            prefixes.add(
                    leaf.getIpv4Prefix() != null
                            ? org.vpnlb.engine.net.IpPrefix.parse(
                                    leaf.getIpv4Prefix().getValue())
                            : ipv6(path, leaf.getIpv6Prefix().getValue()));
        }
        prefixes.sort(Comparator.comparing(org.vpnlb.engine.net.IpPrefix::address)
                .thenComparing(org.vpnlb.engine.net.IpPrefix::length));
        return prefixes;
    }

    private static org.vpnlb.engine.net.IpPrefix ipv6(final String path, final String text)
            throws InvalidLeafException {
        final IpAddress address = IpAddress.parse(text.substring(0, text.indexOf('/')));
        if (address.family() == IpAddress.Family.V4) {
            throw new InvalidLeafException(
                    new Problem(
                            path,
                            text,
                            "is an IPv4 prefix in the form of IPv6",
                            "write it as IPv4, for example " + address + "/24"),
                    null);
        }
        return org.vpnlb.engine.net.IpPrefix.parse(text);
    }
}
