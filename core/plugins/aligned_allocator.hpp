#pragma once

#include <cstddef>
#include <new>
#include <vector>

namespace goldilocks::plugins {

// What the plugin interface promises for buffers of tensors: a cache line, and the widest vector register.
constexpr std::size_t buffer_alignment = 64;

// An allocator for std::vector whose memory has that alignment.
template <class Value>
struct AlignedAllocator {
  using value_type = Value;

  AlignedAllocator() = default;
  template <class Other>
  AlignedAllocator(const AlignedAllocator<Other>& /*other*/) {}

  Value* allocate(std::size_t count) {
    return static_cast<Value*>(::operator new(count * sizeof(Value), std::align_val_t(buffer_alignment)));
  }
  void deallocate(Value* memory, std::size_t /*count*/) {
    ::operator delete(memory, std::align_val_t(buffer_alignment));
  }
  template <class Other>
  bool operator==(const AlignedAllocator<Other>& /*other*/) const {
    return true;
  }
};

template <class Value>
using AlignedVector = std::vector<Value, AlignedAllocator<Value>>;

}  // namespace goldilocks::plugins
