#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <string>
#include <string_view>

#include <goldilocks/abi.h>
#include <goldilocks/error.hpp>

namespace goldilocks {

// One value of the results document: null, bool, integer, number, string, list or map; read-only, any thread, valid
// during write(). A node that was looked for and is not there is "missing": false in a condition, null in kind.
//
// Reading a value of another kind throws BadData that names the kinds. The readers that take a key give the fallback
// where the key is missing or null, and throw where it holds another kind. A number that isn't finite is a string in
// the document ("NaN", "Infinity", "-Infinity"); as_number() and number() read it as the number that it is.
class Node {
 public:
  Node() = default;
  Node(const glk_nodes* nodes, const glk_node* node) : nodes_(nodes), node_(node) {}

  explicit operator bool() const { return node_ != nullptr; }

  int kind() const { return node_ == nullptr ? GLK_NODE_NULL : nodes_->kind(node_); }
  bool is_null() const { return kind() == GLK_NODE_NULL; }
  bool is_list() const { return kind() == GLK_NODE_LIST; }
  bool is_map() const { return kind() == GLK_NODE_MAP; }
  bool is_string() const { return kind() == GLK_NODE_STRING; }
  bool is_number() const { return kind() == GLK_NODE_INTEGER || kind() == GLK_NODE_NUMBER; }

  bool as_bool() const { return nodes_->get_bool(expect(GLK_NODE_BOOL)) != 0; }
  std::int64_t as_integer() const { return nodes_->get_integer(expect(GLK_NODE_INTEGER)); }
  double as_number() const {
    if (is_string()) {
      const std::string_view text = as_string();
      constexpr double infinity = std::numeric_limits<double>::infinity();
      if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
      if (text == "Infinity" || text == "-Infinity") return text.front() == '-' ? -infinity : infinity;
    }
    return nodes_->get_number(kind() == GLK_NODE_INTEGER ? node_ : expect(GLK_NODE_NUMBER));
  }
  std::string_view as_string() const { return nodes_->get_string(expect(GLK_NODE_STRING)); }

  // Entries of a list or map; 0 of a null or missing one, so that an absent list reads as an empty one.
  std::size_t size() const {
    if (is_null()) return 0;
    return nodes_->size(is_map() ? node_ : expect(GLK_NODE_LIST));
  }
  bool empty() const { return size() == 0; }

  // The entry of a list, or the value of a map, by position; missing beyond the end.
  Node operator[](std::size_t index) const { return index < size() ? Node(nodes_, nodes_->at(node_, index)) : Node(); }

  // The value of a map by its key; missing if there is none, or nothing to look in.
  Node find(const char* key) const {
    return is_null() ? Node() : Node(nodes_, nodes_->find(expect(GLK_NODE_MAP), key));
  }
  Node find(const std::string& key) const { return find(key.c_str()); }

  // The same for a key that must be there.
  Node at(const char* key) const {
    const Node found = find(key);
    if (!found) throw BadData(std::string("the results have no '") + key + "' here");
    return found;
  }

  bool boolean(const char* key, bool fallback = false) const {
    const Node found = find(key);
    return found.is_null() ? fallback : found.as_bool();
  }
  std::int64_t integer(const char* key, std::int64_t fallback = 0) const {
    const Node found = find(key);
    return found.is_null() ? fallback : found.as_integer();
  }
  double number(const char* key, double fallback = 0) const {
    const Node found = find(key);
    return found.is_null() ? fallback : found.as_number();
  }
  std::string_view string(const char* key, std::string_view fallback = {}) const {
    const Node found = find(key);
    return found.is_null() ? fallback : found.as_string();
  }

  struct Entry;
  class Iterator;
  class Entries;

  // The values of a list or map in order: for (const Node variant : results.find("variants")) ...
  Iterator begin() const;
  Iterator end() const;
  // Keys and values of a map in order: for (const auto& [key, value] : options.entries()) ...
  Entries entries() const;

 private:
  const glk_node* expect(int wanted) const {
    if (kind() != wanted)
      throw BadData(std::string("the results hold ") + name(kind()) + " instead of " + name(wanted));
    return node_;
  }
  static const char* name(int kind) {
    constexpr const char* names[] = {"nothing", "a bool", "an integer", "a number", "a string", "a list", "a map"};
    return kind >= 0 && kind <= GLK_NODE_MAP ? names[kind] : "something unknown";
  }

  const glk_nodes* nodes_ = nullptr;
  const glk_node* node_ = nullptr;
};

struct Node::Entry {
  std::string_view key;
  Node value;
};

class Node::Iterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = Node;
  using difference_type = std::ptrdiff_t;
  using pointer = void;
  using reference = Node;

  Iterator() = default;
  Iterator(Node node, std::size_t index) : node_(node), index_(index) {}
  Node operator*() const { return node_[index_]; }
  Iterator& operator++() {
    ++index_;
    return *this;
  }
  Iterator operator++(int) {
    const Iterator before = *this;
    ++index_;
    return before;
  }
  bool operator==(const Iterator& other) const { return index_ == other.index_; }

 private:
  Node node_;
  std::size_t index_ = 0;
};

class Node::Entries {
 public:
  class Iterator {
   public:
    Iterator(const Node& node, std::size_t index) : node_(node), index_(index) {}
    Entry operator*() const { return {node_.nodes_->key(node_.node_, index_), node_[index_]}; }
    Iterator& operator++() {
      ++index_;
      return *this;
    }
    bool operator==(const Iterator& other) const { return index_ == other.index_; }

   private:
    Node node_;
    std::size_t index_;
  };

  explicit Entries(const Node& node) : node_(node) {}
  Iterator begin() const { return {node_, 0}; }
  Iterator end() const { return {node_, node_.size()}; }

 private:
  Node node_;
};

inline Node::Iterator Node::begin() const { return {*this, 0}; }
inline Node::Iterator Node::end() const { return {*this, size()}; }
inline Node::Entries Node::entries() const {
  if (!is_null()) expect(GLK_NODE_MAP);
  return Entries(*this);
}

}  // namespace goldilocks
