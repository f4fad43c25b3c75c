#include <algorithm>
#include <cmath>
#include <cstddef>

#include <goldilocks/error.hpp>
#include <goldilocks/vectorize.hpp>
#include <goldilocks/zero_point.hpp>

#include "rounding.hpp"

namespace goldilocks::affine {
namespace {

// The codes of a rule at a width, as the format stores them.
struct CodeRange {
  int least;
  int largest;
};

CodeRange code_range(const ZeroPointRule& rule, int bits) {
  const int middle = 1 << (bits - 1);
  if (rule.is_unsigned) return {0, 2 * middle - (rule.is_symmetric ? 2 : 1)};
  return {rule.is_symmetric ? 1 - middle : -middle, middle - 1};
}

// One channel's numbers. What is added to a quotient, and the clamped sum's shift to a code from 0 on.
struct Channel {
  float scale = 0;
  float zero_point = 0;
};

struct Codes {
  float least;
  float largest;
  float shift;
};

// 0 where it is no number.
inline std::uint8_t to_code(float stored, const Codes& codes) {
  float clamped = stored < codes.least ? codes.least : stored;
  clamped = clamped > codes.largest ? codes.largest : clamped;
  const float number = stored == stored ? clamped : 0.0F;
  return static_cast<std::uint8_t>(static_cast<std::int32_t>(number + codes.shift));
}

template <class Type>
inline std::uint8_t code_of(float value, const Channel& channel, const Codes& codes) {
  const float quotient = nearest_whole(Type::rounded(value / channel.scale));
  return to_code(Type::rounded(quotient + channel.zero_point), codes);
}

template <class Type>
inline void run_codes(const float* values, std::size_t count, Channel channel, Codes codes, std::uint8_t* out) {
  for (std::size_t i = 0; i < count; ++i) out[i] = code_of<Type>(values[i], channel, codes);
}

// As above, a channel for each value.
template <class Type>
inline void row_codes(const float* values, std::size_t count, const float* scales, const float* zero_points,
                      Codes codes, std::uint8_t* out) {
  for (std::size_t i = 0; i < count; ++i) out[i] = code_of<Type>(values[i], {scales[i], zero_points[i]}, codes);
}

GOLDILOCKS_VECTORIZE void half_run(const float* values, std::size_t count, Channel channel, Codes codes,
                                   std::uint8_t* out) {
  run_codes<InFloat16>(values, count, channel, codes, out);
}
GOLDILOCKS_VECTORIZE void single_run(const float* values, std::size_t count, Channel channel, Codes codes,
                                     std::uint8_t* out) {
  run_codes<InFloat32>(values, count, channel, codes, out);
}
GOLDILOCKS_VECTORIZE void half_row(const float* values, std::size_t count, const float* scales,
                                   const float* zero_points, Codes codes, std::uint8_t* out) {
  row_codes<InFloat16>(values, count, scales, zero_points, codes, out);
}
GOLDILOCKS_VECTORIZE void single_row(const float* values, std::size_t count, const float* scales,
                                     const float* zero_points, Codes codes, std::uint8_t* out) {
  row_codes<InFloat32>(values, count, scales, zero_points, codes, out);
}

// The numbers of all channels, of one type of arithmetic.
class Channels {
 public:
  Channels(const ZeroPointRule& rule, const std::vector<ValueRange>& ranges, int bits, bool in_half)
      : range_(code_range(rule, bits)), in_half_(in_half) {
    for (const ValueRange& range : ranges) add(rule, range);
  }

  const std::vector<float>& scales() const { return scales_; }
  const std::vector<float>& zero_points() const { return zero_points_; }  // as stored
  bool overflows() const { return overflows_; }
  const CodeRange& range() const { return range_; }
  bool in_half() const { return in_half_; }

 private:
  float rounded(float value) {
    const float result = in_half_ ? InFloat16::rounded(value) : value;
    if (std::isinf(result)) overflows_ = true;
    return result;
  }

  void add(const ZeroPointRule& rule, const ValueRange& range) {
    const auto least = static_cast<float>(range_.least);
    const auto largest = static_cast<float>(range_.largest);
    float lo = std::min(0.0F, range.least);
    float hi = std::max(0.0F, range.largest);
    if (rule.is_symmetric) {
      hi = std::max(std::fabs(range.least), std::fabs(range.largest));
      lo = -hi;
    }
    const float difference = rounded(hi - lo);
    scales_.push_back(rounded(difference / (largest - least)));
    if (rule.is_symmetric) {
      zero_points_.push_back(rule.is_unsigned ? static_cast<float>(range_.largest / 2) : 0.0F);
      return;
    }
    const float product = rounded(rounded(least * hi) - rounded(largest * lo));
    const float quotient = in_half_ ? InFloat16::rounded(product / difference) : product / difference;
    const float clamped = std::clamp(nearest_whole(quotient), least, largest);
    zero_points_.push_back(std::isnan(quotient) ? 0.0F : clamped);
  }

