#include "core/cli/context.hpp"

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include "core/base/error.hpp"
#include "core/base/os/process.hpp"
#include "core/cli/log_file.hpp"
#include "core/cli/number_options.hpp"

namespace goldilocks::cli {
namespace {

constexpr std::size_t most_threads = 1024;

}  // namespace

void Context::declare_options(CLI::App& app) {
  app.add_option("--log-level", log_level_, "What is logged on the terminal")
      ->check(CLI::IsMember({"debug", "info", "warning", "error", "off"}))
      ->capture_default_str();
  app.add_option("--log-file", log_file_, "Also log to this file, from level info on (debug if --log-level says so)")
      ->type_name("FILE");
  app.add_option("--plugin-path", plugin_path_,
                 "Look for plugins in this folder, or take this library, before all others")
      ->type_name("PATH")
      ->expected(1)
      ->take_all();
  app.add_option("--store", store_root_,
                 "Where artifacts are kept (default: $GOLDILOCKS_STORE, or ~/.cache/goldilocks)")
      ->type_name("DIR");
  app.add_option("--threads", threads_,
                 fmt::format("How many threads work, 1 to {} (default: one per core)", most_threads))
      ->transform(whole_number(1, most_threads))
      ->type_name("N");
}

void Context::start() const {
  const auto level = spdlog::level::from_str(log_level_);
  auto terminal = std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
  terminal->set_level(level);
  terminal->set_pattern("%^%l%$: %v");
  std::vector<spdlog::sink_ptr> sinks = {terminal};
  auto lowest = level;
  if (log_file_) {
    require_log_or_nothing(*log_file_);
    try {
      auto file = std::make_shared<spdlog::sinks::basic_file_sink_mt>(log_file_->string(), true);
      file->set_level(std::min(level, spdlog::level::info));
      file->set_pattern("%Y-%m-%dT%H:%M:%S.%e %l %v");
      lowest = std::min(lowest, file->level());
      sinks.push_back(std::move(file));
    } catch (const spdlog::spdlog_ex&) {
      throw FileError(*log_file_, "write", errno);
    }
  }
  auto logger = std::make_shared<spdlog::logger>("goldilocks", sinks.begin(), sinks.end());
  logger->set_level(lowest);
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
}

plugins::Registry& Context::registry() {
  if (!registry_) registry_ = std::make_unique<plugins::Registry>(plugins::default_search_path(plugin_path_));
  return *registry_;
}

store::Store& Context::artifact_store() {
  if (!store_) store_ = std::make_unique<store::Store>(store_root());
  return *store_;
}

std::filesystem::path Context::store_root() const { return store::default_store_root(store_root_); }

ThreadPool& Context::pool() {
  if (pool_) return *pool_;
  pool_ = std::make_unique<ThreadPool>(threads_);
  const std::size_t given = pool_->thread_count();
  if (given < threads_) {
    spdlog::warn("the system refuses {} of {} threads; the work goes on with {}", threads_ - given, threads_, given);
  }
  return *pool_;
}

pipeline::WorkerProgram Context::worker_program() const { return {os::this_program(), {"--log-level", log_level_}}; }

}  // namespace goldilocks::cli
