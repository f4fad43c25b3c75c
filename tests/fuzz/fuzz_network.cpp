// Load, lower, prepare and predict: whatever the model is, outputs or an error, within the limits of memory and of
// iterations that were set. Inputs are small ramps of the sizes that the model states.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include "core/base/error.hpp"
#include "core/formats/open.hpp"
#include "core/plugins/registry.hpp"
#include "core/runtime/arrays.hpp"
#include "core/runtime/stage.hpp"
#include "tests/fuzz/finding.hpp"

namespace goldilocks {
namespace {

constexpr std::size_t most_elements = 1 << 16;  // of an input: more only costs time

runtime::BackendUse backend(const std::string& name) {
  static plugins::Registry registry({GOLDILOCKS_BINARY_DIR "/lib/goldilocks/plugins"});
  const plugins::BackendPlugin& plugin = registry.backend(name);
  return {plugin, plugins::complete_options(plugin.options, {{"memory_limit", 0.02}}), "fuzzed", {.loop_bound = 1000}};
}

// The product of the sizes, or nothing where it is too large to be worth the time.
std::optional<std::size_t> small_count(std::span<const std::int64_t> shape) {
  std::size_t count = 1;
  for (const std::int64_t size : shape) {
    if (size < 0 || static_cast<std::uint64_t>(size) > most_elements) return std::nullopt;
    count *= static_cast<std::size_t>(size);
    if (count > most_elements) return std::nullopt;
  }
  return count;
}

// A value for the input; nothing where the input is large.
std::optional<runtime::Value> small_value(const runtime::Feature& input) {
  switch (input.kind) {
    case runtime::Kind::array: {
      const std::optional<std::size_t> count = small_count(input.shape);
      if (!count) return std::nullopt;
      std::vector<float> ramp(*count);
      std::iota(ramp.begin(), ramp.end(), -3.0F);
      return runtime::from_floats(ramp, input.shape, runtime::ElementType::float32);
    }
    case runtime::Kind::image: {
      const std::optional<std::size_t> count = small_count(input.shape);
      if (!count || input.shape.size() != 2) return std::nullopt;
      return runtime::Image{static_cast<int>(input.shape[1]), static_cast<int>(input.shape[0]),
                            runtime::PixelFormat::gray, std::vector<std::byte>(*count, std::byte{100})};
    }
    case runtime::Kind::integer:
      return std::int64_t{2};
    case runtime::Kind::number:
      return 1.5;
    case runtime::Kind::text:
      return std::string("a");
    case runtime::Kind::dictionary:
      if (input.integers) return runtime::IntegerDictionary{{1, 2.0}};
      return runtime::TextDictionary{{"a", 2.0}};
    case runtime::Kind::sequence:
      if (input.integers) return runtime::IntegerSequence{1, 2};
      return runtime::TextSequence{"a", "b"};
  }
  return std::nullopt;
}

void predict(const std::shared_ptr<const formats::Model>& model, const std::string& backend_name) {
  const std::unique_ptr<runtime::Stage> stage = runtime::make_stage(model, backend(backend_name));
  runtime::Values inputs;
  for (const runtime::Feature& input : stage->description().inputs) {
    std::optional<runtime::Value> value = small_value(input);
    if (!value) return;
    inputs[input.name] = std::move(*value);
  }
  const runtime::Values outputs = stage->predict(inputs, nullptr);
  for (const runtime::Feature& output : stage->description().outputs) {
    if (!outputs.contains(output.name)) testing::report_finding("the output '" + output.name + "' is missing");
  }
}

}  // namespace
}  // namespace goldilocks

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace goldilocks;
  testing::attempt([&] {
    const std::shared_ptr<const formats::Model> model = formats::open(std::as_bytes(std::span(data, size)), "fuzzed");
    for (const char* name : {"reference", "onednn"}) testing::attempt([&] { predict(model, name); });
  });
  return 0;
}
