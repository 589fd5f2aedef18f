/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.vpnlb.engine.model.Attachment;
import org.vpnlb.engine.model.Device;
import org.vpnlb.engine.model.Service;
import org.vpnlb.engine.model.Side;
import org.vpnlb.engine.net.IpAddress;
import org.vpnlb.engine.net.IpAddress.Family;
import org.vpnlb.engine.net.IpPrefix;

/** The source addresses that no client has. */
final class ImpossibleSources {
    /** From where no host sends (see {@link IpAddress#isHost}). */
    private static final List<IpPrefix> NO_HOSTS = List.of(
            IpPrefix.parse("0.0.0.0/32"),
            IpPrefix.parse("224.0.0.0/4"),
            IpPrefix.parse("255.255.255.255/32"),
            IpPrefix.parse("::/128"),
            IpPrefix.parse("ff00::/8"));

    /** What stays within a host (RFC 1122, section 3.2.1.3; RFC 4291, section 2.5.3). */
    private static final List<IpPrefix> LOOPBACK = List.of(IpPrefix.parse("127.0.0.0/8"), IpPrefix.parse("::1/128"));

    private ImpossibleSources() {}

    /** The sources of these families that are no host's. */
    static List<IpPrefix> noHosts(final Set<Family> families) {
        return NO_HOSTS.stream().filter(prefix -> isOf(prefix, families)).toList();
    }

    /** The sources that no client has outside: no host's, a loopback address, vpnlb's own, a device's own. */
    static List<IpPrefix> outside(final Service service, final Sources sources) {
        final Stream<IpAddress> taken = Stream.of(
                        sources.answered(service, Side.INGRESS).stream(),
                        service.devices().stream()
                                .map(Device::ingress)
                                .map(Attachment::address)
                                .flatMap(Optional::stream))
                .flatMap(addresses -> addresses);
        return Stream.of(NO_HOSTS.stream(), LOOPBACK.stream(), taken.map(IpPrefix::of))
                .flatMap(prefixes -> prefixes)
                .filter(prefix -> isOf(prefix, service.outerFamilies()))
                .distinct()
                .toList();
    }

    private static boolean isOf(final IpPrefix prefix, final Set<Family> families) {
        return families.contains(prefix.address().family());
    }
}
