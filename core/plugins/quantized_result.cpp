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

// The buffers of a form, as bits.
enum Part : unsigned {
  codes = 1U,
  table = 2U,
  scale = 4U,
  bias = 8U,
  zero_point = 16U,
  int8 = 32U,
  float32 = 64U,
  mask = 128U,
};

unsigned parts_of(std::int32_t form) {
  switch (form) {
    case GLK_FORM_TABLE:
    case GLK_FORM_GROUP_TABLE:
    case GLK_FORM_VECTOR_TABLE:
      return codes | table;
    case GLK_FORM_LINEAR:
      return codes | scale | bias;
    case GLK_FORM_ZERO_POINT:
      return codes | scale | zero_point;
    case GLK_FORM_INT8:
      return int8 | scale;
    case GLK_FORM_FLOAT32:
      return float32;
    case GLK_FORM_SPARSE_FLOAT32:
      return float32 | mask;
    case GLK_FORM_SPARSE_TABLE:
      return codes | table | mask;
    case GLK_FORM_SPARSE_LINEAR:
      return codes | scale | bias | mask;
    case GLK_FORM_SPARSE_ZERO_POINT:
      return codes | scale | zero_point | mask;
    default:
      return 0;
  }
}

bool is_known(std::int32_t form) { return form >= GLK_FORM_UNCHANGED && form <= GLK_FORM_SPARSE_ZERO_POINT; }

}  // namespace

