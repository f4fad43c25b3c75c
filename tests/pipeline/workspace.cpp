#include "tests/pipeline/workspace.hpp"

#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/data/npy.hpp"
#include "core/evaluation/metrics.hpp"
#include "core/formats/coreml/model_file.hpp"
#include "core/formats/open.hpp"
#include "core/pipeline/predictions/predictions.hpp"
#include "tests/support/as_model.hpp"
#include "tests/support/model_builder.hpp"

namespace goldilocks::testing {

CoreML::Specification::Model small_classifier(std::uint64_t seed) {
  return ModelBuilder(seed)
      .image_input("image", 8, 8)
      .convolution("conv", 3, 4)
      .activation("relu")
      .pooling("pool", {.kernel = 2, .stride = 2})
      .flatten("flat")
      .inner_product("dense", 64, 3)
      .softmax("probabilities")
      .classifier({"0", "1", "2"})
      .build();
}

Workspace::Workspace() {
  write("tiny.mlmodel", model::serialize_model(small_classifier(1)));
  write("other.mlmodel", model::serialize_model(small_classifier(2)));
  constexpr std::int64_t count = 30;
  RandomFloats random(3);
  std::string images = data::npy_header("|u1", std::vector<std::int64_t>{count, 8, 8, 3});
  for (int i = 0; i < count * 8 * 8 * 3; ++i) images += static_cast<char>(static_cast<int>(random.next() * 127) + 128);
  std::string labels = data::npy_header("|u1", std::vector<std::int64_t>{count});
  for (int i = 0; i < count; ++i) labels += static_cast<char>(i % 3);
  write("images.npy", images);
  write("labels.npy", labels);
  for (const char* name : {"0", "1", "2"}) write(std::filesystem::path("classes") / name / "a.png", "no image");
}

std::filesystem::path Workspace::write(const std::filesystem::path& name, std::string_view content) const {
  // Not synced to the disk as the program's own files are: the tests write hundreds.
  std::filesystem::create_directories((path() / name).parent_path());
  std::ofstream(path() / name, std::ios::binary) << content;
  return path() / name;
}

pipeline::PipelineSpec Workspace::parse(const std::string& yaml, const pipeline::ParseSettings& settings) const {
  return pipeline::parse_pipeline(write("pipeline.yaml", yaml), settings, registry());
}

std::string Workspace::faults(const std::string& yaml, const pipeline::ParseSettings& settings) const {
  try {
    parse(yaml, settings);
    return "";
  } catch (const pipeline::PipelineErrors& errors) {
    // The folder's name differs from run to run.
    std::string text = errors.what();
    for (std::size_t at = text.find(path().string() + "/"); at != std::string::npos;
         at = text.find(path().string() + "/")) {
      text.erase(at, path().string().size() + 1);
    }
    return text;
  }
}

pipeline::Plan Workspace::plan(const std::string& yaml) const {
  ThreadPool pool(2);
  return pipeline::make_plan(parse(yaml), registry(), pool);
}

pipeline::RunOutcome Workspace::run(const std::string& yaml, const std::string& output, std::size_t threads,
                                    const std::string& store) const {
  ThreadPool pool(threads);
  const pipeline::PipelineSpec spec = parse(yaml);
  const pipeline::Plan plan = pipeline::make_plan(spec, registry(), pool);
  store::Store artifacts(path() / store);
  pipeline::RunSettings settings;
  settings.output = path() / output;
  pipeline::RunOutcome outcome = pipeline::run_pipeline(spec, plan, registry(), artifacts, pool, settings);
  for (const auto& file : std::filesystem::directory_iterator(settings.output)) {
    const auto extension = file.path().extension();
    if ((extension != ".mlmodel" && extension != ".mlpackage") || exists(path() / file.path().filename())) continue;
    for (const model::Violation& violation : formats::open(file.path())->validate()) {
      ADD_FAILURE() << file.path().filename() << ": " << violation.text();
    }
  }
  return outcome;
}

pipeline::PreparedSamples prepared_images(const std::filesystem::path& npy) {
  const MappedFile file(npy);
  const data::NpyView images = data::parse_npy(file.bytes(), npy.string());
  data::Dataset dataset;
  dataset.packed = data::open_packed_pixels(npy);
  for (std::int64_t i = 0; i < images.shape.at(0); ++i) dataset.samples.push_back({std::to_string(i), {}, 0});
  ThreadPool pool(1);
  OpenFile prepared = OpenFile::in_memory("prepared");
  const auto size = [&](std::size_t axis) { return static_cast<int>(images.shape.at(axis)); };
  pipeline::prepare_samples({{.width = size(2), .height = size(1), .channels = size(3)}}, dataset, {}, 0, pool,
                            prepared);
  return pipeline::PreparedSamples(std::move(prepared));
}

std::vector<float> scores_of(const pipeline::ImageNetwork& network, const std::filesystem::path& npy) {
  const auto model = registry().backend("reference").create_model({}, network.network->graph(), "");
  ThreadPool pool(1);
  OpenFile file = OpenFile::in_memory("answers");
  pipeline::predict_images(network, *model, prepared_images(npy), true, pool, file);
  std::vector<float> content(file.size() / sizeof(float));
  file.read(0, std::as_writable_bytes(std::span(content)));
  const auto values = pipeline::parse_predictions(std::as_bytes(std::span(content)), "answers").scores().values;
  return {values.begin(), values.end()};
}

std::string own_answers(const Workspace& workspace) {
  const auto scores =
      scores_of(pipeline::lower_image_network(*as_model(small_classifier(1)), "tiny"), workspace / "images.npy");
  const auto classes = evaluation::top1({scores, 3});
  std::string labels = data::npy_header("|u1", std::vector<std::int64_t>{static_cast<std::int64_t>(classes.size())});
  for (const std::uint32_t answer : classes) labels += static_cast<char>(answer);
  return labels;
}

plugins::Registry& registry() {
  static plugins::Registry found({std::filesystem::path(GOLDILOCKS_BINARY_DIR) / "lib/goldilocks/plugins",
                                  std::filesystem::path(GOLDILOCKS_BINARY_DIR) / "tests/pipeline/libraries"});
  return found;
}

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> all;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) all.push_back(line);
  return all;
}

}  // namespace goldilocks::testing
