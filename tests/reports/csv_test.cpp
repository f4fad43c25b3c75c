#include <cmath>
#include <cstdlib>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "tests/reports/reporting.hpp"

namespace {

using goldilocks::PluginError;
using goldilocks::Results;
using goldilocks::Variant;
using goldilocks::testing::report_text;
using goldilocks::testing::small_results;
using goldilocks::testing::to_json;
using goldilocks::testing::write_report;

// Rows of fields, read by the rules of RFC 4180.
std::vector<std::vector<std::string>> parse_csv(const std::string& text) {
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> row(1);
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c != '"') {
        row.back() += c;
      } else if (i + 1 < text.size() && text[i + 1] == '"') {
        row.back() += text[++i];
      } else {
        quoted = false;
      }
    } else if (c == '"') {
      quoted = true;
    } else if (c == ',') {
      row.emplace_back();
    } else if (c == '\r' && i + 1 < text.size() && text[i + 1] == '\n') {
      ++i;
      rows.push_back(row);
      row.assign(1, "");
    } else {
      row.back() += c;
    }
  }
  return rows;
}

// A document with one evaluated model per list of figures.
Results results_of(const std::vector<std::string>& classes, const std::vector<std::vector<double>>& figures) {
  Results results;
  auto& dataset = *results.add_datasets();
  dataset.set_name("images");
  for (const std::string& name : classes) dataset.add_classes(name);
  for (const auto& row : figures) {
    Variant& variant = *results.add_variants();
    variant.set_name(std::string("m").append(std::to_string(results.variants_size())));
    variant.set_file("models/" + variant.name() + ".mlmodel");
    variant.set_size_bytes(7);
    variant.mutable_evaluation()->set_dataset("images");
    for (const double figure : row) variant.mutable_evaluation()->add_class_accuracy(figure);
  }
  return results;
}

TEST(CsvArticleStyle, IsTheTableOfThePlayground) {
  EXPECT_EQ(report_text("csv", to_json(small_results())),
            "model, size,french fries,sushi\n"
            "food.mlmodel,4942396,0.64,1.0,\n"
            "food_linear_8.mlmodel,1235599,0.63,1.0,\n"
            "food_lut_1.mlmodel,160000,0.0,1.0,\n");
}

TEST(CsvArticleStyle, SortsRowsByFileNameAndColumnsByClassName) {
  Results results = results_of({"2", "10"}, {{0.25, 0.5}, {0.75, 1}});
  results.mutable_variants(0)->set_file("models/b_8.mlmodel");
  results.mutable_variants(1)->set_file("b.mlmodel");
  EXPECT_EQ(report_text("csv", to_json(results)),
            "model, size,10,2\n"
            "b.mlmodel,7,1.0,0.75,\n"
            "b_8.mlmodel,7,0.5,0.25,\n");
}

TEST(CsvArticleStyle, QuotesWhatWouldReadAsOtherFields) {
  Results results = results_of({"fish, chips", "the \"best\"", "crème brûlée"}, {{1, 0.5, 0.25}});
  results.mutable_variants(0)->set_file("models/a,b.mlmodel");
  EXPECT_EQ(report_text("csv", to_json(results)),
            "model, size,crème brûlée,\"fish, chips\",\"the \"\"best\"\"\"\n"
            "\"a,b.mlmodel\",7,0.25,1.0,0.5,\n");
}

TEST(CsvArticleStyle, HasNoFiguresForModelsThatWereNotEvaluated) {
  Results results = small_results();
  for (Variant& variant : *results.mutable_variants()) variant.clear_evaluation();
  EXPECT_EQ(report_text("csv", to_json(results)),
            "model, "
            "size,\nfood.mlmodel,4942396,\nfood_linear_8.mlmodel,1235599,"
            "\nfood_lut_1.mlmodel,160000,\n");
}

TEST(CsvArticleStyle, HasNoFiguresForAModelThatFailedToRun) {
  Results results = results_of({"a", "b"}, {{0.5, 1}, {}});
  results.mutable_variants(1)->clear_evaluation();
  results.mutable_variants(1)->set_error("the backend stopped");
  EXPECT_EQ(report_text("csv", to_json(results)), "model, size,a,b\nm1.mlmodel,7,0.5,1.0,\nm2.mlmodel,7,\n");
}

