// A page for people: the answer first, then the variants, the accuracy per class, and what was run.
#include <goldilocks/plugin.hpp>
#include <goldilocks/report_file.hpp>

#include "markdown_text.hpp"
#include "sections.hpp"

namespace {

class Markdown final : public goldilocks::Report {
 public:
  void declare(goldilocks::Options& options) override {
    options.output("path", &path_, "the file to write, inside the run's folder");
    options.integer("class_limit", &class_limit_, "datasets with more classes get no table of the accuracy per class")
        .range(0, 10000);
  }

  void write(const goldilocks::Node& results, const std::filesystem::path& folder) override {
    const std::string name = markdown::escape(results.string("name"));
    std::string page = "# " + (name.empty() ? "Results" : name) + '\n';
    for (const std::string& section : {markdown::answer(results), markdown::findings(results),
                                       markdown::variants(results), markdown::class_accuracy(results, class_limit_),
                                       markdown::what_was_run(results), markdown::notices(results)}) {
      if (!section.empty()) page += '\n' + section;
    }
    goldilocks::write_report_file(folder, path_, page);
  }

 private:
  std::string path_ = "report.md";
  std::int64_t class_limit_ = 30;
};

}  // namespace

GOLDILOCKS_REPORT(Markdown, "markdown", "a page with the answer, the variants, and what was run")
