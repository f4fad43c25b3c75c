#!/usr/bin/env bash
# Runs clang-tidy over the project's own sources that a build folder compiles (all, or those named after it).
# Usage: scripts/lint.sh BUILD_FOLDER [FILE...]
set -euo pipefail
cd "$(dirname "$0")/.."

build=$1
shift
files=("$@")
if [ ${#files[@]} -eq 0 ]; then
  mapfile -t files < <(git ls-files 'core/*.cpp' 'plugins/*.cpp' 'sdk/*.cpp' 'tests/*.cpp')
fi
# Sources that this build doesn't compile (an out-of-tree example, say) have no command line to check them with.
mapfile -t compiled < <(for file in "${files[@]}"; do
  grep -q "\"file\": \".*/$file\"" "$build/compile_commands.json" && printf '%s\n' "$file"
done)
# clang-tidy looks for OpenMP's header in its own version's folder alone, and GCC's is not for clang.
header=$(ls /usr/lib/llvm-*/lib/clang/*/include/omp.h 2>/dev/null | tail -n 1)
mkdir -p "$build/openmp"
ln -sf "${header:?install the packages of scripts/packages-develop.txt first}" "$build/openmp/omp.h"
# -Wconversion, which the build has, includes signs for clang, and for GCC it does not.
printf '%s\n' "${compiled[@]}" |
  xargs -P "$(nproc)" -n 1 clang-tidy --quiet -p "$build" --extra-arg=-isystem"$(realpath "$build")/openmp" \
    --extra-arg=-Wno-sign-conversion
