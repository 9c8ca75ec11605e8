#!/usr/bin/env bash
# Makes sure that the tools of a task are there: scripts/need.sh run|test|check. As root on Debian it installs what is
# missing; otherwise it says exactly what to install and stops.
set -euo pipefail

missing=()
need() { command -v "$1" >/dev/null 2>&1 || missing+=("$2"); }
need_file() { [ -e "$1" ] || missing+=("$2"); }

command -v go >/dev/null 2>&1 || { echo "Go 1.26 or newer is needed: https://go.dev/dl/" >&2; exit 1; }
need gcc gcc
need node nodejs
need npm npm

if [ "${1:-run}" != run ]; then
  need openssl openssl
  need soffice libreoffice-writer-nogui
  need pdftotext poppler-utils
  need xmllint libxml2-utils
  need docker-compose docker-compose
  need chromium chromium
  need sha256sum coreutils
  need unzip unzip
  need certutil libnss3-tools
  need fc-list fontconfig
  fonts=$(fc-list : family 2>/dev/null || true)
  case "$fonts" in *"Noto Serif CJK"*) ;; *) missing+=(fonts-noto-cjk) ;; esac
  case "$fonts" in *UKai*) ;; *) missing+=(fonts-arphic-ukai) ;; esac
  need_file /usr/share/doc/python3-uno python3-uno
  ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing+=(postgresql)
fi

[ ${#missing[@]} -eq 0 ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "Installing: ${missing[*]}"
  apt-get -o DPkg::Lock::Timeout=300 update -qq
  DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "${missing[@]}"
  exit 0
fi
echo "Missing Debian packages: ${missing[*]}" >&2
echo "Install them with: sudo apt-get install --no-install-recommends ${missing[*]}" >&2
exit 1
