#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/formats/coreml/validate.hpp"

namespace goldilocks::ml_program {

// Collects the rules that a program breaks, each with its place: function, block, operation. Whoever walks the program
// enters places and leaves them; the text of a place is put together only where there is something to say.
class Report {
 public:
  explicit Report(std::vector<model::Violation>& sink) : sink_(&sink) {}

  // Leaves a place when it goes.
  class Scope {
   public:
    explicit Scope(Report& report) : report_(&report) {}
    ~Scope() { report_->places_.pop_back(); }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
    Scope(Scope&&) = delete;
    Scope& operator=(Scope&&) = delete;

   private:
    Report* report_;
  };

  // The names must outlive the scope. `function 'main'`, `block CoreML5`, `operation 'conv1' (conv)`,
  // `operation 12 (write_state)` for one without a name, `blocks[1]`, or any other words.
  Scope in_function(std::string_view name) { return enter({Kind::function, name, {}, 0}); }
  Scope in_block(std::string_view opset) { return enter({Kind::block, opset, {}, 0}); }
  Scope in_operation(std::string_view name, std::string_view type, std::size_t index) {
    return enter({Kind::operation, name, type, index});
  }
  Scope in_nested_block(std::size_t index) { return enter({Kind::nested_block, {}, {}, index}); }
  Scope in(std::string_view what, std::string_view name) { return enter({Kind::other, what, name, 0}); }

  template <class... Args>
  void add(std::string_view rule, fmt::format_string<Args...> problem, Args&&... args) const {
    add_text(rule, fmt::format(problem, std::forward<Args>(args)...));
  }

  // Adds the problem unless the condition holds, and returns the condition.
  template <class... Args>
  bool require(bool holds, std::string_view rule, fmt::format_string<Args...> problem, Args&&... args) const {
    if (!holds) add_text(rule, fmt::format(problem, std::forward<Args>(args)...));
    return holds;
  }

  void add_text(std::string_view rule, std::string problem) const;

  // "function 'main': block CoreML5: operation 'conv1' (conv)"
  std::string place() const;

  std::size_t count() const { return sink_->size(); }

 private:
  enum class Kind : unsigned char { function, block, operation, nested_block, other };
  struct Place {
    Kind kind;
    std::string_view name;
    std::string_view detail;
    std::size_t index;
  };

  Scope enter(const Place& place) {
    places_.push_back(place);
    return Scope(*this);
  }

  std::vector<model::Violation>* sink_;
  std::vector<Place> places_;
};

}  // namespace goldilocks::ml_program
