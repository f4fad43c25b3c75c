// The reference data: packages that a strict reader accepts or refuses, a program for every operation, and packages
// with compressed weights.
#include "tests/support/reference.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/formats/ml_program/package.hpp"
#include "core/formats/ml_program/validate.hpp"

namespace goldilocks::ml_program {
namespace {

namespace fs = std::filesystem;

// Everything that is wrong with a package, a line each; "" where nothing is.
std::string problems_of(const fs::path& path) {
  try {
    Package package = Package::open(path);
    std::string text;
    for (const model::Violation& violation : validate(package.model(), package.weights()))
      text += violation.text() + '\n';
    return text;
  } catch (const Error& error) {
    return std::string(error.what()) + '\n';
  }
}

// The rows of an index, without its header.
std::vector<std::vector<std::string>> rows_of(const fs::path& index) {
  std::istringstream lines(read_file(index));
  std::vector<std::vector<std::string>> rows;
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    std::istringstream cells(line);
    std::vector<std::string> row;
    for (std::string cell; std::getline(cells, cell, '\t');) row.push_back(cell);
    rows.push_back(row);
  }
  return rows;
}

TEST(ReferencePackages, AreAcceptedAndRefusedAsTheIndexSays) {
  GOLDILOCKS_REFERENCE_OR_SKIP(folder, "mlprogram/packages");
  int accepted = 0;
  int refused = 0;
  for (const auto& row : rows_of(folder / "index.tsv")) {
    const std::string problems = problems_of(folder / row[0]);
    if (row[1] == "accept") {
      EXPECT_EQ(problems, "") << row[0];
      ++accepted;
    } else if (row[1] == "refuse") {
      EXPECT_NE(problems, "") << row[0] << ": " << row[2];
      ++refused;
    }
  }
  EXPECT_EQ(accepted, 27);
  EXPECT_EQ(refused, 134);
}

TEST(ReferenceOperations, AreValidUnlessTheyMustBeRefused) {
  GOLDILOCKS_REFERENCE_OR_SKIP(folder, "mlprogram/op-cases");
  int checked = 0;
  for (const auto& row : rows_of(folder / "index.tsv")) {
    const std::string problems = problems_of(folder / row[0] / "model.mlpackage");
    if (row[5] == "refuse") {
      EXPECT_NE(problems, "") << row[0];
    } else {
      EXPECT_EQ(problems, "") << row[0];
    }
    ++checked;
  }
  EXPECT_EQ(checked, 660);
}

TEST(ReferenceCompression, IsValid) {
  GOLDILOCKS_REFERENCE_OR_SKIP(folder, "mlprogram/compression-cases");
  int checked = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".mlpackage") continue;
    EXPECT_EQ(problems_of(entry.path()), "") << entry.path();
    ++checked;
  }
  EXPECT_EQ(checked, 109 + 28);
}

TEST(ReferenceModels, AreValid) {
  GOLDILOCKS_REFERENCE_OR_SKIP(folder, "mlprogram/models");
  for (const char* name : {"basic_pitch/nmp.mlpackage", "resnet20/ResNet20CIFAR10.mlpackage"}) {
    EXPECT_EQ(problems_of(folder / name), "") << name;
  }
}

}  // namespace
}  // namespace goldilocks::ml_program
