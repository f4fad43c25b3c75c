#include "core/pipeline/tasks/task_queue.hpp"

#include <algorithm>
#include <atomic>
#include <functional>
#include <queue>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/pipeline/tasks/task_scheduler.hpp"

namespace goldilocks::pipeline {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Tasks = std::vector<std::size_t>;

constexpr std::size_t plenty = 1000;

// When all tasks are done if every one takes as long as its cost says, on so many cores.
double makespan(const std::vector<TaskNeeds>& tasks, std::size_t cores, std::size_t memory = plenty) {
  struct Running {
    double end;
    Tasks batch;
    bool operator>(const Running& other) const { return end > other.end; }
  };
  TaskQueue queue(tasks, memory);
  std::priority_queue<Running, std::vector<Running>, std::greater<>> running;
  double now = 0;
  while (true) {
    while (running.size() < cores) {
      const Tasks batch = queue.take();
      if (batch.empty()) break;
      double cost = 0;
      for (const std::size_t task : batch) cost += tasks[task].cost;
      running.push({now + cost, batch});
    }
    if (running.empty()) return now;
    const Running done = running.top();
    running.pop();
    now = done.end;
    queue.release(done.batch);
    for (const std::size_t task : done.batch) queue.settle(task);
  }
}

// The same in waves: all that are ready, and the next ones when the last of these is done.
double makespan_of_waves(const std::vector<TaskNeeds>& tasks, std::size_t cores) {
  std::vector<bool> done(tasks.size(), false);
  double now = 0;
  while (true) {
    std::vector<double> ends(cores, now);
    Tasks wave;
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      const auto& inputs = tasks[i].inputs;
      if (!done[i] && std::all_of(inputs.begin(), inputs.end(), [&](std::size_t input) { return done[input]; })) {
        wave.push_back(i);
      }
    }
    if (wave.empty()) return now;
    for (const std::size_t i : wave) {
      *std::min_element(ends.begin(), ends.end()) += tasks[i].cost;
      done[i] = true;
    }
    now = *std::max_element(ends.begin(), ends.end());
  }
}

double longest_path(const std::vector<TaskNeeds>& tasks) {
  std::vector<double> ends(tasks.size());
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    for (const std::size_t input : tasks[i].inputs) ends[i] = std::max(ends[i], ends[input]);
    ends[i] += tasks[i].cost;
  }
  return *std::max_element(ends.begin(), ends.end());
}

double sum(const std::vector<TaskNeeds>& tasks) {
  double all = 0;
  for (const TaskNeeds& task : tasks) all += task.cost;
  return all;
}

TEST(TaskQueue, ATaskBeginsWhenItsLastInputIsDone) {
  TaskQueue queue({{}, {}, {.inputs = {0, 1}}}, plenty);
  EXPECT_THAT(queue.take(), ElementsAre(0));
  EXPECT_THAT(queue.take(), ElementsAre(1));
  EXPECT_THAT(queue.take(), IsEmpty());
  queue.settle(1);
  EXPECT_THAT(queue.take(), IsEmpty());
  queue.settle(0);
  EXPECT_THAT(queue.take(), ElementsAre(2));
  EXPECT_THAT(queue.take(), IsEmpty());
}

TEST(TaskQueue, WhatWasDoneBeforeNeverBegins) {
  TaskQueue queue({{}, {.inputs = {0}}, {.inputs = {1}}}, plenty);
  queue.settle(1);  // though its input isn't done
  EXPECT_THAT(queue.take(), ElementsAre(0));
  EXPECT_THAT(queue.take(), ElementsAre(2));
  queue.settle(0);
  EXPECT_THAT(queue.take(), IsEmpty());
}

TEST(TaskQueue, TheOneWithTheLongestWayToTheEndComesFirst) {
  TaskQueue queue({{.cost = 2}, {.cost = 1}, {.inputs = {1}, .cost = 5}}, plenty);
  EXPECT_THAT(queue.take(), ElementsAre(1));
  EXPECT_THAT(queue.take(), ElementsAre(0));
}

TEST(TaskQueue, TasksOfOneBatchThatAreReadyBeginTogether) {
  TaskQueue queue({{.batch = "model"}, {}, {.batch = "model"}, {.inputs = {1}, .batch = "model"}}, plenty);
  EXPECT_THAT(queue.take(), ElementsAre(1));  // the way over the fourth
  EXPECT_THAT(queue.take(), ElementsAre(0, 2));
  queue.settle(1);
  EXPECT_THAT(queue.take(), ElementsAre(3));
}

TEST(TaskQueue, ATaskWaitsForMemoryAndIsOvertakenByWhatNeedsNoneAlone) {
  TaskQueue queue({{.cost = 9, .memory = 2}, {.cost = 8, .memory = 4}, {.cost = 7, .memory = 1}, {.cost = 6}}, 4);
  EXPECT_THAT(queue.take(), ElementsAre(0));
  EXPECT_THAT(queue.take(), ElementsAre(3));
  EXPECT_THAT(queue.take(), IsEmpty());
  queue.release({0});
  EXPECT_THAT(queue.take(), ElementsAre(1));
  EXPECT_THAT(queue.take(), IsEmpty());
  queue.release({1});
  EXPECT_THAT(queue.take(), ElementsAre(2));
}

