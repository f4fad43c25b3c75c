// A quantizer that uses all that the C++ wrapper offers: every type of option, every form of result, the host.
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <goldilocks/plugin.hpp>

namespace {

struct Settings {
  bool flag = true;
  int count = 3;
  double strength = 0.5;
  std::string text = "plain";
  std::string form = "table";
  std::vector<double> numbers = {1, 2.5};
  std::filesystem::path file;
};

class Task final : public goldilocks::QuantizerTask {
 public:
  Task(const Settings& settings, const goldilocks::Host& host, const goldilocks::Weights& weights)
      : settings_(settings), host_(host), weights_(weights) {}

  void quantize(int bits, goldilocks::Result& out) override {
    host_.progress(0.25);
    host_.throw_if_cancelled();
    if (settings_.form == "table") {
      const auto [table, codes] = out.table(bits);
      table[1] = weights_.values[0];
      codes[0] = 1;
    } else if (settings_.form == "linear") {
      const auto [scale, bias, codes] = out.linear(bits, weights_.channels);
      for (std::size_t i = 0; i < scale.size(); ++i) scale[i] = bias[i] = static_cast<float>(i) + 1;
      codes[0] = 1;
    } else if (settings_.form == "int8") {
      auto [scale, values] = out.int8();
      scale = 0.5F;
      values[0] = -128;
    } else if (settings_.form == "float16") {
      out.float16();
    } else if (settings_.form == "float32") {
      out.float32()[0] = 42;
    } else if (settings_.form == "throw") {
      throw std::runtime_error("a plain exception");
    } else if (settings_.form == "unsupported") {
      throw goldilocks::Unsupported("layers of this kind");
    } else if (settings_.form == "nine_bits") {
      out.table(9);
    } else if (settings_.form == "explained") {
      out.unchanged("stored as form " + std::to_string(weights_.stored_form) + ",\n" +
                    std::to_string(weights_.stored_bits) + " bits");
    } else {
      out.unchanged();
    }
    host_.progress(7);
  }

 private:
  const Settings& settings_;
  const goldilocks::Host& host_;
  goldilocks::Weights weights_;
};

class WellBehaved final : public goldilocks::Quantizer {
 public:
  void declare(goldilocks::Options& options) override {
    options.boolean("flag", &settings_.flag, "a flag");
    options.integer("count", &settings_.count, "a count").range(1, 9);
    options.number("strength", &settings_.strength, "a strength").at_least(0);
    options.string("text", &settings_.text, "a text");
    options.choice("form", &settings_.form,
                   {"table", "linear", "int8", "float16", "float32", "unchanged", "explained", "throw", "unsupported",
                    "nine_bits"},
                   "the form of the results");
    options.numbers("numbers", &settings_.numbers, "some numbers").range(0, 10);
    options.path("file", &settings_.file, "a file");
  }

  bool chooses_width() const override { return true; }
  std::vector<std::string> layer_types() const override { return {"convolution", "innerProduct"}; }
  std::vector<std::string> parameters() const override { return {"weights"}; }
  bool takes_quantized() const override { return true; }

  // The test reads the options back from the log.
  void prepare() override {
    std::string all;
    for (const double number : settings_.numbers) all += std::to_string(number) + " ";
    host().info("flag " + std::to_string(settings_.flag) + ", count " + std::to_string(settings_.count) +
                ", strength " + std::to_string(settings_.strength) + ", text " + settings_.text + ", numbers " + all +
                ", file " + settings_.file.string());
    if (settings_.count == 9) throw goldilocks::InvalidArgument("a count of 9 does not go with this");
  }

  std::unique_ptr<goldilocks::QuantizerTask> begin(const goldilocks::Weights& weights) override {
    if (weights.layer == "unlucky") throw goldilocks::BadData("an unlucky layer");
    if (weights.importance.size() == weights.values.size()) host().debug("importance is known");
    return std::make_unique<Task>(settings_, host(), weights);
  }

 private:
  Settings settings_;
};

}  // namespace

GOLDILOCKS_QUANTIZER(WellBehaved, "well_behaved", "does what the interface allows")
