/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opendaylight.mdsal.common.api.DataValidationFailedException;
import org.opendaylight.mdsal.common.api.LogicalDatastoreType;
import org.opendaylight.mdsal.common.api.PostCanCommitStep;
import org.opendaylight.mdsal.dom.api.DOMDataTreeCandidate;
import org.opendaylight.mdsal.dom.api.DOMDataTreeIdentifier;
import org.opendaylight.netconf.api.NetconfDocumentedException;
import org.opendaylight.yangtools.binding.data.codec.api.BindingNormalizedNodeSerializer;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeCandidateNode;

class CommitValidatorTest {
    private final CommitValidator validator = new CommitValidator(Model.CODEC);

    @Test
    void aConfigurationThatWorksIsCommitted() throws Exception {
        assertThat(commit(Model.node(Model.service()))).isSameAs(PostCanCommitStep.NOOP);
    }

    @Test
    void theServicesMayBeDeleted() throws Exception {
        assertThat(commit(null)).isSameAs(PostCanCommitStep.NOOP);
    }

    @Test
    void allThatIsWrongIsNamedWithWhatToWriteInstead() {
        final JsonObject service = Model.service();
        service.getAsJsonObject("ingress").addProperty("idle-timeout", 0);
        service.getAsJsonArray("vpn-device").get(0).getAsJsonObject().addProperty("weight", 1000);
        assertThat(refusal(service))
                .contains("ingress/idle-timeout", "weight", "1000", "use 1 to")
                .hasLineCount(2);
    }

    @Test
    void anAbsentLeafThatIsMandatoryIsNamed() {
        final JsonObject service = Model.service();
        service.getAsJsonArray("vpn-device")
                .get(0)
                .getAsJsonObject()
                .getAsJsonObject("egress")
                .remove("mac");
        assertThat(refusal(service)).contains("vpn-device[name='g1']/egress/mac", "mandatory");
    }

    /** What RESTCONF would tell of it lacks the value, or all: see the model's description. */
    @Test
    void noRangeAndNoMandatoryLeafIsTheModelsToCheck() throws IOException {
        assertThat(Files.readString(Path.of("../api/src/main/yang/vpnlb.yang")))
                .doesNotContainPattern("(?m)^ *(range \"|mandatory true|min-elements|max-elements)");
    }

    /** The datastore answers nobody when the validator throws: the writer would wait for its timeout. */
    @Test
    void aPrefixThatIsNoneIsRefusedToo() {
        final JsonObject service = Model.service();
        final var prefixes = new JsonArray();
        prefixes.add("::ffff:10.0.0.0/104");
        service.getAsJsonObject("egress").add("client-prefix", prefixes);
        assertThat(refusal(service)).contains("client-prefix", "::ffff:10.0.0.0/104");
    }

    @ParameterizedTest
    @ValueSource(classes = {IllegalStateException.class, StackOverflowError.class, NoClassDefFoundError.class})
    void aConfigurationThatCannotBeReadIsRefused(final Class<? extends Throwable> why) {
        final BindingNormalizedNodeSerializer codec = mock();
        when(codec.fromNormalizedNode(any(), any())).thenThrow(why);
        assertThat(refusal(new CommitValidator(codec), Model.node(Model.service())))
                .contains("cannot be read", why.getName());
    }

    private String refusal(final JsonObject service) {
        return refusal(validator, Model.node(service));
    }

    /** What RESTCONF answers: the message of the documented exception among the causes, as an invalid value. */
    private static String refusal(final CommitValidator by, final NormalizedNode after) {
        try {
            by.canCommit("tx", Model.CONTEXT, List.of(candidate(after))).get();
            throw new AssertionError("It was committed");
        } catch (ExecutionException e) {
            assertThat(e.getCause()).isInstanceOf(DataValidationFailedException.class);
            final var documented = (NetconfDocumentedException) e.getCause().getCause();
            assertThat(documented.getErrorTag()).isEqualTo(ErrorTag.INVALID_VALUE);
            return documented.getMessage();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private PostCanCommitStep commit(final NormalizedNode after) throws Exception {
        return validator
                .canCommit("tx", Model.CONTEXT, List.of(candidate(after)))
                .get();
    }

    private static DOMDataTreeCandidate candidate(final NormalizedNode after) {
        final DataTreeCandidateNode root = mock();
        when(root.dataAfter()).thenReturn(after);
        final DOMDataTreeCandidate candidate = mock();
        when(candidate.getRootPath())
                .thenReturn(DOMDataTreeIdentifier.of(LogicalDatastoreType.CONFIGURATION, Model.SERVICES));
        when(candidate.getRootNode()).thenReturn(root);
        return candidate;
    }
}
