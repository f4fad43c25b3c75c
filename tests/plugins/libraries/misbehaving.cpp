// A quantizer written against the C interface directly, without the wrapper's care: the option `fault` says what it
// does wrong when it is used.
#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <string>

#include <goldilocks/abi.h>

namespace {

struct Object {
  std::string fault;
  const glk_weights* weights = nullptr;
};

Object& as_object(void* handle) { return *static_cast<Object*>(handle); }

glk_status create(const glk_host* /*host*/, const glk_options* options, glk_quantizer** quantizer, glk_error* error) {
  const char* fault = nullptr;
  if (options->get_string(options->context, "fault", &fault) != GLK_OK) return GLK_ERROR_INTERNAL;
  std::int64_t wrong_type = 0;
  if (options->get_integer(options->context, "fault", &wrong_type) != GLK_ERROR_INVALID_ARGUMENT ||
      options->get_string(options->context, "undeclared", &fault) != GLK_ERROR_INVALID_ARGUMENT) {
    std::strcpy(error->message, "the options answered what they can't know");
    return GLK_ERROR_INTERNAL;
  }
  if (std::strcmp(fault, "null_quantizer") == 0) return GLK_OK;
  if (std::strcmp(fault, "create_fails") == 0) {
    std::strcpy(error->message, "the strength\nof 3 is too much");
    return GLK_ERROR_INVALID_ARGUMENT;
  }
  *quantizer = reinterpret_cast<glk_quantizer*>(new Object{fault});
  return GLK_OK;
}

void destroy(glk_quantizer* quantizer) {
  const std::string fault = as_object(quantizer).fault;
  delete reinterpret_cast<Object*>(quantizer);
  if (fault == "destroy_throws") throw std::runtime_error("too late");
}

glk_status begin(glk_quantizer* quantizer, const glk_weights* weights, glk_quantizer_task** task,
                 glk_error* /*error*/) {
  const std::string& fault = as_object(quantizer).fault;
  if (fault == "null_task") return GLK_OK;
  if (fault == "begin_throws") throw std::runtime_error("begin");
  *task = reinterpret_cast<glk_quantizer_task*>(new Object{fault, weights});
  return GLK_OK;
}

template <class Value>
Value* buffer(glk_quantized* result, std::int32_t which, std::uint64_t count) {
  return static_cast<Value*>(result->buffer(result->context, which, count));
}

// A sound result of each form, which the faults below then spoil.
void fill_table(glk_quantized* result, std::uint64_t count, std::int32_t bits) {
  result->form = GLK_FORM_TABLE;
  buffer<float>(result, GLK_BUFFER_TABLE, std::uint64_t{1} << bits)[1] = 1;
  buffer<std::uint8_t>(result, GLK_BUFFER_CODES, count)[0] = 1;
}

void fill_linear(glk_quantized* result, std::uint64_t count, std::uint64_t channels) {
  result->form = GLK_FORM_LINEAR;
  buffer<float>(result, GLK_BUFFER_SCALE, channels)[0] = 1;
  buffer<float>(result, GLK_BUFFER_BIAS, channels)[0] = 1;
  buffer<std::uint8_t>(result, GLK_BUFFER_CODES, count)[0] = 1;
}

glk_status quantize(glk_quantizer_task* task, std::int32_t bits, glk_quantized* result, glk_error* error) {
  const Object& object = as_object(task);
  const std::string& fault = object.fault;
  const std::uint64_t count = object.weights->count;
  const std::uint64_t channels = object.weights->channels;
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();

  if (fault == "none") {
    fill_table(result, count, bits);
  } else if (fault == "code_beyond") {
    fill_table(result, count, bits);
    buffer<std::uint8_t>(result, GLK_BUFFER_CODES, count)[2] = static_cast<std::uint8_t>(1 << bits);
  } else if (fault == "nan_in_table") {
    fill_table(result, count, bits);
    buffer<float>(result, GLK_BUFFER_TABLE, std::uint64_t{1} << bits)[1] = nan;
  } else if (fault == "table_of_other_width") {
    fill_table(result, count, bits + 1);
  } else if (fault == "no_codes") {
    result->form = GLK_FORM_TABLE;
    buffer<float>(result, GLK_BUFFER_TABLE, std::uint64_t{1} << bits);
  } else if (fault == "no_buffers") {
    result->form = GLK_FORM_LINEAR;
  } else if (fault == "infinite_scale") {
    fill_linear(result, count, channels);
    buffer<float>(result, GLK_BUFFER_SCALE, channels)[1] = infinity;
  } else if (fault == "more_scales_than_biases") {
    result->form = GLK_FORM_LINEAR;
    buffer<float>(result, GLK_BUFFER_SCALE, channels);
    buffer<float>(result, GLK_BUFFER_BIAS, 1);
    buffer<std::uint8_t>(result, GLK_BUFFER_CODES, count);
  } else if (fault == "wrong_counts") {
    // Every one of these must be refused with null.
    const bool refused = buffer<float>(result, GLK_BUFFER_TABLE, 3) == nullptr &&
                         buffer<float>(result, GLK_BUFFER_TABLE, 512) == nullptr &&
                         buffer<std::uint8_t>(result, GLK_BUFFER_CODES, count + 1) == nullptr &&
                         buffer<std::int8_t>(result, GLK_BUFFER_INT8, 0) == nullptr &&
                         buffer<float>(result, GLK_BUFFER_SCALE, channels + 1) == nullptr &&
                         buffer<float>(result, GLK_BUFFER_FLOAT32, UINT64_MAX) == nullptr &&
                         buffer<float>(result, 99, 1) == nullptr;
    std::strcpy(error->message, refused ? "all refused" : "a buffer of a wrong size was given");
    return GLK_ERROR_DATA;
  } else if (fault == "same_buffer_twice") {
    void* first = buffer<float>(result, GLK_BUFFER_SCALE, channels);
    const bool same = first != nullptr && buffer<float>(result, GLK_BUFFER_SCALE, channels) == first &&
                      buffer<float>(result, GLK_BUFFER_SCALE, 1) == nullptr;
    std::strcpy(error->message, same ? "same memory" : "other memory");
    return GLK_ERROR_DATA;
  } else if (fault == "other_width") {
    fill_table(result, count, 2);
    result->bits = 2;
  } else if (fault == "impossible_width") {
    fill_table(result, count, 8);
    result->bits = 9;
  } else if (fault == "unknown_form") {
    result->form = 77;
  } else if (fault == "int8_of_four_bits") {
    result->form = GLK_FORM_INT8;
    buffer<std::int8_t>(result, GLK_BUFFER_INT8, count);
    buffer<float>(result, GLK_BUFFER_SCALE, 1)[0] = 1;
  } else if (fault == "float16_unasked") {
    result->form = GLK_FORM_FLOAT16;
    result->bits = 16;
  } else if (fault == "error") {
    error->code = GLK_ERROR_DATA;
    std::strcpy(error->message, "too many zeros");
    return GLK_ERROR_DATA;
  } else if (fault == "error_without_message") {
    return GLK_ERROR_UNSUPPORTED;
  } else if (fault == "unknown_status") {
    return 99;
  } else if (fault == "unterminated_message") {
    std::memset(error->message, 'x', sizeof(error->message));
    return GLK_ERROR_INTERNAL;
  } else if (fault == "binary_message") {
    std::strcpy(error->message, "caf\xC3\xA9 \x80\x01\xFF!");
    return GLK_ERROR_INTERNAL;
  } else if (fault == "cancelled") {
    return GLK_ERROR_CANCELLED;
  } else if (fault == "throws") {
    throw std::runtime_error("escaped");
  } else if (fault == "throws_int") {
    throw 7;
  }
  return GLK_OK;
}

void end(glk_quantizer_task* task) {
  const std::string fault = as_object(task).fault;
  delete reinterpret_cast<Object*>(task);
  if (fault == "end_throws") throw std::runtime_error("too late");
}

const void* get_factory(const char* interface_id) {
  static const std::int32_t widths[] = {8, 4};
  static const glk_option fault = [] {
    glk_option option{};
    option.struct_size = sizeof(option);
    option.type = GLK_OPTION_STRING;
    option.name = "fault";
    option.help = "what to do wrong";
    option.default_string = "none";
    return option;
  }();
  static const glk_option* const options[] = {&fault};
  static const glk_quantizer_factory factory = [] {
    glk_quantizer_factory made{};
    made.struct_size = sizeof(made);
    made.name = "misbehaving";
    made.summary = "does what it is told to";
    made.widths = widths;
    made.width_count = 2;
    made.options = options;
    made.option_count = 1;
    made.create = &create;
    made.destroy = &destroy;
    made.begin = &begin;
    made.quantize = &quantize;
    made.end = &end;
    return made;
  }();
  return std::strcmp(interface_id, GLK_QUANTIZER_ID) == 0 ? &factory : nullptr;
}

}  // namespace

extern "C" GLK_EXPORT const glk_plugin* goldilocks_plugin() {
  static const glk_plugin plugin = {sizeof(glk_plugin), GLK_ABI_VERSION, "misbehaving", "1.0",
                                    "Apache-2.0",       &get_factory,    nullptr};
  return &plugin;
}
