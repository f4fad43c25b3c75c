#include "core/plugins/json_nodes.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>

#include <nlohmann/json.hpp>

namespace goldilocks::plugins {
namespace {

using Json = nlohmann::ordered_json;

const Json& value_of(const glk_node* node) { return *reinterpret_cast<const Json*>(node); }

// A null node reads as the document's null does, so that a plugin which looked for what isn't there reads zeros.
std::int32_t kind(const glk_node* node) noexcept {
  if (node == nullptr) return GLK_NODE_NULL;
  switch (value_of(node).type()) {
    case Json::value_t::boolean:
      return GLK_NODE_BOOL;
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned:
      return GLK_NODE_INTEGER;
    case Json::value_t::number_float:
      return GLK_NODE_NUMBER;
    case Json::value_t::string:
      return GLK_NODE_STRING;
    case Json::value_t::array:
      return GLK_NODE_LIST;
    case Json::value_t::object:
      return GLK_NODE_MAP;
    default:
      return GLK_NODE_NULL;
  }
}

std::int32_t get_bool(const glk_node* node) noexcept {
  return kind(node) == GLK_NODE_BOOL && *value_of(node).get_ptr<const bool*>() ? 1 : 0;
}

std::int64_t get_integer(const glk_node* node) noexcept {
  if (kind(node) != GLK_NODE_INTEGER) return 0;
  const Json& value = value_of(node);
  if (const auto* number = value.get_ptr<const std::uint64_t*>()) {
    constexpr std::uint64_t largest = std::numeric_limits<std::int64_t>::max();
    return static_cast<std::int64_t>(std::min(*number, largest));
  }
  return *value.get_ptr<const std::int64_t*>();
}

double get_number(const glk_node* node) noexcept {
  if (kind(node) == GLK_NODE_NUMBER) return *value_of(node).get_ptr<const double*>();
  return static_cast<double>(get_integer(node));
}

const char* get_string(const glk_node* node) noexcept {
  return kind(node) == GLK_NODE_STRING ? value_of(node).get_ptr<const std::string*>()->c_str() : nullptr;
}

std::uint64_t size(const glk_node* node) noexcept {
  const std::int32_t node_kind = kind(node);
  return node_kind == GLK_NODE_LIST || node_kind == GLK_NODE_MAP ? value_of(node).size() : 0;
}

// An ordered_json object is a vector of pairs: an entry is found by position at once.
const Json::object_t::value_type& entry(const glk_node* node, std::uint64_t index) {
  return *(value_of(node).get_ptr<const Json::object_t*>()->begin() + static_cast<std::ptrdiff_t>(index));
}

const glk_node* at(const glk_node* node, std::uint64_t index) noexcept {
  if (index >= size(node)) return nullptr;
  if (kind(node) == GLK_NODE_MAP) return as_node(entry(node, index).second);
  return as_node((*value_of(node).get_ptr<const Json::array_t*>())[index]);
}

const char* key(const glk_node* node, std::uint64_t index) noexcept {
  return kind(node) == GLK_NODE_MAP && index < size(node) ? entry(node, index).first.c_str() : nullptr;
}

const glk_node* find(const glk_node* node, const char* wanted) noexcept {
  if (kind(node) != GLK_NODE_MAP || wanted == nullptr) return nullptr;
  for (const auto& [name, value] : *value_of(node).get_ptr<const Json::object_t*>()) {
    if (name == wanted) return as_node(value);
  }
  return nullptr;
}

}  // namespace

const glk_node* as_node(const Json& value) { return reinterpret_cast<const glk_node*>(&value); }

const glk_nodes& json_nodes() {
  static const glk_nodes nodes = {sizeof(glk_nodes), 0,     &kind, &get_bool, &get_integer, &get_number,
                                  &get_string,       &size, &at,   &key,      &find};
  return nodes;
}

}  // namespace goldilocks::plugins
