#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include <oneapi/dnnl/dnnl.hpp>

namespace goldilocks::onednn {

// How a tensor lies in memory, seen as [N, C, H, W]: its last three dimensions, and all before them folded into N
// (tensors of fewer dimensions have ones in front). plain is row-major. blocked8 and blocked16 put C into blocks of
// that size, [N, C / b, H, W, b], the last block filled up with zeros.
enum class Layout { plain, blocked8, blocked16 };

inline constexpr std::size_t layout_count = 3;

struct ImageDims {
  std::int64_t n = 1, c = 1, h = 1, w = 1;

  std::int64_t count() const { return n * c * h * w; }
  friend bool operator==(const ImageDims&, const ImageDims&) = default;
};

// The folded view of a tensor's dimensions.
ImageDims image_dims(std::span<const std::int64_t> dims);

// Channels in a block; 1 for plain.
std::int64_t block_of(Layout layout);

// The float32 memory of a tensor in a layout.
dnnl::memory::desc describe(const ImageDims& dims, Layout layout);

// The layout of a descriptor that describe() could have made; none for another one.
std::optional<Layout> layout_of(const dnnl::memory::desc& desc);

// Bytes of a tensor in a layout, the filling of the last block included.
std::size_t byte_size(const ImageDims& dims, Layout layout);

// Whether the tensor's bytes are the same in both layouts: always for equal ones; for a blocked and the plain one where
// each position has its channels alone and nothing is filled up in between.
bool same_bytes(const ImageDims& dims, Layout from, Layout to);

// The blocked layout that this processor's convolutions are written for.
Layout preferred_blocked_layout();

}  // namespace goldilocks::onednn
