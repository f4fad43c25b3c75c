#include "sdk/python/src/values.hpp"

#include <cstring>
#include <utility>

#include "core/runtime/arrays.hpp"

namespace goldilocks::python {
namespace {

using runtime::ElementType;
using runtime::Feature;
using runtime::Kind;
using runtime::PixelFormat;
using runtime::Value;

std::string place(const std::string& name) { return "input '" + name + "': "; }

[[noreturn]] void refuse(const std::string& name, const Feature* feature, const py::handle& value) {
  const auto type = py::str(py::type::handle_of(value).attr("__name__")).cast<std::string>();
  throw py::type_error(place(name) + (feature == nullptr ? "" : "takes " + feature->type + ", and ") +
                       "was given a value of the type " + type);
}

std::int64_t whole_number(const py::handle& value) {
  const long long number = PyLong_AsLongLong(value.ptr());  // of anything with __index__
  if (number == -1 && PyErr_Occurred() != nullptr) throw py::error_already_set();
  return number;
}

py::module_ numpy() { return py::module_::import("numpy"); }

std::span<const std::byte> bytes_of(const py::array& array) {
  return {static_cast<const std::byte*>(array.data()), static_cast<std::size_t>(array.nbytes())};
}

std::vector<std::int64_t> shape_of(const py::array& array) { return {array.shape(), array.shape() + array.ndim()}; }

// The library's type of the same numbers; of those that it doesn't have, the next larger whole numbers'.
ElementType element_type(const py::array& array, const std::string& name) {
  const py::ssize_t size = array.itemsize();
  switch (array.dtype().kind()) {
    case 'f':
      if (size == 2) return ElementType::float16;
      if (size == 4) return ElementType::float32;
      return ElementType::float64;
    case 'i':
      if (size == 1) return ElementType::int8;
      return size <= 4 ? ElementType::int32 : ElementType::int64;
    case 'u':
      return size <= 2 ? ElementType::int32 : ElementType::int64;
    case 'b':
      return ElementType::int8;
    default:
      throw py::type_error(place(name) + "was given an array of the type " +
                           py::str(array.dtype()).cast<std::string>() + ", which are no numbers");
  }
}

py::dtype dtype_of(ElementType type) {
  switch (type) {
    case ElementType::float32:
      return py::dtype::of<float>();
    case ElementType::float64:
      return py::dtype::of<double>();
    case ElementType::float16:
      return py::dtype("float16");
    case ElementType::int64:
      return py::dtype::of<std::int64_t>();
    case ElementType::int32:
      return py::dtype::of<std::int32_t>();
    case ElementType::int8:
      break;
  }
  return py::dtype::of<std::int8_t>();
}

// The elements themselves where they lie as the library needs them, or a copy that does.
py::array fitting(const py::array& array, ElementType type) {
  const py::dtype wanted = dtype_of(type);
  const bool same = array.dtype().kind() == wanted.kind() && array.itemsize() == wanted.itemsize() &&
                    array.dtype().attr("isnative").cast<bool>();
  if (same && (array.flags() & py::array::c_style) != 0) return array;
  return numpy().attr("ascontiguousarray")(array, wanted).attr("reshape")(array.attr("shape"));
}

runtime::Array borrowed_array(const py::array& given, const std::string& name, std::vector<py::object>& owners) {
  const ElementType type = element_type(given, name);
  const py::array array = fitting(given, type);
  owners.push_back(array);
  return {type, shape_of(array), {}, bytes_of(array)};
}

bool is_pillow_image(const py::handle& value) {
  return py::hasattr(value, "mode") && py::hasattr(value, "size") && py::hasattr(value, "tobytes") &&
         py::hasattr(value, "getbands");
}

const char* mode_of(PixelFormat format) {
  switch (format) {
    case PixelFormat::rgb:
      return "RGB";
    case PixelFormat::gray:
      return "L";
    case PixelFormat::gray_float16:
      break;
  }
  return "F";
}

runtime::Image borrowed_pixels(const py::handle& image, PixelFormat format, std::vector<py::object>& owners) {
  const py::tuple size = image.attr("size");
  runtime::Image result{size[0].cast<int>(), size[1].cast<int>(), format, {}};
  if (format == PixelFormat::gray_float16) {
    const py::array halves = numpy().attr("asarray")(image, py::dtype("float16"));
    owners.push_back(halves);
    result.borrowed = bytes_of(halves);
  } else {
    const py::bytes pixels = image.attr("tobytes")();
    owners.push_back(pixels);
    const auto view = static_cast<std::string_view>(pixels);
    result.borrowed = std::as_bytes(std::span(view));
  }
  return result;
}

// As coremltools, takes the mode that the input has and no other: what conversion is meant is the caller's to say.
Value from_pillow(const py::handle& image, const std::string& name, const Feature* feature,
                  std::vector<py::object>& owners) {
  const auto mode = image.attr("mode").cast<std::string>();
  PixelFormat format = mode == "L" ? PixelFormat::gray : mode == "F" ? PixelFormat::gray_float16 : PixelFormat::rgb;
  if (feature != nullptr && feature->pixels) format = *feature->pixels;
  if (mode != mode_of(format)) {
    throw py::type_error(place(name) + "takes a PIL image of mode '" + mode_of(format) +
                         "', and was given one of mode '" + mode + "'; image.convert('" + mode_of(format) +
                         "') makes one");
  }
  return borrowed_pixels(image, format, owners);
}

bool is_pixels(const py::array& array) {
  return array.dtype().kind() == 'u' && array.itemsize() == 1 &&
         (array.ndim() == 2 || (array.ndim() == 3 && array.shape(2) == 3));
}

runtime::Image pixels_of_array(const py::array& given, std::vector<py::object>& owners) {
  const py::array array = numpy().attr("ascontiguousarray")(given);
  owners.push_back(array);
  return {static_cast<int>(array.shape(1)),
          static_cast<int>(array.shape(0)),
          array.ndim() == 3 ? PixelFormat::rgb : PixelFormat::gray,
          {},
          bytes_of(array)};
}

Value from_array(const py::array& array, const std::string& name, const Feature* feature,
                 std::vector<py::object>& owners) {
  if (feature != nullptr && feature->kind == Kind::image) {
    if (!is_pixels(array)) refuse(name, feature, array);
    return pixels_of_array(array, owners);
  }
  return borrowed_array(array, name, owners);
}

Value from_dictionary(const py::dict& dictionary, const std::string& name, const Feature* feature) {
  runtime::TextDictionary texts;
  runtime::IntegerDictionary integers;
  for (const auto& [key, value] : dictionary) {
    const double number = py::float_(py::reinterpret_borrow<py::object>(value));
    if (py::isinstance<py::str>(key)) {
      texts[key.cast<std::string>()] = number;
    } else if (PyIndex_Check(key.ptr()) != 0) {
      integers[whole_number(key)] = number;
    } else {
      refuse(name, feature, key);
    }
  }
  if (!texts.empty() && !integers.empty()) {
    throw py::type_error(place(name) + "was given a dictionary with keys of two types");
  }
  if (!integers.empty() || (texts.empty() && feature != nullptr && feature->integers)) return integers;
  return texts;
}

Value from_sequence(const py::sequence& sequence, const std::string& name, const Feature* feature,
                    std::vector<py::object>& owners) {
  if (feature == nullptr || feature->kind != Kind::sequence) {
    const py::array array = py::array::ensure(sequence);
    if (!array) refuse(name, feature, sequence);
    return borrowed_array(array, name, owners);
  }
  runtime::TextSequence texts;
  runtime::IntegerSequence integers;
  for (const py::handle& element : sequence) {
    if (py::isinstance<py::str>(element)) {
      texts.push_back(element.cast<std::string>());
    } else if (PyIndex_Check(element.ptr()) != 0) {
      integers.push_back(whole_number(element));
    } else {
      refuse(name, feature, element);
    }
  }
  if (!texts.empty() && !integers.empty()) {
    throw py::type_error(place(name) + "was given a sequence of two types");
  }
  if (texts.empty()) return integers;
  return texts;
}

// The memory of a vector as an array of its own.
template <class Element>
py::array adopt(std::vector<Element> elements, const py::dtype& type, const std::vector<std::int64_t>& shape) {
  auto owner = std::make_unique<std::vector<Element>>(std::move(elements));
  const Element* data = owner->data();
  const py::capsule base(owner.release(), [](void* pointer) { delete static_cast<std::vector<Element>*>(pointer); });
  return {type, std::vector<py::ssize_t>(shape.begin(), shape.end()), {}, data, base};
}

// coremltools gives float32 for float16.
py::array from_output(runtime::Array&& array) {
  if (array.type == ElementType::float16) array = runtime::with_type(array, ElementType::float32);
  return adopt(std::move(array.data), dtype_of(array.type), array.shape);
}

py::object to_pillow(runtime::Image&& image) {
  const py::module_ pillow = py::module_::import("PIL.Image");
  const py::tuple size = py::make_tuple(image.width, image.height);
  const bool gray = image.format != PixelFormat::rgb;
  if (image.format == PixelFormat::gray_float16) {
    return pillow.attr("fromarray")(
        from_output({ElementType::float16, {image.height, image.width}, std::move(image.pixels)}));
  }
  const auto count = static_cast<std::int64_t>(image.pixels.size());
  const py::array pixels = adopt(std::move(image.pixels), py::dtype::of<std::uint8_t>(), {count});
  const char* mode = gray ? "L" : "RGB";
  return pillow.attr("frombuffer")(mode, size, pixels, "raw", mode, 0, 1);
}

struct ToPython {
  py::object operator()(runtime::Array& array) const { return from_output(std::move(array)); }
  py::object operator()(runtime::Image& image) const { return to_pillow(std::move(image)); }
  py::object operator()(std::int64_t number) const { return py::int_(number); }
  py::object operator()(double number) const { return py::float_(number); }
  py::object operator()(const std::string& text) const { return py::str(text); }
  template <class Key>
  py::object operator()(const std::map<Key, double>& dictionary) const {
    py::dict result;
    for (const auto& [key, value] : dictionary) result[py::cast(key)] = value;
    return result;
  }
  template <class Element>
  py::object operator()(const std::vector<Element>& sequence) const {
    py::list result;
    for (const Element& element : sequence) result.append(element);
    return result;
  }
};

}  // namespace

Value to_value(const py::handle& value, const std::string& name, const Feature* feature,
               std::vector<py::object>& owners) {
  PyObject* const object = value.ptr();
  if (PyUnicode_Check(object) != 0) return value.cast<std::string>();
  if (PyFloat_Check(object) != 0) return PyFloat_AS_DOUBLE(object);
  if (PyLong_Check(object) != 0) return whole_number(value);
  if (PyDict_Check(object) != 0) return from_dictionary(py::reinterpret_borrow<py::dict>(value), name, feature);
  if (PyList_Check(object) != 0 || PyTuple_Check(object) != 0) {
    return from_sequence(py::reinterpret_borrow<py::sequence>(value), name, feature, owners);
  }
  // Before anything that imports numpy, as an image may need none.
  if (is_pillow_image(value)) return from_pillow(value, name, feature, owners);
  if (py::isinstance<py::array>(value)) {
    return from_array(py::reinterpret_borrow<py::array>(value), name, feature, owners);
  }
  // Single numbers of numpy's.
  if (PyIndex_Check(object) != 0) return whole_number(value);
  // Tensors of other libraries that numpy can read.
  if (py::hasattr(value, "__array__")) {
    if (const py::array array = py::array::ensure(value)) return from_array(array, name, feature, owners);
  }
  refuse(name, feature, value);
}

py::object to_python(Value&& value) { return std::visit(ToPython{}, value); }

py::array copied_floats(const float* values, std::vector<py::ssize_t> shape) {
  return py::array_t<float>(std::move(shape), values);
}

runtime::Image to_image(const py::handle& value) {
  std::vector<py::object> owners;
  runtime::Value image;
  if (py::isinstance<py::array>(value) && is_pixels(py::reinterpret_borrow<py::array>(value))) {
    image = pixels_of_array(py::reinterpret_borrow<py::array>(value), owners);
  } else if (is_pillow_image(value)) {
    const bool gray = value.attr("mode").cast<std::string>() == "L";
    const py::object converted = gray ? py::reinterpret_borrow<py::object>(value) : value.attr("convert")("RGB");
    image = borrowed_pixels(converted, gray ? PixelFormat::gray : PixelFormat::rgb, owners);
  } else {
    throw py::type_error("a sample's image is a path, a PIL image, or a uint8 array [H, W] or [H, W, 3]");
  }
  runtime::make_owner(image);
  return std::get<runtime::Image>(std::move(image));
}

}  // namespace goldilocks::python
