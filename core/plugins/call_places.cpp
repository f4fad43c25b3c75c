// Texts lie in an array that is never freed: a signal handler reads it from whatever thread it runs on, and the worst
// that it can see is a text that is just being replaced.
#include "core/plugins/call_places.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstring>

namespace goldilocks::plugins {
namespace {

constexpr int none = -1;
constexpr std::size_t text_size = 512;

struct Slot {
  std::atomic<bool> taken{false};
  std::atomic<bool> complete{false};
  std::array<char, text_size> text{};
};

// More calls at once than that have no place.
std::array<Slot, 256> slots;
std::atomic<bool> recording{false};
static_assert(std::atomic<bool>::is_always_lock_free, "read inside signal handlers");

thread_local int innermost = none;

class Writer {
 public:
  explicit Writer(std::array<char, text_size>& text) : text_(text) {}
  void add(std::string_view part) {
    const std::size_t length = std::min(part.size(), text_.size() - 1 - used_);
    std::memcpy(text_.data() + used_, part.data(), length);
    used_ += length;
    text_[used_] = '\0';
  }

 private:
  std::array<char, text_size>& text_;
  std::size_t used_ = 0;
};

int take_slot() noexcept {
  for (std::size_t i = 0; i < slots.size(); ++i) {
    bool expected = false;
    if (slots[i].taken.compare_exchange_strong(expected, true)) return static_cast<int>(i);
  }
  return none;
}

Slot& at(int slot) { return slots[static_cast<std::size_t>(slot)]; }

}  // namespace

void record_call_places() noexcept { recording = true; }

CallPlace::CallPlace(std::string_view layer, std::string_view parameter, std::string_view quantizer) noexcept
    : slot_(recording ? take_slot() : none), outer_(innermost) {
  if (slot_ == none) return;
  Writer text(at(slot_).text);
  text.add("layer '");
  text.add(layer);
  text.add("', ");
  text.add(parameter);
  text.add(": quantizer '");
  text.add(quantizer);
  text.add("'");
  at(slot_).complete = true;
  innermost = slot_;
}

CallPlace::~CallPlace() {
  if (slot_ == none) return;
  innermost = outer_;
  at(slot_).complete = false;
  at(slot_).taken = false;
}

const char* place_of_this_thread() noexcept { return innermost == none ? nullptr : at(innermost).text.data(); }

const char* place_of_any_thread() noexcept {
  for (const Slot& slot : slots) {
    if (slot.complete) return slot.text.data();
  }
  return nullptr;
}

}  // namespace goldilocks::plugins
