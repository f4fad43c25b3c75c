// Results that are not as this program writes them: of an earlier program, broken, or something else altogether.
#include "core/pipeline/results/read_results.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/pipeline/results/diff_runs.hpp"
#include "core/pipeline/results/results_json.hpp"
#include "core/store/run_lock.hpp"
#include "tests/support/temporary_folder.hpp"

namespace goldilocks::pipeline {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// As the first program of this schema version wrote it: without anything that was added since.
constexpr std::string_view earliest = R"({
  "schemaVersion": 1,
  "name": "digits",
  "program": "goldilocks 0.1.0",
  "inputs": [{"path": "digits.mlmodel", "sha256": "aa11"}],
  "plugins": [{"kind": "backend", "name": "onednn", "version": "0.1.0", "sha256": "bb22"}],
  "datasets": [{"name": "digits", "path": "images.npy", "samples": 4, "classes": ["0", "1"], "classSamples": [2, 2],
                "preparation": "center_crop, bilinear, 28 x 28"}],
  "variants": [
    {"name": "digits", "file": "digits.mlmodel", "model": "", "function": "", "options": {}, "bits": 32,
     "sizeBytes": 4000, "sha256": "cc33", "compression": 1.0,
     "evaluation": {"dataset": "digits", "backend": "onednn", "samples": 4, "meanAccuracy": 0.75, "accuracy": 0.75,
                    "top5Accuracy": 1.0, "classAccuracy": [0.5, 1.0], "baseline": ""},
     "tensors": [], "error": ""},
    {"name": "digits_linear_8", "file": "digits_linear_8.mlmodel", "model": "digits", "function": "linear",
     "options": {}, "bits": 8, "sizeBytes": 1000, "sha256": "dd44", "compression": 4.0,
     "evaluation": {"dataset": "digits", "backend": "onednn", "samples": 4, "meanAccuracy": 0.5, "accuracy": 0.5,
                    "top5Accuracy": 1.0, "classAccuracy": [0.5, 0.5], "meanDrop": 0.25, "top1Agreement": 0.75,
                    "baseline": "digits"},
     "tensors": [], "error": ""}
  ],
  "selection": {"rule": "the smallest", "maxDrop": 0.5, "chosen": "digits_linear_8", "reason": "it is",
                "candidates": [{"variant": "digits_linear_8", "passed": true, "reason": "chosen"}]},
  "notices": []
})";

class ReadResults : public ::testing::Test {
 protected:
  ReadResults() { std::filesystem::create_directories(run()); }

  std::filesystem::path run() const { return folder_ / "run"; }
  std::filesystem::path file() const { return run() / "results.json"; }
  goldilocks::Results read(std::string_view text) const {
    write_file_atomically(file(), text);
    return read_results(file());
  }
  // What is said of a document, behind the file's name.
  std::string fault(std::string_view text) const {
    try {
      read(text);
      return "nothing was thrown";
    } catch (const DataError& error) {
      EXPECT_EQ(error.exit_code(), ExitCode::unreadable);
      EXPECT_THAT(error.what(), StartsWith(file().string()));
      return std::string(error.what()).substr(file().string().size());
    }
  }

 private:
  testing::TemporaryFolder folder_;
};

TEST_F(ReadResults, TakesWhatTheFirstProgramOfThisVersionWrote) {
  const goldilocks::Results results = read(earliest);
  EXPECT_EQ(results.variants(1).evaluation().mean_drop(), 0.25);
  // Written anew and read again, it is the same; and it can be held against another run.
  EXPECT_EQ(to_json_text(read(to_json_text(results))), to_json_text(results));
  EXPECT_EQ(diff_runs(results, results, 0).changes.size(), 2U);
}

TEST_F(ReadResults, TakesFieldsThatALaterProgramAdded) {
  std::string later(earliest);
  later.insert(later.find("\"name\""), "\"somethingNew\": {\"a\": [1]}, ");
  EXPECT_EQ(read(later).name(), "digits");
}

