// Shape rules speak of known sizes. Where some are open, the rule is asked again and again with numbers in the place of
// the open ones: an output's size that comes out the same every time is taken as known, one that differs is open. With
// x of [-1, 4] and a slice of two columns:
//
//      [1, 4] -> [1, 2]     [2, 4] -> [2, 2]     [5, 4] -> [5, 2]     ...     so the result is [-1, 2]
//
// Sizes that a rule refuses (a window that doesn't fit, a weight of another length) are left out. First all open sizes
// are equal, as those that have to agree then do; where the rule refuses too many of these, one of the sizes differs
// from the others (the channels of a convolution, which its weights fix), then two do. As sizes may have to agree with
// known ones, those of the inputs and of the operation's lists are tried too. At last, an open size that was the same
// in all trials that fit is changed alone in some of them: the batch of a matrix product whose columns are fixed. With
// fewer than three trials that fit, nothing but the rank is taken as known. A session checks all shapes again at run
// time.
#include "open_shapes.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <set>
#include <utility>

namespace goldilocks::graph {
namespace {

// Small ones for high ranks and clamped slices, some with many divisors for reshapes, large ones for windows.
constexpr std::array<std::int64_t, 14> trial_sizes = {1, 2, 3, 4, 5, 7, 12, 60, 97, 120, 360, 1009, 5040, 65536};
constexpr std::size_t enough = 3;

// What the others are while two sizes differ from them: few, as the number of pairs is large.
constexpr std::array<std::int64_t, 4> common_sizes = {1, 5, 60, 1009};
// More open sizes than this are not tried two by two.
constexpr std::size_t most_in_pairs = 6;
// Trials that fit and are kept to change a single size in.
constexpr std::size_t kept_fits = 8;

using Sizes = std::vector<std::int64_t>;

// The sizes that a trial may use.
Sizes candidates(std::span<const Dims> inputs, std::span<const std::int64_t> more_sizes) {
  Sizes sizes(trial_sizes.begin(), trial_sizes.end());
  sizes.insert(sizes.end(), more_sizes.begin(), more_sizes.end());
  for (const Dims& dims : inputs) {
    std::ranges::copy_if(dims, std::back_inserter(sizes), [](std::int64_t size) { return size > 0; });
  }
  std::ranges::sort(sizes);
  sizes.erase(std::unique(sizes.begin(), sizes.end()), sizes.end());
  return sizes;
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

using Rule = std::function<std::vector<Dims>(std::span<const Dims>)>;

class OpenShapes {
 public:
  OpenShapes(std::span<const Dims> inputs, const Rule& rule) : trial_(inputs.begin(), inputs.end()), rule_(rule) {
    for (std::size_t input = 0; input < trial_.size(); ++input) {
      for (std::size_t axis = 0; axis < trial_[input].size(); ++axis) {
        if (trial_[input][axis] == -1) open_.emplace_back(input, axis);
      }
    }
  }

  bool has_enough() const { return fitting_ >= enough; }

  void try_equal(const Sizes& sizes) {
    for (const std::int64_t size : sizes) {
      set_all(size);
      try_sizes();
    }
  }

  void try_one_apart(const Sizes& sizes) {
    for (std::size_t apart = 0; apart < open_.size(); ++apart) {
      for (const std::int64_t common : sizes) {
        set_all(common);
        try_at(apart, sizes, [&] { try_sizes(); });
      }
    }
  }

  void try_two_apart(const Sizes& sizes) {
    if (open_.size() > most_in_pairs) return;
    for (std::size_t first = 0; first < open_.size(); ++first) {
      for (std::size_t second = first + 1; second < open_.size(); ++second) {
        for (const std::int64_t common : common_sizes) {
          set_all(common);
          try_at(first, sizes, [&] { try_at(second, sizes, [&] { try_sizes(); }); });
        }
      }
    }
  }

  void vary_what_stayed_the_same(const Sizes& sizes) {
    const std::vector<std::vector<Dims>> fits = some_fits_;
    for (std::size_t index = 0; index < open_.size(); ++index) {
      if (varied_.contains(index)) continue;
      for (const std::vector<Dims>& fit : fits) {
        trial_ = fit;
        try_at(index, sizes, [&] { try_sizes(); });
      }
    }
  }

  std::vector<Dims> result() const {
    if (!known_) throw GraphError(*refusal_);
    std::vector<Dims> shapes = *known_;
    if (!has_enough()) {
      for (Dims& dims : shapes) std::ranges::fill(dims, -1);
    }
    return shapes;
  }

 private:
  std::int64_t& size_at(std::size_t index) { return trial_[open_[index].first][open_[index].second]; }

  void set_all(std::int64_t size) {
    for (std::size_t index = 0; index < open_.size(); ++index) size_at(index) = size;
  }

  template <class Use>
  void try_at(std::size_t index, const Sizes& sizes, const Use& use) {
    const std::int64_t before = size_at(index);
    for (const std::int64_t size : sizes) {
      size_at(index) = size;
      use();
    }
    size_at(index) = before;
  }

  void try_sizes() {
    std::vector<Dims> shapes;
    try {
      shapes = rule_(trial_);
    } catch (const GraphError& error) {
      if (!refusal_) refusal_ = error;
      return;
    }
    if (!known_) {
      known_ = std::move(shapes);
    } else if (!merge(*known_, shapes)) {
      throw GraphError("the rank of its output depends on sizes that are known only at run time");
    }
    ++fitting_;
    if (some_fits_.size() < kept_fits) some_fits_.push_back(trial_);
    for (std::size_t index = 0; index < open_.size(); ++index) {
      const auto [input, axis] = open_[index];
      if (trial_[input][axis] != some_fits_.front()[input][axis]) varied_.insert(index);
    }
  }

  std::vector<Dims> trial_;
  const Rule& rule_;
  std::vector<std::pair<std::size_t, std::size_t>> open_;  // input and axis of each open size
  std::optional<std::vector<Dims>> known_;
  std::optional<GraphError> refusal_;
  std::size_t fitting_ = 0;
  std::vector<std::vector<Dims>> some_fits_;
  std::set<std::size_t> varied_;  // open sizes that were not the same in all trials that fit
};

}  // namespace

std::vector<Dims> infer_open_shapes(std::span<const Dims> inputs, std::span<const std::int64_t> more_sizes,
                                    const std::function<std::vector<Dims>(std::span<const Dims>)>& rule) {
  const Sizes sizes = candidates(inputs, more_sizes);
  OpenShapes shapes(inputs, rule);
  shapes.try_equal(sizes);
  if (!shapes.has_enough()) shapes.try_one_apart(sizes);
  if (!shapes.has_enough()) shapes.try_two_apart(sizes);
  shapes.vary_what_stayed_the_same(sizes);
  return shapes.result();
}

}  // namespace goldilocks::graph
