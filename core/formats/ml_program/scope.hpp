#pragma once

#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/formats/ml_program/operations/inference.hpp"
#include "core/formats/ml_program/program.hpp"
#include "core/formats/ml_program/report.hpp"

namespace goldilocks::ml_program {

// What is known of a name.
struct Definition {
  Type type;
  const Value* value = nullptr;  // of a const operation
  bool constant = false;         // known when the program is compiled
};

// The names that can be seen at a place of a function. A block sees those of the blocks around it that were defined
// before it, and its own end with it. A name is defined once: no block may use one again that it sees.
class Names {
 public:
  explicit Names(const Report& report) : report_(&report) {}

  // Ends the names of a block when it goes.
  class Block {
   public:
    explicit Block(Names& names) : names_(&names), first_(names.order_.size()) {}
    ~Block() { names_->forget_from(first_); }
    Block(const Block&) = delete;
    Block& operator=(const Block&) = delete;
    Block(Block&&) = delete;
    Block& operator=(Block&&) = delete;

   private:
    Names* names_;
    std::size_t first_;
  };

  // The name must outlive its block. A second definition is reported and changes nothing.
  void define(std::string_view name, const Definition& definition) {
    if (!report_->require(!name.empty(), "program.ssa", "a value has no name")) return;
    const bool added = definitions_.try_emplace(name, definition).second;
    if (report_->require(added, "program.ssa", "the name '{}' is defined already", name)) order_.push_back(name);
  }

  // Null where the name can't be seen here.
  const Definition* find(std::string_view name) const {
    const auto found = definitions_.find(name);
    return found == definitions_.end() ? nullptr : &found->second;
  }

 private:
  void forget_from(std::size_t first) {
    for (std::size_t i = first; i < order_.size(); ++i) definitions_.erase(order_[i]);
    order_.resize(first);
  }

  const Report* report_;
  std::unordered_map<std::string_view, Definition> definitions_;  // nodes stay where they are while others come
  std::vector<std::string_view> order_;
};

}  // namespace goldilocks::ml_program
