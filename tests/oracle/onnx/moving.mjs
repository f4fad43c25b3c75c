// Operations that move values, and boxes.
import { int, ints, list, number, product, scalar, text } from "./random.mjs";

const axis_of = (random, x) => random.whole(-x.dims.length, x.dims.length - 1);

function concat(random) {
  const dims = random.dims(), axis = random.whole(-dims.length, dims.length - 1), at = (axis + dims.length) % dims.length;
  const inputs = Array.from({ length: random.whole(1, 4) }, () => random.tensor(dims.with(at, random.whole(1, 4))));
  return { ours: { type: "concat", inputs, attributes: { axis } }, theirs: { op: "Concat", inputs, attributes: { axis: int(axis) } } };
}

function split(random) {
  const sizes = random.wholes(random.whole(2, 4), 1, 3), dims = random.dims();
  const axis = random.whole(-dims.length, dims.length - 1);
  const x = random.tensor(dims.with((axis + dims.length) % dims.length, sizes.reduce((sum, size) => sum + size)));
  return { ours: { type: "split", inputs: [x], attributes: { axis, sizes }, outputs: sizes.length },
    theirs: { op: "Split", inputs: [x, list(sizes)], attributes: { axis: int(axis) }, outputs: sizes.map(() => "float32") } };
}

function reshape(random) {
  const x = random.tensor(random.dims(2, 4));
  const shape = [...x.dims];
  shape.splice(0, 2, product(x.dims.slice(0, 2)));
  if (random.chance(0.5)) shape[random.whole(0, shape.length - 1)] = -1;
  return { ours: { type: "reshape", inputs: [x], attributes: { shape } }, theirs: { op: "Reshape", inputs: [x, list(shape)] } };
}

function transpose(random) {
  const x = random.tensor(random.dims()), axes = random.shuffled(x.dims.keys());
  return { ours: { type: "transpose", inputs: [x], attributes: { axes } },
    theirs: { op: "Transpose", inputs: [x], attributes: { perm: ints(axes) } } };
}

// Beginnings and ends also outside of the tensor; none that leaves nothing.
function slice(random) {
  const x = random.tensor(random.dims(1, 4, 6));
  const axes = random.shuffled(x.dims.keys()).slice(0, random.whole(1, x.dims.length));
  const begin = [], end = [], strides = [];
  for (const axis of axes) {
    const size = x.dims[axis], backward = random.chance(0.3);
    const first = random.whole(0, size - 1);
    const from = random.chance(0.3) ? first - size : first;
    if (backward) {
      begin.push(random.chance(0.2) ? size + 3 : from);
      end.push(random.chance(0.5) ? -size - 5 : random.whole(-1, first) - (first > 0 ? 1 : 0) - size);
      if (end.at(-1) + size >= first) end[end.length - 1] = -size - 5;
    } else {
      begin.push(random.chance(0.2) ? -size - 2 : from);
      end.push(random.whole(first + 1, size + 3));
    }
    strides.push(random.whole(1, 3) * (backward ? -1 : 1));
  }
  return { ours: { type: "slice", inputs: [x], attributes: { axes, begin, end, strides } },
    theirs: { op: "Slice", inputs: [x, list(begin), list(end), list(axes), list(strides)] } };
}

function tile(random) {
  const x = random.tensor(random.dims(1, 4, 4)), repetitions = random.wholes(x.dims.length, 1, 3);
  return { ours: { type: "tile", inputs: [x], attributes: { repetitions } }, theirs: { op: "Tile", inputs: [x, list(repetitions)] } };
}

function broadcast(random) {
  const shape = random.dims();
  const x = random.tensor(shape.slice(random.whole(0, shape.length - 1)).map((size) => (random.chance(0.4) ? 1 : size)));
  return { ours: { type: "broadcast", inputs: [x], attributes: { shape } }, theirs: { op: "Expand", inputs: [x, list(shape)] } };
}

function band(random) {
  const x = random.tensor([random.whole(1, 2), ...random.wholes(2, 1, 6)]), upper = random.whole(0, 3);
  return { ours: { type: "band", inputs: [x], attributes: { upper } },
    theirs: { op: "Trilu", inputs: [x, scalar(upper)], attributes: { upper: int(0) } } };
}

const modes = { constant: "constant", reflect: "reflect", replicate: "edge" };