TEST_F(ReadResults, SaysWhereADocumentIsCutShort) {
  EXPECT_EQ(fault(earliest.substr(0, earliest.find("\"name\""))), ":3:3: the document is cut short here");
  EXPECT_EQ(fault(""), ": not a results document: the file is empty");
  EXPECT_EQ(fault(" \n"), ": not a results document: the file is empty");
  for (std::size_t size = 1; size < earliest.size(); size += 7) {
    EXPECT_THAT(fault(earliest.substr(0, size)), HasSubstr("cut short")) << size;
  }
}

TEST_F(ReadResults, SaysWhatIsNoResultsDocument) {
  EXPECT_EQ(fault("name: digits\n"), ":1:2: not a results document: this is not JSON");
  EXPECT_EQ(fault("{\"schemaVersion\": 1,\n \"variants\": [}]}"), ":2:15: not a results document: this is not JSON");
  EXPECT_EQ(fault("[]"), ": not a results document: not an object");
  EXPECT_EQ(fault("{}"), ": not a results document: no schemaVersion");
  EXPECT_EQ(fault(R"({"schemaVersion": "1"})"), ": not a results document: no schemaVersion");
  // A manifest, and a plan.
  EXPECT_EQ(fault(R"({"schema_version": 1, "files": []})"), ": not a results document: no schemaVersion");
  EXPECT_EQ(fault(R"({"schemaVersion": 1, "tasks": []})"), ": not a results document: no variants");
  EXPECT_EQ(fault(R"({"schemaVersion": 1, "variants": {"name": 5}})"), ": not a results document: no variants");
  EXPECT_THAT(fault(R"({"schemaVersion": 1, "variants": [{"name": 5, "sizeBytes": "x"}]})"),
              StartsWith(": not a results document: "));
}

TEST_F(ReadResults, SaysWhichVersionsItReads) {
  EXPECT_EQ(fault(R"({"schemaVersion": 99})"), ": its schema version 99 is newer than this program's, 2");
  EXPECT_EQ(fault(R"({"schemaVersion": 0})"), ": its schema version 0 is older than any that this program reads, 1");
}

TEST_F(ReadResults, WhatItReadIsOfTheCurrentVersion) {
  EXPECT_EQ(read(earliest).schema_version(), static_cast<std::uint32_t>(results_schema_version));
}

TEST_F(ReadResults, SizesMayBeBeyondFourGigabytes) {
  std::string text(earliest);
  text.replace(text.find("\"sizeBytes\": 4000"), 17, "\"sizeBytes\": 9007199254740993");
  EXPECT_EQ(read(text).variants(0).size_bytes(), 9007199254740993U);
}

TEST_F(ReadResults, RefusesADocumentWithoutVariants) {
  EXPECT_EQ(fault(R"({"schemaVersion": 1, "variants": []})"), ": a results document without variants");
}

TEST_F(ReadResults, TakesAFolderOrTheFileInIt) {
  EXPECT_THAT([&] { read_run(run()); }, ::testing::ThrowsMessage<UsageError>(HasSubstr("there is no results.json")));
  write_file_atomically(file(), earliest);
  EXPECT_EQ(to_json_text(read_run(run())), to_json_text(read_run(file())));
  EXPECT_THAT([&] { read_run(run() / "missing.json"); },
              ::testing::ThrowsMessage<FileError>(HasSubstr("missing.json: ")));
}

TEST_F(ReadResults, RefusesAFolderThatARunIsWriting) {
  write_file_atomically(file(), earliest);
  {
    const store::RunLock lock(run());
    for (const auto& path : {run(), file()}) {
      EXPECT_THAT([&] { read_run(path); },
                  ::testing::ThrowsMessage<FileError>(
                      AllOf(StartsWith(run().string() + ": another run (process "), HasSubstr("is writing"))));
    }
  }
  EXPECT_NO_THROW(read_run(run()));
}

}  // namespace
}  // namespace goldilocks::pipeline
