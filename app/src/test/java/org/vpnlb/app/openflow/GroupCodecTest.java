/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.openflow;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.opendaylight.yang.gen.v1.urn.opendaylight.group.types.rev131018.GroupId;
import org.opendaylight.yang.gen.v1.urn.opendaylight.group.types.rev131018.groups.GroupBuilder;
import org.opendaylight.yangtools.yang.common.Uint32;
import org.vpnlb.engine.openflow.Action;
import org.vpnlb.engine.openflow.Group;

class GroupCodecTest {
    /** One that is read back as another would be changed at each connection. */
    @ParameterizedTest
    @EnumSource
    void aGroupIsReadBackAsItWasWritten(final Group.Type type) {
        final var group = new Group(
                7,
                type,
                List.of(
                        new Group.Bucket(1, 11L, List.of(new Action.Output(11))),
                        new Group.Bucket(0, null, 8L, List.of(new Action.ToGroup(8)))));
        assertThat(GroupCodec.read(new GroupBuilder()
                        .setGroupId(new GroupId(Uint32.valueOf(group.id())))
                        .setGroupType(GroupCodec.type(type))
                        .setBuckets(GroupCodec.buckets(group))
                        .build()))
                .isEqualTo(group);
    }
}
