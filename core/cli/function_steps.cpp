#include "core/cli/function_steps.hpp"

#include <charconv>
#include <map>

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/cli/number_options.hpp"
#include "core/cli/plugin_options.hpp"

namespace goldilocks::cli {
namespace {

using quantization::ChannelScale;

weights::Granularity granularity_named(const std::string& text) {
  const auto granularity = weights::granularity_from_text(text);
  if (granularity) return *granularity;
  throw UsageError(
      fmt::format("--granularity: expected tensor, channel, group:N, block:N or block:N,N,..., not '{}'", text));
}

std::int64_t axis_named(const std::string& text) {
  std::int64_t axis = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, axis);
  if (read.ec == std::errc() && read.ptr == end && axis >= -8 && axis <= 8) return axis;
  throw UsageError("--axis: expected a whole number from -8 to 8, not '" + text + "'");
}

ChannelScale scale_named(const std::string& text) {
  for (const ChannelScale scale : {ChannelScale::none, ChannelScale::plain, ChannelScale::after_table}) {
    if (text == quantization::to_text(scale)) return scale;
  }
  throw UsageError("--channel-scale: expected true, false or after_table, not '" + text + "'");
}

bool is_int8(const std::string& text) {
  if (text != "int8" && text != "float") throw UsageError("--table: expected float or int8, not '" + text + "'");
  return text == "int8";
}

}  // namespace

FunctionSteps::FunctionSteps(CLI::App& command) : command_(&command) {
  function_ = add("--function,-f",
                  "A quantizer plugin (see: goldilocks plugins list); several work on one another's results", "NAME");
  bits_ = add("--bits,-b", "Bits per weight", "N")->transform(whole_number(1, 32));
  option_ = add("--option", "Set an option of the function; may be repeated", "NAME=VALUE");
  granularity_ = add("--granularity",
                     "What has a table or a scale of its own: tensor, channel, group:N, block:N, or block:N,N,... with "
                     "a length along each axis (0: all of it)",
                     "HOW");
  axis_ = add("--axis", "The axis of the channels, in place of what the format says", "A");
  vector_ = add("--vector", "The length of a table's vectors", "V")->transform(whole_number(1, 256));
  channel_scale_ =
      add("--channel-scale", "Scale channels before they get a table; =after_table: always behind the table", "HOW")
          ->expected(0, 1)
          ->default_str("true");
  table_ = add("--table", "The type of a table's entries: float or int8", "TYPE");
}

CLI::Option* FunctionSteps::add(const char* names, const char* help, const char* type) {
  return command_->add_option(names, texts_, help)
      ->type_name(type)
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

std::vector<pipeline::QuantizeStep> FunctionSteps::steps() const {
  std::vector<pipeline::QuantizeStep> steps(1);
  std::map<const CLI::Option*, std::size_t> seen;
  bool has_function = false;
  for (const CLI::Option* option : command_->parse_order()) {
    const std::vector<std::string> values = option->reduced_results();
    const std::size_t place = seen[option]++;
    const std::string value = place < values.size() ? values[place] : "";
    if (option == function_) {
      if (has_function) steps.emplace_back();
      has_function = true;
      steps.back().function = value;
    }
    pipeline::QuantizeStep& step = steps.back();
    if (option == bits_) step.bits = std::stoi(value);
    if (option == option_) {
      for (auto& assignment : split_assignments({value})) step.options.push_back(std::move(assignment));
    }
    if (option == granularity_) step.layout.granularity = granularity_named(value);
    if (option == axis_) step.layout.axis = axis_named(value);
    if (option == vector_) step.layout.vector = std::stoi(value);
    if (option == channel_scale_) step.layout.channel_scale = scale_named(value.empty() ? "true" : value);
    if (option == table_) step.layout.int8_table = is_int8(value);
  }
  return steps;
}

}  // namespace goldilocks::cli
