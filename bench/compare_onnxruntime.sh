#!/bin/sh
# The onednn backend against ONNX Runtime, in the same minutes, one after the other again and again:
#
#   bench/compare_onnxruntime.sh PACKAGES [ROUNDS=7] [MODEL.mlmodel MODEL.onnx]
#
# PACKAGES is a folder in which `npm install onnxruntime-node` was done. Compares the four networks of make_networks, and
# the one that is given: on one core (one thread, one image at a time), and on two (a session on each core, against two
# threads at one image at a time or, where the network takes batches, eight; the better one counts). Prints medians over
# the rounds of images per second, and their ratio. Needs the build of the preset `bench`, and Node.js.
#
# On a machine that is busy with other work, as root: RUN="chrt -f 5" bench/compare_onnxruntime.sh ...
set -eu
if [ $# -lt 1 ]; then
  sed -n '2,12s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
packages=$1
rounds=${2:-7}
here=$(dirname "$(realpath "$0")")
bin=$here/../build/bench/bin
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$bin/make_networks" "$folder"
if [ $# -ge 4 ]; then
  name=$(basename "$3" .mlmodel)
  ln -s "$(realpath "$3")" "$folder/$name.mlmodel"
  ln -s "$(realpath "$4")" "$folder/$name.onnx"
fi

rate() { sed -n 's/.*images_per_second=\([0-9.]*\).*/\1/p' | sort -n | tail -n 1; }
median() { sort -n "$1" | awk '{ rates[NR] = $1 } END { print rates[int((NR + 1) / 2)] }'; }

printf '%-12s %8s %16s %16s %8s\n' network threads goldilocks onnxruntime ratio
for model in "$folder"/*.mlmodel; do
  name=$(basename "$model" .mlmodel)
  for threads in 1 2; do
    cores=0-$((threads - 1))
    rm -f "$folder/ours" "$folder/theirs"
    round=0
    while [ "$round" -lt "$rounds" ]; do
      ${RUN:-} taskset -c "$cores" "$bin/prediction_rate" "$model" "$threads" 0.4 | rate >> "$folder/ours"
      for batch in 1 8; do
        if [ "$threads" = 1 ] && [ "$batch" = 8 ]; then continue; fi
        ${RUN:-} taskset -c "$cores" node "$here/onnxruntime_rate.mjs" "$packages" "$folder/$name.onnx" "$threads" 0.4 \
          "$batch"
      done | rate >> "$folder/theirs"
      round=$((round + 1))
    done
    echo "$name $threads $(median "$folder/ours") $(median "$folder/theirs")" |
      awk '{ printf "%-12s %8s %16s %16s %8.2f\n", $1, $2, $3, $4, $3 / $4 }'
  done
done