function pad(random) {
  const x = random.tensor([random.whole(1, 2), random.whole(1, 2), ...random.wholes(2, 4, 6)]);
  const [top, bottom, left, right] = random.wholes(4, 0, 3), mode = random.pick(Object.keys(modes));
  const value = mode === "constant" ? random.real(-1, 1) : 0;
  return { ours: { type: "pad", inputs: [x], attributes: { pads: [top, bottom, left, right], mode, value: number(value) } },
    theirs: { op: "Pad", inputs: [x, list([0, 0, top, left, 0, 0, bottom, right]), scalar(value, "float32")], attributes: { mode: text(modes[mode]) } } };
}

function constant_pad(random) {
  const x = random.tensor(random.dims()), pads = random.wholes(2 * x.dims.length, 0, 3), value = random.real(-1, 1);
  const theirs = [...pads.filter((_, i) => i % 2 === 0), ...pads.filter((_, i) => i % 2 === 1)];
  return { ours: { type: "constant_pad", inputs: [x], attributes: { pads, value: number(value) } },
    theirs: { op: "Pad", inputs: [x, list(theirs), scalar(value, "float32")] } };
}

// ---- places

function gather(random) {
  const x = random.tensor(random.dims()), axis = axis_of(random, x), size = x.dims.at(axis);
  const inputs = [x, random.indexes(random.dims(1, 2), -size, size - 1)];
  return { ours: { type: "gather", inputs, attributes: { axis } }, theirs: { op: "Gather", inputs, attributes: { axis: int(axis) } } };
}

// Indexes that name places of x by their first coordinates.
function rows_of(random, x, depth, batch, distinct) {
  const seen = new Set();
  const values = [];
  while (values.length < product(batch) * depth) {
    const row = x.dims.slice(0, depth).map((size) => random.whole(0, size - 1));
    if (distinct && seen.has(row.join())) continue;
    seen.add(row.join());
    values.push(...row.map((at, axis) => (random.chance(0.2) ? at - x.dims[axis] : at)));
  }
  return { dims: [...batch, depth], values, kind: "int64" };
}

function gather_nd(random) {
  const x = random.tensor(random.dims(1, 4)), depth = random.whole(1, x.dims.length);
  const inputs = [x, rows_of(random, x, depth, random.dims(1, 2, 4), false)];
  return { ours: { type: "gather_nd", inputs }, theirs: { op: "GatherND", inputs } };
}

function gather_along_axis(random) {
  const x = random.tensor(random.dims()), axis = axis_of(random, x), at = (axis + x.dims.length) % x.dims.length;
  const inputs = [x, random.indexes(x.dims.with(at, random.whole(1, 4)), -x.dims[at], x.dims[at] - 1)];
  return { ours: { type: "gather_along_axis", inputs, attributes: { axis } },
    theirs: { op: "GatherElements", inputs, attributes: { axis: int(axis) } } };
}

const combinations = { update: "none", add: "add", multiply: "mul", maximum: "max", minimum: "min" };

// Each place once where the last update would win: that isn't the same everywhere.
function scatter_nd(random) {
  const x = random.tensor(random.dims(1, 4)), depth = random.whole(1, x.dims.length);
  const mode = random.pick(Object.keys(combinations)), places = product(x.dims.slice(0, depth));
  const batch = [mode === "update" ? random.whole(1, places) : random.whole(1, 4)];
  const indexes = rows_of(random, x, depth, batch, mode === "update");
  const inputs = [x, indexes, random.tensor([...batch, ...x.dims.slice(depth)])];
  return { ours: { type: "scatter_nd", inputs, attributes: { mode } },
    theirs: { op: "ScatterND", inputs, attributes: { reduction: text(combinations[mode]) } } };
}

function scatter_along_axis(random) {
  const x = random.tensor(random.dims(1, 3)), axis = axis_of(random, x), at = (axis + x.dims.length) % x.dims.length;
  const mode = random.pick(Object.keys(combinations).filter((one) => one !== "update"));
  const dims = x.dims.with(at, random.whole(1, 4));
  const inputs = [x, random.indexes(dims, -x.dims[at], x.dims[at] - 1), random.tensor(dims)];
  return { ours: { type: "scatter_along_axis", inputs, attributes: { axis, mode } },
    theirs: { op: "ScatterElements", inputs, attributes: { axis: int(axis), reduction: text(combinations[mode]) } } };
}

function reverse_sequence(random) {
  const x = random.tensor(random.wholes(random.whole(2, 4), 1, 5)), axis = random.whole(0, 1), batch_axis = 1 - axis;
  const inputs = [x, random.indexes([x.dims[batch_axis]], 1, x.dims[axis])];
  return { ours: { type: "reverse_sequence", inputs, attributes: { axis, batch_axis } },
    theirs: { op: "ReverseSequence", inputs, attributes: { time_axis: int(axis), batch_axis: int(batch_axis) } } };
}

