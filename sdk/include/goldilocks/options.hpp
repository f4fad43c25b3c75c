#pragma once

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <goldilocks/abi.h>
#include <goldilocks/error.hpp>

namespace goldilocks {

// One declared option; returned by the functions of Options, so that a limit can be added.
class Option {
 public:
  // Inclusive bounds of an integer, a number, or each number of a list.
  Option& range(double minimum, double maximum) {
    option_.has_range = 1;
    option_.minimum = minimum;
    option_.maximum = maximum;
    return *this;
  }
  Option& at_least(double minimum) {
    return range(minimum, option_.has_range != 0 ? option_.maximum : std::numeric_limits<double>::infinity());
  }
  // The user must give it; the member's initial value is no default.
  Option& required() {
    option_.required = 1;
    return *this;
  }

 private:
  friend class Options;

  glk_option option_{};
  std::string name_;
  std::string help_;
  std::string default_string_;
  std::vector<std::string> choices_;
  std::vector<const char*> choice_pointers_;
  std::vector<double> default_numbers_;
  std::function<glk_status(const glk_options&, const char* name)> read_;
};

// Where a plugin declares its options, each bound to a member variable whose initial value is the default. The host
// checks what the user wrote, prints help, and writes the pipeline's schema from these declarations; the members have
// their values before the plugin's first call.
//
// Names match [a-z0-9_]+; help is one line. The variables must live as long as the object that declares them.
class Options {
 public:
  Option& boolean(std::string name, bool* value, std::string help) {
    Option& added = add(GLK_OPTION_BOOL, std::move(name), std::move(help));
    added.option_.default_bool = *value ? 1 : 0;
    added.read_ = [value](const glk_options& given, const char* key) {
      std::int32_t read = 0;
      const glk_status status = given.get_bool(given.context, key, &read);
      if (status == GLK_OK) *value = read != 0;
      return status;
    };
    return added;
  }

  // Any integer type whose values fit into int64. A value that the type can't hold is refused when it is read; where
  // that may happen, declare a range.
  template <std::integral Integer>
  Option& integer(std::string name, Integer* value, std::string help) {
    static_assert(std::signed_integral<Integer> || sizeof(Integer) < sizeof(std::int64_t), "may not fit into int64");
    Option& added = add(GLK_OPTION_INTEGER, std::move(name), std::move(help));
    added.option_.default_integer = static_cast<std::int64_t>(*value);
    added.read_ = [value](const glk_options& given, const char* key) {
      std::int64_t read = 0;
      const glk_status status = given.get_integer(given.context, key, &read);
      if (status != GLK_OK) return status;
      if (!std::in_range<Integer>(read)) {
        throw InvalidArgument("option '" + std::string(key) + "': " + std::to_string(read) + " is too large");
      }
      *value = static_cast<Integer>(read);
      return status;
    };
    return added;
  }

  template <std::floating_point Number>
  Option& number(std::string name, Number* value, std::string help) {
    Option& added = add(GLK_OPTION_NUMBER, std::move(name), std::move(help));
    added.option_.default_number = static_cast<double>(*value);
    added.read_ = [value](const glk_options& given, const char* key) {
      double read = 0;
      const glk_status status = given.get_number(given.context, key, &read);
      if (status == GLK_OK) *value = static_cast<Number>(read);
      return status;
    };
    return added;
  }

  Option& string(std::string name, std::string* value, std::string help) {
    Option& added = add(GLK_OPTION_STRING, std::move(name), std::move(help));
    bind_text(added, value);
    return added;
  }

  // The name of a file that a report writes, relative to the run's folder. The host says before any work where it leads
  // out of that folder, and where two reports have the same.
  Option& output(std::string name, std::string* value, std::string help) {
    Option& added = string(std::move(name), value, std::move(help));
    added.option_.names_output = 1;
    return added;
  }

  // One of the words given; the member's initial value must be one of them.
  Option& choice(std::string name, std::string* value, std::vector<std::string> choices, std::string help) {
    Option& added = add(GLK_OPTION_CHOICE, std::move(name), std::move(help));
    bind_text(added, value);
    added.choices_ = std::move(choices);
    for (const std::string& word : added.choices_) added.choice_pointers_.push_back(word.c_str());
    return added;
  }

  Option& numbers(std::string name, std::vector<double>* value, std::string help) {
    Option& added = add(GLK_OPTION_NUMBERS, std::move(name), std::move(help));
    added.default_numbers_ = *value;
    added.read_ = [value](const glk_options& given, const char* key) {
      const double* read = nullptr;
      std::uint64_t count = 0;
      const glk_status status = given.get_numbers(given.context, key, &read, &count);
      if (status == GLK_OK) value->assign(read, read + count);
      return status;
    };
    return added;
  }

  // A file or folder; the host makes it absolute, and counts a file's content among the inputs of the run. Empty where
  // the user gave none.
  Option& path(std::string name, std::filesystem::path* value, std::string help) {
    Option& added = add(GLK_OPTION_PATH, std::move(name), std::move(help));
    added.default_string_ = value->string();
    added.read_ = [value](const glk_options& given, const char* key) {
      const char* read = nullptr;
      const glk_status status = given.get_string(given.context, key, &read);
      if (status == GLK_OK) *value = read;
      return status;
    };
    return added;
  }

  // The declarations for a factory; valid as long as this object, and until the next declaration.
  std::vector<const glk_option*> descriptors() {
    std::vector<const glk_option*> pointers;
    for (const auto& declared : options_) {
      glk_option& option = declared->option_;
      option.name = declared->name_.c_str();
      option.help = declared->help_.c_str();
      option.default_string = declared->default_string_.c_str();
      option.default_numbers = declared->default_numbers_.data();
      option.default_numbers_count = declared->default_numbers_.size();
      option.choices = declared->choice_pointers_.data();
      option.choice_count = declared->choice_pointers_.size();
      pointers.push_back(&option);
    }
    return pointers;
  }

  // Sets every bound variable from the host's values.
  void read(const glk_options* given) const {
    if (given == nullptr && !options_.empty()) throw InvalidArgument("the host gave no options");
    for (const auto& declared : options_) {
      if (declared->read_(*given, declared->name_.c_str()) != GLK_OK) {
        throw InvalidArgument("the host has no value for option '" + declared->name_ + "'");
      }
    }
  }

 private:
  Option& add(std::int32_t type, std::string name, std::string help) {
    Option& added = *options_.emplace_back(std::make_unique<Option>());
    added.option_.struct_size = sizeof(glk_option);
    added.option_.type = type;
    added.name_ = std::move(name);
    added.help_ = std::move(help);
    return added;
  }

  static void bind_text(Option& added, std::string* value) {
    added.default_string_ = *value;
    added.read_ = [value](const glk_options& given, const char* key) {
      const char* read = nullptr;
      const glk_status status = given.get_string(given.context, key, &read);
      if (status == GLK_OK) *value = read;
      return status;
    };
  }

  std::vector<std::unique_ptr<Option>> options_;
};

}  // namespace goldilocks
