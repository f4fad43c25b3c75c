// Every parallel_for is a loop object in a shared list. Its caller takes indices from it until none is left; idle
// workers take indices from the newest loop that still has some. The caller then waits only for the indices that others
// are working on, which never wait for the caller: so nesting can't deadlock. A run of jobs is a loop whose length is
// not known: it stands before the loops inside its jobs, so that it is the last that idle threads look at.
#include "core/base/thread_pool.hpp"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <list>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "core/base/cancellation.hpp"
#include "core/base/error.hpp"

namespace goldilocks {
namespace {

// All members are guarded by the pool's mutex.
struct Loop {
  const std::function<void(std::size_t)>* body = nullptr;
  std::size_t count = 0;
  ThreadPool::Jobs* jobs = nullptr;  // in the place of a body and a count
  std::function<void()> job{};       // of these, the next one
  std::size_t next = 0;
  std::size_t running = 0;
  bool stopped = false;
  bool cancelled = false;
  std::size_t failed_index = 0;
  std::exception_ptr failure;
  std::condition_variable finished;

  bool has_work() {
    if (stopped) return false;
    if (jobs == nullptr) return next < count;
    if (!job) job = jobs->next();
    return static_cast<bool>(job);
  }
};

}  // namespace

struct ThreadPool::State {
  std::mutex mutex;
  std::condition_variable work;
  std::list<Loop*> loops;
  bool closing = false;
  std::vector<std::thread> workers;

  // Runs one index of the loop. `lock` is held on entry and exit.
  void run_one(Loop& loop, std::unique_lock<std::mutex>& lock) {
    const std::size_t index = loop.next++;
    const std::function<void()> job = std::exchange(loop.job, {});
    ++loop.running;
    lock.unlock();
    std::exception_ptr failure;
    const bool cancelled = cancellation_requested();
    if (!cancelled) {
      try {
        job ? job() : (*loop.body)(index);
      } catch (...) {
        failure = std::current_exception();
      }
    }
    lock.lock();
    if (cancelled) loop.stopped = loop.cancelled = true;
    if (failure && (!loop.failure || index < loop.failed_index)) {
      loop.stopped = true;
      loop.failure = failure;
      loop.failed_index = index;
    }
    if (--loop.running == 0) loop.finished.notify_all();
    if (loop.jobs != nullptr) work.notify_all();
  }

  Loop* newest_with_work() {
    const auto found = std::find_if(loops.rbegin(), loops.rend(), [](Loop* loop) { return loop->has_work(); });
    return found == loops.rend() ? nullptr : *found;
  }

  // Takes the loop from the list, and throws what it is to throw.
  void finish(std::list<Loop*>::iterator place, std::unique_lock<std::mutex>& lock) {
    const Loop& loop = **place;
    loops.erase(place);
    lock.unlock();
    if (loop.failure) std::rethrow_exception(loop.failure);
    if (loop.cancelled) throw Interrupted();
  }

  void serve() {
    std::unique_lock lock(mutex);
    while (true) {
      Loop* loop = nullptr;
      work.wait(lock, [&] { return closing || (loop = newest_with_work()) != nullptr; });
      if (loop == nullptr) return;
      run_one(*loop, lock);
    }
  }
};

ThreadPool::ThreadPool(std::size_t threads) : state_(std::make_unique<State>()) {
  if (threads == 0) threads = std::max(1U, std::thread::hardware_concurrency());
  // Where the system refuses a thread, for a limit on their number or on memory, those that are there do the work.
  try {
    while (thread_count() < threads) state_->workers.emplace_back([state = state_.get()] { state->serve(); });
  } catch (const std::exception&) {
    return;
  }
}

ThreadPool::~ThreadPool() {
  {
    const std::scoped_lock lock(state_->mutex);
    state_->closing = true;
  }
  state_->work.notify_all();
  for (std::thread& worker : state_->workers) worker.join();
}

std::size_t ThreadPool::thread_count() const { return state_->workers.size() + 1; }

void ThreadPool::parallel_for(std::size_t count, const std::function<void(std::size_t)>& body) {
  if (count == 0) return;
  Loop loop{};
  loop.body = &body;
  loop.count = count;
  std::unique_lock lock(state_->mutex);
  const auto place = state_->loops.insert(state_->loops.end(), &loop);
  if (count > 1) state_->work.notify_all();
  while (loop.has_work()) state_->run_one(loop, lock);
  loop.finished.wait(lock, [&] { return loop.running == 0; });
  state_->finish(place, lock);
}

void ThreadPool::run(Jobs& jobs) {
  Loop loop{};
  loop.jobs = &jobs;
  std::unique_lock lock(state_->mutex);
  const auto place = state_->loops.insert(state_->loops.end(), &loop);
  state_->work.notify_all();
  while (loop.has_work() || loop.running > 0) {
    if (Loop* const found = state_->newest_with_work()) {
      state_->run_one(*found, lock);
    } else {
      state_->work.wait(lock);
    }
  }
  state_->finish(place, lock);
}

void ThreadPool::wake() {
  { const std::scoped_lock lock(state_->mutex); }
  state_->work.notify_all();
}

}  // namespace goldilocks
