// resizeBilinear and cropResize.
//
// What the format leaves open, and what is done here:
//   - A spatialScale of 0, which is also what an absent one reads as, is taken as 1: no default is stated, but with 0
//   every
//     box would be the same pixel.
//   - A box may reach beyond the image, though the format says that it must not: the image's edge goes on there.
//   - A box given by its centre reaches half its size to either side.
#include "core/formats/neural_network/lowering/layer_lowering.hpp"

namespace goldilocks::lowering {
namespace {

using Layer = spec::NeuralNetworkLayer;
using Sampling = spec::SamplingMode;
using Boxes = spec::BoxCoordinatesMode;

std::string grid_of(const LayerLowering& lowering, const Sampling& mode) {
  switch (mode.samplingmethod()) {
    case Sampling::STRICT_ALIGN_ENDPOINTS_MODE:
      return "strict_align_endpoints";
    case Sampling::ALIGN_ENDPOINTS_MODE:
      return "align_endpoints";
    case Sampling::UPSAMPLE_MODE:
      return "upsample";
    case Sampling::ROI_ALIGN_MODE:
      return "roi_align";
    default:
      lowering.fail("its sampling method, " + std::to_string(mode.samplingmethod()) + ", is not known");
  }
}

std::string boxes_of(const LayerLowering& lowering, const Boxes& mode) {
  switch (mode.boxmode()) {
    case Boxes::CORNERS_HEIGHT_FIRST:
      return "corners_height_first";
    case Boxes::CORNERS_WIDTH_FIRST:
      return "corners_width_first";
    case Boxes::CENTER_SIZE_HEIGHT_FIRST:
      return "center_height_first";
    case Boxes::CENTER_SIZE_WIDTH_FIRST:
      return "center_width_first";
    default:
      lowering.fail("its way to state boxes, " + std::to_string(mode.boxmode()) + ", is not known");
  }
}

void lower_resize_bilinear(LayerLowering& lowering) {
  const spec::ResizeBilinearLayerParams& params = lowering.layer().resizebilinear();
  lowering.need_rank(3);
  lowering.finish("resize", lowering.inputs(),
                  {{"size", pair_field(lowering, params.targetsize(), "targetSize", 1)},
                   {"grid", grid_of(lowering, params.mode())}});
}

void lower_crop_resize(LayerLowering& lowering) {
  const spec::CropResizeLayerParams& params = lowering.layer().cropresize();
  lowering.need_rank(5, 5);
  const float scale = params.spatialscale() == 0 ? 1.0F : params.spatialscale();
  lowering.finish("crop_resize", lowering.inputs(),
                  {{"size", pair_field(lowering, params.targetsize(), "targetSize", 1)},
                   {"grid", grid_of(lowering, params.mode())},
                   {"boxes", boxes_of(lowering, params.boxindicesmode())},
                   {"normalized", std::int64_t{params.normalizedcoordinates() ? 1 : 0}},
                   {"spatial_scale", static_cast<double>(scale)}});
}

}  // namespace

const LayerRules& resizing_rules() {
  static const LayerRules rules = {{Layer::kResizeBilinear, 1, 1, 1, 1, lower_resize_bilinear},
                                   {Layer::kCropResize, 2, 2, 1, 1, lower_crop_resize}};
  return rules;
}

}  // namespace goldilocks::lowering
