#include "core/pipeline/calibration/weight_reader.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace goldilocks::pipeline {
namespace {

const glk_attribute* attribute_of(const glk_operation& operation, std::string_view name) {
  for (std::uint64_t i = 0; i < operation.attribute_count; ++i) {
    if (operation.attributes[i]->name == name) return operation.attributes[i];
  }
  return nullptr;
}

template <std::size_t Count>
void read_integers(const glk_operation& operation, std::string_view name, std::array<std::int64_t, Count>& to) {
  const glk_attribute* attribute = attribute_of(operation, name);
  if (attribute != nullptr && attribute->count == Count) std::copy_n(attribute->integers, Count, to.begin());
}

bool has_content(const glk_value& value, std::span<const float> values) {
  if (value.data == nullptr || value.type != GLK_FLOAT32) return false;
  std::uint64_t count = 1;
  for (std::uint64_t i = 0; i < value.rank; ++i) count *= static_cast<std::uint64_t>(value.dims[i]);
  return count == values.size() && std::memcmp(value.data, values.data(), values.size_bytes()) == 0;
}

// A number in [0, 1) for each of two numbers (SplitMix64).
double chance(std::uint64_t seed, std::uint64_t index) {
  std::uint64_t mixed = seed * 0x9E3779B97F4A7C15U + (index + 1) * 0xD1B54A32D192ED03U;
  mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9U;
  mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBU;
  mixed ^= mixed >> 31U;
  return static_cast<double>(mixed >> 11U) * 0x1.0p-53;
}

// How far a window reaches.
std::int64_t extent(std::int64_t kernel, std::int64_t dilation) { return (kernel - 1) * dilation + 1; }

}  // namespace

std::optional<WeightReader> find_reader(const glk_graph& graph, const std::string& layer,
                                        std::span<const float> values) {
  for (std::size_t i = 0; i < graph.operation_count; ++i) {
    const glk_operation& operation = *graph.operations[i];
    const std::string_view type = operation.type;
    if ((type != "convolution" && type != "inner_product") || operation.layer != layer || operation.input_count < 2) {
      continue;
    }
    const glk_value& weight = *graph.values[operation.inputs[1]];
    if (!has_content(weight, values)) continue;
    WeightReader reader;
    reader.operation = i;
    reader.input = operation.inputs[0];
    reader.inputs = values.size() / static_cast<std::size_t>(weight.dims[0]);
    if (type == "inner_product") return reader;
    reader.is_convolution = true;
    reader.kernel = {weight.dims[2], weight.dims[3]};
    if (const glk_attribute* groups = attribute_of(operation, "groups"); groups != nullptr) {
      reader.groups = static_cast<std::size_t>(groups->integer);
    }
    read_integers(operation, "strides", reader.stride);
    read_integers(operation, "dilations", reader.dilation);
    read_integers(operation, "pads", reader.pads);
    if (const glk_attribute* padding = attribute_of(operation, "padding"); padding != nullptr) {
      const std::string_view name = padding->string;
      if (name == "same_upper") reader.padding = WeightReader::Padding::same_upper;
      if (name == "same_lower") reader.padding = WeightReader::Padding::same_lower;
    }
    return reader;
  }
  return {};
}

Patches::Patches(const WeightReader& reader, std::span<const std::int64_t> dims) : reader_(reader) {
  if (!reader.is_convolution) {
    std::size_t count = 1;
    for (const std::int64_t dim : dims) count *= static_cast<std::size_t>(dim);
    channels_ = reader.inputs;
    images_ = count / reader.inputs;
    return;
  }
  const std::size_t rank = dims.size();
  for (std::size_t i = 0; i + 3 < rank; ++i) images_ *= static_cast<std::size_t>(dims[i]);
  channels_ = static_cast<std::size_t>(dims[rank - 3]);
  rows_ = dims[rank - 2];
  columns_ = dims[rank - 1];
  const auto place = [&](std::size_t axis, std::int64_t size, std::int64_t& before) {
    const std::int64_t window = extent(reader.kernel[axis], reader.dilation[axis]);
    const std::int64_t stride = reader.stride[axis];
    if (reader.padding == WeightReader::Padding::by_pads) {
      before = reader.pads[2 * axis];
      return static_cast<std::size_t>(
          std::max<std::int64_t>((size + before + reader.pads[2 * axis + 1] - window) / stride + 1, 0));
    }
    const std::int64_t count = (size + stride - 1) / stride;
    const std::int64_t all = std::max<std::int64_t>(0, (count - 1) * stride + window - size);
    before = reader.padding == WeightReader::Padding::same_lower ? all - all / 2 : all / 2;
    return static_cast<std::size_t>(count);
  };
  height_ = place(0, rows_, top_);
  width_ = place(1, columns_, left_);
}

void Patches::gather(const float* values, std::size_t count, std::uint64_t seed, std::span<float> to,
                     std::size_t columns, std::size_t first) const {
  const std::size_t all = this->count();
  const std::size_t plane = height_ * width_;
  const std::size_t image = channels_ * static_cast<std::size_t>(rows_ * columns_);
  for (std::size_t k = 0; k < count; ++k) {
    std::size_t position = k;
    if (count < all) {
      const double share = (static_cast<double>(k) + chance(seed, k)) / static_cast<double>(count);
      position = std::min(static_cast<std::size_t>(share * static_cast<double>(all)), all - 1);
    }
    const std::size_t in_plane = position % plane;
    gather_one(values + position / plane * image, in_plane / width_, in_plane % width_, to, columns, first + k);
  }
}

void Patches::gather_one(const float* image, std::size_t y, std::size_t x, std::span<float> to, std::size_t columns,
                         std::size_t column) const {
  const std::size_t of_group = channels_ / reader_.groups;
  const auto [kernel_rows, kernel_columns] = reader_.kernel;
  for (std::size_t group = 0; group < reader_.groups; ++group) {
    float* out = to.data() + (group * columns + column) * reader_.inputs;
    for (std::size_t c = 0; c < of_group; ++c) {
      const float* plane = image + (group * of_group + c) * static_cast<std::size_t>(rows_ * columns_);
      for (std::int64_t i = 0; i < kernel_rows; ++i) {
        const std::int64_t row = static_cast<std::int64_t>(y) * reader_.stride[0] + i * reader_.dilation[0] - top_;
        for (std::int64_t j = 0; j < kernel_columns; ++j) {
          const std::int64_t at = static_cast<std::int64_t>(x) * reader_.stride[1] + j * reader_.dilation[1] - left_;
          const bool is_inside = row >= 0 && row < rows_ && at >= 0 && at < columns_;
          *out++ = is_inside ? plane[row * columns_ + at] : 0.0F;
        }
      }
    }
  }
}

}  // namespace goldilocks::pipeline
