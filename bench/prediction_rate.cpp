// How fast a network is predicted, one image at a time on each thread:
//
//   prediction_rate MODEL.mlmodel [THREADS=1] [SECONDS=1] [BACKEND=onednn]
//
// prints predictions per second, all threads together: by the median time of a prediction, and by the shortest. Each
// thread has a session of its own; the inputs are noise; only runs are timed, after three that are not.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <exception>
#include <iostream>
#include <latch>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "bench/prepared_network.hpp"

namespace goldilocks {
namespace {

using Clock = std::chrono::steady_clock;

std::vector<double> timed_runs(const PreparedNetwork& prepared, double seconds, std::latch& start) {
  const auto session = prepared.model->create_session(prepared.wanted);
  for (int run = 0; run < 3; ++run) session->run(prepared.inputs);
  start.arrive_and_wait();
  std::vector<double> times;
  const auto end = Clock::now() + std::chrono::duration<double>(seconds);
  while (Clock::now() < end || times.size() < 5) {
    const auto before = Clock::now();
    session->run(prepared.inputs);
    times.push_back(std::chrono::duration<double>(Clock::now() - before).count());
  }
  return times;
}

void measure(const std::string& file, std::size_t threads, double seconds, const std::string& backend) {
  const PreparedNetwork prepared(file, backend);
  std::latch start(static_cast<std::ptrdiff_t>(threads));
  std::vector<std::vector<double>> times(threads);
  std::vector<std::jthread> workers;
  for (std::vector<double>& own : times) {
    workers.emplace_back([&] { own = timed_runs(prepared, seconds, start); });
  }
  workers.clear();
  std::vector<double> all;
  for (const std::vector<double>& own : times) all.insert(all.end(), own.begin(), own.end());
  std::ranges::sort(all);
  const auto streams = static_cast<double>(threads);
  fmt::print("goldilocks threads={} batch=1 images_per_second={:.1f} best={:.1f}\n", threads,
             streams / all[all.size() / 2], streams / all.front());
}

}  // namespace
}  // namespace goldilocks

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const auto argument = [&](std::size_t index, const char* otherwise) {
    return index < arguments.size() ? arguments[index] : std::string(otherwise);
  };
  if (arguments.empty()) {
    std::cerr << "usage: prediction_rate MODEL.mlmodel [THREADS=1] [SECONDS=1] [BACKEND=onednn]\n";
    return 2;
  }
  try {
    goldilocks::measure(arguments[0], std::stoul(argument(1, "1")), std::stod(argument(2, "1")), argument(3, "onednn"));
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
  return 0;
}
