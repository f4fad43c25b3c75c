#pragma once

#include <string>
#include <unordered_map>

#include "coreml/model.pb.h"

namespace goldilocks::model {

namespace spec = ::CoreML::Specification;

// The ranks of a network's blobs, as far as the file says: all 5 in a network of the first versions; otherwise what
// inputs and layers state, carried on through layers that keep the rank.
class BlobRanks {
 public:
  // The model must be a network. Throws ModelError beyond the depth that networks may nest.
  explicit BlobRanks(const spec::Model& model);

  // 0 where it is not known.
  int rank(const std::string& blob) const;

 private:
  void learn(const std::string& blob, int rank);

  bool all_five_ = false;
  std::unordered_map<std::string, int> ranks_;
};

}  // namespace goldilocks::model
