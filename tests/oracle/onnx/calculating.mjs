// Operations that compute. Each gives the same task to both: `ours` in the words of docs/operations.md, `theirs` as a node
// of ONNX (onnx.ai/onnx/operators).
import { float, int, ints, list, number, scalar, text } from "./random.mjs";

const same = (type, op, inputs, ours = {}, theirs = {}, more = {}) =>
  ({ ours: { type, inputs, attributes: ours }, theirs: { op, inputs, attributes: theirs }, ...more });

// Pads as ours have them, [before, behind, before, behind, ...], in ONNX's order.
const begins_then_ends = (pads) => [...pads.filter((_, i) => i % 2 === 0), ...pads.filter((_, i) => i % 2 === 1)];

// ---- windows

const same_names = { same_upper: "SAME_UPPER", same_lower: "SAME_LOWER" };

function convolution(axes, transposed) {
  return (random) => {
    const groups = random.pick([1, 1, 2, 3]);
    const [inputs, outputs] = random.wholes(2, 1, 3);
    const kernel = random.wholes(axes, 1, 3), strides = random.wholes(axes, 1, 3);
    const padding = transposed ? "explicit" : random.pick(["explicit", "explicit", "same_upper", "same_lower"]);
    // ONNX Runtime has no dilations with the other paddings.
    const dilated = padding === "explicit" && !(transposed && axes === 2);
    const dilations = dilated ? random.wholes(axes, 1, 2) : Array(axes).fill(1);
    const pads = padding === "explicit" ? random.wholes(2 * axes, 0, 1) : Array(2 * axes).fill(0);
    const size = axes === 3 ? random.wholes(3, 5, 6) : random.wholes(2, 5, 9);
    const x = random.tensor([random.whole(1, 2), groups * inputs, ...size]);
    const weight = random.tensor(transposed ? [groups * inputs, outputs, ...kernel] : [groups * outputs, inputs, ...kernel]);
    const all = random.chance(0.5) ? [x, weight, random.tensor([groups * outputs])] : [x, weight];
    const ours = { strides, groups, padding, ...(padding === "explicit" ? { pads } : {}) };
    const theirs = { strides: ints(strides), dilations: ints(dilations), group: int(groups), kernel_shape: ints(kernel) };
    if (!(transposed && axes === 2)) ours.dilations = dilations;
    if (padding === "explicit") theirs.pads = ints(begins_then_ends(pads));
    else theirs.auto_pad = text(same_names[padding]);
    const type = (transposed ? "deconvolution" : "convolution") + (axes === 3 ? "_3d" : "");
    return same(type, transposed ? "ConvTranspose" : "Conv", all, ours, theirs);
  };
}

function pool(type, op, axes) {
  return (random) => {
    const x = random.tensor([random.whole(1, 2), random.whole(1, 3), ...random.wholes(axes, 4, 8)]);
    if (random.chance(0.15) && op !== "LpPool") return same(type, `Global${op}`, [x], { global: 1 });
    const kernel = random.wholes(axes, 2, 3), strides = kernel.map((size) => random.whole(1, size));
    const pads = random.wholes(2 * axes, 0, 1);
    const ours = { kernel, strides, pads }, theirs = { kernel_shape: ints(kernel), strides: ints(strides), pads: ints(begins_then_ends(pads)) };
    if (op === "MaxPool" && axes === 2) {
      ours.round_up = random.whole(0, 1);
      theirs.ceil_mode = int(ours.round_up);
    }
    if (op === "AveragePool") {
      ours.exclude_padding = random.whole(0, 1);
      theirs.count_include_pad = int(1 - ours.exclude_padding);
    }
    return same(type, op, [x], ours, theirs);
  };
}

// ---- element by element

const unary = (type, op, low = -3, high = 3, ours = {}, theirs = {}) => (random) =>
  same(type, op, [random.tensor(random.dims(), low, high)], ours, theirs);

// Shapes that broadcast to one another.
function broadcast_pair(random, low = -2, high = 2) {
  const dims = random.dims();
  const other = dims.slice(random.whole(0, dims.length - 1)).map((size) => (random.chance(0.3) ? 1 : size));
  const pair = [random.tensor(dims, low, high), random.tensor(other, low, high)];
  return random.chance(0.5) ? pair : pair.reverse();
}

const binary = (type, op, low, high) => (random) => same(type, op, broadcast_pair(random, low, high));
const several = (type, op) => (random) => same(type, op, [...broadcast_pair(random), random.tensor([1])]);

