#!/usr/bin/env bash
# Copyright (c) 2026 The vpnlb Authors
# SPDX-License-Identifier: EPL-2.0
#
# Gets what the build and the lab of vpnlb need: the lab's packages by apt, a JDK 21, a Maven.
# It changes nothing that is already there. When everything is there, it needs neither root nor a network.
#
#   tools/setup.sh [--build-only | --vpns | --test | --bench]
#                                                --build-only: only the JDK and Maven, not what the lab needs
#                                                --vpns: other VPN software than strongSwan as well
#                                                --test: that, a browser and Prometheus' promtool as well
#                                                --bench: those of the benchmark as well

set -euo pipefail
export LC_ALL=C.UTF-8 PATH="$PATH:/usr/sbin:/sbin"

ROOT="$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)"
TOOLS="$ROOT/.tools"
LOG="$TOOLS/setup.log"
QUIET="$TOOLS/keep-off"    # units that an installation may have enabled, also one that did not come to its end

JDK_MAJOR=21
MAVEN_VERSION=3.9.16       # fetched where the machine's own is older than MAVEN_OLDEST
MAVEN_OLDEST=3.9.5         # what odlparent's enforcer wants
DEPENDENCY_PLUGIN=org.apache.maven.plugins:maven-dependency-plugin:3.8.1
LATER_DEBIAN=trixie        # an older Debian takes that release's JDK 21 and strongSwan 6, beside its own libraries
APT_PATIENCE=900           # seconds to wait for another apt on this machine
CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt
POLICY=/usr/sbin/policy-rc.d
POLICY_MARK="made by vpnlb's tools/setup.sh"

# What the lab runs: package, and the command or file that shows it to be there where no package of that name is.
LAB=(
    "openvswitch-common     ovs-ofctl"
    "openvswitch-switch     ovs-vswitchd"
    "mininet                mnexec"
    "charon-systemd         charon-systemd"
    "strongswan-swanctl     swanctl"
    "libcharon-extra-plugins    /usr/lib/ipsec/plugins/libstrongswan-kernel-libipsec.so"
    "libstrongswan-standard-plugins /usr/lib/ipsec/plugins/libstrongswan-openssl.so"
    "python3                /usr/bin/python3"
    "iproute2               ip"
    "iputils-ping           ping"
    "ethtool                ethtool"
    "tcpdump                tcpdump"
    "curl                   curl"
    "util-linux             unshare"
    "procps                 ps"
)
# Other VPN software than strongSwan, and what makes its certificates.
VPNS=(
    "openvpn                openvpn"
    "wireguard-go           wireguard-go"
    "wireguard-tools        wg"
    "ocserv                 ocserv"
    "openconnect            openconnect"
    "openssl                openssl"
)
# strongSwan with native ESP, where the machine's is older than that.
STRONGSWAN=(charon-systemd strongswan-swanctl libcharon-extra-plugins libstrongswan-standard-plugins)
STRONGSWAN_WITH_ESP=6
# What the tests need beside that, where apt has it. Ubuntu's is a snap, which does not run in the lab's namespaces.
BROWSER="chromium chromium"
# What the benchmark needs beside that.
BENCH=(
    "gcc                    gcc"
    "libc6-dev              /usr/include/linux/if_packet.h"
    "openvswitch-testcontroller ovs-testcontroller"
    "python3-os-ken         osken-manager"
    "python3-matplotlib     /usr/lib/python3/dist-packages/matplotlib/__init__.py"
)
# Packages that start a daemon, and its unit.
DAEMONS=(
    "openvswitch-switch openvswitch-switch"
    "charon-systemd strongswan"
    "openvpn openvpn"
    "ocserv ocserv"
    "openvswitch-testcontroller openvswitch-testcontroller"
)

STEPS=3
STEP=0
STEP_NAME=""
SCRATCH=""

step() { # NAME: begins the next step
    STEP=$((STEP + 1))
    STEP_NAME="$1"
}

say() { # TEXT: one line about the step that runs
    printf 'set-up [%d/%d] %s: %s\n' "$STEP" "$STEPS" "$STEP_NAME" "$*"
}

