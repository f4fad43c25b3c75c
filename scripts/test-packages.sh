#!/bin/sh
# Installs the Debian packages on a clean system, runs the example there, and builds a plugin against them. Needs root and
# debootstrap, and packages that cpack has made:
#
#   cpack --config build/release/CPackConfig.cmake -B build/packages
#   scripts/test-packages.sh build/packages [FOLDER]
#
# FOLDER (by default a temporary one) receives the clean system and is removed at the end, unless KEEP is set. The mirror
# is debootstrap's own, or $DEBIAN_MIRROR.
set -eu
packages=$(realpath "${1:?usage: test-packages.sh PACKAGES [FOLDER]}")
root=${2:-$(mktemp -d)}
mkdir -p "$root"

finish() {
  mountpoint -q "$root/proc" && umount "$root/proc"
  [ -n "${KEEP:-}" ] || rm -rf "$root"
}
trap finish EXIT
inside() { chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }

echo "== a clean system"
debootstrap --variant=minbase bookworm "$root" ${DEBIAN_MIRROR:+"$DEBIAN_MIRROR"} > "$root.log" 2>&1 || { tail "$root.log"; exit 1; }
for file in /etc/resolv.conf /etc/apt/apt.conf.d/*proxy*; do
  [ -e "$file" ] && cp "$file" "$root$file"
done
mount -t proc proc "$root/proc"
mkdir "$root/packages"
cp "$packages"/*.deb "$root/packages/"

echo "== install the program"
inside sh -c 'apt-get -qq update && apt-get -qq install --no-install-recommends -y /packages/goldilocks_*.deb > /dev/null'
inside goldilocks --version
inside goldilocks plugins list

echo "== the example"
inside sh -c 'cd /root && goldilocks run /usr/share/doc/goldilocks/examples/pipelines/digits.yaml --output run'

echo "== a gate, and its release"
inside sh -c '
  examples=/usr/share/doc/goldilocks/examples
  export GOLDILOCKS_MODEL=$examples/examples/digits/digits.mlmodel
  export GOLDILOCKS_IMAGES=$examples/examples/digits/test/images.npy
  export GOLDILOCKS_LABELS=$examples/examples/digits/test/labels.npy
  export GOLDILOCKS_RELEASE=/root/release
  cd /root && goldilocks run $examples/pipelines/release.yaml --output gate > /dev/null
  goldilocks verify release && cd release && sha256sum --check SHA256SUMS'

echo "== from Python"
inside sh -c 'apt-get -qq install --no-install-recommends -y /packages/python3-goldilocks_*.deb python3-pil > /dev/null'
inside python3 -c '
import goldilocks
from PIL import Image
digits = "/usr/share/doc/goldilocks/examples/examples/digits/digits.mlmodel"
small = goldilocks.quantize(digits, "kmeans_lut", 4)
print(small.predict({"image": Image.new("L", (8, 8))})["digit"])'

echo "== a plugin, built against the packages"
inside sh -c 'apt-get -qq install --no-install-recommends -y /packages/goldilocks-dev_*.deb cmake g++ make > /dev/null'
inside sh -c '
  cd /root && goldilocks new plugin my_lut && cd my_lut
  cmake -B build > /dev/null && cmake --build build
  goldilocks plugins describe my_lut --plugin-path build'
inside sh -c 'test -e /usr/share/man/man1/goldilocks.1 && test -e /usr/share/bash-completion/completions/goldilocks' || {
  # A minimal system leaves manual pages out of what it installs.
  inside sh -c 'dpkg --contents /packages/goldilocks_*.deb | grep -q man1/goldilocks.1'
}

echo "== removed again"
inside sh -c 'apt-get -qq remove -y python3-goldilocks goldilocks-dev goldilocks > /dev/null && ! command -v goldilocks && ! ls /usr/lib/goldilocks 2> /dev/null'
echo "the packages work on a clean system"
