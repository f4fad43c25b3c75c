// Random shapes and values, the same for the same text of a seed; and what the files of cases share.
import { createHash } from "node:crypto";

export class Random {
  constructor(seed) {
    this.state = createHash("sha256").update(seed).digest().readUInt32LE();
  }
  // 0 to below 1: Marsaglia's xorshift, 32 bits.
  unit() {
    this.state ^= this.state << 13;
    this.state ^= this.state >>> 17;
    this.state ^= this.state << 5;
    return (this.state >>> 0) / 2 ** 32;
  }
  whole(low, high) {
    return low + Math.floor(this.unit() * (high - low + 1));
  }
  wholes(count, low, high) {
    return Array.from({ length: count }, () => this.whole(low, high));
  }
  real(low, high) {
    return Math.fround(low + this.unit() * (high - low));
  }
  chance(probability) {
    return this.unit() < probability;
  }
  pick(choices) {
    return choices[this.whole(0, choices.length - 1)];
  }
  dims(low = 1, high = 5, most = 5) {
    return this.wholes(this.whole(low, high), 1, most);
  }
  tensor(dims, low = -1, high = 1) {
    return { dims, values: Array.from({ length: product(dims) }, () => this.real(low, high)) };
  }
  indexes(dims, low, high) {
    return { dims, values: Array.from({ length: product(dims) }, () => this.whole(low, high)), kind: "int64" };
  }
  shuffled(list) {
    const result = [...list];
    for (let i = result.length - 1; i > 0; i--) {
      const j = this.whole(0, i);
      [result[i], result[j]] = [result[j], result[i]];
    }
    return result;
  }
}

export const product = (sizes) => sizes.reduce((all, size) => all * size, 1);

// ONNX's attributes.
export const int = (i) => ({ type: "INT", i });
export const ints = (list) => ({ type: "INTS", ints: list });
export const float = (f) => ({ type: "FLOAT", f });
export const text = (s) => ({ type: "STRING", s: Buffer.from(s).toString("base64") });

// A number of ours, whole or not.
export const number = (value) => ({ "#": value });

// Whole numbers as an input of ONNX.
export const list = (values, kind = "int64") => ({ dims: [values.length], values, kind });
export const scalar = (value, kind = "int64") => ({ dims: [], values: [value], kind });
