#pragma once

#include <memory>
#include <vector>

#include <goldilocks/options.hpp>

namespace goldilocks::detail {

// What the factories of all kinds hold: an object of the plugin's class that answers questions about itself, and the
// declarations of its options. Objects are used through `Base`, so that a class may override in private.
template <class Class, class Base>
class FactoryBase {
 protected:
  FactoryBase() : prototype_(std::make_unique<Class>()) {
    prototype_->declare(options_);
    option_list_ = options_.descriptors();
  }

  // Name, summary and options have the same place in the factory of each kind.
  template <class Factory>
  void describe(Factory& factory, const char* name, const char* summary) const {
    factory.struct_size = sizeof(Factory);
    factory.name = name;
    factory.summary = summary;
    factory.options = option_list_.data();
    factory.option_count = option_list_.size();
  }

  Base& prototype() const { return *prototype_; }

 private:
  std::unique_ptr<Base> prototype_;
  Options options_;
  std::vector<const glk_option*> option_list_;
};

// An object with its host and the values of its options.
template <class Class, class Base>
std::unique_ptr<Base> make_configured(const glk_host* host, const glk_options* values) {
  std::unique_ptr<Base> object = std::make_unique<Class>();
  object->set_host(Host(host));
  Options options;
  object->declare(options);
  options.read(values);
  return object;
}

}  // namespace goldilocks::detail
