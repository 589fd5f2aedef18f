/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.opendaylight.yang.gen.v1.urn.opendaylight.group.types.rev131018.BucketId;
import org.opendaylight.yang.gen.v1.urn.opendaylight.group.types.rev131018.GroupTypes;
import org.opendaylight.yang.gen.v1.urn.opendaylight.group.types.rev131018.group.Buckets;
import org.opendaylight.yang.gen.v1.urn.opendaylight.group.types.rev131018.group.BucketsBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.group.types.rev131018.group.buckets.Bucket;
import org.opendaylight.yang.gen.v1.urn.opendaylight.group.types.rev131018.group.buckets.BucketBuilder;
import org.opendaylight.yang.gen.v1.urn.opendaylight.group.types.rev131018.group.buckets.BucketKey;
import org.opendaylight.yangtools.binding.util.BindingMap;
import org.opendaylight.yangtools.yang.common.Uint16;
import org.opendaylight.yangtools.yang.common.Uint32;
import org.vpnlb.engine.openflow.Group;

/** Groups: the engine's and OpenFlowPlugin's. */
final class GroupCodec {
    /** OFPP_ANY and OFPG_ANY: nothing is watched. */
    private static final Uint32 ANY = Uint32.MAX_VALUE;

    private GroupCodec() {}

    static GroupTypes type(final Group.Type type) {
        return switch (type) {
            case ALL -> GroupTypes.GroupAll;
            case SELECT -> GroupTypes.GroupSelect;
            case INDIRECT -> GroupTypes.GroupIndirect;
            case FAST_FAILOVER -> GroupTypes.GroupFf;
        };
    }

    static Buckets buckets(final Group group) {
        final var buckets =
                BindingMap.<BucketKey, Bucket>orderedBuilder(group.buckets().size());
        for (int i = 0; i < group.buckets().size(); i++) {
            final var bucket = group.buckets().get(i);
            buckets.add(new BucketBuilder()
                    .setBucketId(new BucketId(Uint32.valueOf(i)))
                    .setWeight(Uint16.valueOf(bucket.weight()))
                    .setWatchPort(watched(bucket.watchPort()))
                    .setWatchGroup(watched(bucket.watchGroup()))
                    .setAction(ActionCodec.writeAll(bucket.actions()))
                    .build());
        }
        return new BucketsBuilder().setBucket(buckets.build()).build();
    }

    /** The engine's group; see {@link ActionCodec#FOREIGN}. */
    static Group read(final org.opendaylight.yang.gen.v1.urn.opendaylight.group.types.rev131018.Group group) {
        final List<Group.Bucket> buckets = new ArrayList<>();
        if (group.getBuckets() != null) {
            group.getBuckets().nonnullBucket().values().stream()
                    .sorted(Comparator.comparing(bucket -> bucket.getBucketId().getValue()))
                    .forEach(bucket -> buckets.add(new Group.Bucket(
                            bucket.getWeight() == null ? 0 : bucket.getWeight().toJava(),
                            watched(bucket.getWatchPort()),
                            watched(bucket.getWatchGroup()),
                            ActionCodec.readAll(bucket.nonnullAction().values()))));
        }
        return new Group(
                group.getGroupId().getValue().toJava(),
                switch (group.getGroupType()) {
                    case GroupSelect -> Group.Type.SELECT;
                    case GroupIndirect -> Group.Type.INDIRECT;
                    case GroupAll -> Group.Type.ALL;
                    case GroupFf -> Group.Type.FAST_FAILOVER;
                },
                buckets);
    }

    private static Uint32 watched(final Long number) {
        return number == null ? ANY : Uint32.valueOf(number);
    }

    private static Long watched(final Uint32 number) {
        return number == null || number.equals(ANY) ? null : number.toJava();
    }
}
