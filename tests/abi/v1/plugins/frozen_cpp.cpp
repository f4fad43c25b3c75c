// A quantizer made with the frozen C++ wrapper, the long way: every type of option and every form of result.
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <goldilocks/quantizer.hpp>

namespace {

struct Settings {
  bool flag = true;
  int count = 3;
  double factor = 0.5;
  std::string text = "plain";
  std::string form = "table";
  std::vector<double> steps = {1, 2.5};
  std::filesystem::path file;
};

class Task final : public goldilocks::QuantizerTask {
 public:
  Task(const Settings& settings, const goldilocks::Host& host, const goldilocks::Weights& weights)
      : settings_(settings), host_(host), weights_(weights) {}

  void quantize(int bits, goldilocks::Result& out) override {
    host_.throw_if_cancelled();
    if (settings_.form == "table") {
      const auto [table, codes] = out.table(bits);
      table[1] = weights_.values.back();
      codes[0] = 1;
    } else if (settings_.form == "linear") {
      const auto [scale, bias, codes] = out.linear(bits, weights_.channels);
      scale.back() = 2;
      bias[0] = -1;
      codes[1] = static_cast<std::uint8_t>((1 << bits) - 1);
    } else if (settings_.form == "int8") {
      auto [scale, values] = out.int8();
      scale = 0.5F;
      values[0] = -128;
    } else if (settings_.form == "float16") {
      out.float16();
    } else if (settings_.form == "float32") {
      out.float32()[0] = 42;
    } else if (settings_.form == "error") {
      throw goldilocks::BadData("no such tensor");
    } else {
      out.unchanged();
    }
    const auto number = [](double value) {
      std::string digits = std::to_string(value);
      digits.erase(digits.find_last_not_of('0') + 1);
      if (digits.back() == '.') digits.pop_back();
      return digits + " ";
    };
    const double importance = weights_.importance.empty() ? -1.0 : static_cast<double>(weights_.importance[0]);
    out.note(number(settings_.flag ? 1 : 0) + number(settings_.count) + number(settings_.factor) + settings_.text +
             " " + settings_.file.string() + " " + number(settings_.steps.at(1)).substr(0, 3) + "; " +
             std::string(weights_.layer) + " " + std::string(weights_.layer_type) + " " +
             std::string(weights_.parameter) + " kind " + (weights_.is_vector ? "2" : "1") + " axis " +
             std::to_string(weights_.channel_axis) + " of " + std::to_string(weights_.channels) + ", " +
             std::to_string(weights_.values.size()) + " of rank " + std::to_string(weights_.dims.size()) +
             ", importance " + number(importance).substr(0, number(importance).size() - 1) + ", stored " +
             std::to_string(weights_.stored_form) + " " + std::to_string(weights_.stored_bits));
    host_.progress(1);
  }

 private:
  const Settings& settings_;
  const goldilocks::Host& host_;
  goldilocks::Weights weights_;
};

class FrozenCpp final : public goldilocks::Quantizer {
 public:
  void declare(goldilocks::Options& options) override {
    options.boolean("flag", &settings_.flag, "a flag");
    options.integer("count", &settings_.count, "a count").range(1, 9);
    options.number("factor", &settings_.factor, "a factor");
    options.string("text", &settings_.text, "a text");
    options.choice("form", &settings_.form, {"table", "linear", "int8", "float16", "float32", "unchanged", "error"},
                   "the form of the results");
    options.numbers("steps", &settings_.steps, "some numbers");
    options.path("file", &settings_.file, "a file");
  }
  bool chooses_width() const override { return true; }
  std::vector<std::string> layer_types() const override { return {"convolution", "innerProduct"}; }
  std::vector<std::string> parameters() const override { return {"weights"}; }
  bool takes_quantized() const override { return true; }
  void prepare() override {
    host().debug("prepared");
    if (settings_.count == 9) throw goldilocks::InvalidArgument("a count of 9");
  }
  std::unique_ptr<goldilocks::QuantizerTask> begin(const goldilocks::Weights& weights) override {
    return std::make_unique<Task>(settings_, host(), weights);
  }

 private:
  Settings settings_;
};

}  // namespace

GOLDILOCKS_QUANTIZER(FrozenCpp, "frozen_cpp", "made with the frozen wrapper")
