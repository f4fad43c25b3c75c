#include "core/cli/model_options.hpp"

#include <functional>
#include <string>
#include <vector>

namespace goldilocks::cli {
namespace {

using Texts = std::vector<std::string>;

constexpr const char* function_help = "Which function of an ML Program predicts";
constexpr const char* precision_help =
    "What is rounded of an ML Program's float16 values: each result (as_typed), or casts, outputs and states alone "
    "(float32, the default)";

runtime::Precision precision_called(const std::string& name) {
  return name == "as_typed" ? runtime::Precision::as_typed : runtime::Precision::float32;
}

CLI::Option* add_for_two(CLI::App& command, const std::string& name, const std::string& help,
                         const std::function<void(const std::string&, const std::string&)>& take) {
  const auto take_all = [name, take](const Texts& given) {
    if (given.size() > 2) throw CLI::ValidationError(name, "is for two models, but was given more than twice");
    take(given.front(), given.back());
  };
  return command.add_option_function<Texts>(name, take_all, help + "; given twice: of BEFORE, and of AFTER")
      ->type_name("NAME")
      ->expected(1)
      ->take_all();
}

}  // namespace

void add_model_options(CLI::App& command, pipeline::ModelArguments& arguments) {
  command.add_option("--function-name", arguments.function_name, function_help)->type_name("NAME");
  const auto take = [&arguments](const std::string& name) { arguments.precision = precision_called(name); };
  command.add_option_function<std::string>("--precision", take, precision_help)
      ->check(CLI::IsMember({"float32", "as_typed"}))
      ->type_name("NAME");
}

void add_model_options(CLI::App& command, pipeline::ModelArguments& first, pipeline::ModelArguments& second) {
  add_for_two(command, "--function-name", function_help, [&](const std::string& before, const std::string& after) {
    first.function_name = before;
    second.function_name = after;
  });
  add_for_two(command, "--precision", precision_help, [&](const std::string& before, const std::string& after) {
    first.precision = precision_called(before);
    second.precision = precision_called(after);
  })->check(CLI::IsMember({"float32", "as_typed"}));
}

void add_output_option(CLI::App& command, std::string& output) {
  command
      .add_option("--output", output,
                  "The output that is compared; by default that of the targets, else a classifier's scores, else the "
                  "first one")
      ->type_name("NAME");
}

}  // namespace goldilocks::cli
