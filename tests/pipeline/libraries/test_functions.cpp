// Functions that behave as the pipeline's tests need it. One source for all; the build says which one a library is.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <goldilocks/plugin.hpp>

namespace {

// Two values, the means of the negative and of the other weights; the table's rest is unused.
void fill_two_values(const goldilocks::Weights& weights, goldilocks::Result::Table table) {
  double sums[2] = {0, 0};
  int counts[2] = {0, 0};
  for (std::size_t i = 0; i < weights.values.size(); ++i) {
    const int side = weights.values[i] < 0 ? 0 : 1;
    table.codes[i] = static_cast<std::uint8_t>(side);
    sums[side] += static_cast<double>(weights.values[i]);
    ++counts[side];
  }
  for (std::size_t side = 0; side < 2; ++side) {
    if (counts[side] > 0) table.table[side] = static_cast<float>(sums[side] / counts[side]);
  }
}

class SignTask final : public goldilocks::QuantizerTask {
 public:
  SignTask(const goldilocks::Weights& weights, int fails_at) : weights_(weights), fails_at_(fails_at) {}
  void quantize(int bits, goldilocks::Result& out) override {
    if (bits == fails_at_) throw std::runtime_error("this width is broken");
    if (bits == 16) return out.float16();
    fill_two_values(weights_, out.table(bits == 0 ? 1 : bits));
  }

 private:
  goldilocks::Weights weights_;
  int fails_at_;
};

// Fails at 4 bits.
class FailsAtFour final : public goldilocks::Quantizer {
 public:
  std::vector<int> widths() const override { return {8, 4, 2}; }
  std::unique_ptr<goldilocks::QuantizerTask> begin(const goldilocks::Weights& weights) override {
    return std::make_unique<SignTask>(weights, 4);
  }
};

// Finds its own width: always one bit.
class Chooser final : public goldilocks::Quantizer {
 public:
  bool chooses_width() const override { return true; }
  std::unique_ptr<goldilocks::QuantizerTask> begin(const goldilocks::Weights& weights) override {
    return std::make_unique<SignTask>(weights, -1);
  }
};

// Has an option of every type, and takes matrices and kernels alone.
class Options final : public goldilocks::Quantizer {
 public:
  void declare(goldilocks::Options& options) override {
    options.boolean("flag", &flag_, "a flag");
    options.integer("count", &count_, "a count").range(1, 9);
    options.number("factor", &factor_, "a factor").range(0, 2);
    options.string("note", &note_, "a note");
    options.numbers("steps", &steps_, "steps");
    options.path("file", &file_, "a file");
  }
  std::vector<std::string> parameters() const override { return {"weights"}; }
  std::unique_ptr<goldilocks::QuantizerTask> begin(const goldilocks::Weights& weights) override {
    return std::make_unique<SignTask>(weights, -1);
  }

 private:
  bool flag_ = false;
  std::int64_t count_ = 3;
  double factor_ = 0.5;
  std::string note_ = "none";
  std::vector<double> steps_{1, 2};
  std::filesystem::path file_;
};

}  // namespace

GOLDILOCKS_QUANTIZER(TEST_CLASS, TEST_NAME, "for the pipeline's tests")
