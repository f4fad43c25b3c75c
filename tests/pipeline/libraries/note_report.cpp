// Writes the number of variants into a file in a folder, both named by options.
#include <fstream>

#include <goldilocks/plugin.hpp>

namespace {

class NoteReport final : public goldilocks::Report {
 public:
  void declare(goldilocks::Options& options) override { options.string("path", &path_, "the file's name"); }
  void write(const goldilocks::Node& results, const std::filesystem::path& folder) override {
    const std::filesystem::path file = folder / path_;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << results.string("name") << ": " << results.find("variants").size() << " variants\n";
  }

 private:
  std::string path_ = "notes/note.txt";
};

}  // namespace

GOLDILOCKS_REPORT(NoteReport, "note", "for the pipeline's tests")
