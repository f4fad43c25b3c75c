#include "core/quantization/function_result.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/weights/codec.hpp"

namespace goldilocks::quantization {
namespace {

using plugins::QuantizedTensor;
using weights::Encoding;
using weights::Granularity;
using weights::Kind;
using weights::Stored;

std::string left_by_function(const std::string& note) { return note.empty() ? "left as it is by the function" : note; }

// Everything that has one entry for each block, in this grid.
Stored stored_of(const weights::Weight& weight, QuantizedTensor result, const weights::Grid& grid) {
  Stored stored;
  const auto kind = result.form;
  stored.encoding = {.kind = kind, .bits = result.bits};
  stored.shape = weight.shape;
  if (!grid.empty()) stored.encoding.granularity = weights::granularity_of(grid, stored.shape, weight.axes);
  if (!result.mask.empty()) stored.mask = weights::keep(std::move(result.mask), weights::uint8, stored.owner);
  if (kind == Kind::int8) {
    Stored codes = weights::int8_of(stored.shape, std::move(result.int8), 0);
    stored.values = codes.values;
    stored.owner = std::move(codes.owner);
  } else if (kind == Kind::float32 || kind == Kind::sparse_float32) {
    stored.values = weights::keep(std::move(result.float32), stored.owner);
    return kind == Kind::float32 ? stored : weights::compact(std::move(stored));
  } else {
    stored.values = weights::keep(std::move(result.codes), weights::uint8, stored.owner);
  }
  if (weights::is_table(kind)) {
    stored.table = weights::keep(std::move(result.table), stored.owner);
    stored.table_grid = grid;
    stored.encoding.vector = static_cast<int>(result.vector_length);
    stored.vector_axis = static_cast<std::size_t>(std::max<std::int64_t>(weight.axes.output, 0));
  } else {
    stored.scaling.grid = grid;
    stored.scaling.scale = weights::keep(std::move(result.scale), stored.owner);
    if (!result.bias.empty()) stored.scaling.bias = weights::keep(std::move(result.bias), stored.owner);
  }
  if (kind == Kind::zero_point || kind == Kind::sparse_zero_point) {
    stored.encoding.is_signed = result.signed_codes;
    if (!result.zero_point.empty()) {
      stored.scaling.offset = weights::keep(std::move(result.zero_point), weights::uint8, stored.owner);
    }
    if (result.signed_codes) stored = weights::as_signed(std::move(stored));
  }
  if (!stored.mask.empty()) stored = weights::compact(std::move(stored));
  return weights::packed(std::move(stored), weight.code_order);
}

// The grid of what a function made of a tensor as a whole.
weights::Grid grid_of(const weights::Weight& weight, const QuantizedTensor& result) {
  const std::size_t blocks = result.form == Kind::group_table ? result.groups : result.scale.size();
  if (blocks <= 1 || weight.axes.output < 0) return {};
  weights::Grid grid(weight.shape.size(), 1);
  grid[static_cast<std::size_t>(weight.axes.output)] = static_cast<std::int64_t>(blocks);
  return grid;
}

// Fills all tables up to entries of so many bits.
void widen_tables(QuantizedTensor& result, int bits) {
  const std::size_t before = result.vector_length << static_cast<unsigned>(result.bits);
  const std::size_t after = result.vector_length << static_cast<unsigned>(bits);
  std::vector<float> wide(result.table.size() / before * after, 0.0F);
  for (std::size_t from = 0, to = 0; from < result.table.size(); from += before, to += after) {
    std::copy_n(result.table.begin() + static_cast<std::ptrdiff_t>(from), before,
                wide.begin() + static_cast<std::ptrdiff_t>(to));
  }
  result.table = std::move(wide);
  result.bits = bits;
}

// The least width from the result's on that the format has for such a table; the result's own where there is none.
int stored_width(const weights::Weight& weight, const QuantizedTensor& result) {
  const weights::AcceptedKind* accepted = weight.accepted.find(result.form);
  for (int bits = result.bits; accepted != nullptr && bits <= 8; ++bits) {
    if ((accepted->widths >> static_cast<unsigned>(bits) & 1U) != 0) return bits;
  }
  return result.bits;
}

FunctionResult accept(const weights::Weight& weight, std::span<const float> values, QuantizedTensor result,
                      const weights::Grid& grid, bool may_widen) {
  if (result.form == Kind::none) return {.note = left_by_function(result.note)};
  if (result.form == Kind::int8) result.bits = 8;
  if (may_widen && weights::is_table(result.form)) {
    if (const int bits = stored_width(weight, result); bits > result.bits) widen_tables(result, bits);
  }
  // Asked before codes are packed: what is refused costs nothing.
  Encoding encoding{.kind = result.form, .bits = result.bits};
  encoding.granularity = grid.empty() ? Granularity{} : weights::granularity_of(grid, weight.shape, weight.axes);
  encoding.vector = static_cast<int>(result.vector_length);
  encoding.is_signed = result.signed_codes;
  if (std::string reason = weight.accepted.refusal(encoding); !reason.empty()) return {.note = std::move(reason)};
  std::string note = std::move(result.note);
  if (result.form == Kind::float16) {
    return {weights::float16_of(weight.shape, values, weight.place), std::move(note)};
  }
  return {stored_of(weight, std::move(result), grid), std::move(note)};
}

template <class T>
void append(std::vector<T>& all, const std::vector<T>& some) {
  all.insert(all.end(), some.begin(), some.end());
}

}  // namespace

FunctionResult store_result(const weights::Weight& weight, std::span<const float> values, QuantizedTensor result,
                            bool may_widen) {
  const weights::Grid grid = grid_of(weight, result);
  return accept(weight, values, std::move(result), grid, may_widen);
}

void JoinedResult::start(const QuantizedTensor& result) {
  form_ = result.form;
  joined_.form = result.form == Kind::table ? Kind::group_table : result.form;
  joined_.bits = result.bits;
  joined_.signed_codes = result.signed_codes;
  joined_.vector_length = result.vector_length;
  has_zero_points_ = !result.zero_point.empty();
  if (result.vector_length > 1) {
    std::vector<std::int64_t> shape = weight_.shape;
    shape.at(static_cast<std::size_t>(weight_.axes.output)) /= static_cast<std::int64_t>(result.vector_length);
    codes_ = Slices(std::move(shape), grid_);
  }
  const std::size_t count = slices_.count() * slices_.size();
  if (!result.codes.empty()) joined_.codes.resize(count / result.vector_length);
  if (!result.mask.empty()) joined_.mask.resize(joined_.codes.empty() ? count : joined_.codes.size());
  if (!result.float32.empty()) joined_.float32.resize(count);
  if (!result.int8.empty()) joined_.int8.resize(count);
}

void JoinedResult::add(std::size_t slice, const QuantizedTensor& result) {
  if (stays()) return;
  if (slice == 0) start(result);
  const auto stay = [&](const std::string& why) {
    left_ = fmt::format("slice {} of {}: {}", slice + 1, slices_.count(), why);
  };
  if (result.form == Kind::none) return stay(left_by_function(result.note));
  if (result.form == Kind::group_table) return stay("the function cuts it once more");
  if (result.form != form_ || result.vector_length != joined_.vector_length ||
      result.signed_codes != joined_.signed_codes || has_zero_points_ == result.zero_point.empty()) {
    return stay("the function's result has another form than that of the first");
  }
  if (note_.empty()) note_ = result.note;
  if (result.bits > joined_.bits) widen_tables(joined_, result.bits);
  append(joined_.table, result.table);
  if (!joined_.table.empty() && result.bits < joined_.bits) {
    const std::size_t entries = (std::size_t{1} << static_cast<unsigned>(joined_.bits)) -
                                (std::size_t{1} << static_cast<unsigned>(result.bits));
    joined_.table.insert(joined_.table.end(), entries * joined_.vector_length, 0.0F);
  }
  append(joined_.scale, result.scale);
  append(joined_.bias, result.bias);
  append(joined_.zero_point, result.zero_point);
  if (!joined_.float32.empty()) slices_.put<float>(result.float32, slice, joined_.float32);
  if (!joined_.int8.empty()) slices_.put<std::int8_t>(result.int8, slice, joined_.int8);
  if (!joined_.codes.empty()) codes_.put<std::uint8_t>(result.codes, slice, joined_.codes);
  if (!joined_.mask.empty()) codes_.put<std::uint8_t>(result.mask, slice, joined_.mask);
}

FunctionResult JoinedResult::take(std::span<const float> values, bool may_widen) {
  if (stays()) return {.note = left_};
  joined_.note = note_;
  return accept(weight_, values, std::move(joined_), grid_, may_widen);
}

}  // namespace goldilocks::quantization
