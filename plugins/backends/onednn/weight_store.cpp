#include "weight_store.hpp"

#include <algorithm>

namespace goldilocks::onednn {

dnnl::memory WeightStore::get(const std::string& key, const dnnl::memory::desc& source,
                              const dnnl::memory::desc& target, bool lasting,
                              const std::function<std::span<const float>()>& values) {
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& entry) { return entry.key == key && entry.desc == target; });
  if (found != entries_.end()) return found->memory;
  // oneDNN's handles are not const; a source is only ever read.
  dnnl::memory given(source, engine_, const_cast<float*>(values().data()));
  dnnl::memory prepared = given;
  if (source != target || !lasting) {
    prepared = dnnl::memory(target, engine_);
    dnnl::stream stream(engine_);
    dnnl::reorder(given, prepared).execute(stream, given, prepared);
    stream.wait();
  }
  entries_.push_back({key, target, prepared});
  return prepared;
}

}  // namespace goldilocks::onednn
