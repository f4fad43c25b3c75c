// Writes the number of variants into a file, and the same into a copy that is asked for. The option `path` is a string,
// as older plugins have it; `copy` is declared as the name of a file.
#include <fstream>

#include <goldilocks/plugin.hpp>

namespace {

class NoteReport final : public goldilocks::Report {
 public:
  void declare(goldilocks::Options& options) override {
    options.string("path", &path_, "the file's name");
    options.output("copy", &copy_, "the copy's name; none where it is empty");
  }
  void write(const goldilocks::Node& results, const std::filesystem::path& folder) override {
    for (const std::string& name : {path_, copy_}) {
      if (name.empty()) continue;
      const std::filesystem::path file = folder / name;
      std::filesystem::create_directories(file.parent_path());
      std::ofstream(file) << results.string("name") << ": " << results.find("variants").size() << " variants\n";
    }
  }

 private:
  std::string path_ = "notes/note.txt";
  std::string copy_;
};

}  // namespace

GOLDILOCKS_REPORT(NoteReport, "note", "for the pipeline's tests")
