/* A quantizer in C that ends badly at one layer and width: the option `fault` says how. Elsewhere it makes a table of
 * the smallest and the largest weight. */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <goldilocks/abi.h>

struct glk_quantizer {
  const glk_host* host;
  const char* fault;
  const char* layer;
  int64_t bits;
};

struct glk_quantizer_task {
  const struct glk_quantizer* quantizer;
  const glk_weights* weights;
};

static glk_status create(const glk_host* host, const glk_options* options, glk_quantizer** quantizer,
                         glk_error* error) {
  const char* fault = NULL;
  const char* layer = NULL;
  (void)error;
  glk_quantizer* created = calloc(1, sizeof *created);
  if (created == NULL) return GLK_ERROR_OUT_OF_MEMORY;
  if (options->get_string(options->context, "fault", &fault) != GLK_OK ||
      options->get_string(options->context, "layer", &layer) != GLK_OK ||
      options->get_integer(options->context, "bits_of_fault", &created->bits) != GLK_OK) {
    free(created);
    return GLK_ERROR_INTERNAL;
  }
  created->host = host;
  created->fault = strdup(fault);
  created->layer = strdup(layer);
  *quantizer = created;
  return GLK_OK;
}

static void destroy(glk_quantizer* quantizer) {
  free((void*)quantizer->fault);
  free((void*)quantizer->layer);
  free(quantizer);
}

static glk_status begin(glk_quantizer* quantizer, const glk_weights* weights, glk_quantizer_task** task,
                        glk_error* error) {
  (void)error;
  *task = calloc(1, sizeof **task);
  if (*task == NULL) return GLK_ERROR_OUT_OF_MEMORY;
  (*task)->quantizer = quantizer;
  (*task)->weights = weights;
  return GLK_OK;
}

static void do_wrong(const char* fault, const glk_host* host) {
  if (strcmp(fault, "abort") == 0) abort();
  if (strcmp(fault, "segfault") == 0) raise(SIGSEGV);
  if (strcmp(fault, "exit") == 0) _exit(7);
  if (strcmp(fault, "print") == 0) puts("a plugin prints");
  /* Deaf to the host: it neither asks whether it was cancelled, nor listens to what it is told. */
  if (strcmp(fault, "deaf") == 0) signal(SIGALRM, SIG_IGN);
  while (strcmp(fault, "hang") == 0 || strcmp(fault, "deaf") == 0) {
  }
  while (strcmp(fault, "slow") == 0 && !host->cancelled(host->context)) usleep(1000);
}

static glk_status quantize(glk_quantizer_task* task, int32_t bits, glk_quantized* result, glk_error* error) {
  const struct glk_quantizer* quantizer = task->quantizer;
  const glk_weights* weights = task->weights;
  if (bits == quantizer->bits && strcmp(weights->layer, quantizer->layer) == 0) {
    do_wrong(quantizer->fault, quantizer->host);
    if (quantizer->host->cancelled(quantizer->host->context)) return GLK_ERROR_CANCELLED;
    if (strcmp(quantizer->fault, "error") == 0) {
      snprintf(error->message, sizeof error->message, "no luck");
      return GLK_ERROR_DATA;
    }
  }
  float* table = result->buffer(result->context, GLK_BUFFER_TABLE, (uint64_t)1 << bits);
  uint8_t* codes = result->buffer(result->context, GLK_BUFFER_CODES, weights->count);
  if (table == NULL || codes == NULL) return GLK_ERROR_OUT_OF_MEMORY;
  for (uint64_t i = 0; i < weights->count; ++i) {
    const float value = weights->values[i];
    if (value < table[0]) table[0] = value;
    if (value > table[1]) table[1] = value;
  }
  for (uint64_t i = 0; i < weights->count; ++i) codes[i] = weights->values[i] > 0;
  if (bits == quantizer->bits && strcmp(weights->layer, quantizer->layer) == 0) {
    if (strcmp(quantizer->fault, "code_beyond") == 0) codes[2] = (uint8_t)(1 << bits);
    if (strcmp(quantizer->fault, "nan_in_table") == 0) table[1] = NAN;
  }
  result->form = GLK_FORM_TABLE;
  return GLK_OK;
}

static void end(glk_quantizer_task* task) { free(task); }

static const char* const faults[] = {"none", "abort", "segfault", "exit",        "hang",        "deaf",
                                     "slow", "error", "print",    "code_beyond", "nan_in_table"};
static const glk_option fault = {
    .struct_size = sizeof(glk_option),
    .type = GLK_OPTION_CHOICE,
    .name = "fault",
    .help = "what to do wrong",
    .default_string = "none",
    .choices = faults,
    .choice_count = sizeof faults / sizeof faults[0],
};
static const glk_option layer = {
    .struct_size = sizeof(glk_option), .type = GLK_OPTION_STRING, .name = "layer", .help = "at which layer"};
static const glk_option fault_bits = {
    .struct_size = sizeof(glk_option),
    .type = GLK_OPTION_INTEGER,
    .name = "bits_of_fault",
    .help = "at which width",
    .default_integer = 4,
};
static const glk_option* const options[] = {&fault, &layer, &fault_bits};
static const int32_t widths[] = {8, 4, 2};

static const glk_quantizer_factory factory = {
    .struct_size = sizeof(glk_quantizer_factory),
    .name = "crashing_function",
    .summary = "ends badly",
    .widths = widths,
    .width_count = 3,
    .options = options,
    .option_count = 3,
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
    .name = "crashing_function",
    .version = "1.0",
    .license = "Apache-2.0",
    .get_factory = get_factory,
};

GLK_EXPORT const glk_plugin* goldilocks_plugin(void) { return &plugin; }