  CodeRange range_;
  bool in_half_;
  bool overflows_ = false;
  std::vector<float> scales_;
  std::vector<float> zero_points_;
};

class ZeroPointTask final : public QuantizerTask {
 public:
  ZeroPointTask(const Weights& weights, const ZeroPointRule& rule)
      : weights_(weights),
        rule_(rule),
        layout_(channel_layout(weights.dims, weights.channel_axis, weights.values.size())),
        ranges_(channel_ranges(weights.values, layout_)) {}

  void quantize(int bits, Result& out) override {
    if (weights_.values.empty()) return out.unchanged();
    if (bits == 16) return out.float16();
    if (rule_.is_symmetric && bits < 2) throw Unsupported("1 bit has no two values on the same side of zero");
    const bool in_half = weights_.value_type == GLK_FLOAT16 && rule_.arithmetic != Arithmetic::float32;
    const Channels channels(rule_, ranges_, bits, in_half);
    if (in_half && channels.overflows() && rule_.arithmetic == Arithmetic::reference) {
      out.note("computed in float32, as float16 would overflow");
      return write(Channels(rule_, ranges_, bits, false), bits, out);
    }
    write(channels, bits, out);
  }

 private:
  void write(const Channels& channels, int bits, Result& out) const {
    const bool has_zero_points = !rule_.is_symmetric || rule_.is_unsigned;
    const auto result = out.zero_point(bits, layout_.channels, !rule_.is_unsigned, has_zero_points);
    const float shift = rule_.is_unsigned ? 0.0F : static_cast<float>(1 << (bits - 1));
    for (std::size_t i = 0; i < layout_.channels; ++i) {
      result.scale[i] = to_float32(static_cast<double>(channels.scales()[i]), "scale");
      if (has_zero_points) {
        result.zero_point[i] = static_cast<std::uint8_t>(channels.zero_points()[i] + shift);
      }
    }
    const Codes codes{static_cast<float>(channels.range().least), static_cast<float>(channels.range().largest), shift};
    if (layout_.inner == 1) {
      const auto row = channels.in_half() ? half_row : single_row;
      for (std::size_t i = 0; i < layout_.outer; ++i) {
        const std::size_t begin = i * layout_.channels;
        row(weights_.values.data() + begin, layout_.channels, channels.scales().data(), channels.zero_points().data(),
            codes, result.codes.data() + begin);
      }
      return;
    }
    const auto run = channels.in_half() ? half_run : single_run;
    for (std::size_t slice = 0; slice < layout_.outer; ++slice) {
      for (std::size_t i = 0; i < layout_.channels; ++i) {
        const std::size_t begin = layout_.run(slice, i);
        run(weights_.values.data() + begin, layout_.inner, {channels.scales()[i], channels.zero_points()[i]}, codes,
            result.codes.data() + begin);
      }
    }
  }

  Weights weights_;
  ZeroPointRule rule_;
  ChannelLayout layout_;
  std::vector<ValueRange> ranges_;
};

}  // namespace

float round_to_half(float value) { return InFloat16::rounded(value); }

float round_to_half(double value) {
  if (!std::isfinite(value) || value == 0) return static_cast<float>(value);
  const int exponent = std::max(std::ilogb(value), -14);
  const double last_place = std::ldexp(1.0, exponent - 10);
  return InFloat16::rounded(static_cast<float>(std::nearbyint(value / last_place) * last_place));
}

void declare_arithmetic(Options& options, std::string* word) {
  options.choice(
      "arithmetic", word, {"reference", "reference_always", "float32"},
      "of ML Programs: rounded as the reference implementation does, except where that overflows; rounded so "
      "always; or in float32");
}

Arithmetic arithmetic_named(const std::string& word) {
  if (word == "reference_always") return Arithmetic::reference_always;
  return word == "float32" ? Arithmetic::float32 : Arithmetic::reference;
}

std::unique_ptr<QuantizerTask> zero_point_task(const Weights& weights, const ZeroPointRule& rule) {
  return std::make_unique<ZeroPointTask>(weights, rule);
}

}  // namespace goldilocks::affine
