// Compares the kit's plain kernels with ONNX Runtime's, operation by operation, over random shapes and attributes:
//
//   node tests/oracle/onnx/compare.mjs PACKAGES OPERATION_SERVER [--seed N] [--only NAME] [--cases N]
//
// PACKAGES is a folder in which `npm install onnxruntime-node protobufjs` was done (`make oracle-onnx` does). Exit code 1
// where anything differs.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { calculating } from "./calculating.mjs";
import { moving } from "./moving.mjs";
import { Random } from "./random.mjs";

const { values: given, positionals } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: "string", default: "1" }, only: { type: "string" }, cases: { type: "string", default: "40" } },
});
const [packages, program] = positionals;
const require = createRequire(resolve(packages, "package.json"));
const ort = require("onnxruntime-node");
const protobuf = require("protobufjs");

const here = dirname(fileURLToPath(import.meta.url));
const messages = await protobuf.load(resolve(here, "../../../bench/onnx_model.proto"));
const Model = messages.lookupType("goldilocks.bench.onnx.Model");

const kinds = {
  float32: { code: 1, make: (values) => Float32Array.from(values) },
  int32: { code: 6, make: (values) => Int32Array.from(values) },
  int64: { code: 7, make: (values) => BigInt64Array.from(values, BigInt) },
  bool: { code: 9, make: (values) => Uint8Array.from(values) },
};

// A model of one node. Absent inputs have no name.
function model_of({ op, inputs, attributes = {}, outputs = ["float32"] }) {
  const info = (name, kind) => ({ name, type: { tensorType: { elemType: kinds[kind].code } } });
  const named = inputs.map((input, index) => (input === null ? "" : `x${index}`));
  return Model.encode(Model.fromObject({
    irVersion: 9,
    opsetImport: [{ domain: "", version: 20 }],
    graph: {
      name: "case",
      node: [{
        opType: op,
        input: named,
        output: outputs.map((_, index) => `y${index}`),
        attribute: Object.entries(attributes).map(([name, value]) => ({ name, ...value })),
      }],
      input: inputs.flatMap((input, index) => (input === null ? [] : [info(named[index], input.kind ?? "float32")])),
      output: outputs.map((kind, index) => info(`y${index}`, kind)),
    },
  })).finish();
}

async function run_theirs(theirs) {
  const session = await ort.InferenceSession.create(model_of(theirs), { graphOptimizationLevel: "disabled", logSeverityLevel: 4 });
  const feeds = {};
  theirs.inputs.forEach((input, index) => {
    if (input === null) return;
    const kind = input.kind ?? "float32";
    feeds[`x${index}`] = new ort.Tensor(kind, kinds[kind].make(input.values), input.dims);
  });
  const results = await session.run(feeds);
  await session.release();
  return (theirs.outputs ?? ["float32"]).map((_, index) => ({
    dims: [...results[`y${index}`].dims], values: Array.from(results[`y${index}`].data, Number),
  }));
}

// One request at a time, a line each way. A number that is to be one although it is whole stands as {"#": 2}.
class Server {
  constructor(path) {
    this.process = spawn(path, { stdio: ["pipe", "pipe", "inherit"] });
    this.lines = createInterface({ input: this.process.stdout })[Symbol.asyncIterator]();
  }
  async ask(request) {
    const text = JSON.stringify(request).replaceAll(/\{"#":(-?\d+)\}/g, "$1.0").replaceAll(/\{"#":([^}]+)\}/g, "$1");
    this.process.stdin.write(text + "\n");
    return JSON.parse((await this.lines.next()).value);
  }
  close() {
    this.process.stdin.end();
  }
}

// What is wrong with an output; "" if nothing is.
function difference(actual, expected, tolerance) {
  if (expected.dims.join() !== actual.dims.join()) return `shape [${actual.dims}], not [${expected.dims}]`;
  for (let i = 0; i < expected.values.length; i++) {
    const [a, e] = [actual.values[i] ?? NaN, expected.values[i]];
    if (Number.isFinite(e) ? !(Math.abs(a - e) <= tolerance * Math.max(1, Math.abs(e))) : Number.isFinite(a)) {
      return `value ${i} is ${a}, not ${e}`;
    }
  }
  return "";
}

async function problem_of(server, { ours, theirs, convert, tolerance = 1e-5 }) {
  const reply = await server.ask({ outputs: 1, attributes: {}, ...ours });
  if (reply.error) return reply.error;
  const results = await run_theirs(theirs);
  const expected = convert ? convert(results) : results;
  for (const [index, output] of expected.entries()) {
    if (output === null) continue;
    const problem = difference(reply.outputs[index], output, tolerance);
    if (problem) return `output ${index}: ${problem}`;
  }
  return "";
}

const server = new Server(program);
const operations = { ...calculating, ...moving };
const names = given.only ? [given.only] : Object.keys(operations).sort();
const failed = [];
for (const name of names) {
  let failures = 0;
  for (let number = 0; number < Number(given.cases) && failures < 3; number++) {
    const one = operations[name](new Random(`${given.seed} ${name} ${number}`));
    const problem = await problem_of(server, one).catch((error) => String(error));
    if (!problem) continue;
    failures++;
    console.log(`${name}: seed ${given.seed}, case ${number}: ${problem}; ` +
      `inputs ${JSON.stringify(one.ours.inputs.map((input) => input?.dims ?? null))}, ${JSON.stringify(one.ours.attributes ?? {})}`);
  }
  if (failures > 0) failed.push(name);
}
server.close();
console.log(`${names.length} operations, ${given.cases} cases each, seed ${given.seed}; ` +
  `${failed.length} differ from ONNX Runtime: [${failed.join(", ")}]`);
process.exitCode = failed.length > 0 ? 1 : 0;
