#include "sdk/python/src/documents.hpp"

#include <google/protobuf/descriptor.h>

namespace goldilocks::python {
namespace {

namespace py = pybind11;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// The value of a field; of a repeated one, its element at `index`.
py::object value_of(const Message& message, const FieldDescriptor* field, int index) {
  const Reflection& read = *message.GetReflection();
  const bool one = !field->is_repeated();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return py::int_(one ? read.GetInt32(message, field) : read.GetRepeatedInt32(message, field, index));
    case FieldDescriptor::CPPTYPE_INT64:
      return py::int_(one ? read.GetInt64(message, field) : read.GetRepeatedInt64(message, field, index));
    case FieldDescriptor::CPPTYPE_UINT32:
      return py::int_(one ? read.GetUInt32(message, field) : read.GetRepeatedUInt32(message, field, index));
    case FieldDescriptor::CPPTYPE_UINT64:
      return py::int_(one ? read.GetUInt64(message, field) : read.GetRepeatedUInt64(message, field, index));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return py::float_(one ? read.GetDouble(message, field) : read.GetRepeatedDouble(message, field, index));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return py::float_(one ? read.GetFloat(message, field) : read.GetRepeatedFloat(message, field, index));
    case FieldDescriptor::CPPTYPE_BOOL:
      return py::bool_(one ? read.GetBool(message, field) : read.GetRepeatedBool(message, field, index));
    case FieldDescriptor::CPPTYPE_ENUM:
      return py::str((one ? read.GetEnum(message, field) : read.GetRepeatedEnum(message, field, index))->name());
    case FieldDescriptor::CPPTYPE_STRING: {
      const std::string text = one ? read.GetString(message, field) : read.GetRepeatedString(message, field, index);
      if (field->type() == FieldDescriptor::TYPE_BYTES) return py::bytes(text);
      return py::str(text);
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      if (one && !read.HasField(message, field)) return py::none();
      return to_python(one ? read.GetMessage(message, field) : read.GetRepeatedMessage(message, field, index));
  }
  return py::none();
}

py::dict dictionary_of(const Message& message, const FieldDescriptor* field) {
  py::dict result;
  const Reflection& read = *message.GetReflection();
  const FieldDescriptor* key = field->message_type()->map_key();
  const FieldDescriptor* value = field->message_type()->map_value();
  for (int index = 0; index < read.FieldSize(message, field); ++index) {
    const Message& entry = read.GetRepeatedMessage(message, field, index);
    result[value_of(entry, key, 0)] = value_of(entry, value, 0);
  }
  return result;
}

}  // namespace

py::dict to_python(const Message& document) {
  py::dict result;
  const google::protobuf::Descriptor& type = *document.GetDescriptor();
  for (int number = 0; number < type.field_count(); ++number) {
    const FieldDescriptor* field = type.field(number);
    py::object value;
    if (field->is_map()) {
      value = dictionary_of(document, field);
    } else if (field->is_repeated()) {
      py::list list;
      const int size = document.GetReflection()->FieldSize(document, field);
      for (int index = 0; index < size; ++index) list.append(value_of(document, field, index));
      value = std::move(list);
    } else {
      const bool absent = field->has_optional_keyword() && !document.GetReflection()->HasField(document, field);
      value = absent ? py::none() : value_of(document, field, 0);
    }
    result[py::str(field->name())] = value;
  }
  return result;
}

}  // namespace goldilocks::python
