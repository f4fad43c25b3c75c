// The database as SQL reads it.
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "tests/reports/reporting.hpp"
#include "tests/support/temporary_folder.hpp"

namespace {

using goldilocks::PluginError;
using goldilocks::testing::report_text;
using goldilocks::testing::results_with_proof;
using goldilocks::testing::small_results;
using goldilocks::testing::TemporaryFolder;
using goldilocks::testing::to_json;
using goldilocks::testing::write_report;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Rows = std::vector<std::string>;

// Each row as its values with '|' between; null is empty.
Rows query(const std::filesystem::path& file, const std::string& text) {
  sqlite3* database = nullptr;
  EXPECT_EQ(sqlite3_open_v2(file.c_str(), &database, SQLITE_OPEN_READONLY, nullptr), SQLITE_OK);
  const std::unique_ptr<sqlite3, decltype(&sqlite3_close)> closing(database, &sqlite3_close);
  Rows rows;
  char* problem = nullptr;
  sqlite3_exec(
      database, text.c_str(),
      [](void* to, int count, char** values, char**) {
        std::string row;
        for (int i = 0; i < count; ++i) {
          if (i > 0) row += '|';
          if (values[i] != nullptr) row += values[i];
        }
        static_cast<Rows*>(to)->push_back(row);
        return 0;
      },
      &rows, &problem);
  EXPECT_EQ(problem, nullptr) << problem;
  sqlite3_free(problem);
  return rows;
}

class SqliteReport : public testing::Test {
 protected:
  std::filesystem::path written(const nlohmann::ordered_json& document) {
    goldilocks::write_file_atomically(folder_ / "run.sqlite", report_text("sqlite", document));
    return folder_ / "run.sqlite";
  }
  std::filesystem::path history() const { return folder_ / "history.sqlite"; }
  void append(const nlohmann::ordered_json& document) const {
    EXPECT_THAT(write_report("sqlite", document, {{"append_to", history().string()}}), IsEmpty());
  }

 private:
  TemporaryFolder folder_;
};

TEST_F(SqliteReport, HasARowForEachVariantAndClass) {
  const auto file = written(to_json(small_results()));
  EXPECT_THAT(query(file, "SELECT name, program, chosen FROM runs"),
              ElementsAre("food101|goldilocks 0.1.0|food_linear_8"));
  EXPECT_THAT(query(file, "SELECT name, chosen, bits, size_bytes, mean_accuracy, mean_drop FROM variants ORDER BY id"),
              ElementsAre("food|0|32|4942396|0.82|", "food_linear_8|1|8|1235599|0.815|0.005",
                          "food_lut_1|0|1|160000|0.5|0.32", "food_linear_16|0|16|0||"));
  EXPECT_THAT(
      query(file, "SELECT options, error FROM variants WHERE function = 'linear_lut' OR error <> '' ORDER BY id"),
      ElementsAre(R"({"range":"half_open"}|)", "{}|layer 'conv1': a weight of 70000 is beyond float16"));
  EXPECT_THAT(
      query(file,
            "SELECT class, classes.samples, classes.accuracy FROM classes JOIN variants ON variants.id = variant_id "
            "WHERE name = 'food' ORDER BY class"),
      ElementsAre("french fries|100|0.64", "sushi|100|1.0"));
}

TEST_F(SqliteReport, HasWhatWasProved) {
  const auto file = written(to_json(results_with_proof(false)));
  EXPECT_THAT(query(file,
                    "SELECT name, variant, passed, proofs.reason, confidence, dataset, samples, mean_accuracy, "
                    "baseline_mean_accuracy FROM proofs JOIN runs ON runs.id = run_id"),
              ElementsAre("food101|food_linear_8|0|on 400 samples it doesn't keep the limit|0.95|images/prove|400|"
                          "0.7777|0.82"));
  EXPECT_THAT(query(file, "SELECT value FROM proof_figures WHERE metric = 'mean_accuracy'"), ElementsAre("0.7777"));
  EXPECT_THAT(query(written(to_json(small_results())), "SELECT * FROM proofs"), IsEmpty());
}

TEST_F(SqliteReport, KeepsTheWholeDocument) {
  const auto document = to_json(small_results());
  const Rows rows = query(written(document), "SELECT document FROM runs");
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(nlohmann::ordered_json::parse(rows[0]), document);
}

TEST_F(SqliteReport, IsTheSameBytesForTheSameRun) {
  EXPECT_EQ(report_text("sqlite", to_json(small_results())), report_text("sqlite", to_json(small_results())));
}

TEST_F(SqliteReport, CollectsRunsAndKnowsOneThatIsThere) {
  goldilocks::Results results = small_results();
  append(to_json(results));
  append(to_json(results));
  results.set_name("second");
  append(to_json(results));
  EXPECT_THAT(query(history(), "SELECT name FROM runs ORDER BY id"), ElementsAre("food101", "second"));
  EXPECT_THAT(query(history(), "SELECT count(*) FROM variants"), ElementsAre("8"));
}

TEST_F(SqliteReport, GivesADatabaseOfVersion2TheColumnOfForms) {
  goldilocks::Results results = small_results();
  append(to_json(results));
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(history().c_str(), &database), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(database, "ALTER TABLE variants DROP COLUMN form; PRAGMA user_version = 2", nullptr, nullptr,
                         nullptr),
            SQLITE_OK);
  sqlite3_close(database);
  results.set_name("second");
  results.mutable_variants(0)->set_form("4 bit table");
  append(to_json(results));
  EXPECT_THAT(query(history(), "SELECT form FROM variants WHERE name = 'food' ORDER BY id"),
              ElementsAre("", "4 bit table"));
}

TEST_F(SqliteReport, TakesNamesAsTheyAre) {
  const std::string name = R"(a "b", 'c'; DROP TABLE runs; -- <Löffel> 味噌)";
  goldilocks::Results results = small_results();
  results.mutable_variants(1)->set_name(name);
  results.mutable_selection()->set_chosen(name);
  EXPECT_THAT(query(written(to_json(results)), "SELECT name FROM variants WHERE chosen"), ElementsAre(name));
}

TEST_F(SqliteReport, LeavesAnotherDatabaseAlone) {
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(history().c_str(), &database), SQLITE_OK);
  sqlite3_exec(database, "CREATE TABLE theirs (x)", nullptr, nullptr, nullptr);
  sqlite3_close(database);
  EXPECT_THAT([&] { append(to_json(small_results())); },
              testing::ThrowsMessage<PluginError>(HasSubstr("not one of this report's")));
  EXPECT_THAT(query(history(), "SELECT name FROM sqlite_master"), ElementsAre("theirs"));
}

TEST_F(SqliteReport, AFailureLeavesTheDatabaseAsItWas) {
  goldilocks::Results results = small_results();
  append(to_json(results));
  results.set_name("second");
  results.mutable_variants(3)->set_name("food");  // twice in one run
  EXPECT_THAT([&] { append(to_json(results)); },
              ::testing::ThrowsMessage<PluginError>(::testing::HasSubstr("SQLite: UNIQUE constraint failed")));
  EXPECT_THAT(query(history(), "SELECT name FROM runs"), ElementsAre("food101"));
}

}  // namespace
