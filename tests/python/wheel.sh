#!/usr/bin/env bash
# Builds a wheel without network, installs it into a fresh virtual environment, and predicts, quantizes and runs there
# without anything of the build folder. Usage: wheel.sh BUILD_FOLDER PYTHON
set -euo pipefail
build=$(realpath "$1")
python=$2
source=$(realpath "$(dirname "$0")/../..")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
unset PYTHONPATH PYTHONDONTWRITEBYTECODE

# A copy of the sources, as setuptools writes beside them.
mkdir -p "$folder/project/sdk"
cp "$source/CMakeLists.txt" "$folder/project/"
cp -r "$source/sdk/python" "$folder/project/sdk/"
GOLDILOCKS_BUILD_DIR=$build "$python" -m pip wheel --quiet --no-build-isolation --no-deps --no-index \
  --wheel-dir "$folder" "$folder/project/sdk/python"
wheel=$(echo "$folder"/goldilocks-*.whl)
case $wheel in
  *-linux_x86_64.whl) ;;
  *) echo "the wheel's tag is not linux_x86_64: $wheel"; exit 1 ;;
esac

"$python" -m venv --system-site-packages "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-index "$wheel"
cd "$folder"
env -u GOLDILOCKS_PLUGIN_PATH "$folder/venv/bin/python" - "$source/examples/digits" <<'PYTHON'
import sys
from pathlib import Path

import goldilocks
import numpy

digits = Path(sys.argv[1])
places = {Path(plugin.file).parent for plugin in goldilocks.plugins()}
assert places == {Path(goldilocks.__file__).parent / "lib" / "goldilocks" / "plugins"}, places
small = goldilocks.quantize(digits / "digits.mlmodel", "kmeans_lut", 4)
images, labels = numpy.load(digits / "test" / "images.npy"), numpy.load(digits / "test" / "labels.npy")
evaluation = goldilocks.evaluate(small, zip(images, labels))
assert evaluation.mean_accuracy > 0.9, evaluation.mean_accuracy
assert small.predict({"image": images[0]})["digit"] == str(labels[0])
Path("sweep.yaml").write_text(f"""
stages:
  - load: {{model: {digits}/digits.mlmodel, dataset: {{images: {digits}/test/images.npy, labels: {digits}/test/labels.npy}}}}
  - quantize: {{name: small, isolation: process, sweep: {{function: linear, bits: 8}}}}
  - evaluate: {{backend: onednn}}
  - report: [csv, html]
""")
assert goldilocks.run("sweep.yaml", store="store").check().file("small").exists()
print(Path(goldilocks.__file__).parent, evaluation.mean_accuracy)
PYTHON
ls -l "$wheel"