TEST(CsvArticleStyle, LeavesFieldsOfAnotherDatasetsClassesEmpty) {
  Results results = results_of({"cat"}, {{0.5}, {0.25}});
  results.add_datasets()->set_name("more");
  results.mutable_datasets(1)->add_classes("dog");
  results.mutable_variants(1)->mutable_evaluation()->set_dataset("more");
  EXPECT_EQ(report_text("csv", to_json(results)), "model, size,cat,dog\nm1.mlmodel,7,0.5,,\nm2.mlmodel,7,,0.25,\n");
}

TEST(CsvArticleStyle, OfAnEmptyRunIsTheHeaderAlone) {
  EXPECT_EQ(report_text("csv", to_json(Results())), "model, size,\n");
  EXPECT_EQ(report_text("csv", nlohmann::ordered_json::object()), "model, size,\n");
}

TEST(CsvArticleStyle, WritesNumbersAsSwiftDescribesThem) {
  const std::string text =
      report_text("csv", to_json(results_of({"a", "b", "c", "d", "e"}, {{0, 1, 1.0 / 3, 0.0001, 0.00005}})));
  EXPECT_THAT(text, testing::HasSubstr("m1.mlmodel,7,0.0,1.0,0.3333333333333333,0.0001,5e-05,\n"));
}

TEST(CsvArticleStyle, WritesNumbersThatReadBackTheSame) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> exponent(-12, 2);
  std::vector<std::vector<double>> figures(200);
  for (auto& row : figures) row = {std::pow(10, exponent(random))};
  const Results results = results_of({"a"}, figures);
  const std::string text = report_text("csv", to_json(results));
  for (const Variant& variant : results.variants()) {
    const std::string start = '\n' + variant.name() + ".mlmodel,7,";
    const std::size_t found = text.find(start);
    ASSERT_NE(found, std::string::npos) << start;
    EXPECT_EQ(std::strtod(text.c_str() + found + start.size(), nullptr), variant.evaluation().class_accuracy(0));
  }
}

TEST(CsvPlainStyle, HasAColumnForEveryFigure) {
  EXPECT_EQ(
      report_text("csv", to_json(small_results()), {{"style", std::string("plain")}}),
      "name,file,model,function,bits,form,sizeBytes,compression,zipBytes,options,dataset,backend,samples,meanAccuracy,"
      "accuracy,top5Accuracy,meanDrop,top1Agreement,baseline,dropLower,dropUpper,bothRight,onlyBaselineRight,"
      "onlyVariantRight,bothWrong,pValue,adjustedPValue,samplesNeeded,chosen,passed,onFront,brokenLimits,error,"
      "accuracy of french fries,accuracy of sushi\r\n"
      "food,models/food.mlmodel,,,32,,4942396,1.0,,,images,onednn,200,0.82,0.82,1.0,,,,,,,,,,,,,false,,,,,0.64,1.0\r\n"
      "food_linear_8,models/food_linear_8.mlmodel,food,linear,8,,1235599,4.0,,,images,onednn,200,0.815,0.815,1.0,"
      "0.005,0.99,food,,,,,,,,,,true,true,false,,,0.63,1.0\r\n"
      "food_lut_1,models/food_lut_1.mlmodel,food,linear_lut,1,,160000,30.889975,,range=half_open,images,onednn,200,"
      "0.5,0.5,1.0,0.32,0.455,food,,,,,,,,,,false,false,false,,,0.0,1.0\r\n"
      "food_linear_16,,food,linear,16,,,,,,,,,,,,,,,,,,,,,,,,false,,,,layer 'conv1': a weight of 70000 is beyond "
      "float16,,\r\n");
}

// Rows as maps from the header's names.
std::vector<std::map<std::string, std::string>> plain_rows(const Results& results) {
  const auto rows = parse_csv(report_text("csv", to_json(results), {{"style", std::string("plain")}}));
  std::vector<std::map<std::string, std::string>> maps;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    EXPECT_EQ(rows[i].size(), rows[0].size());
    auto& map = maps.emplace_back();
    for (std::size_t column = 0; column < rows[0].size(); ++column) map[rows[0][column]] = rows[i][column];
  }
  return maps;
}

