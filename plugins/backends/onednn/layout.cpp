#include "layout.hpp"

namespace goldilocks::onednn {
namespace {

using Tag = dnnl::memory::format_tag;

Tag tag_of(Layout layout) {
  switch (layout) {
    case Layout::blocked8:
      return Tag::nChw8c;
    case Layout::blocked16:
      return Tag::nChw16c;
    case Layout::plain:
      break;
  }
  return Tag::nchw;
}

}  // namespace

ImageDims image_dims(std::span<const std::int64_t> dims) {
  ImageDims folded;
  const std::size_t rank = dims.size();
  for (std::size_t axis = 0; axis + 3 < rank; ++axis) folded.n *= dims[axis];
  if (rank >= 3) folded.c = dims[rank - 3];
  if (rank >= 2) folded.h = dims[rank - 2];
  if (rank >= 1) folded.w = dims[rank - 1];
  return folded;
}

std::int64_t block_of(Layout layout) {
  switch (layout) {
    case Layout::blocked8:
      return 8;
    case Layout::blocked16:
      return 16;
    case Layout::plain:
      break;
  }
  return 1;
}

dnnl::memory::desc describe(const ImageDims& dims, Layout layout) {
  return {{dims.n, dims.c, dims.h, dims.w}, dnnl::memory::data_type::f32, tag_of(layout)};
}

std::optional<Layout> layout_of(const dnnl::memory::desc& desc) {
  const dnnl::memory::dims sizes = desc.dims();
  if (sizes.size() != 4) return std::nullopt;
  const ImageDims dims{sizes[0], sizes[1], sizes[2], sizes[3]};
  for (const Layout layout : {Layout::plain, Layout::blocked16, Layout::blocked8}) {
    if (desc == describe(dims, layout)) return layout;
  }
  return std::nullopt;
}

std::size_t byte_size(const ImageDims& dims, Layout layout) {
  const std::int64_t block = block_of(layout);
  const std::int64_t channels = (dims.c + block - 1) / block * block;
  return static_cast<std::size_t>(dims.n * channels * dims.h * dims.w) * sizeof(float);
}

bool same_bytes(const ImageDims& dims, Layout from, Layout to) {
  if (from == to) return true;
  if (from != Layout::plain && to != Layout::plain) return false;
  const std::int64_t block = block_of(from == Layout::plain ? to : from);
  return dims.h * dims.w == 1 && dims.c % block == 0;
}

Layout preferred_blocked_layout() {
  switch (dnnl::get_effective_cpu_isa()) {
    case dnnl::cpu_isa::sse41:
    case dnnl::cpu_isa::avx:
    case dnnl::cpu_isa::avx2:
    case dnnl::cpu_isa::avx2_vnni:
      return Layout::blocked8;
    default:
      return Layout::blocked16;
  }
}

}  // namespace goldilocks::onednn
