#!/bin/sh
# Whole processes, from start to end, with an empty store:
#
#   bench/whole_runs.sh MODEL.mlmodel [MILLIONS ...]
#
# times `goldilocks quantize` of one file, the 27 files of three functions at nine widths from one process, and how time
# and memory grow with the number of weights (by default 1, 10 and 100 million, as a table and a chart). Needs the build
# of the preset `bench`, and the Debian packages hyperfine and time.
set -eu
if [ $# -lt 1 ]; then
  sed -n '2,8s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
model=$(realpath "$1")
shift
[ $# -gt 0 ] || set -- 1 10 100
bin=$(dirname "$(realpath "$0")")/../build/bench/bin
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cat > "$folder/sweep.yaml" << YAML
name: sweep
stages:
  - load: {model: $model}
  - quantize:
      name: "{function}_{bits}"
      sweep:
        function: [linear, {linear_lut: {range: half_open}}, kmeans_lut]
        bits: [16, 8, 7, 6, 5, 4, 3, 2, 1]
YAML

hyperfine --shell=none --warmup 2 --export-csv "$folder/times.csv" \
  --command-name "8-bit k-means" "$bin/goldilocks quantize $model -f kmeans_lut -b 8 -o $folder/out.mlmodel" \
  --command-name "7-bit linear" "$bin/goldilocks quantize $model -f linear -b 7 -o $folder/out.mlmodel" >&2
hyperfine --shell=none --runs 5 --prepare "rm -rf $folder/store $folder/run" --export-csv "$folder/sweep.csv" \
  --command-name "27 files" \
  "$bin/goldilocks run $folder/sweep.yaml --store $folder/store --output $folder/run --log-level off" >&2
echo "median seconds"
tail -qn +2 "$folder/times.csv" "$folder/sweep.csv" | awk -F, '{printf "  %-16s %7.3f\n", $1, $4}'

echo
echo "4-bit k-means of a network of inner products"
for millions in "$@"; do
  "$bin/make_large_model" "$folder/large.mlmodel" "$millions"
  /usr/bin/time -o "$folder/time" -f "%e %M" "$bin/goldilocks" quantize "$folder/large.mlmodel" -f kmeans_lut -b 4 \
    -o "$folder/out.mlmodel" > /dev/null
  printf '%s %s %s\n' "$millions" "$(stat -c %s "$folder/large.mlmodel")" "$(tail -n 1 "$folder/time")"
done | awk '
  BEGIN { print "  million weights  seconds  memory / file  one character of the chart is twice the time of the one before" }
  {
    bar = ""
    for (step = 0.01; step <= $3; step *= 2) bar = bar "#"
    printf "  %15s  %7.2f  %13.2f  %s\n", $1, $3, $4 * 1024 / $2, bar
  }'