die() { # TEXT...: one line each, then the end
    printf 'set-up [%d/%d] %s: FAILED: %s\n' "$STEP" "$STEPS" "${STEP_NAME:-checks}" "$1" >&2
    shift
    (($#)) && printf '    %s\n' "$@" >&2
    exit 1
}

die_with_log() { # TEXT...: like die, with the end of what the failed command said
    { echo "--- end of $LOG:"; tail -n 15 -- "$LOG"; echo "---"; } >&2
    die "$@"
}

clean_up() {
    if [[ -n $SCRATCH ]]; then rm -rf -- "$SCRATCH"; fi
    remove_policy
}

logged() { # COMMAND...: runs it with its output in the log; the lock is not for it to hold
    printf '\n$ %s\n' "$*" >>"$LOG"
    "$@" >>"$LOG" 2>&1 </dev/null 9>&-
}

version_at_least() { # HAVE WANT
    [[ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" == "$2" ]]
}

# ---------------------------------------------------------------------------------------------------------------- apt

need_root_and_apt() { # WHAT-IS-MISSING BY-HAND
    { command -v apt-get && command -v dpkg; } >/dev/null \
        || die "this machine has no apt-get, and lacks: $1" "$2, then run this again."
    ((EUID == 0)) || die "only root can install: $1" "Run it as root (for example with sudo)."
}

apt_logged() { # COMMAND...: an apt or dpkg command, waited for while another one holds the lock
    local deadline=$((SECONDS + APT_PATIENCE)) said="" repaired="" from
    while true; do
        from=$(($(stat -c %s -- "$LOG") + 1))
        logged env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 "$@" && return 0
        if tail -c "+$from" -- "$LOG" | grep -qiE 'could not get lock|unable to (acquire|lock)'; then
            ((SECONDS < deadline)) || return 1
            [[ -n $said ]] || say "waiting for another apt on this machine (at most $((APT_PATIENCE / 60)) min)"
            said=yes
            sleep 3
        elif [[ -z $repaired ]] && tail -c "+$from" -- "$LOG" | grep -q 'dpkg --configure -a'; then
            repaired=yes
            say "finishing an installation that was interrupted (dpkg --configure -a)"
            logged env DEBIAN_FRONTEND=noninteractive dpkg --configure -a || return 1
        else
            return 1
        fi
    done
}

APT_UPDATED=""
apt_update_once() {
    [[ -z $APT_UPDATED ]] || return 0
    # A source of the machine that cannot be read is no reason to stop: what counts is whether the packages come.
    apt_logged apt-get update || say "apt-get update reported errors (see $LOG); continuing"
    APT_UPDATED=yes
}

apt_has() { # PACKAGE
    local candidate
    candidate="$(apt-cache policy "$1" 2>/dev/null | sed -n 's/^  Candidate: //p')"
    [[ -n $candidate && $candidate != "(none)" ]]
}

make_policy() { # the daemons are for the lab's own namespaces: installing them must not start them on the machine
    if [[ -e $POLICY ]] && { ! grep -qF "$POLICY_MARK" "$POLICY" || policy_of_another; }; then return 0; fi
    # It holds only while this process lives, so a copy that outlives a kill -9 does no harm.
    printf '#!/bin/sh\n# %s, which installs\nkill -0 %d 2>/dev/null && exit 101\nexit 0\n' "$POLICY_MARK" $$ >"$POLICY"
    chmod 755 "$POLICY"
}

remove_policy() {
    if [[ -w $POLICY ]] && grep -qF "$POLICY_MARK" "$POLICY" && ! policy_of_another; then rm -f "$POLICY"; fi
}

policy_of_another() { # whether the policy is one of another set-up that runs now
    local pid
    pid="$(sed -n 's/^kill -0 \([0-9]*\) .*/\1/p' "$POLICY")"
    [[ -n $pid && $pid != "$$" ]] && kill -0 "$pid" 2>/dev/null
}

apt_install() { # PACKAGE...
    local package unit line absent=()
    apt_update_once
    for package in "$@"; do
        apt_has "$package" || absent+=("$package")
    done
    ((${#absent[@]} == 0)) || die_with_log "apt has no package: ${absent[*]}" \
        "Is there a network? On Ubuntu these need the component 'universe'."
    for line in "${DAEMONS[@]}"; do
        read -r package unit <<<"$line"
        if [[ " $* " == *" $package "* && "$(package_status "$package")" == absent ]]; then echo "$unit" >>"$QUIET"; fi
    done
    [[ ! -e $QUIET ]] || make_policy
    if ! apt_logged apt-get install -y --no-install-recommends --no-remove "$@"; then
        for package in "$@"; do
            [[ "$(package_status "$package")" == installed ]] || absent+=("$package")
        done
        die_with_log "apt could not install: ${absent[*]:-all of it}" "Is there a network? The whole output: $LOG"
    fi
    remove_policy
    keep_off
}

keep_off() { # nor are they to start at the next boot
    local unit
    [[ -e $QUIET ]] || return 0
    sort -u -- "$QUIET" | while read -r unit; do
        if command -v systemctl >/dev/null; then
            logged systemctl disable "$unit.service" || true
        elif [[ -e /etc/init.d/$unit ]]; then
            logged update-rc.d "$unit" disable || true
        fi
    done
    rm -f -- "$QUIET"
}

package_status() { # PACKAGE: installed, broken (an installation did not end) or absent
    local status
    status="$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" || status=not-installed
    case $status in
        installed | triggers-pending | triggers-awaited) echo installed ;;
        not-installed | config-files) echo absent ;;
        *) echo broken ;;
    esac
}

is_there() { # PACKAGE PROBE
    case "$(package_status "$1")" in
        installed) return 0 ;;
        broken) return 1 ;;
    esac
    if [[ $2 == /* ]]; then [[ -e $2 ]]; else command -v "$2" >/dev/null; fi
}

install_missing() { # "PACKAGE PROBE"...
    local line package probe missing=()
    for line in "$@"; do
        read -r package probe <<<"$line"
        is_there "$package" "$probe" || missing+=("$package")
    done
    if ((${#missing[@]} == 0)); then
        ((EUID != 0)) || keep_off
        say "already installed"
        return
    fi
    need_root_and_apt "${missing[*]}" "Install the contents of these Debian packages by hand"
    say "installing ${#missing[@]} of $#: ${missing[*]}"
    apt_install "${missing[@]}"
}

add_browser() {
    local package probe
    read -r package probe <<<"$BROWSER"
    if ! is_there "$package" "$probe" && ((EUID == 0)) && command -v apt-get >/dev/null; then
        apt_update_once
        if ! apt_has "$package"; then
            say "apt has no $package: the tests of the web page are skipped"
            return
        fi
    fi
    LAB+=("$BROWSER")
}

# ---------------------------------------------------------------------------------------------------------------- JDK

jdk_version() { # HOME: its version, when it is a JDK of the right release that runs
    [[ -x $1/bin/javac && -r $1/release ]] || return 1
    grep -q "^JAVA_VERSION=\"${JDK_MAJOR}[\".]" "$1/release" || return 1
    "$1/bin/java" -version >/dev/null 2>&1 9>&- || return 1
    sed -n 's/^JAVA_VERSION="\(.*\)"/\1/p' "$1/release"
}

find_jdk() { # prints the home of a JDK that the machine has
    local home javac
    javac="$(readlink -f "$(command -v javac)" 2>/dev/null)" || javac=""
    for home in "${JAVA_HOME:-}" "${javac%/bin/javac}" /usr/lib/jvm/* /opt/*jdk*; do
        if [[ -n $home ]] && jdk_version "$home" >/dev/null; then
            echo "$home"
            return 0
        fi
    done
    return 1
}

set_up_jdk() {
    local home version package="openjdk-$JDK_MAJOR-jdk-headless" unpacked="$TOOLS/debian-$LATER_DEBIAN"
    if version="$(jdk_version "$TOOLS/jdk-$JDK_MAJOR")"; then
        if [[ -e $unpacked/cacerts && $unpacked/cacerts -ot $CA_BUNDLE ]]; then make_cacerts "$unpacked"; fi
        say "already there ($version)"
        return
    fi
    if ! home="$(find_jdk)"; then
        need_root_and_apt "a JDK $JDK_MAJOR" "Install a JDK $JDK_MAJOR by hand and set JAVA_HOME to it"
        apt_update_once
        if apt_has "$package"; then
            say "installing $package"
            apt_install "$package"
            home="$(find_jdk)" || die "$package is installed, but no JDK $JDK_MAJOR runs from /usr/lib/jvm"
        else
            home="$unpacked/jdk"
            unpack_debian_jdk "$unpacked"
        fi
    fi
    version="$(jdk_version "$home")" || die_with_log "the JDK in $home does not run"
    ln -sfn -- "$home" "$TOOLS/jdk-$JDK_MAJOR"
    say "$version in $home"
}

# A JDK of a later Debian than the machine's, with that Debian's C library, in a directory of its own: the machine's
# libraries stay as they are.
unpack_debian_jdk() { # DIRECTORY
    local tree="$1" debs="$SCRATCH/jdk" home loader libs file deb packages
    packages=("openjdk-$JDK_MAJOR-jdk-headless" "openjdk-$JDK_MAJOR-jre-headless"
        libc6 libgcc-s1 libstdc++6 zlib1g patchelf)
    later_debian \
        || die_with_log "apt has no openjdk-$JDK_MAJOR, and no Debian source from which to take a later release's" \
        "Install a JDK $JDK_MAJOR by hand and set JAVA_HOME to it, then run this again."
    say "this release has none: fetching Debian $LATER_DEBIAN's into $tree (100 MB)"
    mkdir -p "$debs"
    (cd "$debs" && apt_logged "${LATER_APT[@]}" download "${packages[@]}") || die_with_log "cannot fetch: ${packages[*]}"

    rm -rf -- "$tree"
    mkdir -p "$tree"
    for deb in "$debs"/*.deb; do
        logged dpkg -x "$deb" "$tree" || die_with_log "cannot unpack $deb"
    done
    repoint_links "$tree"
    home="$(echo "$tree"/usr/lib/jvm/java-"$JDK_MAJOR"-openjdk-*)"
    loader="$(echo "$tree"/usr/lib/*/ld-linux-*.so.*)"
    libs="$(dirname -- "$loader")"
    [[ -d $home && -x $loader ]] || die "the packages of Debian $LATER_DEBIAN have an unexpected layout"
    for file in "$home"/bin/* "$home/lib/jspawnhelper"; do
        [[ -f $file && ! -L $file ]] || continue
        # patchelf is of the later Debian too, so it runs with that one's loader.
        logged "$loader" --library-path "$libs" "$tree/usr/bin/patchelf" \
            --set-interpreter "$loader" --force-rpath --set-rpath "\$ORIGIN/../lib:$libs" "$file" \
            || die_with_log "patchelf failed on $file"
    done
    ln -sfn -- ../../../../../../cacerts "$home/lib/security/cacerts"
    ln -sfn -- "${home#"$tree/"}" "$tree/jdk"
    make_cacerts "$tree"
}

make_cacerts() { # DIRECTORY: of an unpacked JDK, which is to trust whom the machine trusts
    logged "$1/jdk/bin/java" "$ROOT/tools/CaCerts.java" "$CA_BUNDLE" "$SCRATCH/cacerts" \
        || die_with_log "the JDK in $1 does not run, or cannot read $CA_BUNDLE"
    mv -f -- "$SCRATCH/cacerts" "$1/cacerts"
}

LATER_APT=()
later_debian() { # makes LATER_APT, an apt-get of the later Debian that changes nothing; false where apt has no Debian
    local private="$SCRATCH/apt"
    ((${#LATER_APT[@]} == 0)) || return 0
    mkdir -p "$private/lists/partial" "$private/cache/archives/partial"
    later_debian_sources >"$private/sources.list"
    [[ -s $private/sources.list ]] || return 1
    is_there ca-certificates "$CA_BUNDLE" || apt_install ca-certificates
    : >"$private/status"
    LATER_APT=(apt-get -o Dir::Etc::SourceList="$private/sources.list" -o Dir::Etc::SourceParts=/dev/null
        -o Dir::Etc::Preferences=/dev/null -o Dir::Etc::PreferencesParts=/dev/null -o APT::Default-Release=
        -o Dir::State::Lists="$private/lists" -o Dir::Cache="$private/cache" -o APT::Sandbox::User=root
        -o Dir::State::status="$private/status")
    apt_logged "${LATER_APT[@]}" update || die_with_log "cannot read the package lists of Debian $LATER_DEBIAN"
}

later_debian_sources() { # the machine's own sources of Debian, with the release replaced
    local label uri suite option=""
    [[ ! -r /usr/share/keyrings/debian-archive-keyring.gpg ]] \
        || option="[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] "
    # shellcheck disable=SC2016    # the fields are for apt to fill in
    apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(COMPONENT)|$(REPO_URI)' 'Created-By: Packages' 2>>"$LOG" \
        | sed -n 's/^Debian|\(.*\)|main|\(.*\)$/\1 \2/p' | sort -u \
        | while read -r label uri; do
            case $label in
                Debian) suite="$LATER_DEBIAN" ;;
                Debian-Security) suite="$LATER_DEBIAN-security" ;;
                *) continue ;;
            esac
            echo "deb $option$uri $suite main"
        done
}

repoint_links() { # TREE: symbolic links to places that the tree itself holds lead there
    local link target
    while IFS= read -r -d '' link; do
        target="$(readlink -- "$link")"
        if [[ -e $1$target || -L $1$target ]]; then ln -sfn -- "$1$target" "$link"; fi
    done < <(find "$1" -type l -lname '/*' -print0)
}

# -------------------------------------------------------------------------------------------------------------- Maven

maven_version() { # MVN: the version that it says it has
    JAVA_HOME="$TOOLS/jdk-$JDK_MAJOR" "$1" -B -v 2>/dev/null 9>&- | sed -n 's/^.*Apache Maven \([0-9.]*[0-9]\).*/\1/p'
}

set_up_maven() {
    local version home mvn
    if [[ -x $TOOLS/maven/bin/mvn ]] && version="$(maven_version "$TOOLS/maven/bin/mvn")" && [[ -n $version ]]; then
        say "already there ($version)"
        return
    fi
    if mvn="$(command -v mvn)" && version="$(maven_version "$mvn")" && [[ -n $version ]]; then
        home="$(JAVA_HOME="$TOOLS/jdk-$JDK_MAJOR" "$mvn" -B -v | sed -n 's/^Maven home: //p')"
        if version_at_least "$version" "$MAVEN_OLDEST" && [[ -x $home/bin/mvn ]]; then
            ln -sfn -- "$home" "$TOOLS/maven"
            say "$version in $home"
            return
        fi
    else
        need_root_and_apt "Maven" "Install Maven $MAVEN_OLDEST or later by hand"
        say "fetching the distribution's Maven, to fetch a newer one with"
        unpack_debian_maven "$SCRATCH/maven"
        mvn="$SCRATCH/maven/usr/share/maven/bin/mvn"
    fi
    say "fetching $MAVEN_VERSION by its coordinates"
    # From a directory without a pom.xml, so that the project's own is not read by the old one.
    (cd "$SCRATCH" \
        && JAVA_HOME="$TOOLS/jdk-$JDK_MAJOR" logged "$mvn" -B -Dstyle.color=never "$DEPENDENCY_PLUGIN:unpack" \
        -Dartifact="org.apache.maven:apache-maven:$MAVEN_VERSION:tar.gz:bin" -DoutputDirectory="$SCRATCH/apache") \
        || die_with_log "cannot fetch Maven $MAVEN_VERSION" \
            "Is there a network? Or install Maven $MAVEN_OLDEST or later by hand, then run this again."
    rm -rf -- "$TOOLS/apache-maven-$MAVEN_VERSION"
    mv -- "$SCRATCH/apache/apache-maven-$MAVEN_VERSION" "$TOOLS/"
    ln -sfn -- "apache-maven-$MAVEN_VERSION" "$TOOLS/maven"
    say "$(maven_version "$TOOLS/maven/bin/mvn") in $TOOLS/apache-maven-$MAVEN_VERSION"
}

# The distribution's Maven without installing it: the package wants a JRE of its own, and it is used only once.
unpack_debian_maven() { # DIRECTORY
    local packages deb
    apt_update_once
    apt_has maven || die_with_log "apt has no package: maven" "On Ubuntu it needs the component 'universe'."
    mapfile -t packages < <(apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks \
        --no-replaces --no-enhances maven | grep -E '^(maven|lib[^:<>]*-java)$' | sort -u)
    mkdir -p "$1/debs"
    (cd "$1/debs" && apt_logged apt-get -o APT::Sandbox::User=root download "${packages[@]}") \
        || die_with_log "cannot fetch: ${packages[*]}"
    for deb in "$1"/debs/*.deb; do
        logged dpkg -x "$deb" "$1" || die_with_log "cannot unpack $deb"
    done
    repoint_links "$1"
}

# --------------------------------------------------------------------------------------------------------- strongSwan

set_up_native_esp() { # what has ESP as an IP protocol of its own in userspace, in a directory: the lab calls it by chroot
    local tree="$TOOLS/debian-$LATER_DEBIAN-strongswan" installed deb directory
    installed="$(dpkg-query -W -f '${Version}' charon-systemd 2>/dev/null)" || installed=0
    if version_at_least "$installed" "$STRONGSWAN_WITH_ESP"; then
        say "the machine's ($installed)"
        return
    fi
    if [[ -e $tree/complete ]]; then
        say "already there"
        return
    fi
    need_root_and_apt "strongSwan $STRONGSWAN_WITH_ESP" "Install it by hand"
    apt_update_once
    if ! later_debian; then
        say "apt has no Debian from which to take $STRONGSWAN_WITH_ESP: the tests of native ESP are skipped"
        return
    fi
    say "fetching Debian $LATER_DEBIAN's into $tree (10 MB)"
    apt_logged "${LATER_APT[@]}" install -y --download-only --no-install-recommends "${STRONGSWAN[@]}" \
        || die_with_log "cannot fetch: ${STRONGSWAN[*]}"
    rm -rf -- "$tree"
    mkdir -p "$tree"/{dev,proc,run}
    for deb in "$SCRATCH"/apt/cache/archives/*.deb; do
        logged dpkg -x "$deb" "$tree" || die_with_log "cannot unpack $deb"
    done
    # Its loader is called by a path that only an installation makes.
    for directory in lib lib64; do
        [[ -e $tree/$directory ]] || ln -s "usr/$directory" "$tree/$directory"
    done
    touch "$tree/complete"
}

# ----------------------------------------------------------------------------------------------------------- promtool

set_up_promtool() { # the checker alone, out of its package: the machine is not to become a Prometheus server
    if [[ -x $TOOLS/promtool ]]; then
        say "already there"
        return
    fi
    if command -v promtool >/dev/null; then
        ln -sfn -- "$(command -v promtool)" "$TOOLS/promtool"
        say "$(command -v promtool)"
        return
    fi
    need_root_and_apt "promtool" "Install Prometheus by hand"
    apt_update_once
    apt_has prometheus || die_with_log "apt has no package: prometheus" "On Ubuntu it needs the component 'universe'."
    say "unpacking it from the package prometheus (20 MB)"
    mkdir -p "$SCRATCH/prometheus"
    (cd "$SCRATCH/prometheus" && apt_logged apt-get -o APT::Sandbox::User=root download prometheus) \
        || die_with_log "cannot fetch: prometheus"
    logged dpkg -x "$SCRATCH"/prometheus/*.deb "$SCRATCH/prometheus" || die_with_log "cannot unpack prometheus"
    mv -f -- "$SCRATCH/prometheus/usr/bin/promtool" "$TOOLS/promtool"
    say "$("$TOOLS/promtool" --version 2>&1 | sed -n '1s/^promtool, version \([^ ]*\).*/\1/p')"
}

# --------------------------------------------------------------------------------------------------------------- main

check_machine() {
    [[ "$(uname -s)" == Linux ]] || die "this is $(uname -s): vpnlb builds and runs on Linux only"
    case "$(uname -m)" in
        x86_64 | aarch64) ;;
        *) die "this is a $(uname -m): vpnlb is known to run on x86_64 and aarch64" ;;
    esac
    [[ $ROOT != *:* ]] || die "the path $ROOT contains a colon, which neither PATH nor Java can handle"
}

main() {
    local lab=yes vpns="" tests=""
    case "${1:-}" in
        "") ;;
        --build-only) lab="" STEPS=2 ;;
        --vpns) vpns=yes STEPS=4 ;;
        --test) tests=yes vpns=yes STEPS=5 ;;
        --bench) LAB+=("${BENCH[@]}") ;;
        *)
            sed -n 's/^#   \(tools.*\)/Usage: \1/p' "${BASH_SOURCE[0]}" >&2
            exit 2
            ;;
    esac
    check_machine
    mkdir -p "$TOOLS" || die "$TOOLS cannot be made"
    [[ -w $TOOLS ]] || die "$TOOLS cannot be written"
    exec 9>"$TOOLS/setup.lock"
    flock -n 9 || { echo "set-up: waiting for another set-up of this tree" && flock 9; }
    : >"$LOG"
    trap clean_up EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    rm -rf -- "$TOOLS"/scratch.*
    SCRATCH="$(mktemp -d "$TOOLS/scratch.XXXXXX")"

    if [[ -n $lab ]]; then
        step "packages of the lab"
        if [[ -n $vpns ]]; then LAB+=("${VPNS[@]}"); fi
        if [[ -n $tests ]]; then add_browser; fi
        install_missing "${LAB[@]}"
    fi
    if [[ -n $vpns ]]; then
        step "strongSwan with native ESP"
        set_up_native_esp
    fi
    step "JDK $JDK_MAJOR"
    set_up_jdk
    step "Maven"
    set_up_maven
    if [[ -n $tests ]]; then
        step "promtool"
        set_up_promtool
    fi
}

main "$@"
