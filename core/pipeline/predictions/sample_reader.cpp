#include "core/pipeline/predictions/sample_reader.hpp"

#include <algorithm>
#include <cstring>

#include "core/base/error.hpp"
#include "core/runtime/arrays.hpp"

namespace goldilocks::pipeline {
namespace {

runtime::Image image_of(const PreparedInput& input, std::span<const std::byte> pixels) {
  const auto format = input.dims.at(2) == 3 ? runtime::PixelFormat::rgb : runtime::PixelFormat::gray;
  return {
      static_cast<int>(input.dims.at(1)), static_cast<int>(input.dims.at(0)), format, {pixels.begin(), pixels.end()}};
}

}  // namespace

SampleReader::SampleReader(const PreparedSamples& prepared, const runtime::Description& description)
    : prepared_(prepared) {
  for (const PreparedInput& input : prepared.inputs()) {
    const auto feature = std::ranges::find(description.inputs, input.name, &runtime::Feature::name);
    if (feature == description.inputs.end()) throw ModelError("has no input '" + input.name + "'");
    if ((feature->kind == runtime::Kind::image) != input.image) {
      throw ModelError("its input '" + input.name + "' was prepared for another kind of value");
    }
  }
}

runtime::Values SampleReader::read(std::size_t sample) const {
  std::vector<std::byte> bytes(prepared_.sample_size());
  prepared_.read(sample, bytes);
  runtime::Values values;
  std::span<const std::byte> rest = bytes;
  for (const PreparedInput& input : prepared_.inputs()) {
    const auto part = rest.first(input.size());
    rest = rest.subspan(input.size());
    if (input.image) {
      values[input.name] = image_of(input, part);
    } else {
      std::vector<float> floats(part.size() / sizeof(float));
      std::memcpy(floats.data(), part.data(), part.size());
      values[input.name] = runtime::make_array(input.dims, floats);
    }
  }
  return values;
}

}  // namespace goldilocks::pipeline
