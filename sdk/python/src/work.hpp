#pragma once

#include <functional>
#include <memory>

#include <pybind11/pybind11.h>

namespace goldilocks::python {

namespace py = pybind11;

// A Python object that any thread may copy and release without the lock.
using SharedObject = std::shared_ptr<py::object>;
SharedObject share(py::object object);

// Calls a listener of the user's from any thread. What it raises the first time stops the work, and is kept for
// run_interruptibly() to raise. Nothing is called where the listener is None.
class Listener {
 public:
  explicit Listener(py::object callable);

  explicit operator bool() const { return callable_ != nullptr; }
  void call(const std::function<py::object()>& argument);
  // Called with the interpreter's lock, after the work.
  void rethrow() const;

 private:
  SharedObject callable_;
  std::shared_ptr<std::exception_ptr> failure_ = std::make_shared<std::exception_ptr>();
};

// A listener of the share that is done, 0 to 1; empty without one.
std::function<void(double)> share_done(Listener& listener);

// Runs work that takes long in a thread of its own, without the interpreter's lock. The calling thread meanwhile lets
// the interpreter handle signals: a handler that raises, as Ctrl-C's does, asks the work to stop, and is raised here
// once it has. Throws what the listener (may be null) raised, or else what the work throws. Called with the lock, and
// returns with it.
void run_interruptibly(const std::function<void()>& work, const Listener* listener = nullptr);

}  // namespace goldilocks::python
