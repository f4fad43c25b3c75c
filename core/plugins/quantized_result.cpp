#include "core/plugins/quantized_result.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <new>
#include <span>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "core/plugins/plugin_text.hpp"

namespace goldilocks::plugins {
namespace {

// A zeroed buffer: the one that is there if it has this size, a new one if there is none, null otherwise.
template <class Value>
void* provide(std::vector<Value>& buffer, std::uint64_t count) {
  if (buffer.empty()) buffer.resize(count);
  return buffer.size() == count ? buffer.data() : nullptr;
}

std::string problem_of_values(std::string_view what, std::span<const float> values) {
  const auto bad = std::ranges::find_if(values, [](float value) { return !std::isfinite(value); });
  if (bad == values.end()) return {};
  return fmt::format("returned the {} {} at index {}", what, *bad, bad - values.begin());
}

// What fits into a line of a table.
constexpr std::size_t note_limit = 500;

bool is_coded_width(int bits) { return bits >= 1 && bits <= 8; }

}  // namespace

QuantizedResult::QuantizedResult(std::size_t count, std::size_t channels, int bits, HostServices::Call& call)
    : count_(count), channels_(channels), asked_bits_(bits), call_(call) {
  quantized_.struct_size = sizeof(glk_quantized);
  quantized_.form = GLK_FORM_UNCHANGED;
  quantized_.bits = bits;
  quantized_.context = this;
  quantized_.buffer = &buffer;
  quantized_.note = &note;
  quantized_.progress = &progress;
}

void QuantizedResult::progress(void* context, double fraction) noexcept {
  static_cast<QuantizedResult*>(context)->call_.report(fraction);
}

void QuantizedResult::note(void* context, const char* text) noexcept {
  try {
    static_cast<QuantizedResult*>(context)->tensor_.note = clean_text(text, note_limit);
  } catch (const std::bad_alloc&) {
    // The result is as good without words.
    return;
  }
}

void* QuantizedResult::buffer(void* context, std::int32_t which, std::uint64_t count) noexcept {
  auto& result = *static_cast<QuantizedResult*>(context);
  QuantizedTensor& tensor = result.tensor_;
  if (count == 0) return nullptr;
  try {
    switch (which) {
      case GLK_BUFFER_CODES:
        return count == result.count_ ? provide(tensor.codes, count) : nullptr;
      case GLK_BUFFER_TABLE:
        return count >= 2 && count <= 256 && std::has_single_bit(count) ? provide(tensor.table, count) : nullptr;
      case GLK_BUFFER_SCALE:
        return count == 1 || count == result.channels_ ? provide(tensor.scale, count) : nullptr;
      case GLK_BUFFER_BIAS:
        return count == 1 || count == result.channels_ ? provide(tensor.bias, count) : nullptr;
      case GLK_BUFFER_INT8:
        return count == result.count_ ? provide(tensor.int8, count) : nullptr;
      case GLK_BUFFER_FLOAT32:
        return count == result.count_ ? provide(tensor.float32, count) : nullptr;
      default:
        return nullptr;
    }
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

std::string QuantizedResult::problem_of_width(bool chooses_width) const {
  const int bits = quantized_.bits;
  bool suits_form = true;
  switch (quantized_.form) {
    case GLK_FORM_UNCHANGED:
      return {};
    case GLK_FORM_TABLE:
    case GLK_FORM_LINEAR:
      suits_form = is_coded_width(bits);
      break;
    case GLK_FORM_INT8:
      suits_form = bits == 8;
      break;
    case GLK_FORM_FLOAT16:
      suits_form = bits == 16;
      break;
    case GLK_FORM_FLOAT32:
      suits_form = bits == 32;
      break;
    default:
      return {};
  }
  if (!suits_form) return fmt::format("returned a width of {} bits, which its form can't have", bits);
  if (!chooses_width && bits != asked_bits_) {
    return fmt::format("returned a width of {} bits where {} were asked for", bits, asked_bits_);
  }
  return {};
}

std::string QuantizedResult::problem_of_codes() const {
  if (tensor_.codes.size() != count_) return "returned no codes";
  const int codes = 1 << quantized_.bits;
  // One pass without a branch; the place is looked for only where there is something to find.
  std::uint8_t highest = 0;
  for (const std::uint8_t code : tensor_.codes) highest = std::max(highest, code);
  if (highest < codes) return {};
  const auto bad = std::ranges::find_if(tensor_.codes, [&](std::uint8_t code) { return code >= codes; });
  return fmt::format("returned the code {} at index {}, beyond its {} entries of {} bits", *bad,
                     bad - tensor_.codes.begin(), codes, quantized_.bits);
}

std::string QuantizedResult::problem_of_table() const {
  const std::size_t entries = std::size_t{1} << quantized_.bits;
  if (tensor_.table.empty()) return "returned no table";
  if (tensor_.table.size() != entries) {
    return fmt::format("returned a table of {} entries for {} bits", tensor_.table.size(), quantized_.bits);
  }
  return problem_of_values("table entry", tensor_.table);
}

std::string QuantizedResult::problem_of_linear() const {
  if (tensor_.scale.empty() || tensor_.bias.empty()) return "returned no scale and bias";
  if (tensor_.scale.size() != tensor_.bias.size()) {
    return fmt::format("returned {} scales and {} biases", tensor_.scale.size(), tensor_.bias.size());
  }
  if (std::string problem = problem_of_values("scale", tensor_.scale); !problem.empty()) return problem;
  return problem_of_values("bias", tensor_.bias);
}

std::string QuantizedResult::problem(bool chooses_width) const {
  if (std::string problem = problem_of_width(chooses_width); !problem.empty()) return problem;
  switch (quantized_.form) {
    case GLK_FORM_TABLE: {
      std::string problem = problem_of_table();
      return problem.empty() ? problem_of_codes() : problem;
    }
    case GLK_FORM_LINEAR: {
      std::string problem = problem_of_linear();
      return problem.empty() ? problem_of_codes() : problem;
    }
    case GLK_FORM_INT8:
      if (tensor_.int8.size() != count_) return "returned no int8 values";
      if (tensor_.scale.size() != 1) return "returned no single scale";
      return problem_of_values("scale", tensor_.scale);
    case GLK_FORM_FLOAT32:
      if (tensor_.float32.size() != count_) return "returned no float32 values";
      return problem_of_values("value", tensor_.float32);
    default:
      return {};
  }
}

QuantizedTensor QuantizedResult::take() {
  QuantizedTensor taken;
  taken.bits = quantized_.bits;
  taken.note = std::move(tensor_.note);
  switch (quantized_.form) {
    case GLK_FORM_TABLE:
      taken.form = ResultForm::table;
      taken.table = std::move(tensor_.table);
      taken.codes = std::move(tensor_.codes);
      break;
    case GLK_FORM_LINEAR:
      taken.form = ResultForm::linear;
      taken.scale = std::move(tensor_.scale);
      taken.bias = std::move(tensor_.bias);
      taken.codes = std::move(tensor_.codes);
      break;
    case GLK_FORM_INT8:
      taken.form = ResultForm::int8;
      taken.scale = std::move(tensor_.scale);
      taken.int8 = std::move(tensor_.int8);
      break;
    case GLK_FORM_FLOAT16:
      taken.form = ResultForm::float16;
      break;
    case GLK_FORM_FLOAT32:
      taken.form = ResultForm::float32;
      taken.float32 = std::move(tensor_.float32);
      break;
    case GLK_FORM_UNCHANGED:
      taken.bits = 0;
      break;
    default:
      taken.bits = 0;
      taken.note = fmt::format("left as it is: the function's result has the form {}, which this program can't store",
                               quantized_.form);
  }
  return taken;
}

}  // namespace goldilocks::plugins
