/* A quantizer in plain C99 against goldilocks/abi.h alone: codes are evenly spaced over the tensor's range, but the
 * outermost weights may be cut off (option `cut`), which leaves finer steps for all others. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <goldilocks/abi.h>

#ifndef GOLDILOCKS_PLUGIN_VERSION
#define GOLDILOCKS_PLUGIN_VERSION "0.1.0"
#endif
#ifndef GOLDILOCKS_PLUGIN_LICENSE
#define GOLDILOCKS_PLUGIN_LICENSE "Apache-2.0"
#endif

struct glk_quantizer {
  double cut; /* the share of the range that is left out at each end */
};

struct glk_quantizer_task {
  const glk_weights* weights;
  double low;
  double high;
};

static glk_status fail(glk_error* error, glk_status status, const char* message) {
  error->code = status;
  snprintf(error->message, sizeof error->message, "%s", message);
  return status;
}

static glk_status create(const glk_host* host, const glk_options* options, glk_quantizer** quantizer,
                         glk_error* error) {
  (void)host;
  glk_quantizer* created = malloc(sizeof *created);
  if (created == NULL) return fail(error, GLK_ERROR_OUT_OF_MEMORY, "out of memory");
  if (options->get_number(options->context, "cut", &created->cut) != GLK_OK) {
    free(created);
    return fail(error, GLK_ERROR_INVALID_ARGUMENT, "the option 'cut' is missing");
  }
  *quantizer = created;
  return GLK_OK;
}

static void destroy(glk_quantizer* quantizer) { free(quantizer); }

/* All widths of a tensor share its range. */
static glk_status begin(glk_quantizer* quantizer, const glk_weights* weights, glk_quantizer_task** task,
                        glk_error* error) {
  glk_quantizer_task* begun = malloc(sizeof *begun);
  if (begun == NULL) return fail(error, GLK_ERROR_OUT_OF_MEMORY, "out of memory");
  double low = weights->count == 0 ? 0 : weights->values[0];
  double high = low;
  for (uint64_t i = 0; i < weights->count; ++i) {
    low = fmin(low, weights->values[i]);
    high = fmax(high, weights->values[i]);
  }
  const double margin = quantizer->cut * (high - low);
  begun->weights = weights;
  begun->low = low + margin;
  begun->high = high - margin;
  *task = begun;
  return GLK_OK;
}

static glk_status quantize(glk_quantizer_task* task, int32_t bits, glk_quantized* result, glk_error* error) {
  const uint64_t count = task->weights->count;
  uint8_t* codes = result->buffer(result->context, GLK_BUFFER_CODES, count);
  float* scale = result->buffer(result->context, GLK_BUFFER_SCALE, 1);
  float* bias = result->buffer(result->context, GLK_BUFFER_BIAS, 1);
  if (codes == NULL || scale == NULL || bias == NULL) return fail(error, GLK_ERROR_OUT_OF_MEMORY, "out of memory");

  const double last = (double)((1 << bits) - 1);
  const double step = (task->high - task->low) / last;
  for (uint64_t i = 0; i < count; ++i) {
    const double code = step > 0 ? rint((task->weights->values[i] - task->low) / step) : 0;
    codes[i] = (uint8_t)fmin(fmax(code, 0), last);
  }
  *scale = (float)step;
  *bias = (float)task->low;
  result->form = GLK_FORM_LINEAR;
  return GLK_OK;
}

static void end(glk_quantizer_task* task) { free(task); }

static const glk_option cut = {
    .struct_size = sizeof(glk_option),
    .type = GLK_OPTION_NUMBER,
    .name = "cut",
    .help = "share of the range to cut off at each end",
    .has_range = 1,
    .minimum = 0,
    .maximum = 0.49,
    .default_number = 0.05,
};
static const glk_option* const options[] = {&cut};
static const int32_t widths[] = {8, 7, 6, 5, 4, 3, 2, 1};

static const glk_quantizer_factory factory = {
    .struct_size = sizeof(glk_quantizer_factory),
    .name = "minimal_c",
    .summary = "evenly spaced values over the middle of the range",
    .widths = widths,
    .width_count = sizeof widths / sizeof widths[0],
    .options = options,
    .option_count = 1,
    .create = create,
    .destroy = destroy,
    .begin = begin,
    .quantize = quantize,
    .end = end,
};

static const void* get_factory(const char* interface_id) {
  return strcmp(interface_id, GLK_QUANTIZER_ID) == 0 ? &factory : NULL;
}

static const glk_plugin plugin = {
    .struct_size = sizeof(glk_plugin),
    .abi_version = GLK_ABI_VERSION,
    .name = "minimal_c",
    .version = GOLDILOCKS_PLUGIN_VERSION,
    .license = GOLDILOCKS_PLUGIN_LICENSE,
    .get_factory = get_factory,
};

GLK_EXPORT const glk_plugin* goldilocks_plugin(void) { return &plugin; }