TEST(CsvPlainStyle, HasTheFormOfLoadedFiles) {
  Results results = small_results();
  results.mutable_variants(0)->set_form("4 bit table");
  EXPECT_EQ(plain_rows(results).at(0)["form"], "4 bit table");
}

TEST(CsvPlainStyle, HasIntervalsTestsCostsAndHowEachFaredInTheSelection) {
  const auto rows = plain_rows(goldilocks::testing::results_with_figures());
  auto chosen = rows.at(1);
  EXPECT_EQ(chosen["zipBytes"], "1100000");
  EXPECT_EQ(chosen["mean_accuracy"], "0.815");
  EXPECT_EQ(chosen["mean_accuracy lower"], "0.755");
  EXPECT_EQ(chosen["mean_accuracy upper"], "0.863");
  EXPECT_EQ(chosen["kl"], "0.00012");
  EXPECT_EQ(chosen["max_difference"], "nan");
  EXPECT_EQ(chosen["max_difference lower"], "") << "no estimate";
  EXPECT_EQ(chosen["dropLower"], "-0.01");
  EXPECT_EQ(chosen["dropUpper"], "0.02");
  EXPECT_EQ(chosen["onlyBaselineRight"], "1");
  EXPECT_EQ(chosen["onlyVariantRight"], "0");
  EXPECT_EQ(chosen["adjustedPValue"], "1.0");
  EXPECT_EQ(chosen["passed"], "true");
  EXPECT_EQ(chosen["onFront"], "true");
  EXPECT_EQ(chosen["brokenLimits"], "");
  auto worst = rows.at(2);
  EXPECT_EQ(worst["pValue"], "1e-19");
  EXPECT_EQ(worst["passed"], "false");
  EXPECT_EQ(worst["brokenLimits"], "mean_drop at most 0.01; agreement at least 0.95");
  EXPECT_EQ(worst["kl"], "");
}

TEST(CsvPlainStyle, KeepsAnyNameWholeInItsOwnField) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const std::string alphabet = "ab,\"\r\n ;'=\t|";
  const auto any_name = [&](std::string name) {
    while (random() % 8 != 0) name += alphabet[random() % alphabet.size()];
    return name;
  };
  for (int round = 0; round < 50; ++round) {
    Results results = results_of({any_name("1"), any_name("2")}, {{0.5, 0.25}, {1, 0}});
    for (Variant& variant : *results.mutable_variants()) variant.set_name(any_name("n"));
    const auto rows = parse_csv(report_text("csv", to_json(results), {{"style", std::string("plain")}}));
    ASSERT_EQ(rows.size(), 3U);
    for (const auto& row : rows) ASSERT_EQ(row.size(), rows[0].size());
    EXPECT_EQ(rows[0].end()[-2], "accuracy of " + results.datasets(0).classes(0));
    EXPECT_EQ(rows[0].end()[-1], "accuracy of " + results.datasets(0).classes(1));
    EXPECT_EQ(rows[1][0], results.variants(0).name());
    EXPECT_EQ(rows[2][0], results.variants(1).name());
  }
}

TEST(Csv, RefusesFiguresThatFitNoDataset) {
  Results unknown = small_results();
  unknown.mutable_variants(0)->mutable_evaluation()->set_dataset("photos");
  Results too_few = small_results();
  too_few.mutable_variants(1)->mutable_evaluation()->mutable_class_accuracy()->RemoveLast();
  for (const std::string style : {"article", "plain"}) {
    EXPECT_THAT(
        [&] {
          write_report("csv", to_json(unknown), {{"style", style}});
        },
        testing::ThrowsMessage<PluginError>(testing::HasSubstr("'photos'")));
    EXPECT_THAT(
        [&] {
          write_report("csv", to_json(too_few), {{"style", style}});
        },
        testing::ThrowsMessage<PluginError>(
            testing::HasSubstr("'food_linear_8' has 1 class accuracies for 2 classes")));
  }
}

}  // namespace
