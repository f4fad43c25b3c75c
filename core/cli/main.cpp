// The program `goldilocks`: parses the command line, runs one command, and turns errors into messages and exit codes.
#include <csignal>
#include <iostream>
#include <new>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "core/base/cancellation.hpp"
#include "core/cli/commands.hpp"
#include "core/cli/version.hpp"

namespace goldilocks::cli {
namespace {

// The first signal asks for an orderly end; a second one ends the program as the system would.
extern "C" void on_signal(int signal) {
  request_cancellation();
  std::signal(signal, SIG_DFL);
}

// Ctrl-C, what service managers and clusters send, and a terminal that is closed. What the program was started to
// ignore stays ignored, as by nohup.
void handle_signals() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    if (std::signal(signal, on_signal) == SIG_IGN) std::signal(signal, SIG_IGN);
  }
  std::signal(SIGPIPE, SIG_IGN);
}

// The library reads an option's value "[1,2,3]" as a list of three unless it is told that there is one value at a time.
// Here no value is ever cut: it may be JSON, or a file's name.
void take_values_whole(CLI::App& app) {
  for (CLI::Option* option : app.get_options({})) option->allow_extra_args(false);
  for (CLI::App* command : app.get_subcommands({})) take_values_whole(*command);
}

int report_error(ExitCode code, std::string_view message) {
  std::cout.flush();
  std::cerr << "goldilocks: " << message << '\n';
  return static_cast<int>(code);
}

int run(int argc, char** argv) {
  CLI::App app("Finds the smallest Core ML model that still does its job.", "goldilocks");
  app.set_version_flag("--version", std::string(version_text));
  app.require_subcommand(1);
  app.fallthrough();
  app.get_formatter()->column_width(34);

  Context context;
  Action action;
  context.declare_options(app);
  add_run_command(app, context, action);
  add_plan_command(app, context, action);
  add_validate_command(app, context, action);
  add_quantize_command(app, context, action);
  add_evaluate_command(app, context, action);
  add_compare_command(app, context, action);
  add_diff_command(app, context, action);
  add_predict_command(app, context, action);
  add_report_command(app, context, action);
  add_inspect_command(app, context, action);
  add_schema_command(app, context, action);
  add_plugins_command(app, context, action);
  add_store_command(app, context, action);
  add_verify_command(app, action);
  add_new_command(app, context, action);
  add_work_command(app, context, action);
  add_completion_command(app, context, action);
  take_values_whole(app);

  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    return report_error(ExitCode::usage, fmt::format("{} (see goldilocks --help)", error.what()));
  }
  context.start();
  return static_cast<int>(action());
}

}  // namespace
}  // namespace goldilocks::cli

int main(int argc, char** argv) {
  using goldilocks::ExitCode;
  using goldilocks::cli::report_error;
  goldilocks::cli::handle_signals();
  try {
    const int code = goldilocks::cli::run(argc, argv);
    std::cout.flush();
    return std::cout ? code : report_error(ExitCode::unreadable, "can't write to standard output");
  } catch (const goldilocks::Interrupted&) {
    return report_error(ExitCode::interrupted,
                        "interrupted; what is done is kept, and the same command goes on from there");
  } catch (const goldilocks::Error& error) {
    return report_error(error.exit_code(), error.what());
  } catch (const std::bad_alloc&) {
    return report_error(ExitCode::internal, "out of memory");
  } catch (const std::exception& error) {
    return report_error(ExitCode::internal, fmt::format("internal error: {}", error.what()));
  }
}
