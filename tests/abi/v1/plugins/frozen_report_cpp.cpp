// A report made with the frozen C++ wrapper: one line for each value of the document.
#include <sstream>
#include <string>

#include <goldilocks/report.hpp>
#include <goldilocks/report_file.hpp>

namespace {

using goldilocks::Node;

void outline(std::ostringstream& text, const Node& node, std::string_view name) {
  text << name;
  if (node.is_map()) {
    text << " map " << node.size() << '\n';
    for (const auto& [key, value] : node.entries()) outline(text, value, key);
  } else if (node.is_list()) {
    text << " list " << node.size() << '\n';
    for (const Node entry : node) outline(text, entry, "-");
  } else if (node.is_null()) {
    text << " null\n";
  } else if (node.kind() == GLK_NODE_BOOL) {
    text << " bool " << node.as_bool() << '\n';
  } else if (node.kind() == GLK_NODE_INTEGER) {
    text << " integer " << node.as_integer() << '\n';
  } else if (node.is_string()) {
    text << " string " << node.as_string() << '\n';
  } else {
    text << " number " << node.as_number() << '\n';
  }
}

class FrozenReport final : public goldilocks::Report {
 public:
  void declare(goldilocks::Options& options) override { options.string("path", &path_, "the file's name"); }

  void write(const Node& results, const std::filesystem::path& folder) override {
    host().throw_if_cancelled();
    if (results.find("no such key")) throw goldilocks::BadData("found nothing");
    std::ostringstream text;
    outline(text, results, "document");
    goldilocks::write_report_file(folder, path_, text.str());
  }

 private:
  std::string path_ = "outline.txt";
};

}  // namespace

GOLDILOCKS_REPORT(FrozenReport, "frozen_report_cpp", "made with the frozen wrapper")
