#include "weight_store.hpp"

#include <algorithm>
#include <cstdint>

namespace goldilocks::onednn {

const WeightStore::Entry* WeightStore::find(const std::string& key, const dnnl::memory::desc& desc) const {
  const auto found =
      std::ranges::find_if(entries_, [&](const Entry& entry) { return entry.key == key && entry.desc == desc; });
  return found == entries_.end() ? nullptr : &*found;
}

dnnl::memory WeightStore::get(const std::string& key, const dnnl::memory::desc& source,
                              const dnnl::memory::desc& target, bool lasting,
                              const std::function<std::span<const float>()>& values) {
  const std::lock_guard lock(mutex_);
  if (const Entry* entry = find(key, target)) return entry->memory;
  // oneDNN's handles are not const; a source is only ever read.
  dnnl::memory given(source, engine_, const_cast<float*>(values().data()));
  dnnl::memory prepared = given;
  AlignedBytes owned;
  if (source != target || !lasting) {
    owned = allocate_aligned(target.get_size());
    prepared = dnnl::memory(target, engine_, owned.get());
    dnnl::stream stream(engine_);
    dnnl::reorder(given, prepared).execute(stream, given, prepared);
    stream.wait();
  }
  entries_.push_back({key, target, prepared, std::move(owned)});
  return prepared;
}

const float* WeightStore::computed(const std::string& key, std::size_t count,
                                   const std::function<void(std::span<float>)>& fill) {
  const std::lock_guard lock(mutex_);
  const dnnl::memory::desc desc({static_cast<std::int64_t>(count)}, dnnl::memory::data_type::f32,
                                dnnl::memory::format_tag::x);
  if (const Entry* entry = find(key, desc)) return static_cast<const float*>(entry->memory.get_data_handle());
  AlignedBytes owned = allocate_aligned(desc.get_size());
  auto* const values = reinterpret_cast<float*>(owned.get());
  fill({values, count});
  entries_.push_back({key, desc, dnnl::memory(desc, engine_, values), std::move(owned)});
  return values;
}

}  // namespace goldilocks::onednn