// Few different numbers, so that equal ones come up.
function comparison(type, op) {
  return (random) => {
    const pair = broadcast_pair(random).map(({ dims, values }) => ({ dims, values: values.map(Math.round) }));
    return { ours: { type, inputs: pair }, theirs: { op, inputs: pair, outputs: ["bool"] } };
  };
}

function logical(type, op) {
  return (random) => {
    const pair = broadcast_pair(random).map(({ dims, values }) => ({ dims, values: values.map(Math.round) }));
    const truths = pair.map(({ dims, values }) => ({ dims, values: values.map((value) => Number(value !== 0)), kind: "bool" }));
    return { ours: { type, inputs: pair }, theirs: { op, inputs: truths, outputs: ["bool"] } };
  };
}

function with_parameter(type, op, names, low, high) {
  return (random) => {
    const parameters = Object.fromEntries(names.map((name) => [name, random.real(low, high)]));
    return same(type, op, [random.tensor(random.dims(), -3, 3)],
      Object.fromEntries(names.map((name) => [name, number(parameters[name])])),
      Object.fromEntries(names.map((name) => [name, float(parameters[name])])));
  };
}

// ---- along axes

function reduction(type, op, low = -2, high = 2) {
  return (random) => {
    const x = random.tensor(random.dims(2, 4), low, high);
    const axes = random.shuffled(x.dims.keys()).slice(0, random.whole(1, x.dims.length - 1));
    const keep_dims = random.whole(0, 1);
    return { ours: { type, inputs: [x], attributes: { axes, keep_dims } },
      theirs: { op, inputs: [x, list(axes)], attributes: { keepdims: int(keep_dims) } } };
  };
}

function position(type, op) {
  return (random) => {
    const x = random.tensor(random.dims(2, 4));
    const axis = random.whole(-x.dims.length, x.dims.length - 1), keep_dims = random.whole(0, 1);
    return { ours: { type, inputs: [x], attributes: { axis, keep_dims } },
      theirs: { op, inputs: [x], attributes: { axis: int(axis), keepdims: int(keep_dims) }, outputs: ["int64"] } };
  };
}

function top_k(random) {
  const x = random.tensor(random.dims());
  const axis = random.whole(-x.dims.length, x.dims.length - 1), k = random.whole(1, x.dims.at(axis)), smallest = random.whole(0, 1);
  return { ours: { type: "top_k", inputs: [x], attributes: { axis, k, smallest }, outputs: 2 },
    theirs: { op: "TopK", inputs: [x, list([k])], attributes: { axis: int(axis), largest: int(1 - smallest) }, outputs: ["float32", "int64"] } };
}

function arg_sort(random) {
  const x = random.tensor(random.dims());
  const axis = random.whole(-x.dims.length, x.dims.length - 1), descending = random.whole(0, 1);
  return { ours: { type: "arg_sort", inputs: [x], attributes: { axis, descending } },
    theirs: { op: "TopK", inputs: [x, list([x.dims.at(axis)])], attributes: { axis: int(axis), largest: int(descending) }, outputs: ["float32", "int64"] },
    convert: ([, indexes]) => [indexes] };
}

function cumulative_sum(random) {
  const x = random.tensor(random.dims());
  const axis = random.whole(-x.dims.length, x.dims.length - 1);
  const [exclusive, reverse] = random.wholes(2, 0, 1);
  return { ours: { type: "cumulative_sum", inputs: [x], attributes: { axis, exclusive, reverse } },
    theirs: { op: "CumSum", inputs: [x, scalar(axis)], attributes: { exclusive: int(exclusive), reverse: int(reverse) } } };
}

// ---- normalization

function normalize(random) {
  const epsilon = random.real(1e-5, 1e-2);
  const x = random.tensor([random.whole(1, 2), ...random.wholes(3, 2, 5)]);
  if (random.chance(0.5)) {
    const [scale, bias] = [random.tensor([x.dims[1]]), random.tensor([x.dims[1]])];
    const column = ({ dims, values }) => ({ dims: [dims[0], 1, 1], values });
    return { ours: { type: "normalize", inputs: [x, column(scale), column(bias)], attributes: { axes: [2, 3], epsilon: number(epsilon) } },
      theirs: { op: "InstanceNormalization", inputs: [x, scale, bias], attributes: { epsilon: float(epsilon) } }, tolerance: 1e-4 };
  }
  const axis = random.whole(1, 3), dims = x.dims.slice(axis);
  const inputs = [x, random.tensor(dims), random.tensor(dims)];
  return same("normalize", "LayerNormalization", inputs, { axes: [1, 2, 3].filter((one) => one >= axis), epsilon: number(epsilon) },
    { axis: int(axis), epsilon: float(epsilon) }, { tolerance: 1e-4 });
}

