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

// The first Ctrl-C asks for an orderly end; a second one ends the program as the system would.
extern "C" void on_signal(int signal) {
  request_cancellation();
  std::signal(signal, SIG_DFL);
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
  add_verify_command(app, action);
  add_new_command(app, context, action);
  add_worker_command(app, action);
  add_completion_command(app, context, action);

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
  std::signal(SIGINT, goldilocks::cli::on_signal);
  std::signal(SIGTERM, goldilocks::cli::on_signal);
  std::signal(SIGPIPE, SIG_IGN);
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
