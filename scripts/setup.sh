#!/usr/bin/env bash
# Installs the Debian packages that are named in the lists given (scripts/packages.txt by default) and missing here. Does
# nothing, and needs no network and no rights, when all are there.
set -euo pipefail
cd "$(dirname "$0")"

lists=("$@")
[ ${#lists[@]} -gt 0 ] || lists=(packages.txt)

if ! command -v dpkg-query >/dev/null; then
  echo "setup: this is no Debian system; install what is listed in scripts/packages.txt by other means" >&2
  exit 1
fi

for list in "${lists[@]}"; do
  [ -f "$list" ] || { echo "setup: there is no list scripts/$list" >&2; exit 1; }
done

missing=()
while read -r package; do
  status=$(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null || true)
  [ "${status:0:2}" = ii ] || missing+=("$package")
done < <(sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "${lists[@]}")
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "setup: these packages are missing, and there is no sudo to install them with: ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi
echo "setup: installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -q
"${as_root[@]}" apt-get install -q -y --no-install-recommends "${missing[@]}"