function where(random) {
  const dims = random.dims();
  const condition = { dims, values: Array.from({ length: product(dims) }, () => random.whole(0, 1)) };
  const [x, y] = [random.tensor(dims), random.tensor(dims.map((size) => (random.chance(0.3) ? 1 : size)))];
  return { ours: { type: "where", inputs: [condition, x, y] }, theirs: { op: "Where", inputs: [{ ...condition, kind: "bool" }, x, y] } };
}

function non_zero(random) {
  const dims = random.dims(1, 4);
  const x = { dims, values: Array.from({ length: product(dims) }, () => random.whole(0, 2)) };
  x.values[0] = 1;
  const transposed = ({ dims: [rank, count], values }) =>
    ({ dims: [count, rank], values: Array.from({ length: rank * count }, (_, i) => values[(i % rank) * count + Math.floor(i / rank)]) });
  return { ours: { type: "non_zero", inputs: [x] }, theirs: { op: "NonZero", inputs: [x], outputs: ["int64"] },
    convert: ([places]) => [transposed(places)] };
}

function range(random) {
  const [start, step] = [random.real(-3, 3), random.real(0.2, 1.5)], end = Math.fround(start + step * (random.whole(0, 8) + 0.5));
  const ours = [start, end, step].map((value) => ({ dims: [1], values: [value] }));
  return { ours: { type: "range", inputs: ours },
    theirs: { op: "Range", inputs: [start, end, step].map((value) => scalar(value, "float32")) } };
}

// ---- planes of another size

const grids = { scaled: "asymmetric", align_corners: "align_corners", half_pixel: "half_pixel" };

function upsample(random) {
  const x = random.tensor([1, random.whole(1, 2), ...random.wholes(2, 1, 5)]), scale = random.wholes(2, 1, 3);
  const mode = random.pick(["nearest", "bilinear"]), grid = mode === "nearest" ? "scaled" : random.pick(Object.keys(grids));
  const sizes = [...x.dims.slice(0, 2), x.dims[2] * scale[0], x.dims[3] * scale[1]];
  return { ours: { type: "upsample", inputs: [x], attributes: { mode, grid, scale: scale.map(number) } },
    theirs: { op: "Resize", inputs: [x, null, null, list(sizes)],
      attributes: { mode: text(mode === "nearest" ? "nearest" : "linear"), nearest_mode: text("floor"), coordinate_transformation_mode: text(grids[grid]) } } };
}

const places = { strict_align_endpoints: "align_corners", upsample: "asymmetric" };

function resize(random) {
  const x = random.tensor([1, random.whole(1, 2), ...random.wholes(2, 1, 6)]), size = random.wholes(2, 1, 8);
  const grid = random.pick(Object.keys(places));
  return { ours: { type: "resize", inputs: [x], attributes: { size, grid } },
    theirs: { op: "Resize", inputs: [x, null, null, list([...x.dims.slice(0, 2), ...size])],
      attributes: { mode: text("linear"), coordinate_transformation_mode: text(places[grid]) } } };
}

// One class, as ONNX treats each on its own; and a threshold that some box reaches.
function non_maximum_suppression(random) {
  const count = random.whole(1, 12), most = random.whole(1, 6);
  const boxes = { dims: [1, count, 4], values: Array.from({ length: count }, () =>
    [random.real(0, 4), random.real(0, 4), random.real(0.5, 3), random.real(0.5, 3)]).flat() };
  const scores = random.tensor([1, count, 1], 0.1, 1);
  const iou = random.real(0.1, 0.7), least = Math.min(random.real(0, 0.6), Math.max(...scores.values) - 0.01);
  return {
    ours: { type: "non_maximum_suppression", inputs: [boxes, scores], outputs: 4,
      attributes: { iou_threshold: number(iou), score_threshold: number(least), boxes: number(most) } },
    theirs: { op: "NonMaxSuppression", outputs: ["int64"], attributes: { center_point_box: int(1) },
      inputs: [boxes, { dims: [1, 1, count], values: scores.values }, scalar(most), scalar(iou, "float32"), scalar(least, "float32")] },
    convert: ([selected]) => {
      const kept = selected.values.filter((_, i) => i % 3 === 2);
      return [null, null, { dims: [1, most], values: Array.from({ length: most }, (_, i) => kept[i] ?? -1) }, { dims: [1], values: [kept.length] }];
    },
  };
}

export const moving = {
  concat, split, reshape, transpose, slice, tile, broadcast, band, pad, constant_pad, gather, gather_nd, gather_along_axis,
  scatter_nd, scatter_along_axis, reverse_sequence, where, non_zero, range, upsample, resize, non_maximum_suppression,
};
