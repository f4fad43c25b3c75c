// How fast ONNX Runtime predicts a network; the counterpart of prediction_rate:
//
//   node bench/onnxruntime_rate.mjs PACKAGES MODEL.onnx [THREADS=1] [SECONDS=1] [BATCH=1]
//
// PACKAGES is a folder in which `npm install onnxruntime-node` was done. Prints predictions per second by the median time
// of a run, and by the shortest; with a first dimension that is open, BATCH images go into one run.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";

const [packages, model, threads = "1", seconds = "1", batch = "1"] = process.argv.slice(2);
const ort = createRequire(resolve(packages, "package.json"))("onnxruntime-node");
const session = await ort.InferenceSession.create(readFileSync(model), {
  intraOpNumThreads: Number(threads), interOpNumThreads: 1, graphOptimizationLevel: "all", logSeverityLevel: 3,
});
const feeds = {};
let images = 1;
for (const input of session.inputMetadata) {
  if (typeof input.shape[0] !== "number" || input.shape[0] < 0) images = Number(batch);
  const dims = input.shape.map((size, axis) => (axis === 0 && images > 1 ? images : Math.max(Number(size) || 1, 1)));
  const count = dims.reduce((product, size) => product * size, 1);
  const values = Float32Array.from({ length: count }, (_, i) => ((i * 2654435761) % 256) - 128);
  feeds[input.name] = new ort.Tensor("float32", values, dims);
}
for (let run = 0; run < 3; run++) await session.run(feeds);
const times = [];
const end = performance.now() + Number(seconds) * 1000;
while (performance.now() < end || times.length < 5) {
  const start = performance.now();
  await session.run(feeds);
  times.push((performance.now() - start) / 1000);
}
times.sort((a, b) => a - b);
const rate = (time) => (images / time).toFixed(1);
console.log(`onnxruntime threads=${threads} batch=${images} images_per_second=${rate(times[times.length >> 1])} best=${rate(times[0])}`);
