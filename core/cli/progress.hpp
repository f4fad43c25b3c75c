#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "core/pipeline/tasks/progress.hpp"

namespace goldilocks::cli {

// Shows a run on standard error. On a terminal: one line that is redrawn with what is running, how many of how many,
// and the time left. Elsewhere: a plain line for each task that is done, so that a log stays readable.
class TerminalProgress final : public pipeline::ProgressListener {
 public:
  TerminalProgress();
  ~TerminalProgress() override;
  TerminalProgress(const TerminalProgress&) = delete;
  TerminalProgress& operator=(const TerminalProgress&) = delete;
  TerminalProgress(TerminalProgress&&) = delete;
  TerminalProgress& operator=(TerminalProgress&&) = delete;

  void run_started(std::size_t tasks, std::size_t reused, double cost) override;
  void task_started(const pipeline::Task& task) override;
  void task_progress(const pipeline::Task& task, double fraction) override;
  void task_finished(const pipeline::Task& task, std::string_view error) override;
  void step(std::string_view what) override;

 private:
  using Clock = std::chrono::steady_clock;
  struct Running {
    std::string id;
    double cost = 0;
    double fraction = 0;
  };

  double done_cost() const;
  void redraw(bool force);
  void clear();
  void print_line(const std::string& line);

  bool terminal_;
  std::size_t tasks_ = 0;
  std::size_t finished_ = 0;
  double total_cost_ = 0;
  double finished_cost_ = 0;
  std::vector<Running> running_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point drawn_;
  bool shown_ = false;
};

}  // namespace goldilocks::cli
