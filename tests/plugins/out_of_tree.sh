#!/usr/bin/env bash
# Plugins as others make them: installs the built tree into a fresh prefix, moves the prefix (it must not know where it
# was), builds the new-plugin template and the examples against it by find_package(), and runs all of them in a sweep.
# Usage: out_of_tree.sh CMAKE BUILD_FOLDER SOURCE_FOLDER
set -euo pipefail
cmake=$1
build=$2
source=$3

work=$(mktemp -d "${TMPDIR:-/tmp}/goldilocks-out-of-tree-XXXXXX")
trap 'rm -rf "$work"' EXIT
export XDG_CACHE_HOME="$work/cache"
unset GOLDILOCKS_PLUGIN_PATH GOLDILOCKS_STORE

fail() {
  echo "out_of_tree.sh: $*" >&2
  exit 1
}

"$cmake" --install "$build" --prefix "$work/first" > "$work/install.log"
mv "$work/first" "$work/prefix"
program="$work/prefix/bin/goldilocks"
# Nothing of the package may lead back into the tree.
if grep -rlF "$build" "$work/prefix/lib/cmake" "$work/prefix/share" "$work/prefix/include"; then
  fail "these installed files name the build folder"
fi

cd "$work"
"$program" new plugin quantile_lut
examples=(minimal_c log_lut weighted_lut fast_relu)
cp -r "${examples[@]/#/$source/examples/plugins/}" "$source/examples/library" .
# A bundled plugin is no different: moved out of the tree, it makes the same bytes.
cp -r "$source/plugins/quantizers/linear" linear
mv linear/CMakeLists.txt linear/plugin.cmake
cat > linear/CMakeLists.txt << 'EOF'
cmake_minimum_required(VERSION 3.25)
project(linear LANGUAGES CXX)
find_package(Goldilocks REQUIRED)
include(plugin.cmake)
EOF
for project in quantile_lut "${examples[@]}" linear library; do
  "$cmake" -S "$project" -B "$project/build" -DCMAKE_PREFIX_PATH="$work/prefix" -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_C_FLAGS="-Wall -Wextra -Wpedantic -Werror" -DCMAKE_CXX_FLAGS="-Wall -Wextra -Wpedantic -Werror" \
    > "$project.log" || { cat "$project.log"; fail "$project was not configured"; }
  "$cmake" --build "$project/build" >> "$project.log" || { cat "$project.log"; fail "$project was not built"; }
done

# A plugin exports its entry point and nothing else.
for library in */build/goldilocks-*.so; do
  exported=$(nm -D --defined-only "$library" | awk '{print $3}')
  [ "$exported" = goldilocks_plugin ] || fail "$library exports: $exported"
done

places=(--plugin-path quantile_lut/build)
for example in "${examples[@]}"; do places+=(--plugin-path "$example/build"); done
listed=$("$program" "${places[@]}" plugins list)
for name in quantile_lut "${examples[@]}" linear kmeans_lut onednn csv; do
  grep -Eq "(^|[^a-z_])$name([^a-z_]|\$)" <<< "$listed" || fail "plugins list doesn't show $name: $listed"
done
if grep -q "can't be used" <<< "$listed"; then fail "a plugin was refused: $listed"; fi

digits="$source/examples/digits/digits.mlmodel"
"$program" quantize "$digits" --function linear --bits 5 -o bundled.mlmodel > quantize.log
"$program" quantize "$digits" --function linear --bits 5 -o moved.mlmodel --plugin-path linear/build >> quantize.log
cmp bundled.mlmodel moved.mlmodel || fail "the moved plugin makes other bytes: $(cat quantize.log)"

# The template's own pipeline, as its README says.
(cd quantile_lut && "$program" run pipeline.yaml --set model="$source/examples/digits/digits.mlmodel" --output runs/new)
[ "$(find quantile_lut/runs/new -name '*_quantile_lut_*.mlmodel' | wc -l)" = 3 ] || fail "the template made no models"

# All of them in a sweep beside the built-in functions; the example backend answers as the plain kernels do.
for backend in fast_relu reference; do
  cat > sweep.yaml << EOF
name: sweep
plugins: [quantile_lut/build, minimal_c/build, log_lut/build, weighted_lut/build, fast_relu/build]
stages:
  - load:
      model: $source/examples/digits/digits.mlmodel
      dataset:
        name: digits
        images: $source/examples/digits/test/images.npy
        labels: $source/examples/digits/test/labels.npy
  - quantize:
      name: "{model}_{function}_{bits}"
      sweep:
        function: [quantile_lut: {center: median}, minimal_c, log_lut, weighted_lut: {focus: 0.5}, linear]
        bits: [4, 2]
  - evaluate: {backend: $backend}
  - report: [csv]
EOF
  "$program" run sweep.yaml --output "runs/$backend" > "$backend.log" 2>&1 || { cat "$backend.log"; fail "the sweep failed"; }
  [ "$(wc -l < "runs/$backend/result.csv")" = 12 ] || fail "not 11 models: $(cat "runs/$backend/result.csv")"
done
cmp runs/fast_relu/result.csv runs/reference/result.csv || fail "the two backends disagree"

# The library in a program of its own: it says what `goldilocks predict` says of the same image, the first of the digits.
python3 - "$source/examples/digits/test/images.npy" digit.png << 'EOF'
import struct, sys, zlib
pixels = open(sys.argv[1], "rb").read().split(b"\n", 1)[1][:64]
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
rows = b"".join(b"\0" + pixels[row * 8 : row * 8 + 8] for row in range(8))
open(sys.argv[2], "wb").write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0)) +
                              chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
EOF
said=$(library/build/predict "$source/examples/digits/digits.mlmodel" digit.png)
shown=$("$program" predict "$source/examples/digits/digits.mlmodel" --input digit.png)
grep -q ": $said\$" <<< "$shown" || fail "the library says $said, and the program: $shown"
if library/build/predict missing.mlmodel digit.png 2> error.log; then fail "the library takes a model that is not there"; fi
grep -q missing.mlmodel error.log || fail "the library doesn't name the missing file: $(cat error.log)"
exported=$(nm -DC --defined-only prefix/lib/libgoldilocks_runtime.so | cut -c20- | grep -v goldilocks::runtime || true)
[ -z "$exported" ] || fail "the library exports more than its header declares: $exported"

echo "out-of-tree plugins: quantile_lut and ${examples[*]} were built, listed and run; so was the library"
