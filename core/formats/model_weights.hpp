#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/weights/change.hpp"
#include "core/weights/weight.hpp"

namespace goldilocks::formats {

class Model;

// A model taken apart: its structure, and the weights of all its networks (nested networks and the models of pipelines
// too), which lie in memory once, however many models are put together from them. Immutable; any thread.
class ModelWeights {
 public:
  ModelWeights() = default;
  virtual ~ModelWeights() = default;
  ModelWeights(const ModelWeights&) = delete;
  ModelWeights& operator=(const ModelWeights&) = delete;

  virtual const std::string& name() const = 0;  // begins the messages
  virtual std::string description() const = 0;  // the model's short one
  virtual std::span<const weights::Weight> weights() const = 0;
  // A weight's content as it is: views. Throws ModelError that begins with the weight's place.
  virtual weights::Stored read(std::size_t weight) const = 0;
  // What a content takes in the file, with all headers around it.
  virtual std::uint64_t bytes_in_file(const weights::Stored& content) const = 0;

  // Brings changes, one for each weight, to what the format takes together: floats where they are smaller, one form
  // within a layer. Each one says in its note what it is instead. Returns the weights whose content is another now.
  // Throws ModelError.
  virtual std::vector<std::size_t> settle(std::span<weights::Change* const> changes) const = 0;

  // The model with other contents, one for each weight; nothing: it keeps what it has. Versions are raised as far as
  // the contents need, never lowered, and flags that say how a layer stores its weights follow. The result is
  // validated: a rule that the source did not break is an internal error, which names `what` was done.
  virtual std::unique_ptr<Model> with(std::vector<std::optional<weights::Stored>> contents,
                                      const std::string& what) const = 0;
  // The same for a look at what it computes: versions and rules are not looked at.
  virtual std::unique_ptr<Model> draft(std::span<const std::optional<weights::Stored>> contents) const = 0;
};

}  // namespace goldilocks::formats
