#include "tests/fuzz/fuzz_model.hpp"

#include <cstdlib>
#include <functional>
#include <iostream>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/base/error.hpp"
#include "core/formats/coreml/model_file.hpp"
#include "core/formats/coreml/specification_version.hpp"
#include "core/formats/coreml/summary.hpp"
#include "core/formats/coreml/validate.hpp"
#include "core/formats/neural_network/passes/passes.hpp"
#include "core/formats/open_message.hpp"
#include "core/pipeline/quantization/quantize_model.hpp"
#include "core/plugins/registry.hpp"

namespace goldilocks {
namespace {

namespace spec = ::CoreML::Specification;

// Stands for a crash: both a fuzzer and a test see it.
[[noreturn]] void report(const std::string& problem) {
  std::cerr << "finding: " << problem << '\n';
  std::abort();
}

struct Function {
  const plugins::QuantizerPlugin* plugin;
  std::unique_ptr<plugins::Quantizer> quantizer;
  std::vector<pipeline::QuantizeSettings> settings;
};

// Every bundled function; python_lut with a script of its own.
std::vector<Function> all_functions() {
  static plugins::Registry registry({GOLDILOCKS_BINARY_DIR "/lib/goldilocks/plugins"});
  std::vector<Function> functions;
  for (const std::string& name : registry.names(plugins::Kind::quantizer)) {
    const plugins::QuantizerPlugin& plugin = registry.quantizer(name);
    plugins::OptionValues options;
    if (name == "python_lut") options["script"] = std::string(GOLDILOCKS_SOURCE_DIR "/tests/fuzz/evenly_spaced.py");
    Function function{.plugin = &plugin,
                      .quantizer = plugin.create(plugins::complete_options(plugin.options, options)),
                      .settings = {}};
    std::vector<int> widths{0};
    if (!plugin.chooses_width) widths = {plugin.widths.front(), plugin.widths.back()};
    for (const int bits : widths) function.settings.push_back({.bits = bits, .description = "fuzzed"});
    functions.push_back(std::move(function));
  }
  if (functions.empty()) report("no function was found");
  return functions;
}

const Function& dequantize(const std::vector<Function>& functions) {
  for (const Function& function : functions) {
    if (function.plugin->name == "dequantize") return function;
  }
  report("dequantize was not found");
}

void read_back(const spec::Model& model) {
  const std::string bytes = model::serialize_model(model);
  try {
    const auto again = model::parse_model(std::as_bytes(std::span(bytes)), "written");
    if (model::serialize_model(*again) != bytes) report("what was written is read as another model");
  } catch (const Error& error) {
    report(std::string("what was written can't be read: ") + error.what());
  }
}

// Hands each result on, once it was read back.
void quantize(const spec::Model& model, const Function& function, ThreadPool& pool,
              const std::function<void(const spec::Model&)>& then) {
  const pipeline::WeightSource source(formats::open_message(std::make_shared<spec::Model>(model)), "model");
  pipeline::QuantizeRequest request;
  request.plugin = function.plugin;
  request.quantizer = function.quantizer.get();
  request.settings = function.settings;
  pipeline::quantize_model(source, request, pool, [&](std::size_t, const pipeline::QuantizedModel& result) {
    if (result.model) {
      const std::string content = result.model->serialize();
      const auto message = model::parse_model(std::as_bytes(std::span(content)), "written");
      read_back(*message);
      then(*message);
    }
    if (result.failure) std::rethrow_exception(result.failure);
  });
}

// Runs one step; an error that the program documents is a result like any other.
template <class Step>
void attempt(const Step& step) {
  try {
    step();
  } catch (const Error& error) {
    if (error.exit_code() == ExitCode::internal) report(error.what());
  }
}

void change(const spec::Model& model) {
  attempt([&] {
    spec::Model folded = model;
    const bool was_valid = model::validate(model).empty();
    model::fold_layers(folded, {});
    model::compact_preprocessing(folded, {.float16 = true});
    read_back(folded);
    if (!was_valid) return;
    for (const model::Violation& violation : model::validate(folded))
      report("passes break a rule: " + violation.text());
  });
  static const std::vector<Function> functions = all_functions();
  static ThreadPool pool(1);
  for (const Function& function : functions) {
    attempt([&] {
      quantize(model, function, pool, [&](const spec::Model& quantized) {
        quantize(quantized, dequantize(functions), pool, [](const spec::Model&) {});
      });
    });
  }
}

void inspect(const spec::Model& model) {
  model::validate(model);
  model::summarize(model);
  model::required_specification_version(model);
  model::class_labels(model);
}

}  // namespace
}  // namespace goldilocks

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  goldilocks::attempt([&] {
    const auto model = goldilocks::model::parse_model(std::as_bytes(std::span(data, size)), "fuzzed");
    goldilocks::attempt([&] { goldilocks::inspect(*model); });
    goldilocks::change(*model);
  });
  return 0;
}
