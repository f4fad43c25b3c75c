// A lookup-table function in Python, in either of the ways in which coremltools calls one: for neural networks
//
//   def lut_function(nbits, wp):    # wp: the tensor as a numpy array of float64, in its shape
//       ...
//       return lut, qw              # 2^nbits values, and for each weight its entry
//
// and for ML Programs
//
//   def lut_function(weight):       # the tensor in its own type, float16 or float32
//       ...
//       return lut, indices         # at most 2^nbits values, and for each weight its entry
//
// Where vectors of V values are asked for, the argument has a row of V values for each, and so has the table.
//
// The interpreter is a child process, as a Python library that is loaded by a plugin can't import numpy's own
// libraries. Each thread at work has a child of its own, which keeps the script imported between tensors.

#include <unistd.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <goldilocks/plugin.hpp>

#include "python_process.hpp"

namespace {

namespace fs = std::filesystem;
using goldilocks::python::PythonProcess;

// Children that are idle. Any thread.
class Children {
 public:
  void set_script(goldilocks::python::Script script) { script_ = std::move(script); }

  std::unique_ptr<PythonProcess> take(const goldilocks::Host& host) {
    {
      const std::scoped_lock lock(mutex_);
      if (!idle_.empty()) {
        auto child = std::move(idle_.back());
        idle_.pop_back();
        return child;
      }
    }
    return std::make_unique<PythonProcess>(script_, host);
  }

  void give_back(std::unique_ptr<PythonProcess> child) {
    if (!child->usable()) return;
    const std::scoped_lock lock(mutex_);
    idle_.push_back(std::move(child));
  }

 private:
  goldilocks::python::Script script_;
  std::mutex mutex_;  // guards idle_
  std::vector<std::unique_ptr<PythonProcess>> idle_;
};

// Has a child for as long as it lives, from the first width on that needs one: the tensor crosses once.
class PythonLutTask final : public goldilocks::QuantizerTask {
 public:
  PythonLutTask(const goldilocks::Weights& weights, Children& children, const goldilocks::Host& host)
      : weights_(weights), children_(children), host_(host) {}

  ~PythonLutTask() override {
    if (child_) children_.give_back(std::move(child_));
  }
  PythonLutTask(const PythonLutTask&) = delete;
  PythonLutTask& operator=(const PythonLutTask&) = delete;
  PythonLutTask(PythonLutTask&&) = delete;
  PythonLutTask& operator=(PythonLutTask&&) = delete;

  void quantize(int bits, goldilocks::Result& out) override {
    if (weights_.values.empty()) return out.unchanged("no values");
    if (bits == 16) return out.float16();
    const std::size_t length = weights_.vector_length;
    if (!child_ || !child_->usable()) {
      child_ = children_.take(host_);
      send_tensor();
    }
    const auto [table, codes] = length > 1 ? out.vector_table(bits, length) : out.table(bits);
    child_->quantize(bits, table, codes);
  }

 private:
  void send_tensor() {
    const bool in_half = weights_.value_type == GLK_FLOAT16;
    if (weights_.vector_length <= 1) return child_->set_tensor(weights_.dims, weights_.values, in_half, false);
    const std::vector<float> rows = gather_vectors(weights_);
    const std::array<std::int64_t, 2> dims = {static_cast<std::int64_t>(rows.size() / weights_.vector_length),
                                              static_cast<std::int64_t>(weights_.vector_length)};
    child_->set_tensor(dims, rows, in_half, true);
  }

  goldilocks::Weights weights_;
  Children& children_;
  goldilocks::Host host_;
  std::unique_ptr<PythonProcess> child_;
};

class PythonLut final : public goldilocks::Quantizer {
 public:
  bool vector_tables() const override { return true; }

  void declare(goldilocks::Options& options) override {
    options.path("script", &script_.file, "the Python file that defines the function").required();
    options.string("function", &script_.function,
                   "the function's name: function(nbits, wp) returns (lut, qw), or function(weight) (lut, indices)");
    options.path("interpreter", &script_.interpreter, "a Python 3 that has numpy");
  }

  // What can be told without starting an interpreter, which takes a moment: a run may find all results in its store.
  void prepare() override {
    std::error_code unknown;
    if (!fs::is_regular_file(script_.file, unknown)) {
      throw goldilocks::InvalidArgument("option 'script': there is no file " + script_.file.string());
    }
    if (!fs::is_regular_file(script_.interpreter, unknown) || ::access(script_.interpreter.c_str(), X_OK) != 0) {
      throw goldilocks::InvalidArgument("option 'interpreter': " + script_.interpreter.string() +
                                        " is no program; install Python 3 or name another one");
    }
    children_.set_script(script_);
  }

  std::unique_ptr<goldilocks::QuantizerTask> begin(const goldilocks::Weights& weights) override {
    return std::make_unique<PythonLutTask>(weights, children_, host());
  }

 private:
  goldilocks::python::Script script_{{}, "lut_function", "/usr/bin/python3"};
  Children children_;
};

}  // namespace

GOLDILOCKS_QUANTIZER(PythonLut, "python_lut", "lookup table by a Python function of yours, as coremltools' custom_lut")
