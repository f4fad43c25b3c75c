#include "core/pipeline/predictions/detected_boxes.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/data/box_labels.hpp"
#include "core/runtime/arrays.hpp"

namespace goldilocks::pipeline {
namespace {

using evaluation::Box;
using evaluation::TrueBox;

constexpr std::size_t corners = 4;

struct Floats {
  std::vector<std::int64_t> shape;
  std::vector<float> values;
};

Floats floats_of(const runtime::Values& outputs, const std::string& name) {
  const auto* const array = std::get_if<runtime::Array>(&outputs.at(name));
  if (array == nullptr) throw ModelError(fmt::format("output '{}' is no array of boxes or scores", name));
  Floats floats{array->shape, std::vector<float>(runtime::element_count(*array))};
  runtime::to_floats(*array, floats.values);
  return floats;
}

// Row-major [boxes, per box], whichever way the array has them.
std::vector<float> by_box(const Floats& array, std::size_t boxes, bool columns) {
  if (!columns || boxes == 0) return array.values;
  const std::size_t width = array.values.size() / boxes;
  std::vector<float> rows(array.values.size());
  for (std::size_t box = 0; box < boxes; ++box) {
    for (std::size_t i = 0; i < width; ++i) rows[box * width + i] = array.values[i * boxes + box];
  }
  return rows;
}

// Whether each box is a column: [.., 4, boxes].
bool are_columns(const Floats& boxes, const Floats& scores, const DetectedBoxes& detection) {
  const std::size_t rank = boxes.shape.size();
  const bool rows = rank >= 1 && boxes.shape[rank - 1] == corners;
  const bool columns = rank >= 2 && boxes.shape[rank - 2] == corners;
  // Four boxes can be either; the scores tell, unless there are four labels as well.
  const std::size_t other = scores.shape.size();
  if (rows && columns && other >= 2) return scores.shape[other - 1] == corners && scores.shape[other - 2] != corners;
  if (rows) return false;
  if (columns) return true;
  throw ModelError(fmt::format("output '{}' of the shape {} has no boxes of 4 numbers", detection.boxes,
                               runtime::shape_text(boxes.shape)));
}

struct Candidate {
  float score;
  std::size_t box;
  std::size_t label;
};

// As fit_image() fits an image of this size.
DetectionTruth::Region seen_region(double width, double height, const DetectedBoxes& detection, data::Fit fit) {
  if (fit == data::Fit::scale_fill || !detection.image) return {0, 0, width, height};
  const double across = width / detection.width;
  const double down = height / detection.height;
  const double scale = fit == data::Fit::center_crop ? std::min(across, down) : std::max(across, down);
  const double seen_width = scale * detection.width;
  const double seen_height = scale * detection.height;
  return {(width - seen_width) / 2, (height - seen_height) / 2, seen_width, seen_height};
}

TrueBox true_box(const data::LabelledBox& labelled, const DetectionTruth::Region& region,
                 const std::vector<std::string>& labels) {
  const auto label = std::ranges::find(labels, labelled.label);
  if (label == labels.end()) {
    throw DataError(labelled.place,
                    fmt::format("the label '{}' is none of the model's: {}", labelled.label, fmt::join(labels, ", ")));
  }
  const Box whole{static_cast<float>(labelled.left), static_cast<float>(labelled.top),
                  static_cast<float>(labelled.left + labelled.width),
                  static_cast<float>(labelled.top + labelled.height)};
  const Box seen{std::max(whole.left, static_cast<float>(region.left)),
                 std::max(whole.top, static_cast<float>(region.top)),
                 std::min(whole.right, static_cast<float>(region.left + region.width)),
                 std::min(whole.bottom, static_cast<float>(region.top + region.height))};
  const bool hardly_seen = seen.area() * 2 < whole.area() || whole.area() == 0;
  return {hardly_seen ? whole : seen, static_cast<std::uint32_t>(label - labels.begin()),
          labelled.crowd || hardly_seen};
}

}  // namespace

std::vector<float> detected_boxes(const runtime::Values& outputs, const DetectedBoxes& detection) {
  const Floats boxes = floats_of(outputs, detection.boxes);
  const Floats scores = floats_of(outputs, detection.scores);
  std::vector<float> result(detection.most * box_values, 0.0F);
  for (std::size_t row = 0; row < detection.most; ++row) result[row * box_values + 4] = -1;
  if (boxes.values.empty()) return result;
  const std::size_t count = boxes.values.size() / corners;
  if (scores.values.empty() || scores.values.size() % count != 0) {
    throw ModelError(fmt::format("output '{}' of the shape {} has no scores for {} boxes", detection.scores,
                                 runtime::shape_text(scores.shape), count));
  }
  const std::size_t labels = scores.values.size() / count;
  if (!detection.labels.empty() && labels != detection.labels.size()) {
    throw ModelError(fmt::format("output '{}' has scores of {} labels, and there are {}", detection.scores, labels,
                                 detection.labels.size()));
  }
  const bool columns = are_columns(boxes, scores, detection);
  const std::vector<float> places = by_box(boxes, count, columns);
  const std::vector<float> likely = by_box(scores, count, columns);
  std::vector<Candidate> found;
  for (std::size_t box = 0; box < count; ++box) {
    const auto first = likely.begin() + static_cast<std::ptrdiff_t>(box * labels);
    const auto best = std::max_element(first, first + static_cast<std::ptrdiff_t>(labels));
    if (*best > 0) found.push_back({*best, box, static_cast<std::size_t>(best - first)});
  }
  std::ranges::stable_sort(found, std::ranges::greater{}, &Candidate::score);
  const auto width = static_cast<float>(detection.pixels ? detection.width : 1);
  const auto height = static_cast<float>(detection.pixels ? detection.height : 1);
  for (std::size_t row = 0; row < std::min(found.size(), detection.most); ++row) {
    const float* const place = places.data() + found[row].box * corners;
    float* const to = result.data() + row * box_values;
    to[0] = (place[0] - place[2] / 2) / width;
    to[1] = (place[1] - place[3] / 2) / height;
    to[2] = (place[0] + place[2] / 2) / width;
    to[3] = (place[1] + place[3] / 2) / height;
    to[4] = found[row].score;
    to[5] = static_cast<float>(found[row].label);
  }
  return result;
}

DetectionTruth load_detection_truth(const DetectedBoxes& detection, const DetectionUse& use,
                                    const data::Dataset& dataset, const data::Preparation& preparation,
                                    ThreadPool& pool) {
  DetectionTruth truth;
  truth.regions.resize(dataset.samples.size());
  if (!use.labels) return truth;
  const data::BoxLabels labels = data::read_box_labels(use.labels->path);
  truth.boxes.resize(dataset.samples.size());
  std::vector<const data::BoxLabels::Image*> images;
  for (const data::Sample& sample : dataset.samples) images.push_back(labels.find(sample.id));
  if (std::ranges::none_of(images, [](const auto* image) { return image != nullptr; })) {
    throw DataError(use.labels->path.string(),
                    fmt::format("has boxes for none of the samples, such as '{}'", dataset.samples.front().id));
  }
  pool.parallel_for(images.size(), [&](std::size_t i) {
    const data::BoxLabels::Image* const image = images[i];
    double width = detection.width;
    double height = detection.height;
    if (image != nullptr && image->size) {
      width = image->size->first;
      height = image->size->second;
    } else if (detection.image && dataset.has_images) {
      const data::Image stored = data::stored_image(dataset, i);
      width = stored.width;
      height = stored.height;
    }
    truth.regions[i] = seen_region(width, height, detection, preparation.fit);
    if (image == nullptr) return;
    for (const data::LabelledBox& box : image->boxes) {
      truth.boxes[i].push_back(true_box(box, truth.regions[i], detection.labels));
    }
  });
  return truth;
}

evaluation::FoundBoxes found_boxes(const Predictions& predictions, const DetectionTruth& truth) {
  evaluation::FoundBoxes found(predictions.samples);
  const std::span<const float> values = predictions.scores().values;
  const std::size_t most = values.size() / box_values / std::max<std::size_t>(predictions.samples, 1);
  for (std::size_t sample = 0; sample < found.size(); ++sample) {
    const DetectionTruth::Region& region = truth.regions.at(sample);
    const auto across = [&](float part) { return static_cast<float>(region.left + part * region.width); };
    const auto down = [&](float part) { return static_cast<float>(region.top + part * region.height); };
    for (std::size_t row = 0; row < most; ++row) {
      const auto box = values.subspan((sample * most + row) * box_values, box_values);
      if (!(box[4] > 0)) break;
      found[sample].push_back(
          {{across(box[0]), down(box[1]), across(box[2]), down(box[3])}, box[4], static_cast<std::uint32_t>(box[5])});
    }
  }
  return found;
}

}  // namespace goldilocks::pipeline
