// A report that writes what it reads: one line for each value of the document, with its kind.
#include <fstream>
#include <string>

#include <goldilocks/plugin.hpp>

namespace {

class Outline final : public goldilocks::Report {
  void declare(goldilocks::Options& options) override {
    options.string("path", &path_, "the file's name");
    options.string("need", &need_, "a key that must be there");
  }

  void write(const goldilocks::Node& results, const std::filesystem::path& folder) override {
    if (!need_.empty()) results.at(need_.c_str()).as_integer();
    std::ofstream file(folder / path_);
    write_node(file, results, "");
    file << "missing " << (results.find("no such key") ? "found" : "missing") << ' '
         << results.find("no such key").find("below").size() << ' ' << results.integer("no such key", 5) << ' '
         << results.string("no such key", "fallback") << ' ' << results[999].is_null() << '\n';
  }

  void write_node(std::ofstream& file, const goldilocks::Node& node, const std::string& place) const {
    if (node.is_map()) {
      for (const auto& [key, value] : node.entries()) write_node(file, value, place + "/" + std::string(key));
    } else if (node.is_list()) {
      std::size_t index = 0;
      for (const goldilocks::Node entry : node) write_node(file, entry, place + "/" + std::to_string(index++));
    } else {
      file << place << ' ';
      if (node.is_null()) file << "null";
      if (node.kind() == GLK_NODE_BOOL) file << "bool " << node.as_bool();
      if (node.kind() == GLK_NODE_INTEGER) file << "integer " << node.as_integer();
      if (node.kind() == GLK_NODE_NUMBER) file << "number " << node.as_number();
      if (node.is_string()) file << "string " << node.as_string();
      file << '\n';
    }
  }

  std::string path_ = "outline.txt";
  std::string need_;
};

}  // namespace

GOLDILOCKS_REPORT(Outline, "outline", "one line for each value")
