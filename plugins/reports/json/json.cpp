// The whole results document under a name and in a layout of the user's choice. Every run has it as results.json
// already; this is for those who collect reports in one place or feed a program that reads one line per run.
#include <goldilocks/json_text.hpp>
#include <goldilocks/plugin.hpp>
#include <goldilocks/report_file.hpp>

namespace {

class Json final : public goldilocks::Report {
 public:
  void declare(goldilocks::Options& options) override {
    options.output("path", &path_, "the file to write, inside the run's folder");
    options.integer("indent", &indent_, "spaces per level; 0 writes everything on one line").range(0, 8);
  }

  void write(const goldilocks::Node& results, const std::filesystem::path& folder) override {
    goldilocks::write_report_file(folder, path_, goldilocks::json_text(results, indent_));
  }

 private:
  std::string path_ = "report.json";
  int indent_ = 2;
};

}  // namespace

GOLDILOCKS_REPORT(Json, "json", "the whole results document, indented or on one line")
