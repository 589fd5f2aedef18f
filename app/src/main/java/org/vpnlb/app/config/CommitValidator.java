/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.app.config;

import com.google.common.util.concurrent.FluentFuture;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import org.opendaylight.mdsal.common.api.DataValidationFailedException;
import org.opendaylight.mdsal.common.api.PostCanCommitStep;
import org.opendaylight.mdsal.dom.api.DOMDataTreeCandidate;
import org.opendaylight.mdsal.dom.api.DOMDataTreeCommitCohort;
import org.opendaylight.netconf.api.NetconfDocumentedException;
import org.opendaylight.yang.gen.v1.urn.vpnlb.rev261122.VpnServices;
import org.opendaylight.yangtools.binding.data.codec.api.BindingNormalizedNodeSerializer;
import org.opendaylight.yangtools.util.concurrent.FluentFutures;
import org.opendaylight.yangtools.yang.common.ErrorSeverity;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.ErrorType;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;
import org.opendaylight.yangtools.yang.model.api.EffectiveModelContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vpnlb.engine.validate.Problem;
import org.vpnlb.engine.validate.Validator;

/**
 * Refuses a change of the configuration that cannot be applied, before it is committed.
 *
 * <p>The datastore asks for each transaction, with all services as they would be after it. RESTCONF answers a refusal
 * with 400 and the text of the {@link NetconfDocumentedException} in the chain of causes.
 */
public final class CommitValidator implements DOMDataTreeCommitCohort {
    private static final Logger LOG = LoggerFactory.getLogger(CommitValidator.class);

    private final BindingNormalizedNodeSerializer codec;

    /**
     * A validator.
     *
     * @param codec reads the datastore's nodes
     */
    public CommitValidator(final BindingNormalizedNodeSerializer codec) {
        this.codec = codec;
    }

    @Override
    public FluentFuture<PostCanCommitStep> canCommit(
            final Object txId, final EffectiveModelContext ctx, final Collection<DOMDataTreeCandidate> candidates) {
        for (final DOMDataTreeCandidate candidate : candidates) {
            final YangInstanceIdentifier path = candidate.getRootPath().path();
            final List<Problem> problems =
                    problems(path, candidate.getRootNode().dataAfter());
            if (!problems.isEmpty()) {
                return FluentFutures.immediateFailedFluentFuture(refusal(path, problems));
            }
        }
        return PostCanCommitStep.NOOP_SUCCESSFUL_FUTURE;
    }

    @SuppressWarnings("checkstyle:IllegalCatch")
    private List<Problem> problems(final YangInstanceIdentifier path, final NormalizedNode after) {
        if (after == null) {
            return List.of();
        }
        try {
            final var services =
                    (VpnServices) codec.fromNormalizedNode(path, after).getValue();
            return Validator.validate(ServiceReader.read(services));
        } catch (ServiceReader.InvalidLeafException e) {
            return List.of(e.problem());
        } catch (RuntimeException | Error e) {
            // The datastore has no answer for a cohort that throws anything: the writer would wait until it gives up.
            LOG.error("A configuration cannot be read", e);
            return List.of(new Problem("vpn-services", "configuration", "cannot be read", "see the log: " + e));
        }
    }

    private static Exception refusal(final YangInstanceIdentifier path, final List<Problem> problems) {
        final String message = problems.stream().map(Problem::message).collect(Collectors.joining("\n"));
        return new DataValidationFailedException(
                YangInstanceIdentifier.class,
                path,
                message,
                new NetconfDocumentedException(
                        message, ErrorType.APPLICATION, ErrorTag.INVALID_VALUE, ErrorSeverity.ERROR));
    }
}
