#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <mutex>
#include <span>
#include <string>
#include <utility>

#include <oneapi/dnnl/dnnl.hpp>

#include "arena.hpp"

namespace goldilocks::onednn {

// Weights of one model in the layouts that its primitives ask for. Each is prepared once, whatever the number of plans
// and sessions. Any thread.
class WeightStore {
 public:
  explicit WeightStore(dnnl::engine engine) : engine_(std::move(engine)) {}

  // The values that `values` gives, which lie as `source` says, laid out as `target`. `key` names them: for the same
  // key, values and source are the same. `values` is called only if they are not there yet; what it returns must stay
  // until this returns, and until the store goes if `lasting`: then values that already lie as asked are not copied.
  dnnl::memory get(const std::string& key, const dnnl::memory::desc& source, const dnnl::memory::desc& target,
                   bool lasting, const std::function<std::span<const float>()>& values);

  // As above, for values that `fill` computes: `count` floats, aligned to buffer_alignment.
  const float* computed(const std::string& key, std::size_t count, const std::function<void(std::span<float>)>& fill);

 private:
  struct Entry {
    std::string key;
    dnnl::memory::desc desc;
    dnnl::memory memory;
    AlignedBytes owned;  // what it lies in, unless in the graph
  };

  dnnl::engine engine_;
  const Entry* find(const std::string& key, const dnnl::memory::desc& desc) const;

  std::mutex mutex_;
  std::list<Entry> entries_;
};

}  // namespace goldilocks::onednn
