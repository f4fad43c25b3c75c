// A table for spreadsheets and scripts: as the article wrote it, or every
// figure of every variant.
#include <goldilocks/plugin.hpp>
#include <goldilocks/report_file.hpp>

#include "styles.hpp"

namespace {

class Csv final : public goldilocks::Report {
 public:
  void declare(goldilocks::Options& options) override {
    options.output("path", &path_, "the file to write, inside the run's folder");
    options.choice("style", &style_, {"article", "plain"},
                   "article: file name, size, accuracy per class; plain: every "
                   "figure, as RFC 4180 has it");
  }

  void write(const goldilocks::Node& results, const std::filesystem::path& folder) override {
    goldilocks::write_report_file(folder, path_,
                                  style_ == "plain" ? csv::plain_style(results) : csv::article_style(results));
  }

 private:
  std::string path_ = "result.csv";
  std::string style_ = "article";
};

}  // namespace

GOLDILOCKS_REPORT(Csv, "csv", "a table with one row per model file: size and accuracy per class")
