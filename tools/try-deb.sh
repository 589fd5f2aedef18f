#!/usr/bin/env bash
# Copyright (c) 2026 The vpnlb Authors
# SPDX-License-Identifier: EPL-2.0
#
# Installs the Debian package, starts it as its service does, asks it, upgrades and purges it; as root. All of this happens
# on a copy of this system's files that is in memory, without a network, and vanishes at the end. It takes some minutes.
#
#   tools/try-deb.sh [PACKAGE]     default: the one of the last build

set -euo pipefail

ROOT="$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)"
URL=http://127.0.0.1:8181
UNIT=/usr/lib/systemd/system/vpnlb.service
BOOT_SECONDS=300

fail() {
    echo "try-deb: FAILED: $*" >&2
    [[ ! -r /var/log/vpnlb/karaf.log ]] || tail -n 20 /var/log/vpnlb/karaf.log >&2
    exit 1
}

ok() {
    echo "try-deb: $*"
}

# In namespaces of its own: a writable copy of the system's files, and processes that end with this one.
enter() { # PACKAGE
    exec unshare --mount --net --pid --fork --kill-child --mount-proc bash -c '
        set -e
        ip link set lo up
        place="$(mktemp -d)"
        mount -t tmpfs none "$place"
        mkdir "$place/changed" "$place/work" "$place/root"
        mount -t overlay none -o "lowerdir=/,upperdir=$place/changed,workdir=$place/work" "$place/root"
        for kept in proc dev sys "$3"; do mount --rbind "/$kept" "$place/root/$kept"; done
        # No systemd is to be told of a unit that is not there.
        mount -t tmpfs none "$place/root/run"
        chroot "$place/root" bash "$1" --inside "$2" && status=0 || status=$?
        umount -l "$place"
        rmdir "$place"
        exit $status
    ' - "$ROOT/tools/try-deb.sh" "$1" "$ROOT"
}

status_of() { # USER:PASSWORD PATH: the HTTP status
    curl -s -o /dev/null -w '%{http_code}' -u "$1" "$URL$2" || true
}

start() { # as the unit would: its command, user and rights, and a clean environment
    local command user
    command="$(sed -n 's/^ExecStart=//p' "$UNIT")"
    user="$(sed -n 's/^User=//p' "$UNIT")"
    (umask 027 && exec setpriv --reuid "$user" --regid "$user" --clear-groups --no-new-privs --bounding-set=-all \
        env -i PATH=/usr/bin:/bin "$command" </dev/null >/run/vpnlb.out 2>&1) &
    DAEMON=$!
}

stop() {
    kill "$DAEMON"
    wait "$DAEMON" && status=0 || status=$?
    ((status == 0 || status == 143)) || fail "it ended with status $status"
}

await() { # STATUS: of the configuration
    local end=$((SECONDS + BOOT_SECONDS)) seen
    until seen="$(status_of "admin:$(</etc/vpnlb-admin-password)" '/rests/data/vpnlb:vpn-services?content=config')" \
        && [[ $seen == "$1" ]]; do
        ((SECONDS < end)) || fail "RESTCONF answers $seen and not $1"
        kill -0 "$DAEMON" 2>/dev/null || fail "it has ended: $(tail -n 3 /run/vpnlb.out)"
        sleep 1
    done
}

