// Writes half of its report, and fails.
#include <fstream>
#include <stdexcept>

#include <goldilocks/plugin.hpp>

namespace {

class FailingReport final : public goldilocks::Report {
 public:
  void write(const goldilocks::Node& results, const std::filesystem::path& folder) override {
    static_cast<void>(results);
    std::ofstream(folder / "half.txt") << "half";
    throw std::runtime_error("the second half is missing");
  }
};

}  // namespace

GOLDILOCKS_REPORT(FailingReport, "failing", "for the pipeline's tests")
