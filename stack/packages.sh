#!/usr/bin/env bash
# Installs those packages of the lists named as arguments that are missing: packages.sh stack/packages.txt …
# Says nothing when nothing is missing. Without root and sudo it says in one line what to run.
set -euo pipefail

die() { echo "souk: $*" >&2; exit 1; }

command -v dpkg-query >/dev/null || die "this is not a Debian system: install what stack/packages.txt lists by hand and run 'make all'"

# Packages of the lists that are neither installed nor made unnecessary by a command.
missing_packages() {
    local package unless
    local -A installed=()
    while read -r package; do installed[$package]=1; done < <(
        dpkg-query -W -f '${db:Status-Abbrev}${Package}\n' | sed -n 's/^ii *//p')
    while read -r package unless _; do
        [[ -z $package || $package == \#* || -n ${installed[$package]:-} ]] && continue
        [[ $unless != - ]] && command -v "$unless" >/dev/null && continue
        echo "$package"
    done < <(cat "$@")
}

as_root=()
need_root() {
    [[ $EUID -eq 0 ]] && return
    if command -v sudo >/dev/null && { [[ -t 0 ]] || sudo -n true 2>/dev/null; }; then
        as_root=(sudo)
        return
    fi
    die "missing packages, and installing them needs root; run as root: apt-get install -y --no-install-recommends ${missing[*]}"
}

# The packages bring services of their own (nginx on port 80, redis on 6379) which souk does not use: they are neither
# started now nor at the next boot, unless they were there before.
install_packages() {
    local policy=/usr/sbin/policy-rc.d log units=() unit
    log=$(mktemp --tmpdir souk-packages.XXXXXX)
    for unit in nginx redis-server sphinxsearch; do
        [[ " ${missing[*]} " == *" $unit "* ]] && units+=("$unit.service")
    done
    if [[ ! -e $policy ]]; then
        "${as_root[@]}" sh -c "printf '#!/bin/sh\nexit 101\n' >$policy && chmod 755 $policy"
        trap '"${as_root[@]}" rm -f /usr/sbin/policy-rc.d' EXIT
    fi
    echo "souk: installing ${missing[*]}"
    compgen -G '/var/lib/apt/lists/*_Packages*' >/dev/null || "${as_root[@]}" apt-get update -qq >>"$log" 2>&1 || true
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "${missing[@]}" >>"$log" 2>&1 </dev/null ||
        die "packages could not be installed ($(grep -m1 '^E:' "$log" || tail -n1 "$log")); try 'apt-get update', all of it: $log"
    if [[ ${#units[@]} -gt 0 && -d /run/systemd/system ]]; then
        "${as_root[@]}" systemctl disable --quiet "${units[@]}" 2>/dev/null || true
    fi
    rm -f "$log"
}

mapfile -t missing < <(missing_packages "$@")
[[ ${#missing[@]} -eq 0 ]] && exit 0
need_root
install_packages