QuantizedResult::QuantizedResult(const glk_weights& weights, int bits, HostServices::Call& call)
    : count_(weights.count), channels_(weights.channels), asked_bits_(bits), call_(call) {
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
        return result.may_be_codes(count) ? provide(tensor.codes, count) : nullptr;
      case GLK_BUFFER_TABLE:
        return result.may_be_table(count) ? provide(tensor.table, count) : nullptr;
      case GLK_BUFFER_SCALE:
        return count == 1 || count == result.channels_ ? provide(tensor.scale, count) : nullptr;
      case GLK_BUFFER_BIAS:
        return count == 1 || count == result.channels_ ? provide(tensor.bias, count) : nullptr;
      case GLK_BUFFER_ZERO_POINT:
        return count == 1 || count == result.channels_ ? provide(tensor.zero_point, count) : nullptr;
      case GLK_BUFFER_MASK:
        return count == result.count_ ? provide(tensor.mask, count) : nullptr;
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

bool QuantizedResult::may_be_codes(std::uint64_t count) const {
  if (quantized_.form == GLK_FORM_VECTOR_TABLE) return count < count_ && count_ % count == 0;
  return count == count_;
}

// Several tables, or one of vectors, are known by the form, which is set before they are asked for.
bool QuantizedResult::may_be_table(std::uint64_t count) const {
  if (quantized_.form == GLK_FORM_GROUP_TABLE || quantized_.form == GLK_FORM_VECTOR_TABLE) {
    return count >= 2 && count % 2 == 0 && count / 256 <= channels_;
  }
  return count >= 2 && count <= 256 && std::has_single_bit(count);
}

std::string QuantizedResult::problem_of_width(bool chooses_width) const {
  const int bits = quantized_.bits;
  if (!is_known(quantized_.form) || quantized_.form == GLK_FORM_UNCHANGED) return {};
  const unsigned parts = parts_of(quantized_.form);
  const bool suits_form = (parts & codes) != 0     ? is_coded_width(bits)
                          : (parts & int8) != 0    ? bits == 8
                          : (parts & float32) != 0 ? bits == 32
                                                   : bits == 16;
  if (!suits_form) return fmt::format("returned a width of {} bits, which its form can't have", bits);
  if (!chooses_width && bits != asked_bits_) {
    return fmt::format("returned a width of {} bits where {} were asked for", bits, asked_bits_);
  }
  return {};
}

std::string QuantizedResult::problem_of_shape() const {
  if (quantized_.form == GLK_FORM_GROUP_TABLE && (quantized_.groups == 0 || channels_ % quantized_.groups != 0)) {
    return fmt::format("returned {} groups for {} channels", quantized_.groups, channels_);
  }
  if (quantized_.form == GLK_FORM_VECTOR_TABLE &&
      (quantized_.vector_length < 2 || channels_ % quantized_.vector_length != 0)) {
    return fmt::format("returned vectors of {} values for {} channels", quantized_.vector_length, channels_);
  }
  return {};
}

std::size_t QuantizedResult::code_count() const {
  return quantized_.form == GLK_FORM_VECTOR_TABLE ? count_ / quantized_.vector_length : count_;
}

std::size_t QuantizedResult::table_size() const {
  const std::size_t entries = std::size_t{1} << quantized_.bits;
  if (quantized_.form == GLK_FORM_GROUP_TABLE) return entries * quantized_.groups;
  return quantized_.form == GLK_FORM_VECTOR_TABLE ? entries * quantized_.vector_length : entries;
}

std::string QuantizedResult::problem_of_codes() const {
  if (tensor_.codes.size() != code_count()) return "returned no codes";
  const int limit = 1 << quantized_.bits;
  // One pass without a branch; the place is looked for only where there is something to find.
  std::uint8_t highest = 0;
  for (const std::uint8_t code : tensor_.codes) highest = std::max(highest, code);
  if (highest < limit) return {};
  const auto bad = std::ranges::find_if(tensor_.codes, [&](std::uint8_t code) { return code >= limit; });
  return fmt::format("returned the code {} at index {}, beyond its {} entries of {} bits", *bad,
                     bad - tensor_.codes.begin(), limit, quantized_.bits);
}

std::string QuantizedResult::problem_of_table() const {
  if (tensor_.table.empty()) return "returned no table";
  if (tensor_.table.size() != table_size()) {
    return fmt::format("returned a table of {} entries for {} bits", tensor_.table.size(), quantized_.bits);
  }
  return problem_of_values("table entry", tensor_.table);
}

std::string QuantizedResult::problem_of_scales() const {
  const unsigned parts = parts_of(quantized_.form);
  if ((parts & bias) != 0) {
    if (tensor_.scale.empty() || tensor_.bias.empty()) return "returned no scale and bias";
    if (tensor_.scale.size() != tensor_.bias.size()) {
      return fmt::format("returned {} scales and {} biases", tensor_.scale.size(), tensor_.bias.size());
    }
    if (std::string problem = problem_of_values("bias", tensor_.bias); !problem.empty()) return problem;
  }
  if ((parts & zero_point) != 0) {
    if (tensor_.scale.empty()) return "returned no scale";
    if (!tensor_.zero_point.empty() && tensor_.zero_point.size() != tensor_.scale.size()) {
      return fmt::format("returned {} scales and {} zero points", tensor_.scale.size(), tensor_.zero_point.size());
    }
    const int limit = 1 << quantized_.bits;
    for (std::size_t i = 0; i < tensor_.zero_point.size(); ++i) {
      if (tensor_.zero_point[i] < limit) continue;
      return fmt::format("returned the zero point {} at index {}, beyond {} bits", tensor_.zero_point[i], i,
                         quantized_.bits);
    }
  }
  return problem_of_values("scale", tensor_.scale);
}

std::string QuantizedResult::problem_of_mask() const {
  if (tensor_.mask.size() != count_) return "returned no mask";
  const auto bad = std::ranges::find_if(tensor_.mask, [](std::uint8_t keeps) { return keeps > 1; });
  if (bad == tensor_.mask.end()) return {};
  return fmt::format("returned a mask with {} at index {}, which is neither 0 nor 1", *bad, bad - tensor_.mask.begin());
}

std::string QuantizedResult::problem_of_floats() const {
  if (tensor_.float32.size() != count_) return "returned no float32 values";
  return problem_of_values("value", tensor_.float32);
}

// What a mask leaves out counts nothing: it becomes 0, so that the rest may be looked at without the mask.
void QuantizedResult::clear_what_is_masked() {
  for (std::size_t i = 0; i < tensor_.mask.size(); ++i) {
    if (tensor_.mask[i] != 0) continue;
    if (i < tensor_.codes.size()) tensor_.codes[i] = 0;
    if (i < tensor_.float32.size()) tensor_.float32[i] = 0;
  }
}

std::string QuantizedResult::problem(bool chooses_width) {
  std::string problem = problem_of_width(chooses_width);
  if (problem.empty()) problem = problem_of_shape();
  const unsigned parts = parts_of(quantized_.form);
  if (problem.empty() && (parts & mask) != 0) {
    problem = problem_of_mask();
    clear_what_is_masked();
  }
  if (problem.empty() && (parts & int8) != 0) {
    if (tensor_.int8.size() != count_) return "returned no int8 values";
    if (tensor_.scale.size() != 1) return "returned no single scale";
  }
  if (problem.empty() && (parts & table) != 0) problem = problem_of_table();
  if (problem.empty() && (parts & scale) != 0) problem = problem_of_scales();
  if (problem.empty() && (parts & codes) != 0) problem = problem_of_codes();
  if (problem.empty() && (parts & float32) != 0) problem = problem_of_floats();
  return problem;
}

QuantizedTensor QuantizedResult::take() {
  QuantizedTensor taken;
  taken.note = std::move(tensor_.note);
  if (!is_known(quantized_.form)) {
    taken.note = fmt::format("left as it is: the function's result has the form {}, which this program can't store",
                             quantized_.form);
    return taken;
  }
  taken.form = static_cast<weights::Kind>(quantized_.form);
  if (taken.form == weights::Kind::none) return taken;
  taken.bits = quantized_.bits;
  const unsigned parts = parts_of(quantized_.form);
  if ((parts & codes) != 0) taken.codes = std::move(tensor_.codes);
  if ((parts & table) != 0) taken.table = std::move(tensor_.table);
  if ((parts & scale) != 0) taken.scale = std::move(tensor_.scale);
  if ((parts & bias) != 0) taken.bias = std::move(tensor_.bias);
  if ((parts & zero_point) != 0) {
    taken.zero_point = std::move(tensor_.zero_point);
    taken.signed_codes = quantized_.signed_codes != 0;
  }
  if ((parts & int8) != 0) taken.int8 = std::move(tensor_.int8);
  if ((parts & float32) != 0) taken.float32 = std::move(tensor_.float32);
  if ((parts & mask) != 0) taken.mask = std::move(tensor_.mask);
  if (taken.form == weights::Kind::group_table) taken.groups = quantized_.groups;
  if (taken.form == weights::Kind::vector_table) taken.vector_length = quantized_.vector_length;
  return taken;
}

}  // namespace goldilocks::plugins
