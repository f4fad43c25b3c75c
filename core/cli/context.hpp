#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "core/base/thread_pool.hpp"
#include "core/pipeline/tasks/worker_process.hpp"
#include "core/plugins/registry.hpp"
#include "core/store/store.hpp"

namespace goldilocks::cli {

// What every command shares: the global options, and the services that they configure, made on first use. Lives as long
// as the program runs.
class Context {
 public:
  // Adds --log-level, --log-file, --plugin-path, --store, --threads to the program.
  void declare_options(CLI::App& app);

  // Called once, after parsing and before the command: sets the log up. Throws FileError for a log file that can't be
  // opened, and UsageError for a file that is no log.
  void start() const;

  plugins::Registry& registry();
  store::Store& artifact_store();
  std::filesystem::path store_root() const;
  ThreadPool& pool();

  // This program as a worker that logs as this process does.
  pipeline::WorkerProgram worker_program() const;

 private:
  std::string log_level_ = "warning";
  std::optional<std::filesystem::path> log_file_;
  std::vector<std::filesystem::path> plugin_path_;
  std::optional<std::filesystem::path> store_root_;
  std::size_t threads_ = 0;  // 0: one per core
  std::unique_ptr<plugins::Registry> registry_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<ThreadPool> pool_;
};

}  // namespace goldilocks::cli