TEST(TaskQueue, ATaskThatNeedsMoreThanThereIsRunsAlone) {
  TaskQueue queue({{.cost = 2, .memory = 9}, {.memory = 1}}, 4);
  EXPECT_THAT(queue.take(), ElementsAre(0));
  EXPECT_THAT(queue.take(), IsEmpty());
  queue.release({0});
  EXPECT_THAT(queue.take(), ElementsAre(1));
}

TEST(TaskQueue, WhatNeedsAFailedTaskFailsWithItOnce) {
  TaskQueue queue({{}, {}, {.inputs = {0}}, {.inputs = {0, 1}}, {.inputs = {2, 3}}, {.inputs = {1}}}, plenty);
  EXPECT_THAT(queue.fail(0), ::testing::UnorderedElementsAre(2, 3, 4));
  EXPECT_THAT(queue.fail(1), ElementsAre(5));
  EXPECT_THAT(queue.take(), IsEmpty());
}

// Two models on two cores: one is quantized at once and predicted with at length, of the other it is the reverse. Waves
// wait for the longer of each pair.
TEST(TaskQueue, NoCoreIdlesWhereWavesWould) {
  std::vector<TaskNeeds> tasks;
  for (int pair = 0; pair < 4; ++pair) {
    const std::size_t first = tasks.size();
    tasks.push_back({.cost = 1});
    tasks.push_back({.cost = 9});
    tasks.push_back({.inputs = {first}, .cost = 9});
    tasks.push_back({.inputs = {first + 1}, .cost = 1});
  }
  EXPECT_EQ(makespan(tasks, 2), 40);
  EXPECT_EQ(sum(tasks) / 2, 40);
  const std::vector<TaskNeeds> pair(tasks.begin(), tasks.begin() + 4);
  EXPECT_EQ(makespan(pair, 2), 10);
  EXPECT_EQ(longest_path(pair), 10);
  EXPECT_EQ(makespan_of_waves(pair, 2), 18);
}

// No schedule is better than the longest path or the sum over the cores; whoever never idles while something is ready
// needs at most both together.
TEST(TaskQueue, NeverNeedsMoreThanTheLongestPathAndTheSumOverTheCores) {
  std::mt19937 random(1);
  double shorter = 0;
  for (int graph = 0; graph < 200; ++graph) {
    std::vector<TaskNeeds> tasks(5 + random() % 40);
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      tasks[i].cost = static_cast<double>(1 + random() % 20);
      for (std::size_t input = i > 6 ? i - 6 : 0; input < i; ++input) {
        if (random() % 4 == 0) tasks[i].inputs.push_back(input);
      }
    }
    const std::size_t cores = 2 + random() % 3;
    const double took = makespan(tasks, cores);
    const double least = std::max(longest_path(tasks), sum(tasks) / static_cast<double>(cores));
    SCOPED_TRACE(graph);
    EXPECT_GE(took, least);
    EXPECT_LE(took, longest_path(tasks) + sum(tasks) / static_cast<double>(cores));
    shorter += makespan_of_waves(tasks, cores) / took;
  }
  EXPECT_GT(shorter / 200, 1.1) << "waves take a tenth longer on average";
}

TEST(TaskScheduler, RunsEveryTaskOnceAndAfterItsInputs) {
  for (const std::size_t threads : {1U, 2U, 4U}) {
    ThreadPool pool(threads);
    std::vector<TaskNeeds> tasks(300);
    for (std::size_t i = 11; i < tasks.size(); ++i) tasks[i].inputs = {i - 3 - i % 7, i - 1 - i % 5};
    for (std::size_t i = 0; i < tasks.size(); ++i) tasks[i].memory = i % 3;
    for (std::size_t i = 0; i < tasks.size(); i += 4) tasks[i].batch = "together";
    std::vector<std::atomic<int>> done(tasks.size());
    TaskScheduler scheduler(tasks, 4, pool);
    scheduler.run([&](const Tasks& batch, std::size_t at_once) {
      EXPECT_GE(at_once, 1U);
      for (const std::size_t task : batch) {
        for (const std::size_t input : tasks[task].inputs) EXPECT_EQ(done[input], 1);
        pool.parallel_for(5, [](std::size_t) {});
        ++done[task];
        scheduler.settle(task);
      }
    });
    for (const auto& one : done) EXPECT_EQ(one, 1);
  }
}

TEST(TaskScheduler, WithoutWhatFails) {
  ThreadPool pool(2);
  TaskScheduler scheduler({{}, {.inputs = {0}}, {.inputs = {1}}, {}}, 1, pool);
  std::atomic<int> ran{0};
  scheduler.run([&](const Tasks& batch, std::size_t) {
    ++ran;
    if (batch.front() == 0) {
      EXPECT_THAT(scheduler.fail(0), ElementsAre(1, 2));
    } else {
      scheduler.settle(batch.front());
    }
  });
  EXPECT_EQ(ran, 2);
}

}  // namespace
}  // namespace goldilocks::pipeline
