#include "core/pipeline/calibration/calibrate_model.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/cancellation.hpp"
#include "core/base/error.hpp"
#include "core/pipeline/calibration/two_streams.hpp"
#include "core/pipeline/calibration/weight_reader.hpp"
#include "core/quantization/calibration/calibrate_tensor.hpp"
#include "core/weights/codec.hpp"

namespace goldilocks::pipeline {
namespace {

using quantization::Outcome;
using Contents = std::vector<std::optional<weights::Stored>>;

// A weight that can be calibrated.
struct CalibratedWeight {
  std::size_t index = 0;
  WeightReader reader;
  quantization::WeightChoice choice;
};

void add_note(Outcome& outcome, const std::string& note) { outcome.note += (outcome.note.empty() ? "" : "; ") + note; }

bool has_codes(const weights::Stored& stored) {
  return stored.encoding.kind != weights::Kind::float32 && stored.encoding.kind != weights::Kind::float16;
}

// Networks whose graphs differ in constants alone.
bool is_same_structure(const glk_graph& a, const glk_graph& b) {
  if (a.operation_count != b.operation_count || a.value_count != b.value_count) return false;
  for (std::size_t i = 0; i < a.operation_count; ++i) {
    if (std::string_view(a.operations[i]->type) != b.operations[i]->type) return false;
  }
  return true;
}

}  // namespace

ModelCalibration::ModelCalibration(const formats::ModelWeights& weights, CalibrationSamples samples, ThreadPool& pool)
    : weights_(weights), samples_(std::move(samples)), pool_(pool) {
  const Contents as_they_are(weights.weights().size());
  full_ = lower_image_network(*weights.draft(as_they_are), weights.name());
}

void ModelCalibration::calibrate(const quantization::QuantizeRequest& request, std::size_t setting,
                                 std::span<quantization::Outcome* const> outcomes) const {
  const std::span<const weights::Weight> all = weights_.weights();
  const quantization::QuantizeSettings& settings = request.settings.at(setting);
  // What the file will hold: a layer that is no smaller with codes keeps its floats.
  std::vector<weights::Change> settled(outcomes.size());
  std::vector<weights::Change*> changes;
  for (std::size_t i = 0; i < outcomes.size(); ++i) changes.push_back(&(settled[i] = *outcomes[i]));
  weights_.settle(changes);
  Contents contents;
  contents.reserve(settled.size());
  for (weights::Change& change : settled) contents.push_back(std::move(change.content));

  std::vector<CalibratedWeight> calibrated;
  std::vector<float> buffer;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!contents[i] || !has_codes(*contents[i])) continue;
    const quantization::WeightChoice choice = quantization::choose_for(request, all[i]);
    const weights::Stored before = weights_.read(i);
    const auto reader = find_reader(full_.network->graph(), all[i].name, weights::view(before, all[i].place, buffer));
    if (!reader) {
      if (all[i].role == weights::Role::matrix) add_note(*outcomes[i], "not calibrated: what it meets is not known");
      continue;
    }
    if (choice.layout.over(settings.layout) != quantization::Layout{}) {
      add_note(*outcomes[i], "not calibrated: it has a layout of its own");
      continue;
    }
    calibrated.push_back({i, *reader, choice});
  }
  std::ranges::stable_sort(calibrated, {}, [](const CalibratedWeight& weight) { return weight.reader.operation; });

  const auto lower = [&] {
    ImageNetwork network = lower_image_network(*weights_.draft(contents), weights_.name());
    if (!is_same_structure(full_.network->graph(), network.network->graph())) {
      throw std::logic_error("a compressed network has other operations than the full one");
    }
    return network;
  };
  TwoStreams streams(*samples_.backend, samples_.options, *samples_.prepared, samples_.samples, full_, pool_);
  for (const CalibratedWeight& weight : calibrated) {
    throw_if_cancelled();
    const weights::Weight& facts = all[weight.index];
    const WeightReader& reader = weight.reader;
    const ImageNetwork compressed = lower();
    quantization::MomentSums sums(reader.inputs, reader.groups);
    std::vector<float> full_patches, patches;  // of one batch
    std::size_t of_sample = 0;                 // columns
    const glk_value& value = *full_.network->graph().values[reader.input];
    const std::span<const std::int64_t> dims(value.dims, value.rank);
    if (std::ranges::any_of(dims, [](std::int64_t dim) { return dim < 1; })) {
      add_note(*outcomes[weight.index], "not calibrated: what it meets has no fixed shape");
      continue;
    }
    const Patches places(reader, dims);
    of_sample = std::min(places.count(), samples_.positions);
    if (of_sample == 0) continue;
    std::size_t first = 0;
    streams.look(
        compressed, reader.operation, reader.input,
        [&](const TwoStreams::Batch& batch) {
          first = batch.first;
          const std::size_t size = batch.count * of_sample * reader.inputs * reader.groups;
          full_patches.resize(size);
          patches.resize(size);
        },
        [&](std::size_t sample, const InnerValue& full, const InnerValue& inner) {
          const std::size_t columns = patches.size() / (reader.inputs * reader.groups);
          const std::size_t begin = (sample - first) * of_sample;
          const std::uint64_t seed = reader.operation * 1'000'003 + sample;
          places.gather(full.values, of_sample, seed, full_patches, columns, begin);
          places.gather(inner.values, of_sample, seed, patches, columns, begin);
        },
        [&](const TwoStreams::Batch& batch) { sums.add(patches, full_patches, batch.count * of_sample, pool_); });

    Outcome& outcome = *outcomes[weight.index];
    const weights::Stored before = weights_.read(weight.index);
    const std::span<const float> values = weights::view(before, facts.place, buffer);
    auto result = quantization::calibrate_tensor(facts, values, *weight.choice.quantizer,
                                                 weight.choice.bits.value_or(settings.bits), *contents[weight.index],
                                                 sums.take(), samples_.settings, pool_);
    if (result.content) {
      outcome.error = quantization::error_of(facts, values, *result.content);
      contents[weight.index] = result.content;
      outcome.content = std::move(result.content);
    }
    add_note(outcome, result.note);
  }
}

}  // namespace goldilocks::pipeline
