#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "core/weights/change.hpp"
#include "core/weights/weight.hpp"
#include "coreml/model.pb.h"

namespace goldilocks::model {

namespace spec = ::CoreML::Specification;

// A model taken apart: its structure without weights, and its weights. Weights lie in memory once, however many models
// are put together from them. Immutable; any thread. Copies share everything.
class NetworkWeights {
 public:
  // Takes the model over, with the weights that have a message in the file, in file order; their values are not looked
  // at. `name` begins the messages; `mean_images`: layers (with their places) that hold what a pass has made of a mean
  // image, and stay. Throws ModelError naming layer and parameter where a tensor is stored in several forms.
  NetworkWeights(std::unique_ptr<spec::Model> model, std::string name, const std::set<std::string>& mean_images = {});

  const std::string& name() const;
  std::span<const weights::Weight> weights() const;
  // The model without its weights.
  const spec::Model& skeleton() const;

  // A weight's content as it is: views. Throws ModelError that begins with the weight's place.
  weights::Stored read(std::size_t weight) const;

  // Brings changes, one for each weight, to what the format takes together: floats where they are smaller, one form
  // within a layer. Each one says in its note what it is instead. Returns the weights whose content is another now.
  // Throws ModelError.
  std::vector<std::size_t> settle(std::span<weights::Change* const> changes) const;

  // The model with other contents, one for each weight; nothing: it keeps what it has. Versions are raised as far as
  // the contents need, never lowered, and int8 flags of layers follow. The result is validated: a rule that the source
  // did not break is an internal error, which names `what` was done.
  std::unique_ptr<spec::Model> with(std::vector<std::optional<weights::Stored>> contents,
                                    const std::string& what) const;
  // The same for a look at what it computes: versions and rules are not looked at.
  std::unique_ptr<spec::Model> draft(std::span<const std::optional<weights::Stored>> contents) const;

 private:
  struct Parts;
  std::shared_ptr<const Parts> parts_;
};

}  // namespace goldilocks::model
