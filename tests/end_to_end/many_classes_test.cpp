// What a run costs with as many classes as ImageNet has: nothing may grow with the square of their number.
#include <iostream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/resource.h>

#include "core/base/file.hpp"
#include "core/data/image.hpp"
#include "core/formats/coreml/model_file.hpp"
#include "tests/support/model_builder.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks {
namespace {

constexpr int classes = 1000;
constexpr double mib = 1024 * 1024;

std::string label(int index) { return fmt::format("class number {:04}", index); }

// Answers differ from class to class and from width to width, as the weights are random.
void write_model(const std::filesystem::path& file) {
  std::vector<std::string> labels;
  for (int i = 0; i < classes; ++i) labels.push_back(label(i));
  write_file_atomically(file, model::serialize_model(testing::ModelBuilder(5)
                                                         .image_input("image", 8, 8)
                                                         .convolution("conv", 3, 8)
                                                         .activation("relu")
                                                         .flatten("flat")
                                                         .inner_product("dense", 8 * 8 * 8, classes)
                                                         .softmax("probabilities")
                                                         .classifier(labels)
                                                         .build()));
}

// An image of noise for each class.
void write_images(const std::filesystem::path& folder) {
  testing::RandomFloats random(6);
  for (int i = 0; i < classes; ++i) {
    data::Image image{8, 8, 3, std::vector<std::uint8_t>(8 * 8 * 3)};
    for (std::uint8_t& value : image.pixels) value = static_cast<std::uint8_t>(128 + 127 * random.next());
    write_file_atomically(folder / label(i) / "image.png", data::encode_png(image));
  }
}

TEST(ManyClasses, TakeLittleMemoryAndADocumentOfAFewMegabytes) {
  const testing::TemporaryFolder folder;
  write_model(folder / "many.mlmodel");
  write_images(folder / "images");
  write_file_atomically(folder / "many.yaml", std::string(R"(
name: many
stages:
  - load: {model: many.mlmodel, dataset: {images: images}}
  - quantize: {sweep: {function: [linear, linear_lut, kmeans_lut], bits: [16, 8, 7, 6, 5, 4, 3, 2, 1]}}
  - evaluate: {backend: onednn}
  - select: {max_drop: 1, allow_broken_baseline: true}
  - report: [html, csv, markdown, junit, github, sqlite]
)"));
  testing::ProgramSettings settings;
  settings.folder = folder.path();
  const auto run = testing::goldilocks(folder / "store", {"run", "many.yaml", "-o", "run"}, settings);
  ASSERT_EQ(run.exit_code, 0) << run.errors;
  const auto size = static_cast<double>(std::filesystem::file_size(folder / "run/results.json"));
  struct rusage usage {};
  ASSERT_EQ(::getrusage(RUSAGE_CHILDREN, &usage), 0);
  const double peak = static_cast<double>(usage.ru_maxrss) / 1024;
  RecordProperty("results_megabytes", fmt::format("{:.1f}", size / 1e6));
  RecordProperty("peak_mebibytes", fmt::format("{:.0f}", peak));
  std::cout << fmt::format("results.json: {:.1f} MB, peak memory: {:.0f} MiB, {:.1f} s\n", size / 1e6, peak,
                           run.seconds);
  EXPECT_LT(size, 10e6);
#if !defined(__SANITIZE_ADDRESS__)
  EXPECT_LT(peak, 400e6 / mib);
#endif

  const auto results = nlohmann::json::parse(read_file(folder / "run/results.json"));
  ASSERT_EQ(results["variants"].size(), 28U);
  for (const auto& variant : results["variants"]) {
    const auto& evaluation = variant["evaluation"];
    EXPECT_FALSE(evaluation.contains("confusion"));
    std::size_t samples = 0;
    for (const auto& cell : evaluation["confusionCells"]) samples += cell["count"].get<std::size_t>();
    EXPECT_EQ(samples, 1000U);
  }
}

}  // namespace
}  // namespace goldilocks
