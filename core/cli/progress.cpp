#include "core/cli/progress.hpp"

#include <algorithm>
#include <iostream>
#include <optional>

#include <fmt/format.h>

#include "core/base/os/terminal.hpp"
#include "core/cli/table.hpp"

namespace goldilocks::cli {
namespace {

constexpr auto redraw_interval = std::chrono::milliseconds(100);
// Before this share of the work is done an estimate of the time left would jump about.
constexpr double least_share_for_estimate = 0.02;

std::optional<double> seconds_left(double share, double elapsed) {
  if (share < least_share_for_estimate) return std::nullopt;
  return elapsed * (1 - share) / share;
}

}  // namespace

TerminalProgress::TerminalProgress() : terminal_(os::is_terminal(os::standard_error)) {}

TerminalProgress::~TerminalProgress() { clear(); }

void TerminalProgress::run_started(std::size_t tasks, std::size_t reused, double cost) {
  tasks_ = tasks - reused;
  finished_ = 0;
  finished_cost_ = 0;
  total_cost_ = cost;
  start_ = Clock::now();
  if (reused > 0) print_line(fmt::format("{} of {} tasks are in the store already", reused, tasks));
}

void TerminalProgress::task_started(const pipeline::Task& task) {
  running_.push_back({task.id, task.cost, 0});
  redraw(false);
}

void TerminalProgress::task_progress(const pipeline::Task& task, double fraction) {
  const auto found = std::find_if(running_.begin(), running_.end(), [&](const Running& r) { return r.id == task.id; });
  if (found != running_.end()) found->fraction = fraction;
  redraw(false);
}

void TerminalProgress::task_finished(const pipeline::Task& task, std::string_view error) {
  std::erase_if(running_, [&](const Running& r) { return r.id == task.id; });
  ++finished_;
  finished_cost_ += task.cost;
  if (!error.empty()) {
    print_line(fmt::format("[{}/{}] {} failed: {}", finished_, tasks_, task.id, error));
  } else if (!terminal_) {
    print_line(fmt::format("[{}/{}] {}", finished_, tasks_, task.id));
  }
  redraw(false);
}

void TerminalProgress::step(std::string_view what) {
  if (terminal_) {
    clear();
    std::cerr << what << std::flush;
    shown_ = true;
  }
}

double TerminalProgress::done_cost() const {
  double cost = finished_cost_;
  for (const Running& task : running_) cost += task.cost * task.fraction;
  return cost;
}

void TerminalProgress::redraw(bool force) {
  const auto now = Clock::now();
  if (!terminal_ || (!force && now - drawn_ < redraw_interval)) return;
  drawn_ = now;
  const double share = total_cost_ > 0 ? std::min(1.0, done_cost() / total_cost_) : 0;
  std::string line = fmt::format("[{}/{}] {:3.0f} %", finished_, tasks_, 100 * share);
  if (const auto left = seconds_left(share, std::chrono::duration<double>(now - start_).count())) {
    line += fmt::format(", {} left", human_duration(*left));
  }
  if (!running_.empty()) {
    line += "  " + running_.front().id;
    if (running_.size() > 1) line += fmt::format(" and {} more", running_.size() - 1);
  }
  line.resize(std::min(line.size(), os::terminal_width(os::standard_error) - 1));
  clear();
  std::cerr << line << std::flush;
  shown_ = true;
}

void TerminalProgress::clear() {
  if (shown_) std::cerr << "\r\033[K" << std::flush;
  shown_ = false;
}

void TerminalProgress::print_line(const std::string& line) {
  clear();
  std::cerr << line << '\n';
}

}  // namespace goldilocks::cli
