# Copyright (c) 2026 The vpnlb Authors
# SPDX-License-Identifier: EPL-2.0
# shellcheck shell=bash
#
# To be sourced: `. tools/env.sh` puts the JDK and the Maven of tools/setup.sh into JAVA_HOME and PATH.

_vpnlb_tools="$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)/.tools"
if [[ ! -x $_vpnlb_tools/jdk-21/bin/java || ! -x $_vpnlb_tools/maven/bin/mvn ]]; then
    echo "tools/env.sh: no JDK 21 or no Maven in $_vpnlb_tools: run tools/setup.sh first" >&2
    unset _vpnlb_tools
    return 1
fi
export JAVA_HOME="$_vpnlb_tools/jdk-21"
case ":$PATH:" in
    *":$JAVA_HOME/bin:$_vpnlb_tools/maven/bin:"*) ;;
    *) export PATH="$JAVA_HOME/bin:$_vpnlb_tools/maven/bin:$PATH" ;;
esac
# A MAVEN_HOME of the machine's own Maven would make mvn load that one's libraries.
unset MAVEN_HOME M2_HOME _vpnlb_tools
