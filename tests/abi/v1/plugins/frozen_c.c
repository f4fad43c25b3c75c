/* A quantizer in C99 that touches every member of the frozen interface. The option `form` says which form its results
 * have; the note says what it was told. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <goldilocks/abi.h>

struct glk_quantizer {
  const glk_host* host;
  char form[16];
  char settings[200];
};

struct glk_quantizer_task {
  const struct glk_quantizer* quantizer;
  const glk_weights* weights;
};

static glk_status fail(glk_error* error, glk_status status, const char* message) {
  error->code = status;
  snprintf(error->message, sizeof error->message, "%s", message);
  return status;
}

static glk_status create(const glk_host* host, const glk_options* options, glk_quantizer** quantizer,
                         glk_error* error) {
  const void* context = options->context;
  int32_t flag = 0;
  int64_t count = 0;
  double factor = 0;
  const char* form = NULL;
  const char* text = NULL;
  const char* file = NULL;
  const double* steps = NULL;
  uint64_t step_count = 0;
  if (options->get_bool(context, "flag", &flag) != GLK_OK || options->get_integer(context, "count", &count) != GLK_OK ||
      options->get_number(context, "factor", &factor) != GLK_OK ||
      options->get_string(context, "form", &form) != GLK_OK || options->get_string(context, "text", &text) != GLK_OK ||
      options->get_string(context, "file", &file) != GLK_OK ||
      options->get_numbers(context, "steps", &steps, &step_count) != GLK_OK) {
    return fail(error, GLK_ERROR_INTERNAL, "an option is missing");
  }
  if (count == 9) return fail(error, GLK_ERROR_INVALID_ARGUMENT, "a count of 9");
  glk_quantizer* created = malloc(sizeof *created);
  if (created == NULL) return fail(error, GLK_ERROR_OUT_OF_MEMORY, "out of memory");
  created->host = host;
  snprintf(created->form, sizeof created->form, "%s", form);
  snprintf(created->settings, sizeof created->settings, "%d %d %g %s %s %g", (int)flag, (int)count, factor, text, file,
           step_count == 2 ? steps[1] : -1);
  host->log(host->context, GLK_LOG_DEBUG, created->settings);
  *quantizer = created;
  return GLK_OK;
}

static void destroy(glk_quantizer* quantizer) { free(quantizer); }

static glk_status begin(glk_quantizer* quantizer, const glk_weights* weights, glk_quantizer_task** task,
                        glk_error* error) {
  glk_quantizer_task* begun = malloc(sizeof *begun);
  if (begun == NULL) return fail(error, GLK_ERROR_OUT_OF_MEMORY, "out of memory");
  begun->quantizer = quantizer;
  begun->weights = weights;
  *task = begun;
  return GLK_OK;
}

static void* buffer(glk_quantized* result, int32_t which, uint64_t count) {
  return result->buffer(result->context, which, count);
}

static void describe(const glk_quantizer_task* task, glk_quantized* result) {
  const glk_weights* given = task->weights;
  char note[400];
  snprintf(note, sizeof note, "%s; %s %s %s kind %d axis %d of %d, %d of rank %d, importance %g, stored %d %d",
           task->quantizer->settings, given->layer, given->layer_type, given->parameter, (int)given->kind,
           (int)given->channel_axis, (int)given->channels, (int)given->count, (int)given->rank,
           given->importance == NULL ? -1.0 : given->importance[0], (int)given->stored_form, (int)given->stored_bits);
  result->note(result->context, note);
}

static glk_status quantize(glk_quantizer_task* task, int32_t bits, glk_quantized* result, glk_error* error) {
  const glk_host* host = task->quantizer->host;
  const glk_weights* weights = task->weights;
  const char* form = task->quantizer->form;
  if (host->cancelled(host->context)) return fail(error, GLK_ERROR_CANCELLED, "");
  describe(task, result);
  if (strcmp(form, "table") == 0) {
    float* table = buffer(result, GLK_BUFFER_TABLE, (uint64_t)1 << bits);
    uint8_t* codes = buffer(result, GLK_BUFFER_CODES, weights->count);
    table[1] = weights->values[weights->count - 1];
    codes[0] = 1;
    result->form = GLK_FORM_TABLE;
  } else if (strcmp(form, "linear") == 0) {
    float* scale = buffer(result, GLK_BUFFER_SCALE, weights->channels);
    float* bias = buffer(result, GLK_BUFFER_BIAS, weights->channels);
    uint8_t* codes = buffer(result, GLK_BUFFER_CODES, weights->count);
    scale[weights->channels - 1] = 2;
    bias[0] = -1;
    codes[1] = (uint8_t)((1 << bits) - 1);
    result->form = GLK_FORM_LINEAR;
  } else if (strcmp(form, "int8") == 0) {
    int8_t* values = buffer(result, GLK_BUFFER_INT8, weights->count);
    float* scale = buffer(result, GLK_BUFFER_SCALE, 1);
    values[0] = -128;
    *scale = 0.5f;
    result->form = GLK_FORM_INT8;
    result->bits = 8;
  } else if (strcmp(form, "float16") == 0) {
    result->form = GLK_FORM_FLOAT16;
    result->bits = 16;
  } else if (strcmp(form, "float32") == 0) {
    float* values = buffer(result, GLK_BUFFER_FLOAT32, weights->count);
    values[0] = 42;
    result->form = GLK_FORM_FLOAT32;
    result->bits = 32;
  } else if (strcmp(form, "error") == 0) {
    return fail(error, GLK_ERROR_DATA, "no such tensor");
  } else {
    result->form = GLK_FORM_UNCHANGED;
  }
  host->progress(host->context, 1);
  return GLK_OK;
}

static void end(glk_quantizer_task* task) { free(task); }

static const char* const forms[] = {"table", "linear", "int8", "float16", "float32", "unchanged", "error"};
static const double steps[] = {1, 2.5};
static const glk_option options[] = {
    {.struct_size = sizeof(glk_option), .type = GLK_OPTION_BOOL, .name = "flag", .help = "a flag", .default_bool = 1},
    {.struct_size = sizeof(glk_option),
     .type = GLK_OPTION_INTEGER,
     .name = "count",
     .help = "a count",
     .has_range = 1,
     .minimum = 1,
     .maximum = 9,
     .default_integer = 3},
    {.struct_size = sizeof(glk_option),
     .type = GLK_OPTION_NUMBER,
     .name = "factor",
     .help = "a factor",
     .default_number = 0.5},
    {.struct_size = sizeof(glk_option),
     .type = GLK_OPTION_STRING,
     .name = "text",
     .help = "a text",
     .default_string = "plain"},
    {.struct_size = sizeof(glk_option),
     .type = GLK_OPTION_CHOICE,
     .name = "form",
     .help = "the form of the results",
     .default_string = "table",
     .choices = forms,
     .choice_count = sizeof forms / sizeof forms[0]},
    {.struct_size = sizeof(glk_option),
     .type = GLK_OPTION_NUMBERS,
     .name = "steps",
     .help = "some numbers",
     .default_numbers = steps,
     .default_numbers_count = 2},
    {.struct_size = sizeof(glk_option), .type = GLK_OPTION_PATH, .name = "file", .help = "a file"},
};
static const glk_option* const option_list[] = {&options[0], &options[1], &options[2], &options[3],
                                                &options[4], &options[5], &options[6]};
static const char* const layer_types[] = {"convolution", "innerProduct"};
static const char* const parameters[] = {"weights"};

static const glk_quantizer_factory factory = {
    .struct_size = sizeof(glk_quantizer_factory),
    .chooses_width = 1,
    .name = "frozen_c",
    .summary = "made against the frozen header in C",
    .layer_types = layer_types,
    .layer_type_count = 2,
    .parameters = parameters,
    .parameter_count = 1,
    .takes_quantized = 1,
    .options = option_list,
    .option_count = sizeof option_list / sizeof option_list[0],
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
    .name = "frozen",
    .version = "1.0",
    .license = "Apache-2.0",
    .get_factory = get_factory,
};

GLK_EXPORT const glk_plugin* goldilocks_plugin(void) { return &plugin; }
