#!/usr/bin/env bash
# Copyright (c) 2026 The vpnlb Authors
# SPDX-License-Identifier: EPL-2.0
#
# Builds vpnlb with the JDK and the Maven of tools/setup.sh.
#
#   tools/build.sh                       the distribution, without tests and checks; nothing if no source has changed
#   tools/build.sh --verify [--no-it]    everything: checks, unit tests, distribution, it-tests

set -euo pipefail
export LC_ALL=C.UTF-8

ROOT="$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)"
STATE="$ROOT/.tools/build"
STAMP="$STATE/stamp"
ASSEMBLY="$ROOT/karaf-distro/target/assembly"
TESTS_RUN='run: ([0-9]+), Failures: ([0-9]+), Errors: ([0-9]+), Skipped: ([0-9]+), Time elapsed: ([0-9.]+ s).* in (.*)$'
OFFLINE='^\[(ERROR|WARNING)\].*(offline|has not been downloaded from it before)'
PATIENCE=20    # seconds of silence before a download is reported

say() {
    printf 'build: %s\n' "$*"
}

die() {
    printf 'build: FAILED: %s\n' "$*" >&2
    exit 1
}

fingerprint() { # of the distribution's sources and of our files in it, which may have been built by hand
    (
        cd -- "$ROOT"
        find pom.xml api impl app features karaf-distro \
            \( -name target -o -path '*/src/test' -o -name '.*' \) -prune -o -type f -print0
        find "$ASSEMBLY/etc" "$ASSEMBLY/system/org/vpnlb" -type f -print0
    ) | sort -z | (cd -- "$ROOT" && xargs -0 sha256sum) | sha256sum
}

is_built() {
    [[ -x $ASSEMBLY/bin/karaf && -r $STAMP && "$(<"$STAMP")" == "$(fingerprint)" ]]
}

progress() { # condenses Maven's output for a person who waits
    local line downloads=0 told=$SECONDS
    while IFS= read -r line; do
        case $line in
            '[INFO] Building vpnlb'*)
                [[ $line =~ ^\[INFO\]\ Building\ (.*[^\ ])\ +[^\ ]+\ +(\[[0-9/]+\])$ ]] || continue
                say "${BASH_REMATCH[2]} ${BASH_REMATCH[1]}"
                ;;
            '[INFO] Running org.vpnlb.'*)
                say "    ${line#'[INFO] '} ..."
                ;;
            *'Tests run: '*' in org.vpnlb.'*)
                [[ $line =~ $TESTS_RUN ]] || continue
                say "    ${BASH_REMATCH[6]}: ${BASH_REMATCH[1]} run," \
                    "$((BASH_REMATCH[2] + BASH_REMATCH[3])) failed, ${BASH_REMATCH[4]} skipped, ${BASH_REMATCH[5]}"
                ;;
            *'Downloaded from '*)
                downloads=$((downloads + 1))
                ((SECONDS - told >= PATIENCE)) || continue
                say "    $downloads files downloaded"
                ;;
            *) continue ;;
        esac
        told=$SECONDS
    done
}

# The path of the tree for Maven. Karaf's build does not escape paths in URLs, so a tree with a blank in its path is built
# through a symbolic link without one.
build_root() {
    local link plain='^[[:alnum:]/._+,@~-]+$'
    if [[ $ROOT =~ $plain ]]; then
        echo "$ROOT"
        return
    fi
    link="${HOME:?}/.cache/vpnlb/$(printf '%s' "$ROOT" | sha256sum | cut -c 1-16)"
    [[ $link =~ $plain ]] || die "Karaf's build cannot handle a blank in the path, and both $ROOT and $HOME have one"
    mkdir -p -- "${link%/*}"
    ln -sfn -- "$ROOT" "$link"
    echo "$link"
}

# YANG's code generator keeps state in target. It fails for good on state from another place or from a killed build.
clear_unknown_targets() { # PLACE
    local targets
    [[ ! -r $STATE/place || "$(<"$STATE/place")" != "$1" ]] || return 0
    mapfile -d '' -t targets < <(find "$ROOT" -path "$ROOT/.*" -prune -o -path '*/target' -prune -o -name pom.xml \
        -execdir test -e target \; -printf '%h/target\0')
    ((${#targets[@]})) || return 0
    say "the last build ran in another place or did not finish: building everything again"
    rm -rf -- "${targets[@]}"
}

maven() { # LOG ARGUMENTS...
    local log="$1" status
    shift
    mvn -B -Dstyle.color=never -f "$PLACE/pom.xml" "$@" </dev/null 2>&1 8>&- | tee -- "$log" | progress \
        && status=0 || status=$?
    return "$status"
}

build() { # NAME ARGUMENTS...
    local log="$STATE/$1.log" fetched="$STATE/$1.fetched" status=1
    shift
    PLACE="$(build_root)"
    rm -f -- "$STAMP"
    clear_unknown_targets "$PLACE"
    rm -f -- "$STATE/place"
    # After the first build everything is in the local repository, so the build works offline.
    if [[ -e $fetched ]]; then
        maven "$log" -o "$@" && status=0
        if ((status != 0)) && grep -qE "$OFFLINE" "$log"; then
            say "something new must be downloaded: trying again online"
            rm -f -- "$fetched"
            maven "$log" "$@" && status=0
        fi
    else
        maven "$log" "$@" && status=0
    fi
    grep -q 'reconcile generation outputs' "$log" || printf '%s\n' "$PLACE" >"$STATE/place"
    if ((status != 0)); then
        # Each error once, without Maven's advice.
        { grep '^\[ERROR\]' "$log" || tail -n 40 -- "$log"; } \
            | awk '!seen[$0]++; /-> \[Help [0-9]+\]$/ { exit }' | head -n 40 >&2
        die "the whole output is in $log"
    fi
    : >"$fetched"
    fingerprint >"$STAMP"
}

main() {
    local verify="" no_it=""
    while (($#)); do
        case $1 in
            --verify) verify=yes ;;
            --no-it) no_it=yes ;;
            *)
                sed -n 's/^#   \(tools.*\)/Usage: \1/p' "${BASH_SOURCE[0]}" >&2
                exit 2
                ;;
        esac
        shift
    done
    # shellcheck source=tools/env.sh
    . "$ROOT/tools/env.sh"
    mkdir -p "$STATE"
    exec 8>"$STATE/lock"
    flock -n 8 || { say "waiting for another build of this tree" && flock 8; }

    if [[ -n $verify ]]; then
        find "$ROOT" -path "$ROOT/.*" -prune -o -type d \( -name surefire-reports -o -name failsafe-reports \) \
            -path '*/target/*' -prune -exec rm -rf -- {} +
        say "everything, with its tests (log: $STATE/verify.log)$(first_time verify)"
        build verify verify ${no_it:+-DskipITs}
    elif is_built; then
        say "the distribution is up to date"
    else
        say "the distribution (log: $STATE/distribution.log)$(first_time distribution)"
        build distribution -Pq -Dmaven.test.skip package -pl karaf-distro -am
    fi
}

first_time() { # NAME
    [[ -e $STATE/$1.fetched ]] || echo "; the first time it takes some minutes and downloads some 400 MB"
}

main "$@"
