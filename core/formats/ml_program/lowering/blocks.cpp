// Blocks of planes that become channels or images of a batch, and back; crops.
//
//      x [N, C, H, W], blocks of a rows and b columns:   x as [N, C, h, a, w, b]   is transposed, and its axes melt
#include <array>

#include "core/formats/ml_program/lowering/operation_lowering.hpp"
#include "core/formats/ml_program/lowering/rows.hpp"

namespace goldilocks::ml_program {
namespace {

using Op = OperationLowering;
using List = std::vector<std::int64_t>;

struct Planes {
  std::int64_t n, c, h, w;
};

Planes planes_of(Op& op, Node x) {
  const Dims& dims = op.dims(x);
  if (dims.size() != 4) op.fail("takes a tensor of rank 4");
  return {dims[0], dims[1], dims[2], dims[3]};
}

Node apart(Op& op, Node x, Dims shape, const List& axes) { return op.transpose(op.reshape(x, std::move(shape)), axes); }

// From channels: `slow` where the place in the block counts before the channel.
Node blocks_from_channels(Op& op, Node x, std::int64_t block, bool slow) {
  const Planes p = planes_of(op, x);
  const std::int64_t c = p.c / (block * block);
  const Node y = slow ? apart(op, x, {p.n, block, block, c, p.h, p.w}, {0, 3, 4, 1, 5, 2})
                      : apart(op, x, {p.n, c, block, block, p.h, p.w}, {0, 1, 4, 2, 5, 3});
  return op.reshape(y, {p.n, c, p.h * block, p.w * block});
}

Node blocks_to_channels(Op& op, Node x, std::int64_t block, bool slow) {
  const Planes p = planes_of(op, x);
  const List axes = slow ? List{0, 3, 5, 1, 2, 4} : List{0, 1, 3, 5, 2, 4};
  const Node y = apart(op, x, {p.n, p.c, p.h / block, block, p.w / block, block}, axes);
  return op.reshape(y, {p.n, p.c * block * block, p.h / block, p.w / block});
}

void lower_depth_to_space(Op& op) { op.give(blocks_from_channels(op, op.input("x"), op.integer("block_size"), true)); }

void lower_space_to_depth(Op& op) { op.give(blocks_to_channels(op, op.input("x"), op.integer("block_size"), true)); }

void lower_pixel_shuffle(Op& op) {
  op.give(blocks_from_channels(op, op.input("x"), op.integer("upscale_factor"), false));
}

void lower_pixel_unshuffle(Op& op) {
  op.give(blocks_to_channels(op, op.input("x"), op.integer("downscale_factor"), false));
}

void lower_space_to_batch(Op& op) {
  const List block = op.integers("block_shape");
  List pads = {0, 0, 0, 0};
  const List paddings = op.integers("paddings");
  pads.insert(pads.end(), paddings.begin(), paddings.end());
  const Node x = op.add("constant_pad", {op.input("x")}, {{"pads", pads}});
  const Planes p = planes_of(op, x);
  const Node y = apart(op, x, {p.n, p.c, p.h / block.at(0), block[0], p.w / block.at(1), block[1]}, {3, 5, 0, 1, 2, 4});
  op.give(op.reshape(y, {p.n * block[0] * block[1], p.c, p.h / block[0], p.w / block[1]}));
}

void lower_batch_to_space(Op& op) {
  const List block = op.integers("block_shape");
  const List crops = op.integers("crops");
  const Node x = op.input("x");
  const Planes p = planes_of(op, x);
  const std::int64_t n = p.n / (block.at(0) * block.at(1));
  Node y = apart(op, x, {block[0], block[1], n, p.c, p.h, p.w}, {2, 3, 4, 0, 5, 1});
  const std::int64_t height = p.h * block[0], width = p.w * block[1];
  y = op.reshape(y, {n, p.c, height, width});
  y = op.slice(y, 2, crops.at(0), height - crops.at(0) - crops.at(1));
  op.give(op.slice(y, 3, crops.at(2), width - crops.at(2) - crops.at(3)));
}

void lower_crop(Op& op) {
  Node x = op.input("x");
  const auto rank = static_cast<std::int64_t>(op.rank(x));
  const auto crop = [&](std::int64_t axis, const List& amounts) {
    const std::int64_t size = op.dims(x)[static_cast<std::size_t>(axis)];
    x = op.slice(x, axis, amounts.at(0), size - amounts.at(0) - amounts.at(1));
  };
  crop(rank - 2, op.integers("crop_height"));
  crop(rank - 1, op.integers("crop_width"));
  op.give(x);
}

constexpr std::array blocks_rows = {
    LoweringRow{"batch_to_space", lower_batch_to_space, true},
    LoweringRow{"crop", lower_crop, true},
    LoweringRow{"depth_to_space", lower_depth_to_space, true},
    LoweringRow{"pixel_shuffle", lower_pixel_shuffle, true},
    LoweringRow{"pixel_unshuffle", lower_pixel_unshuffle, true},
    LoweringRow{"space_to_batch", lower_space_to_batch, true},
    LoweringRow{"space_to_depth", lower_space_to_depth, true},
};

}  // namespace

std::span<const LoweringRow> blocks_lowerings() { return blocks_rows; }

}  // namespace goldilocks::ml_program
