/*
 * Copyright (c) 2026 The vpnlb Authors
 * SPDX-License-Identifier: EPL-2.0
 */
package org.vpnlb.engine.pipeline;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaConstructorCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import net.jqwik.api.Example;
import net.jqwik.api.Label;
import org.vpnlb.engine.model.ServiceBuilder;
import org.vpnlb.engine.openflow.Action;
import org.vpnlb.engine.openflow.Flow;
import org.vpnlb.engine.openflow.Match;

@Label("The layout")
class LayoutTest {
    private static final JavaClasses ENGINE = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("org.vpnlb.engine");

    private static final JavaClasses PIPELINE = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("org.vpnlb.engine.pipeline");

    private final Layout layout =
            new Layout(7, Numbers.of(List.of(ServiceBuilder.office().build())));

    @Example
    @Label("alone makes cookies and group ids")
    void aloneMakesCookiesAndGroupIds() {
        onlyIn(Cookie.class, Cookie.class, Layout.class).check(ENGINE);
        onlyIn(GroupId.class, GroupId.class, Layout.class).check(ENGINE);
        onlyIn(MeterId.class, MeterId.class, Layout.class).check(ENGINE);
    }

    @Example
    @Label("alone knows the number of a table, so it alone makes the entries of the pipeline")
    void aloneMakesEntries() {
        onlyIn(Flow.class, Layout.class).check(PIPELINE);
        onlyIn(Flow.Key.class, Layout.class).check(PIPELINE);
        onlyIn(Action.Resubmit.class, Layout.class).check(PIPELINE);
    }

    @Example
    @Label("counts the tables from its base")
    void countsFromItsBase() {
        assertThat(layout.id(Table.CLASSIFY)).isEqualTo(7);
        assertThat(layout.id(Table.SWITCH_LEARNED_RETURNS)).isEqualTo(13);
        assertThat(layout.id(Table.SLOTS)).isEqualTo(23);
    }

    @Example
    @Label("makes no entry that leads where its table may not lead")
    void makesNoIllegalGoto() {
        final long cookie = Layout.cookie(Cookie.Kind.CLASSIFY);
        assertThat(layout.toTable(Band.FROM_DEVICE, Match.ALL, cookie, List.of(), Table.LEARNED_SOURCES)
                        .nextTable())
                .isEqualTo(10);
        assertThatThrownBy(() -> layout.toTable(Band.FROM_DEVICE, Match.ALL, cookie, List.of(), Table.RETURN_SESSIONS))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("CLASSIFY");
        assertThatThrownBy(() -> layout.lookUp(Table.RETURN_SESSIONS, Table.SWITCH_LEARNED_CLIENTS))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("RETURN_SESSIONS");
    }

    @Example
    @Label("leaves it to one place to send something to the controller")
    void leavesPuntsToOnePlace() {
        onlyIn(Action.OutputController.class, PuntLength.class).check(PIPELINE);
        onlyIn(Action.CopyToController.class, PuntLength.class).check(PIPELINE);
    }

    private static ArchRule onlyIn(final Class<?> made, final Class<?>... makers) {
        return noClasses()
                .that(describe(
                        "are not the makers", found -> List.of(makers).stream().noneMatch(found::isEquivalentTo)))
                .should()
                .callConstructorWhere(describe(
                        "it makes a " + made.getSimpleName(),
                        (JavaConstructorCall call) ->
                                assignableTo(made).test(call.getTarget().getOwner())));
    }
}
