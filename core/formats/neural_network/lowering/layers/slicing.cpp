// slice, sliceStatic, sliceDynamic, sliceBySize, reverse, reverseSeq and slidingWindows.
//
// A mask says that the part begins (ends) where the dimension does, seen in the direction of the stride; as an index
// that is one far beyond it, which a slice limits to it.
#include <algorithm>

#include "core/formats/neural_network/lowering/layer_lowering.hpp"
#include "core/formats/neural_network/lowering/layers/common.hpp"

namespace goldilocks::lowering {
namespace {

using Layer = spec::NeuralNetworkLayer;
using Slice = spec::SliceLayerParams;

constexpr std::int64_t far = std::int64_t{1} << 40;

std::int64_t slice_axis(const LayerLowering& lowering, const Slice& params) {
  switch (params.axis()) {
    case Slice::CHANNEL_AXIS:
      return -3;
    case Slice::HEIGHT_AXIS:
      return -2;
    case Slice::WIDTH_AXIS:
      return -1;
    default:
      lowering.fail("its axis, " + std::to_string(params.axis()) + ", is not known");
  }
}

void lower_slice(LayerLowering& lowering) {
  const Slice& params = lowering.layer().slice();
  const std::int64_t axis = slice_axis(lowering, params);
  lowering.need_rank(static_cast<std::size_t>(-axis));
  const std::int64_t stride = size_field(lowering, params.stride(), "stride");
  if (stride < 1) lowering.fail("stride can't be 0");
  lowering.finish("slice", lowering.inputs(),
                  {{"axes", Integers{axis}},
                   {"begin", Integers{params.startindex()}},
                   {"end", Integers{params.endindex()}},
                   {"strides", Integers{stride}}});
}

// What sliceStatic and sliceDynamic state for each dimension. An empty list of masks has none set.
struct Cuts {
  Integers begin, end, strides;
  std::vector<bool> begin_masks, end_masks, squeeze_masks;
};

template <class List>
std::vector<bool> masks(const LayerLowering& lowering, const List& list, const char* name) {
  const std::size_t rank = lowering.dims().size();
  std::vector<bool> set(rank, false);
  if (list.empty()) return set;
  if (static_cast<std::size_t>(list.size()) != rank) {
    lowering.fail(std::string(name) + " has " + std::to_string(list.size()) + " entries for " + std::to_string(rank) +
                  " dimensions");
  }
  std::transform(list.begin(), list.end(), set.begin(), [](auto entry) { return entry != 0; });
  return set;
}

template <class List>
Integers positions(const LayerLowering& lowering, const List& list, const char* name) {
  if (static_cast<std::size_t>(list.size()) != lowering.dims().size()) {
    lowering.fail(std::string(name) + " has " + std::to_string(list.size()) + " entries for " +
                  std::to_string(lowering.dims().size()) + " dimensions");
  }
  return {list.begin(), list.end()};
}

// Where a squeeze mask is set, the one value at begin is taken and the dimension goes, whatever else is stated of it.
void finish_cuts(LayerLowering& lowering, Cuts cuts) {
  const std::size_t rank = lowering.dims().size();
  bool squeezed = false;
  for (std::size_t axis = 0; axis < rank; ++axis) {
    const std::int64_t stride = cuts.strides[axis];
    if (cuts.squeeze_masks[axis]) {
      squeezed = true;
      cuts.end[axis] = cuts.begin[axis] == -1 ? far : cuts.begin[axis] + 1;
      cuts.strides[axis] = 1;
      continue;
    }
    if (stride == 0) lowering.fail("strides can't have 0");
    if (cuts.begin_masks[axis]) cuts.begin[axis] = stride > 0 ? 0 : far;
    if (cuts.end_masks[axis]) cuts.end[axis] = stride > 0 ? far : -far;
  }
  const Attributes attributes = {
      {"axes", counted(rank)}, {"begin", cuts.begin}, {"end", cuts.end}, {"strides", cuts.strides}};
  if (!squeezed) return lowering.finish("slice", {lowering.input()}, attributes);
  const std::uint32_t part = lowering.add("slice", {lowering.input()}, attributes);
  lowering.finish("reshape", {part}, without_axes(cuts.squeeze_masks).attributes());
}

void lower_slice_static(LayerLowering& lowering) {
  const spec::SliceStaticLayerParams& params = lowering.layer().slicestatic();
  finish_cuts(lowering,
              {positions(lowering, params.beginids(), "beginIds"), positions(lowering, params.endids(), "endIds"),
               positions(lowering, params.strides(), "strides"), masks(lowering, params.beginmasks(), "beginMasks"),
               masks(lowering, params.endmasks(), "endMasks"), masks(lowering, params.squeezemasks(), "squeezeMasks")});
}

// The inputs of sliceDynamic after the first, and the parameters of which they take the place.
enum DynamicInput : std::size_t {
  begin_input = 1,
  end_input,
  strides_input,
  begin_mask_input,
  end_mask_input,
  squeeze_mask_input
};

// A list that is stated or known before the network runs; nothing for one that is computed as it does.
template <class List>
std::optional<Integers> known_list(const LayerLowering& lowering, std::size_t input, const List& parameter,
                                   const char* name, std::int64_t fallback) {
  if (lowering.input_count() > input) {
    const std::optional<Integers> constant = constant_integers(lowering, input);
    if (constant) return positions(lowering, *constant, name);
    return std::nullopt;
  }
  if (parameter.empty()) return Integers(lowering.dims().size(), fallback);
  const std::vector<std::int64_t> list(parameter.begin(), parameter.end());
  return positions(lowering, list, name);
}

std::uint32_t as_input(LayerLowering& lowering, std::size_t input, const std::optional<Integers>& known,
                       const char* name) {
  if (!known) return lowering.input(input);
  std::vector<float> values;
  for (const std::int64_t value : *known) values.push_back(static_cast<float>(value));
  const auto count = static_cast<std::int64_t>(values.size());
  return lowering.constant(name, {count}, std::move(values));
}

// The rank must be known before the network runs, and so which dimensions go.
void lower_slice_dynamic(LayerLowering& lowering) {
  const spec::SliceDynamicLayerParams& params = lowering.layer().slicedynamic();
  const Integers none;
  const auto begin = known_list(lowering, begin_input, none, "begin", 0);
  const auto end = known_list(lowering, end_input, params.endids(), "endIds", far);
  const auto strides = known_list(lowering, strides_input, params.strides(), "strides", 1);
  const auto begin_masks = known_list(lowering, begin_mask_input, params.beginmasks(), "beginMasks", 0);
  const auto end_masks = known_list(lowering, end_mask_input, params.endmasks(), "endMasks", 0);
  const auto squeeze_masks = known_list(lowering, squeeze_mask_input, params.squeezemasks(), "squeezeMasks", 0);
  if (!squeeze_masks) lowering.fail("which dimensions go must be known before it runs");
  const std::vector<bool> gone = masks(lowering, *squeeze_masks, "squeezeMasks");
  if (begin && end && strides && begin_masks && end_masks) {
    return finish_cuts(lowering, {*begin, *end, *strides, masks(lowering, *begin_masks, "beginMasks"),
                                  masks(lowering, *end_masks, "endMasks"), gone});
  }
  Integers sizes;
  for (const bool goes : gone) sizes.push_back(goes ? 1 : -1);
  const std::vector<std::uint32_t> inputs = {lowering.input(),
                                             as_input(lowering, begin_input, begin, "begin"),
                                             as_input(lowering, end_input, end, "end"),
                                             as_input(lowering, strides_input, strides, "strides"),
                                             as_input(lowering, begin_mask_input, begin_masks, "begin_mask"),
                                             as_input(lowering, end_mask_input, end_masks, "end_mask")};
  if (std::ranges::find(gone, true) == gone.end()) return lowering.finish("dynamic_slice", inputs, {});
  const std::uint32_t part = lowering.add("dynamic_slice", inputs, {{"sizes", sizes}});
  lowering.finish("reshape", {part}, without_axes(gone).attributes());
}

// The begin may count from the end. A part that reaches beyond the dimension is an error, as its size is stated.
void lower_slice_by_size(LayerLowering& lowering) {
  const spec::SliceBySizeLayerParams& params = lowering.layer().slicebysize();
  if (params.size() < 1) lowering.fail("size can't be " + std::to_string(params.size()));
  const std::uint32_t begin = lowering.add("reshape", {lowering.input(1)}, {{"shape", Integers{1}}});
  lowering.finish("dynamic_slice", {lowering.input(), begin},
                  {{"axes", Integers{params.axis()}}, {"sizes", Integers{params.size()}}});
}

void lower_reverse(LayerLowering& lowering) {
  const std::vector<bool> reversed = masks(lowering, lowering.layer().reverse().reversedim(), "reverseDim");
  Cuts cuts;
  for (const bool set : reversed) {
    cuts.begin.push_back(0);
    cuts.end.push_back(0);
    cuts.strides.push_back(set ? -1 : 1);
  }
  cuts.begin_masks = cuts.end_masks = std::vector<bool>(reversed.size(), true);
  cuts.squeeze_masks = std::vector<bool>(reversed.size(), false);
  finish_cuts(lowering, std::move(cuts));
}

void lower_reverse_seq(LayerLowering& lowering) {
  const spec::ReverseSeqLayerParams& params = lowering.layer().reverseseq();
  lowering.finish("reverse_sequence", lowering.inputs(),
                  {{"batch_axis", params.batchaxis()}, {"axis", params.sequenceaxis()}});
}

void lower_sliding_windows(LayerLowering& lowering) {
  const spec::SlidingWindowsLayerParams& params = lowering.layer().slidingwindows();
  lowering.finish("sliding_windows", lowering.inputs(),
                  {{"axis", params.axis()},
                   {"size", size_field(lowering, params.windowsize(), "windowSize")},
                   {"step", size_field(lowering, params.step(), "step")}});
}

}  // namespace

const LayerRules& slicing_rules() {
  static const LayerRules rules = {{Layer::kSlice, 1, 1, 1, 1, lower_slice},
                                   {Layer::kSliceStatic, 1, 1, 1, 1, lower_slice_static},
                                   {Layer::kSliceDynamic, 2, 7, 1, 1, lower_slice_dynamic},
                                   {Layer::kSliceBySize, 2, 2, 1, 1, lower_slice_by_size},
                                   {Layer::kReverse, 1, 1, 1, 1, lower_reverse},
                                   {Layer::kReverseSeq, 2, 2, 1, 1, lower_reverse_seq},
                                   {Layer::kSlidingWindows, 1, 1, 1, 1, lower_sliding_windows}};
  return rules;
}

}  // namespace goldilocks::lowering
