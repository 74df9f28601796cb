#!/bin/sh
# Installs the Debian packages it is given where they are missing; without root it names them and fails.
set -eu

missing=""
for package in "$@"; do
    case "$package" in
        chromium | git | npm) command -v "$package" >/dev/null 2>&1 && continue ;;
        nodejs) command -v node >/dev/null 2>&1 && continue ;;
        python3-venv) "${PYTHON:-python3.11}" -c 'import ensurepip, venv' >/dev/null 2>&1 && continue ;;
    esac
    if command -v dpkg-query >/dev/null 2>&1; then
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' && continue
    fi
    missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "system packages are missing; as root: apt-get install$missing" >&2
    exit 1
fi
echo "==> installing system packages:$missing"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086
apt-get install -y -qq --no-install-recommends $missing >/dev/null