function local_response_normalization(random) {
  const [alpha, beta, k] = [random.real(0.01, 1), random.real(0.3, 1), random.real(0.5, 2)], size = random.pick([1, 3, 5]);
  return same("local_response_normalization", "LRN", [random.tensor([1, ...random.wholes(3, 2, 6)])],
    { alpha: number(alpha), beta: number(beta), k: number(k), size },
    { alpha: float(alpha), beta: float(beta), bias: float(k), size: int(size) });
}

function softmax(random) {
  const x = random.tensor(random.dims(), -5, 5);
  const axis = random.whole(-x.dims.length, x.dims.length - 1);
  return same("softmax", "Softmax", [x], { axis }, { axis: int(axis) });
}

// ---- products

function matmul(random) {
  const batch = random.wholes(random.whole(0, 2), 1, 3), [rows, inner, columns] = random.wholes(3, 1, 5);
  const other = batch.slice(random.whole(0, batch.length)).map((size) => (random.chance(0.3) ? 1 : size));
  return same("matmul", "MatMul", [random.tensor([...batch, rows, inner]), random.tensor([...other, inner, columns])]);
}

function inner_product(random) {
  const [rows, inner, columns] = random.wholes(3, 1, 8);
  const inputs = [random.tensor([rows, inner]), random.tensor([columns, inner]), random.tensor([columns])];
  return same("inner_product", "Gemm", inputs, {}, { transB: int(1) });
}

// ---- recurrent: gates stand in another order, and each tensor has a dimension for the direction

const orders = { simple_recurrent: [0], gru: [0, 1, 2], lstm: [0, 3, 1, 2] };

function recurrent(type, op) {
  return (random) => {
    const [steps, batch, inputs, cells] = random.wholes(4, 1, 4);
    const order = orders[type], gates = order.length, reverse = random.whole(0, 1);
    const with_states = random.chance(0.5), with_peephole = type === "lstm" && random.chance(0.5);
    const clip = random.chance(0.4) ? random.real(0.2, 0.6) : 100;
    const x = random.tensor([steps, batch, inputs]);
    const weight = random.tensor([gates * cells, inputs]), recursion = random.tensor([gates * cells, cells]);
    const bias = random.tensor([gates * cells]), peephole = random.tensor([3 * cells]);
    const states = [random.tensor([1, batch, cells]), random.tensor([1, batch, cells])].slice(0, type === "lstm" ? 2 : 1);
    const parts = (tensor, picked) => {
      const size = tensor.values.length / (tensor === peephole ? 3 : gates);
      return picked.flatMap((part) => tensor.values.slice(part * size, (part + 1) * size));
    };
    const ours = { type, inputs: [x, weight, recursion, bias], outputs: type === "lstm" ? 3 : 2,
      attributes: { f: type === "simple_recurrent" ? "tanh" : "sigmoid", clip: number(clip), sequence_output: 1, reverse, aligned: 1 } };
    if (type !== "simple_recurrent") ours.attributes.g = "tanh";
    if (type === "lstm") Object.assign(ours.attributes, { h: "tanh", cell_clip: number(1000) });
    if (type === "lstm") ours.inputs.push(with_peephole ? peephole : null);
    if (with_states) ours.inputs.push(...states);
    const theirs = { op, attributes: { hidden_size: int(cells), clip: float(clip), direction: text(reverse ? "reverse" : "forward") },
      outputs: Array(ours.outputs).fill("float32"),
      inputs: [x, { dims: [1, ...weight.dims], values: parts(weight, order) }, { dims: [1, ...recursion.dims], values: parts(recursion, order) },
        { dims: [1, 2 * gates * cells], values: [...parts(bias, order), ...Array(gates * cells).fill(0)] }, null,
        ...(with_states ? states : states.map(() => null))] };
    if (type === "lstm") theirs.inputs.push(with_peephole ? { dims: [1, 3 * cells], values: parts(peephole, [0, 2, 1]) } : null);
    return { ours, theirs, convert: ([y, ...last]) => [{ dims: [steps, batch, cells], values: y.values }, ...last] };
  };
}

