#include "core/plugins/option_accessor.hpp"

#include <string_view>

namespace goldilocks::plugins {
namespace {

// The value under this name if it has this type, or null. Nothing here allocates or throws: plugins call it.
template <class Value>
const Value* find(const void* context, const char* name) noexcept {
  if (name == nullptr) return nullptr;
  for (const auto& [key, value] : *static_cast<const OptionValues*>(context)) {
    if (key == std::string_view(name)) return std::get_if<Value>(&value);
  }
  return nullptr;
}

glk_status get_bool(const void* context, const char* name, std::int32_t* result) {
  const auto* value = find<bool>(context, name);
  if (value == nullptr) return GLK_ERROR_INVALID_ARGUMENT;
  *result = *value ? 1 : 0;
  return GLK_OK;
}

glk_status get_integer(const void* context, const char* name, std::int64_t* result) {
  const auto* value = find<std::int64_t>(context, name);
  if (value == nullptr) return GLK_ERROR_INVALID_ARGUMENT;
  *result = *value;
  return GLK_OK;
}

glk_status get_number(const void* context, const char* name, double* result) {
  const auto* value = find<double>(context, name);
  if (value == nullptr) return GLK_ERROR_INVALID_ARGUMENT;
  *result = *value;
  return GLK_OK;
}

glk_status get_string(const void* context, const char* name, const char** result) {
  const auto* value = find<std::string>(context, name);
  if (value == nullptr) return GLK_ERROR_INVALID_ARGUMENT;
  *result = value->c_str();
  return GLK_OK;
}

glk_status get_numbers(const void* context, const char* name, const double** result, std::uint64_t* count) {
  const auto* value = find<std::vector<double>>(context, name);
  if (value == nullptr) return GLK_ERROR_INVALID_ARGUMENT;
  *result = value->data();
  *count = value->size();
  return GLK_OK;
}

}  // namespace

OptionAccessor::OptionAccessor(const OptionValues& values) {
  options_.struct_size = sizeof(glk_options);
  options_.context = &values;
  options_.get_bool = &get_bool;
  options_.get_integer = &get_integer;
  options_.get_number = &get_number;
  options_.get_string = &get_string;
  options_.get_numbers = &get_numbers;
}

}  // namespace goldilocks::plugins
