// A dataset of Python's objects. Files are decoded by core in its own threads; PIL images and arrays are asked for one
// at a time, as Pillow decodes an image when it is first used and two threads must not do that with the same one.
#include "sdk/python/src/samples.hpp"

#include <mutex>
#include <numeric>

#include <pybind11/stl.h>

#include "core/base/error.hpp"
#include "sdk/python/src/bindings.hpp"
#include "sdk/python/src/values.hpp"
#include "sdk/python/src/work.hpp"

namespace goldilocks::python {
namespace {

std::function<data::Image()> decoder(py::object image, std::size_t sample) {
  return [shared = share(std::move(image)), sample] {
    static std::mutex one_at_a_time;  // taken before the interpreter's lock, never while that is held
    const std::scoped_lock lock(one_at_a_time);
    const py::gil_scoped_acquire acquire;
    const runtime::Image converted = to_image(*shared);
    if (converted.pixels.empty()) throw DataError("samples: sample " + std::to_string(sample) + " has no pixels");
    data::Image result{converted.width, converted.height, converted.format == runtime::PixelFormat::rgb ? 3 : 1, {}};
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(converted.pixels.data());
    result.pixels.assign(bytes, bytes + converted.pixels.size());
    return result;
  };
}

// Arrays [samples, ...] of float32, C-contiguous.
std::vector<data::ArrayColumn> columns_of(const py::dict& arrays) {
  std::vector<data::ArrayColumn> columns;
  for (const auto& [name, value] : arrays) {
    const py::array_t<float> array = py::cast<py::array_t<float>>(value);
    data::ArrayColumn column;
    column.name = name.cast<std::string>();
    column.path = "samples";
    column.type = "<f4";
    column.shape.assign(array.shape() + 1, array.shape() + array.ndim());
    column.rows.resize(static_cast<std::size_t>(array.shape(0)));
    std::iota(column.rows.begin(), column.rows.end(), std::size_t{0});
    column.values = std::make_shared<const std::vector<float>>(array.data(), array.data() + array.size());
    columns.push_back(std::move(column));
  }
  return columns;
}

// `images` has a path, an image or None for each sample; `labels` an index into `classes`, or is empty.
Samples make_samples(const py::list& images, const py::dict& inputs, const py::dict& targets,
                     const std::vector<std::string>& classes, const std::vector<std::uint32_t>& labels) {
  auto dataset = std::make_shared<data::Dataset>();
  dataset->path = "samples";
  dataset->classes = classes;
  dataset->has_images = false;
  for (std::size_t i = 0; i < images.size(); ++i) {
    data::Sample sample{std::to_string(i), {}, labels.empty() ? 0 : labels.at(i)};
    const py::object image = images[i];
    if (py::isinstance<py::str>(image)) {
      sample.id = image.cast<std::string>();
      sample.file = sample.id;
    } else if (!image.is_none()) {
      sample.image = decoder(image, i);
    }
    dataset->has_images |= !image.is_none();
    dataset->samples.push_back(std::move(sample));
  }
  dataset->inputs = columns_of(inputs);
  dataset->targets = columns_of(targets);
  return {std::move(dataset)};
}

}  // namespace

void bind_samples(py::module_& module) {
  py::class_<Samples>(module, "Samples").def(py::init(&make_samples)).def("__len__", [](const Samples& samples) {
    return samples.dataset->samples.size();
  });
}

}  // namespace goldilocks::python