export const calculating = {
  convolution: convolution(2, false),
  convolution_3d: convolution(3, false),
  deconvolution: convolution(2, true),
  deconvolution_3d: convolution(3, true),
  max_pool: pool("max_pool", "MaxPool", 2),
  max_pool_3d: pool("max_pool_3d", "MaxPool", 3),
  average_pool: pool("average_pool", "AveragePool", 2),
  average_pool_3d: pool("average_pool_3d", "AveragePool", 3),
  l2_pool: pool("l2_pool", "LpPool", 2),
  matmul,
  inner_product,
  normalize,
  local_response_normalization,
  softmax,
  simple_recurrent: recurrent("simple_recurrent", "RNN"),
  gru: recurrent("gru", "GRU"),
  lstm: recurrent("lstm", "LSTM"),
  relu: unary("relu", "Relu"),
  tanh: unary("tanh", "Tanh"),
  sigmoid: unary("sigmoid", "Sigmoid"),
  softsign: unary("softsign", "Softsign"),
  softplus: unary("softplus", "Softplus"),
  gelu: unary("gelu", "Gelu"),
  gelu_tanh: unary("gelu", "Gelu", -3, 3, { mode: "tanh" }, { approximate: text("tanh") }),
  leaky_relu: with_parameter("leaky_relu", "LeakyRelu", ["alpha"], 0.1, 0.5),
  thresholded_relu: with_parameter("thresholded_relu", "ThresholdedRelu", ["alpha"], 0.2, 1),
  elu: with_parameter("elu", "Elu", ["alpha"], 0.2, 1.5),
  hard_sigmoid: with_parameter("hard_sigmoid", "HardSigmoid", ["alpha", "beta"], 0.1, 0.6),
  abs: unary("abs", "Abs"),
  exp: unary("exp", "Exp"),
  inverse: unary("inverse", "Reciprocal", 0.3, 3),
  log: unary("log", "Log", 0.1, 5),
  sqrt: unary("sqrt", "Sqrt", 0, 5),
  acos: unary("acos", "Acos", -0.95, 0.95),
  acosh: unary("acosh", "Acosh", 1.1, 4),
  asin: unary("asin", "Asin", -0.95, 0.95),
  asinh: unary("asinh", "Asinh"),
  atan: unary("atan", "Atan"),
  atanh: unary("atanh", "Atanh", -0.9, 0.9),
  cos: unary("cos", "Cos"),
  cosh: unary("cosh", "Cosh"),
  sin: unary("sin", "Sin"),
  sinh: unary("sinh", "Sinh"),
  tan: unary("tan", "Tan", -1, 1),
  erf: unary("erf", "Erf"),
  ceil: unary("ceil", "Ceil"),
  floor: unary("floor", "Floor"),
  round: unary("round", "Round"),
  sign: unary("sign", "Sign"),
  add: several("add", "Sum"),
  multiply: binary("multiply", "Mul"),
  maximum: several("maximum", "Max"),
  minimum: several("minimum", "Min"),
  average: several("average", "Mean"),
  subtract: binary("subtract", "Sub"),
  divide: binary("divide", "Div", 0.3, 2),
  pow: binary("pow", "Pow", 0.3, 2),
  prelu: (random) => {
    const x = random.tensor(random.dims(2, 4));
    return same("prelu", "PRelu", [x, random.tensor(x.dims.slice(1).map((size) => (random.chance(0.5) ? 1 : size)))]);
  },
  equal: comparison("equal", "Equal"),
  less: comparison("less", "Less"),
  less_equal: comparison("less_equal", "LessOrEqual"),
  greater: comparison("greater", "Greater"),
  greater_equal: comparison("greater_equal", "GreaterOrEqual"),
  logical_and: logical("logical_and", "And"),
  logical_or: logical("logical_or", "Or"),
  logical_xor: logical("logical_xor", "Xor"),
  reduce_sum: reduction("reduce_sum", "ReduceSum"),
  reduce_mean: reduction("reduce_mean", "ReduceMean"),
  reduce_product: reduction("reduce_product", "ReduceProd"),
  reduce_max: reduction("reduce_max", "ReduceMax"),
  reduce_min: reduction("reduce_min", "ReduceMin"),
  reduce_l1: reduction("reduce_l1", "ReduceL1"),
  reduce_l2: reduction("reduce_l2", "ReduceL2"),
  reduce_sum_square: reduction("reduce_sum_square", "ReduceSumSquare"),
  reduce_log_sum: reduction("reduce_log_sum", "ReduceLogSum", 0.1, 2),
  reduce_log_sum_exp: reduction("reduce_log_sum_exp", "ReduceLogSumExp"),
  arg_max: position("arg_max", "ArgMax"),
  arg_min: position("arg_min", "ArgMin"),
  top_k,
  arg_sort,
  cumulative_sum,
};
