// Shape rules speak of known sizes. Where some are open, the rule is asked several times with one number after another
// in the place of all open sizes: an output's size that comes out the same every time is taken as known, one that
// differs is open. With x of [-1, 4] and a slice of two columns:
//
//      [1, 4] -> [1, 2]     [2, 4] -> [2, 2]     [5, 4] -> [5, 2]     ...     so the result is [-1, 2]
//
// Numbers that a rule refuses (a window that doesn't fit, a weight of another length) are left out. As sizes may have
// to agree with known ones, those of the inputs and of the operation's lists are tried too; and with fewer than three
// that fit, nothing but the rank is taken as known. A session checks all shapes again at run time.
#include "open_shapes.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>

namespace goldilocks::graph {
namespace {

// Small ones for high ranks and clamped slices, some with many divisors for reshapes, large ones for windows.
constexpr std::array<std::int64_t, 14> trial_sizes = {1, 2, 3, 4, 5, 7, 12, 60, 97, 120, 360, 1009, 5040, 65536};
constexpr std::size_t enough = 3;

std::vector<Dims> with_size(std::span<const Dims> inputs, std::int64_t size) {
  std::vector<Dims> trial(inputs.begin(), inputs.end());
  for (Dims& dims : trial) std::ranges::replace(dims, -1, size);
  return trial;
}

// Leaves open what differs. False where ranks or counts differ: then there is nothing in common.
bool merge(std::vector<Dims>& known, const std::vector<Dims>& other) {
  for (std::size_t output = 0; output < known.size(); ++output) {
    if (known.size() != other.size() || known[output].size() != other[output].size()) return false;
    for (std::size_t axis = 0; axis < known[output].size(); ++axis) {
      if (known[output][axis] != other[output][axis]) known[output][axis] = -1;
    }
  }
  return true;
}

}  // namespace

std::vector<Dims> infer_open_shapes(std::span<const Dims> inputs, std::span<const std::int64_t> more_sizes,
                                    const std::function<std::vector<Dims>(std::span<const Dims>)>& rule) {
  std::vector<std::int64_t> sizes(trial_sizes.begin(), trial_sizes.end());
  sizes.insert(sizes.end(), more_sizes.begin(), more_sizes.end());
  for (const Dims& dims : inputs) {
    std::ranges::copy_if(dims, std::back_inserter(sizes), [](std::int64_t size) { return size > 0; });
  }
  std::ranges::sort(sizes);
  sizes.erase(std::ranges::unique(sizes).begin(), sizes.end());
  std::optional<std::vector<Dims>> known;
  std::optional<GraphError> refusal;
  std::size_t fitting = 0;
  for (const std::int64_t size : sizes) {
    std::vector<Dims> shapes;
    try {
      shapes = rule(with_size(inputs, size));
    } catch (const GraphError& error) {
      if (!refusal) refusal = error;
      continue;
    }
    if (!known) {
      known = shapes;
    } else if (!merge(*known, shapes)) {
      throw GraphError("the rank of its output depends on sizes that are known only at run time");
    }
    ++fitting;
  }
  if (!known) throw *refusal;
  if (fitting < enough) {
    for (Dims& dims : *known) std::ranges::fill(dims, -1);
  }
  return *known;
}

}  // namespace goldilocks::graph
