#include "core/quantization/calibration/calibrate_tensor.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/quantization/function_result.hpp"
#include "core/quantization/quantize_tensor.hpp"
#include "core/weights/codec.hpp"

namespace goldilocks::quantization {
namespace {

using plugins::QuantizedTensor;
using weights::Kind;

// A result with codes, and what they stand for.
class CodedResult {
 public:
  CodedResult(const CodedLayer& layer, QuantizedTensor result, std::size_t values)
      : layer_(layer), result_(std::move(result)) {
    const std::size_t scales = result_.scale.size();
    is_table_ = result_.form == Kind::table || result_.form == Kind::sparse_table;
    is_line_ = result_.form == Kind::linear && (scales == 1 || scales == layer.rows()) && result_.bias.size() == scales;
    if (result_.codes.size() != values) is_table_ = is_line_ = false;
    if (is_coded()) read_books();
  }

  bool is_coded() const { return is_table_ || is_line_; }

  void compensate() { result_.codes = layer_.compensate(books_, result_.mask); }

  // A better table or grid for the codes, then better codes for that.
  void refine(int sweeps) {
    if (is_table_) {
      const std::vector<double> entries = layer_.refit_table(books_.front(), result_.codes, result_.mask);
      for (std::size_t i = 0; i < entries.size(); ++i) {
        const auto entry = static_cast<float>(entries[i]);
        if (std::isfinite(entry)) result_.table[i] = entry;
      }
    } else {
      const bool is_shared = books_.size() == 1;
      for (std::size_t i = 0; i < books_.size(); ++i) {
        const CodedLayer::Line line = layer_.refit_line(result_.codes, is_shared ? layer_.rows() : i);
        const auto scale = static_cast<float>(line.scale);
        const auto bias = static_cast<float>(line.bias);
        if (!(scale > 0) || !std::isfinite(scale) || !std::isfinite(bias)) continue;
        result_.scale[i] = scale;
        result_.bias[i] = bias;
      }
    }
    read_books();
    layer_.descend(books_, sweeps, result_.codes, result_.mask);
  }

  double error() const {
    std::vector<float> values(result_.codes.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!result_.mask.empty() && result_.mask[i] == 0) continue;
      const CodeBook& book = books_.size() == 1 ? books_.front() : books_[i / layer_.inputs()];
      values[i] = static_cast<float>(book[result_.codes[i]]);
    }
    return layer_.error(values);
  }

  const QuantizedTensor& result() const { return result_; }

 private:
  // The values as the model's reader has them: float32.
  void read_books() {
    books_.clear();
    if (is_table_) {
      const std::vector<double> entries(result_.table.begin(), result_.table.end());
      books_.emplace_back(entries);
      return;
    }
    std::vector<double> line(std::size_t{1} << static_cast<unsigned>(result_.bits));
    for (std::size_t i = 0; i < result_.scale.size(); ++i) {
      for (std::size_t code = 0; code < line.size(); ++code) {
        const double exact =
            static_cast<double>(code) * static_cast<double>(result_.scale[i]) + static_cast<double>(result_.bias[i]);
        line[code] = static_cast<double>(static_cast<float>(exact));
      }
      books_.emplace_back(line);
    }
  }

  const CodedLayer& layer_;
  QuantizedTensor result_;
  bool is_table_ = false;
  bool is_line_ = false;
  std::vector<CodeBook> books_;  // one, or one for each row
};

double error_of_stored(const CodedLayer& layer, const weights::Weight& weight, const weights::Stored& stored) {
  std::vector<float> buffer;
  return layer.error(weights::view(stored, weight.place, buffer));
}

std::string share_of(double error, double other) {
  if (!(other > 0)) return "no error either way";
  return fmt::format("{:.3g} % of the error without", 100 * error / other);
}

}  // namespace

CalibratedTensor calibrate_tensor(const weights::Weight& weight, std::span<const float> values,
                                  const plugins::Quantizer& quantizer, int bits, const weights::Stored& uncalibrated,
                                  const LayerMoments& moments, const CalibrationSettings& settings, ThreadPool& pool) {
  CalibratedTensor best;
  std::optional<CodedLayer> layer;
  try {
    layer.emplace(values, moments, settings, pool);
  } catch (const std::invalid_argument& error) {
    best.note = fmt::format("not calibrated: {}", error.what());
    return best;
  }
  best.uncalibrated_error = best.error = error_of_stored(*layer, weight, uncalibrated);
  std::string method;
  const auto take_if_better = [&](double error, const QuantizedTensor& result, std::span<const float> target,
                                  const std::string& name) {
    if (!(error < best.error)) return;
    FunctionResult stored = store_result(weight, target, result);
    if (!stored.content) return;
    const double exact = error_of_stored(*layer, weight, *stored.content);
    if (!(exact < best.error)) return;
    best.error = exact;
    best.content = std::move(stored.content);
    method = name;
  };

  std::vector<float> target(values.size());
  for (std::size_t row = 0; row < layer->rows(); ++row) {
    std::ranges::transform(layer->target().row(row),
                           target.begin() + static_cast<std::ptrdiff_t>(row * layer->inputs()),
                           [](double value) { return static_cast<float>(value); });
  }
  if (!std::ranges::all_of(target, [](float value) { return std::isfinite(value); })) {
    best.note = "not calibrated: the fitted weights are not finite";
    return best;
  }
  const std::vector<float> importance = layer->importance();
  const auto task = quantizer.begin(tensor_for_function(weight, target, importance));
  const QuantizedTensor weighted = task->quantize(bits);
  CodedResult coded(*layer, weighted, values.size());
  if (coded.is_coded()) {
    take_if_better(coded.error(), weighted, target, "importance");
    coded.compensate();
    take_if_better(coded.error(), coded.result(), target, "error compensation");
    for (int round = 0; round < settings.rounds; ++round) {
      coded.refine(settings.sweeps);
      take_if_better(coded.error(), coded.result(), target, "error compensation, refined");
    }
  } else if (weighted.form != Kind::none) {
    take_if_better(-1, weighted, target, "importance");
  }
  best.note = best.content ? fmt::format("calibrated: {}, {}", method, share_of(best.error, best.uncalibrated_error))
                           : "calibrated: best without";
  return best;
}

}  // namespace goldilocks::quantization
