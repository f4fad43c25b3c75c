#pragma once

#include <functional>

#include <CLI/CLI.hpp>

#include "core/base/error.hpp"
#include "core/cli/context.hpp"

namespace goldilocks::cli {

// Runs a command after its options were parsed. Errors are thrown (core/base/error.hpp).
using Action = std::function<ExitCode()>;

// Each adds one subcommand with its options to the program; `chosen` receives what to run if the user names it. The
// context outlives the action.
void add_run_command(CLI::App& app, Context& context, Action& chosen);
void add_plan_command(CLI::App& app, Context& context, Action& chosen);
void add_validate_command(CLI::App& app, Context& context, Action& chosen);
void add_quantize_command(CLI::App& app, Context& context, Action& chosen);
void add_evaluate_command(CLI::App& app, Context& context, Action& chosen);
void add_compare_command(CLI::App& app, Context& context, Action& chosen);
void add_diff_command(CLI::App& app, Context& context, Action& chosen);
void add_predict_command(CLI::App& app, Context& context, Action& chosen);
void add_report_command(CLI::App& app, Context& context, Action& chosen);
void add_inspect_command(CLI::App& app, Context& context, Action& chosen);
void add_schema_command(CLI::App& app, Context& context, Action& chosen);
void add_plugins_command(CLI::App& app, Context& context, Action& chosen);
void add_store_command(CLI::App& app, Context& context, Action& chosen);
void add_verify_command(CLI::App& app, Action& chosen);
void add_new_command(CLI::App& app, Context& context, Action& chosen);
void add_work_command(CLI::App& app, Context& context, Action& chosen);
void add_completion_command(CLI::App& app, Context& context, Action& chosen);

}  // namespace goldilocks::cli
