/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow;

import java.util.Collection;
import java.util.List;
import org.opendaylight.yang.gen.v1.urn.opendaylight.inventory.rev130819.NodeRef;
import org.opendaylight.yang.gen.v1.urn.opendaylight.meter.service.rev130918.AddMeterInput;
import org.opendaylight.yang.gen.v1.urn.opendaylight.meter.service.rev130918.AddMeterInputBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.meter.service.rev130918.RemoveMeterInput;
import org.opendaylight.yang.gen.v1.urn.opendaylight.meter.service.rev130918.RemoveMeterInputBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.meter.types.rev130918.BandId;
import org.opendaylight.yang.gen.v1.urn.opendaylight.meter.types.rev130918.MeterBandType;
import org.opendaylight.yang.gen.v1.urn.opendaylight.meter.types.rev130918.MeterFlags;
import org.opendaylight.yang.gen.v1.urn.opendaylight.meter.types.rev130918.MeterId;
import org.opendaylight.yang.gen.v1.urn.opendaylight.meter.types.rev130918.band.type.band.type.Drop;
import org.opendaylight.yang.gen.v1.urn.opendaylight.meter.types.rev130918.band.type.band.type.DropBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.meter.types.rev130918.meter.MeterBandHeaders;
import org.opendaylight.yang.gen.v1.urn.opendaylight.meter.types.rev130918.meter.MeterBandHeadersBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.meter.types.rev130918.meter.meter.band.headers.MeterBandHeader;
import org.opendaylight.yang.gen.v1.urn.opendaylight.meter.types.rev130918.meter.meter.band.headers.MeterBandHeaderBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.meter.types.rev130918.meter.meter.band.headers.meter.band.header.MeterBandTypesBuilder;
import org.opendaylight.yangtools.binding.util.BindingMap;
import org.opendaylight.yangtools.yang.common.Uint32;
import org.vpnlb.engine.openflow.Meter;

/** Meters: the engine's and OpenFlowPlugin's. */
final class MeterCodec {
    /** Counts packets, with a burst: OFPMF_PKTPS and OFPMF_BURST, and the band's counts: OFPMF_STATS. */
    static final MeterFlags FLAGS = new MeterFlags(true, false, true, true);

    private MeterCodec() {}

    static MeterId id(final long id) {
        return new MeterId(Uint32.valueOf(id));
    }

    /** Makes a meter. */
    static AddMeterInput add(final NodeRef node, final Meter meter) {
        return new AddMeterInputBuilder()
                .setNode(node)
                .setMeterId(id(meter.id()))
                .setFlags(FLAGS)
                .setMeterBandHeaders(bands(meter))
                .build();
    }

    /** Deletes a meter. */
    static RemoveMeterInput remove(final NodeRef node, final long id) {
        return new RemoveMeterInputBuilder()
                .setNode(node)
                .setMeterId(id(id))
                .setFlags(FLAGS)
                .build();
    }

    static MeterBandHeaders bands(final Meter meter) {
        return new MeterBandHeadersBuilder()
                .setMeterBandHeader(BindingMap.of(new MeterBandHeaderBuilder()
                        .setBandId(new BandId(Uint32.ZERO))
                        .setMeterBandTypes(new MeterBandTypesBuilder()
                                .setFlags(new MeterBandType(true, false, false))
                                .build())
                        .setBandType(new DropBuilder()
                                .setDropRate(Uint32.valueOf(meter.rate()))
                                .setDropBurstSize(Uint32.valueOf(meter.burst()))
                                .build())
                        .build()))
                .build();
    }

    /** The engine's meter; one that somebody changed, to what vpnlb never writes, has the rate 0. */
    static Meter read(final org.opendaylight.yang.gen.v1.urn.opendaylight.meter.types.rev130918.Meter meter) {
        final long id = meter.getMeterId().getValue().toJava();
        final MeterBandHeaders headers = meter.getMeterBandHeaders();
        final Collection<MeterBandHeader> bands =
                headers == null ? List.of() : headers.nonnullMeterBandHeader().values();
        return FLAGS.equals(meter.getFlags())
                        && bands.size() == 1
                        && bands.iterator().next().getBandType() instanceof Drop drop
                ? new Meter(
                        id,
                        drop.getDropRate().intValue(),
                        drop.getDropBurstSize().intValue())
                : new Meter(id, 0, 0);
    }
}
