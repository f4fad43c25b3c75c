// One page for a browser that needs no network: it holds the whole results document, and scripts that make sentences,
// charts and tables of it. Nothing of the document is put into markup here; the page reads it as data.
#include <goldilocks/json_text.hpp>
#include <goldilocks/plugin.hpp>
#include <goldilocks/report_file.hpp>

#include "page.hpp"

namespace {

// A script element ends at "</script", and begins anew at "<!--", whatever it holds. In JSON text '<' stands in strings
// alone, where its escape means the same.
std::string inside_a_script(std::string_view json) {
  std::string text;
  text.reserve(json.size());
  for (const char c : json) {
    if (c == '<') {
      text += "\\u003c";
    } else {
      text += c;
    }
  }
  return text;
}

class Html final : public goldilocks::Report {
 public:
  void declare(goldilocks::Options& options) override {
    options.output("path", &path_, "the file to write, inside the run's folder");
  }

  void write(const goldilocks::Node& results, const std::filesystem::path& folder) override {
    std::string page(html::page_before_data());
    page += inside_a_script(goldilocks::json_text(results, 0));
    page += html::page_behind_data();
    goldilocks::write_report_file(folder, path_, page);
  }

 private:
  std::string path_ = "report.html";
};

}  // namespace

GOLDILOCKS_REPORT(Html, "html", "a page with the answer, charts and tables, for any browser and without a network")
