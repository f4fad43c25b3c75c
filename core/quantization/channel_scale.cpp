#include "core/quantization/channel_scale.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/base/half.hpp"
#include "core/weights/codec.hpp"

namespace goldilocks::quantization {

using weights::Grid;
using weights::Kind;
using weights::Stored;

ScaledByChannel::ScaledByChannel(const weights::Weight& weight, std::span<const float> values)
    : weight_(weight), grid_(weight.shape), values_(values.begin(), values.end()) {
  const auto axis = static_cast<std::size_t>(weight.axes.output);
  grid_[axis] = 1;
  std::size_t inner = 1;
  for (std::size_t i = axis + 1; i < weight.shape.size(); ++i) inner *= static_cast<std::size_t>(weight.shape[i]);
  const auto channels = static_cast<std::size_t>(weight.shape[axis]);
  const auto scale_of = [&](std::size_t i) { return i / (channels * inner) * inner + i % inner; };
  scales_.resize(values.size() / channels);
  for (std::size_t i = 0; i < values.size(); ++i) {
    float& scale = scales_[scale_of(i)];
    scale = std::max(scale, std::fabs(values[i]));
  }
  for (float& scale : scales_) scale = scale == 0 ? 1 : scale;
  const bool in_half = weight.stored.entry == weights::float16;
  for (std::size_t i = 0; i < values_.size(); ++i) {
    const float quotient = values_[i] / scales_[scale_of(i)];
    values_[i] = in_half ? float_from_half(half_from_float(quotient)) : quotient;
  }
}

void ScaledByChannel::restore(ChannelScale place, Outcome& outcome) const {
  if (!outcome.content) return;
  Stored& stored = *outcome.content;
  const weights::AcceptedKind* accepted = weight_.accepted.find(stored.encoding.kind);
  if (!weights::is_table(stored.encoding.kind)) {
    outcome.content.reset();
    outcome.note = "a scale for channels goes with a table alone";
    return;
  }
  stored.scaling.grid = grid_;
  stored.scaling.scale = weights::keep(scales_, stored.owner);
  stored.encoding.has_channel_scale = true;
  if (place == ChannelScale::plain && accepted != nullptr && accepted->scale_comes_first) {
    stored = with_scaled_table(std::move(stored));
  }
}

Stored with_scaled_table(Stored stored) {
  if (!weights::is_table(stored.encoding.kind) || stored.scaling.empty() || !stored.table_scaling.empty()) {
    return stored;
  }
  const std::size_t rank = stored.shape.size();
  const Grid tables = stored.table_grid.empty() ? Grid(rank, 1) : stored.table_grid;
  const Grid scales = stored.scaling.grid.empty() ? Grid(rank, 1) : stored.scaling.grid;
  Grid both = tables;
  for (std::size_t i = 0; i < rank; ++i) {
    both[i] = std::max(tables[i], scales[i]);
    if (both[i] % tables[i] != 0 || both[i] % scales[i] != 0) return stored;
  }
  const std::vector<float> entries = weights::numbers(stored.table);
  const std::size_t length = (std::size_t{1} << static_cast<unsigned>(stored.encoding.bits)) *
                             static_cast<std::size_t>(stored.encoding.vector);
  std::vector<float> repeated;
  std::vector<std::int64_t> position(rank, 0);
  const auto blocks = static_cast<std::size_t>(weights::element_count(both).value_or(0));
  for (std::size_t block = 0; block < blocks; ++block) {
    std::size_t table = 0;
    for (std::size_t i = 0; i < rank; ++i) {
      table =
          table * static_cast<std::size_t>(tables[i]) + static_cast<std::size_t>(position[i] / (both[i] / tables[i]));
    }
    const auto first = entries.begin() + static_cast<std::ptrdiff_t>(table * length);
    repeated.insert(repeated.end(), first, first + static_cast<std::ptrdiff_t>(length));
    for (std::size_t i = rank; i-- > 0;) {
      if (++position[i] < both[i]) break;
      position[i] = 0;
    }
  }
  const weights::NumberType type = stored.table.type;
  stored.table = weights::keep(std::move(repeated), stored.owner);
  stored.table_grid = both;
  stored.table_scaling = std::exchange(stored.scaling, {});
  stored.table_scaling.grid = scales;
  if (stored.encoding.kind == Kind::table) stored.encoding.kind = Kind::group_table;
  return weights::with_entries(std::move(stored), type, "");
}

}  // namespace goldilocks::quantization
