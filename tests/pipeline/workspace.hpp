#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/thread_pool.hpp"
#include "core/pipeline/plan/plan.hpp"
#include "core/pipeline/predictions/image_network.hpp"
#include "core/pipeline/predictions/prepared_samples.hpp"
#include "core/pipeline/run.hpp"
#include "core/pipeline/yaml/spec.hpp"
#include "core/plugins/registry.hpp"
#include "core/store/store.hpp"
#include "coreml/model.pb.h"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks::testing {

// A small classifier of 8x8 colour images with the labels "0", "1", "2": one convolution, pooling, inner product.
CoreML::Specification::Model small_classifier(std::uint64_t seed = 1);

// A fresh folder with what a small pipeline reads: tiny.mlmodel, other.mlmodel (other weights), images.npy and
// labels.npy (30 images of three classes), a folder `classes` with one folder per class whose files are no images, and
// a store.
class Workspace {
 public:
  Workspace();

  const std::filesystem::path& path() const { return folder_.path(); }
  std::filesystem::path operator/(const std::filesystem::path& name) const { return path() / name; }

  // Writes a file, and returns its path.
  std::filesystem::path write(const std::filesystem::path& name, std::string_view content) const;

  // Parses a pipeline of this text. Paths in it are relative to the workspace.
  pipeline::PipelineSpec parse(const std::string& yaml, const pipeline::ParseSettings& settings = {}) const;
  // The message of the PipelineErrors that parsing throws; "" if it throws none.
  std::string faults(const std::string& yaml, const pipeline::ParseSettings& settings = {}) const;

  pipeline::Plan plan(const std::string& yaml) const;
  // The test fails where a model that was made breaks a rule of the format.
  pipeline::RunOutcome run(const std::string& yaml, const std::string& output = "run", std::size_t threads = 2,
                           const std::string& store = "store") const;

 private:
  TemporaryFolder folder_;
};

// The images of a .npy file, uint8 [samples, height, width, channels], as a classifier of one image takes them.
pipeline::PreparedSamples prepared_images(const std::filesystem::path& npy);

// The scores of a network for these images, a row for each.
std::vector<float> scores_of(const pipeline::ImageNetwork& network, const std::filesystem::path& npy);

// The content of a labels.npy that says of every image what tiny.mlmodel answers.
std::string own_answers(const Workspace& workspace);

// The plugins of this build, and those that the tests bring along.
plugins::Registry& registry();

// The lines of a text.
std::vector<std::string> lines(const std::string& text);

}  // namespace goldilocks::testing
