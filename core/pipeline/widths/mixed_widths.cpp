#include "core/pipeline/widths/mixed_widths.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/evaluation/width_search.hpp"

namespace goldilocks::pipeline {
namespace {

using evaluation::WidthChange;
using evaluation::WidthChoice;

// Every tensor at every width, and models put together from them.
class MixedModels {
 public:
  MixedModels(const WeightCandidates& candidates, ThreadPool& pool) : candidates_(candidates) {
    quantized_.resize(candidates.tensors().size());
    pool.parallel_for(quantized_.size(), [&](std::size_t i) { quantized_[i] = candidates.quantize(i); });
    for (const std::size_t i : candidates.halves()) fixed_.emplace_back(i, *candidates.fixed(i));
  }

  const std::vector<Candidate>& widths(std::size_t tensor) const { return quantized_[tensor]; }

  std::unique_ptr<formats::Model> assemble(const WidthChoice& choice) const {
    std::vector<std::optional<weights::Stored>> contents(candidates_.weights().weights().size());
    for (const auto& [weight, content] : fixed_) contents[weight] = content;
    for (std::size_t i = 0; i < choice.size(); ++i) {
      contents[candidates_.tensors()[i].weight] = quantized_[i][choice[i]].stored;
    }
    return candidates_.weights().draft(contents);
  }

  ImageNetwork lower(const WidthChoice& choice) const {
    return lower_image_network(*assemble(choice), candidates_.weights().name());
  }

  std::uint64_t file_size(const WidthChoice& choice) const { return assemble(choice)->size(); }

  // The widths that take the fewest or the most bytes.
  WidthChoice extreme(bool most) const {
    WidthChoice choice;
    for (const auto& widths : quantized_) {
      const auto is_less = [](const Candidate& a, const Candidate& b) { return a.bytes < b.bytes; };
      const auto found = most ? std::max_element(widths.begin(), widths.end(), is_less)
                              : std::min_element(widths.begin(), widths.end(), is_less);
      choice.push_back(static_cast<std::size_t>(found - widths.begin()));
    }
    return choice;
  }

  // What a file takes beside the candidates, at most: the lengths in the headers around them grow with them.
  std::uint64_t rest() const {
    const WidthChoice widest = extreme(true);
    return file_size(widest) - bytes(widest);
  }

  // Of the candidates alone.
  std::uint64_t bytes(const WidthChoice& choice) const {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < choice.size(); ++i) sum += quantized_[i][choice[i]].bytes;
    return sum;
  }

 private:
  const WeightCandidates& candidates_;
  std::vector<std::vector<Candidate>> quantized_;  // by tensor
  std::vector<std::pair<std::size_t, weights::Stored>> fixed_;
};

std::vector<evaluation::TensorWidths> options_of(const std::vector<SensitiveTensor>& sensitivities,
                                                 const MixedModels& models) {
  std::vector<evaluation::TensorWidths> options;
  for (std::size_t i = 0; i < sensitivities.size(); ++i) {
    evaluation::TensorWidths& tensor = options.emplace_back();
    const auto& widths = models.widths(i);
    if (widths.size() != sensitivities[i].bits.size()) {
      throw Error(ExitCode::internal, "the sensitivities are of other widths than the model's");
    }
    for (std::size_t k = 0; k < widths.size(); ++k) {
      tensor.bytes.push_back(static_cast<double>(widths[k].bytes));
      tensor.divergence.push_back(sensitivities[i].divergence[k]);
    }
  }
  return options;
}

[[noreturn]] void refuse(const std::string& name, const MixTarget& target, const MixedModels& models) {
  if (target.size) {
    throw ModelError(name, fmt::format("no widths make a file of at most {} bytes; the smallest possible has {}",
                                       *target.size, models.file_size(models.extreme(false))));
  }
  throw ModelError(name,
                   fmt::format("no widths that were tried come as near as a divergence of {}", *target.divergence));
}

}  // namespace

MixedWidths find_mixed_widths(const WeightCandidates& candidates, const std::vector<SensitiveTensor>& sensitivities,
                              const MixTarget& target, std::size_t measurements, const DivergenceMeter& meter,
                              ThreadPool& pool, const std::function<void(double)>& progress) {
  const MixedModels models(candidates, pool);
  const std::string& name = candidates.weights().name();
  std::size_t measured = 0;
  const auto advance = [&](std::size_t count) {
    measured += count;
    if (progress) progress(std::min(1.0, static_cast<double>(measured) / static_cast<double>(measurements)));
  };
  evaluation::WidthMeasure measure;
  measure.whole = [&](const WidthChoice& choice) {
    advance(1);
    const ImageNetwork network = models.lower(choice);
    return meter.measure_changes(network, {network}).front();
  };
  // All widths of one tensor are measured together, as they share what stands before it.
  measure.changes = [&](const WidthChoice& base, std::span<const WidthChange> changes) {
    const ImageNetwork network = models.lower(base);
    std::vector<double> divergence;
    for (std::size_t begin = 0; begin < changes.size();) {
      std::vector<ImageNetwork> changed;
      std::size_t end = begin;
      for (; end < changes.size() && changes[end].tensor == changes[begin].tensor; ++end) {
        WidthChoice choice = base;
        choice[changes[end].tensor] = changes[end].width;
        changed.push_back(models.lower(choice));
      }
      for (const double figure : meter.measure_changes(network, changed)) divergence.push_back(figure);
      advance(end - begin);
      begin = end;
    }
    return divergence;
  };
  evaluation::WidthTarget limit;
  if (target.size) {
    const std::uint64_t rest = models.rest();
    const WidthChoice narrowest = models.extreme(false);
    if (models.file_size(narrowest) > *target.size) refuse(name, target, models);
    // The rest is less where the candidates are small: the smallest file of all may be within the limit all the same.
    const std::uint64_t most = *target.size > rest ? *target.size - rest : 0;
    limit.bytes = static_cast<double>(std::max(most, models.bytes(narrowest)));
  }
  limit.divergence = target.divergence;
  const auto options = options_of(sensitivities, models);
  const auto found = evaluation::search_widths(options, limit, measure, measurements);
  if (!found) refuse(name, target, models);

  MixedWidths result;
  result.predicted = found->predicted;
  result.first_measured = found->first_measured;
  result.measured = found->measured;
  result.corrections = found->corrections;
  result.measurements = found->measurements;
  std::vector<std::pair<std::size_t, int>> widths;  // by weight
  for (std::size_t i = 0; i < found->choice.size(); ++i) {
    widths.emplace_back(candidates.tensors()[i].weight, models.widths(i)[found->choice[i]].bits);
  }
  for (const std::size_t i : candidates.halves()) widths.emplace_back(i, 16);
  for (const std::size_t i : candidates.kept()) widths.emplace_back(i, 32);
  std::sort(widths.begin(), widths.end());
  for (const auto& [i, bits] : widths) {
    const weights::Weight& weight = candidates.weights().weights()[i];
    result.tensors.push_back({weight.layer, weight.parameter, bits});
  }
  result.rules = rules_of(result.tensors, candidates);
  return result;
}

}  // namespace goldilocks::pipeline