inside() { # PACKAGE
    local password state='/rests/data/vpnlb:vpn-services-state?content=nonconfig' account seen
    # A Java that is not where Debian has it; and whatever this system has for a dependency.
    printf 'JAVA_HOME=%s\nVPNLB_HEAP=512m\n' "$JAVA_HOME" >/etc/default/vpnlb
    dpkg --install --force-depends --force-confold "$1" >/run/install.out 2>&1 || fail "$(</run/install.out)"
    [[ "$(stat -c '%U %a' /etc/vpnlb-admin-password /etc/vpnlb/users.properties)" == $'root 600\nvpnlb 600' ]] \
        || fail "others can read the passwords: $(ls -l /etc/vpnlb-admin-password /etc/vpnlb/users.properties)"
    password="$(</etc/vpnlb-admin-password)"
    ! grep -qF "$password" /run/install.out || fail "the installation prints the password"
    ok "installed; its passwords are root's and vpnlb's alone"

    start
    await 409
    seen="$(curl -s -o /dev/null -w '%{http_code}' -u "admin:$password" -X PUT -H 'Content-Type: application/json' \
        -d @/usr/share/doc/vpnlb/example-service.json "$URL/rests/data/vpnlb:vpn-services")"
    [[ $seen == 201 ]] || fail "the PUT of a service is answered with $seen"
    until [[ "$(status_of "admin:$password" "$state")" == 200 ]]; do sleep 0.2; done
    for account in admin:admin karaf:karaf admin:karaf nobody:; do
        seen="$(status_of "$account" "$state")"
        [[ $seen == 401 ]] || fail "$account is answered with $seen"
    done
    ok "the state answers 200 with the password of the installation, and 401 without"
    vpnlb-shell vpnlb:status 2>&1 | grep -q '^office ' || fail "vpnlb-shell does not know the service"
    ok "vpnlb-shell answers"
    vpnlb-shell vpnlb:bundle --seconds 1 bundle.zip >/run/bundle.out 2>&1
    python3 -m zipfile -e /var/lib/vpnlb/data/bundle.zip /run/bundle || fail "no bundle: $(</run/bundle.out)"
    grep -q '"office"' /run/bundle/configuration.json && grep -q 'vpnlb: [0-9]' /run/bundle/versions.txt \
        || fail "the bundle lacks what it should have: $(find /run/bundle -type f)"
    for account in "$password" "$(sed -n 's/^karaf = \([^,]*\),.*/\1/p' /etc/vpnlb/users.properties)"; do
        ! grep -rqF -e "$account" /run/bundle || fail "a password is in the bundle"
    done
    ok "a bundle has the service and no password"
    seen="$(ss -Hltn | awk '{print $4}' | grep -vE '127\.0\.0\.1\]?:|:66[35]3$' || true)"
    [[ -z $seen ]] || fail "it listens to the world at $seen"
    ok "only OpenFlow is open to others"
    [[ "$(ps -o user= -p "$DAEMON")" == vpnlb ]] || fail "it runs as another user"
    stop

    echo 'learned-per-second = 500' >>/etc/vpnlb/org.vpnlb.cfg
    dpkg-deb --raw-extract "$1" /run/next
    sed -i 's/^Version: .*/&+next/' /run/next/DEBIAN/control
    dpkg-deb -Znone --build /run/next /run/next.deb >/dev/null
    dpkg --install --force-depends --force-confold /run/next.deb >/run/install.out 2>&1 || fail "$(</run/install.out)"
    [[ "$(</etc/vpnlb-admin-password)" == "$password" ]] || fail "an upgrade makes another password"
    grep -q '^learned-per-second' /etc/vpnlb/org.vpnlb.cfg || fail "an upgrade forgets a setting"
    start
    await 200
    ok "an upgrade keeps the service, the settings and the password"
    stop
    printf 'one of my own\n' | vpnlb-admin-password
    printf 'one of my own\n' >/etc/vpnlb-admin-password
    start
    await 200
    [[ "$(status_of "admin:$password" "$state")" == 401 ]] || fail "the password of before is still good"
    ok "vpnlb-admin-password sets another password"
    stop

    dpkg --purge --force-depends vpnlb >/run/install.out 2>&1 || fail "$(</run/install.out)"
    for account in /etc/vpnlb /var/lib/vpnlb /var/log/vpnlb /usr/share/vpnlb /etc/default/vpnlb; do
        [[ ! -e $account ]] || fail "purging leaves $account"
    done
    ok "purged; nothing is left"
}

if [[ ${1:-} == --inside ]]; then
    inside "$2"
    exit
fi
if ((EUID != 0)); then
    echo "try-deb: run it as root: it makes namespaces" >&2
    exit 1
fi
# shellcheck source=tools/env.sh
. "$ROOT/tools/env.sh"
package="$(realpath -e -- "${1:-$(echo "$ROOT"/deb/target/vpnlb_*_all.deb)}")"
JAVA_HOME="$(realpath -- "$JAVA_HOME")"
export JAVA_HOME
enter "$package"
