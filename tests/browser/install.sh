#!/bin/sh
# Debian's Chromium and a Chinese font for the browser tests, where they are missing. Needs root, or says what to install.
set -eu
missing=""
command -v chromium > /dev/null || missing="chromium"
fc-list :lang=zh 2> /dev/null | grep -q . || missing="$missing fonts-wqy-microhei"
[ -n "$missing" ] || exit 0
if [ "$(id -u)" -ne 0 ]; then
    echo "The browser tests need these packages: apt-get install --no-install-recommends $missing" >&2
    exit 1
fi
apt-get update --quiet
# shellcheck disable=SC2086
DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends $missing
