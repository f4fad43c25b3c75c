// Python handles signals in its main thread, between two instructions of its own. So the thread that called waits for
// the work in short steps, and gives the interpreter a turn after each.
#include "sdk/python/src/work.hpp"

#include <chrono>
#include <future>
#include <mutex>
#include <utility>

#include "core/base/cancellation.hpp"
#include "core/base/error.hpp"

namespace goldilocks::python {
namespace {

constexpr auto signal_interval = std::chrono::milliseconds(50);

// The request to stop is one for the process: the last work that ends takes it back.
class ActiveWork {
 public:
  ActiveWork() {
    const std::scoped_lock lock(mutex);
    ++count;
  }
  ~ActiveWork() {
    const std::scoped_lock lock(mutex);
    if (--count == 0) clear_cancellation();
  }
  ActiveWork(const ActiveWork&) = delete;
  ActiveWork& operator=(const ActiveWork&) = delete;

 private:
  static inline std::mutex mutex;
  static inline std::size_t count = 0;
};

}  // namespace

void run_interruptibly(const std::function<void()>& work, const Listener* listener) {
  const ActiveWork active;
  std::exception_ptr interruption;
  std::future<void> result;
  {
    const py::gil_scoped_release release;
    result = std::async(std::launch::async, work);
    while (result.wait_for(signal_interval) != std::future_status::ready) {
      const py::gil_scoped_acquire acquire;
      if (interruption || PyErr_CheckSignals() == 0) continue;
      interruption = std::make_exception_ptr(py::error_already_set());
      request_cancellation();
    }
  }
  if (interruption) std::rethrow_exception(interruption);
  try {
    result.get();
  } catch (const Interrupted&) {
    // By the listener, perhaps.
    if (listener != nullptr) listener->rethrow();
    throw;
  }
  if (listener != nullptr) listener->rethrow();
}

SharedObject share(py::object object) {
  return {new py::object(std::move(object)), [](py::object* shared) {
            const py::gil_scoped_acquire acquire;
            delete shared;
          }};
}

Listener::Listener(py::object callable) {
  if (!callable.is_none()) callable_ = share(std::move(callable));
}

void Listener::call(const std::function<py::object()>& argument) {
  if (!callable_) return;
  const py::gil_scoped_acquire acquire;
  if (*failure_) return;
  try {
    (*callable_)(argument());
  } catch (const py::error_already_set&) {
    *failure_ = std::current_exception();
    request_cancellation();
  }
}

void Listener::rethrow() const {
  if (*failure_) std::rethrow_exception(*failure_);
}

std::function<void(double)> share_done(Listener& listener) {
  if (!listener) return {};
  return [&listener](double share) { listener.call([share] { return py::float_(share); }); };
}

}  // namespace goldilocks::python
