#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/thread_pool.hpp"
#include "core/data/dataset.hpp"
#include "core/data/image.hpp"
#include "core/evaluation/detection.hpp"
#include "core/pipeline/predictions/predictions.hpp"
#include "core/pipeline/yaml/spec.hpp"
#include "core/runtime/stage.hpp"

namespace goldilocks::pipeline {

// The two outputs of a detector: boxes as [centre x, centre y, width, height] and scores of each label, a row for each
// box; or a column for each, as suppression in ML Programs from iOS 17 on gives them.
struct DetectedBoxes {
  std::string boxes, scores;
  bool pixels = false;     // boxes are in pixels of the input, otherwise in parts of it
  std::size_t most = 100;  // boxes that are kept of a sample: those of the highest scores
  std::vector<std::string> labels{};
  int width = 0, height = 0;  // of the input
  bool image = false;         // the input is an image, to which the dataset's are fitted
};

// A box in a predictions artifact: left, top, right, bottom in parts of the input, score, label. Rows without a box
// have a negative score.
inline constexpr std::size_t box_values = 6;
inline constexpr const char* detections_name = "detections";

// The boxes that a model gives for a sample, in falling order of scores: [most, box_values]. A box has the label of its
// highest score; without one above 0 it is none. Throws ModelError for outputs that are no boxes and scores.
std::vector<float> detected_boxes(const runtime::Values& outputs, const DetectedBoxes& detection);

// What is to be seen on each sample, and which part of its image the model sees, in pixels of the image.
struct DetectionTruth {
  struct Region {
    double left = 0, top = 0, width = 1, height = 1;
  };
  std::vector<Region> regions;
  std::vector<std::vector<evaluation::TrueBox>> boxes;  // empty: not known
};

// Without labels the regions are of size 1. True boxes are cut where the model doesn't see further; of which it sees
// less than half, they are ignored. Throws FileError, and DataError that names the place: labels that the model doesn't
// have, or boxes for none of the samples.
DetectionTruth load_detection_truth(const DetectedBoxes& detection, const DetectionUse& use,
                                    const data::Dataset& dataset, const data::Preparation& preparation,
                                    ThreadPool& pool);

// The boxes of an artifact, by sample, in pixels of the samples' images.
evaluation::FoundBoxes found_boxes(const Predictions& predictions, const DetectionTruth& truth);

}  // namespace goldilocks::pipeline
