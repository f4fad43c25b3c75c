/* A backend in C99 that touches every member of the frozen interface. A value of text gets one line that says what the
 * backend was told; others get twice the first input, as float64 where that is stated. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <goldilocks/abi.h>

struct glk_model {
  const glk_host* host;
  const glk_graph* graph;
  int64_t factor;
  char told[1000];
};

struct glk_session {
  struct glk_model* model;
  const char* told;
  uint64_t wanted_count;
  uint32_t wanted[8];
};

static glk_status fail(glk_error* error, glk_status status, const char* message) {
  error->code = status;
  snprintf(error->message, sizeof error->message, "%s", message);
  return status;
}

static int32_t supports(const glk_graph* graph, const glk_operation* operation) {
  return graph->operation_count > 0 && strcmp(operation->type, "frozen") == 0;
}

static void describe(const glk_graph* graph, const char* path, char* text, size_t size) {
  const glk_operation* operation = graph->operations[0];
  size_t used = (size_t)snprintf(text, size, "%d values %d inputs %d outputs; %s of %s, %d to %d, %d subgraphs;",
                                 (int)graph->value_count, (int)graph->input_count, (int)graph->output_count,
                                 operation->type, operation->layer, (int)operation->input_count,
                                 (int)operation->output_count, (int)operation->subgraph_count);
  for (uint64_t i = 0; i < operation->attribute_count; ++i) {
    const glk_attribute* attribute = operation->attributes[i];
    used += (size_t)snprintf(text + used, size - used, " %s", attribute->name);
    if (attribute->type == GLK_ATTRIBUTE_INTEGER) {
      used += (size_t)snprintf(text + used, size - used, "=%d", (int)attribute->integer);
    } else if (attribute->type == GLK_ATTRIBUTE_NUMBER) {
      used += (size_t)snprintf(text + used, size - used, "=%g", attribute->number);
    } else if (attribute->type == GLK_ATTRIBUTE_STRING) {
      used += (size_t)snprintf(text + used, size - used, "=%s", attribute->string);
    } else if (attribute->type == GLK_ATTRIBUTE_INTEGERS) {
      used +=
          (size_t)snprintf(text + used, size - used, "=%d of %d", (int)attribute->integers[0], (int)attribute->count);
    } else if (attribute->type == GLK_ATTRIBUTE_NUMBERS) {
      used += (size_t)snprintf(text + used, size - used, "=%g of %d", attribute->numbers[0], (int)attribute->count);
    }
  }
  for (uint64_t i = 0; i < graph->value_count; ++i) {
    const glk_value* value = graph->values[i];
    used += (size_t)snprintf(text + used, size - used, "; %s type %d rank %d", value->name, (int)value->type,
                             (int)value->rank);
    if (value->data != NULL) used += (size_t)snprintf(text + used, size - used, " constant");
  }
  snprintf(text + used, size - used, "; %s", path == NULL ? "no file" : path);
}

static glk_status create_model(const glk_host* host, const glk_options* options, const glk_graph* graph,
                               const char* path, glk_model** model, glk_error* error) {
  int64_t factor = 0;
  if (options->get_integer(options->context, "factor", &factor) != GLK_OK) {
    return fail(error, GLK_ERROR_INTERNAL, "an option is missing");
  }
  if (factor == 9) return fail(error, GLK_ERROR_INVALID_ARGUMENT, "a factor of 9");
  glk_model* created = malloc(sizeof *created);
  if (created == NULL) return fail(error, GLK_ERROR_OUT_OF_MEMORY, "out of memory");
  created->host = host;
  created->graph = graph;
  created->factor = factor;
  describe(graph, path, created->told, sizeof created->told);
  *model = created;
  return GLK_OK;
}

static void destroy_model(glk_model* model) { free(model); }

static glk_status create_session(glk_model* model, const uint32_t* wanted, uint64_t wanted_count, glk_session** session,
                                 glk_error* error) {
  glk_session* created = malloc(sizeof *created);
  if (created == NULL || wanted_count > 8) {
    free(created);
    return fail(error, GLK_ERROR_UNSUPPORTED, "more than eight values");
  }
  created->model = model;
  created->told = model->told;
  created->wanted_count = wanted_count;
  for (uint64_t i = 0; i < wanted_count; ++i) created->wanted[i] = wanted[i];
  *session = created;
  return GLK_OK;
}

static void destroy_session(glk_session* session) { free(session); }

static glk_status run(glk_session* session, const glk_tensor* const* inputs, uint64_t input_count,
                      const glk_outputs* outputs, glk_error* error) {
  const glk_model* model = session->model;
  if (model->host->cancelled(model->host->context)) return fail(error, GLK_ERROR_CANCELLED, "");
  if (input_count != 1 || inputs[0]->type != GLK_FLOAT32) return fail(error, GLK_ERROR_DATA, "not one float32");
  uint64_t count = 1;
  for (uint64_t i = 0; i < inputs[0]->rank; ++i) count *= (uint64_t)inputs[0]->dims[i];
  const float* values = inputs[0]->data;
  for (uint64_t i = 0; i < session->wanted_count; ++i) {
    const int32_t type = model->graph->values[session->wanted[i]]->type;
    if (type == GLK_STRING) {
      const int64_t one = 1;
      const char** text = outputs->output(outputs->context, i, GLK_STRING, 1, &one);
      if (text == NULL) return fail(error, GLK_ERROR_OUT_OF_MEMORY, "no buffer");
      text[0] = session->told;
      continue;
    }
    void* buffer = outputs->output(outputs->context, i, type, inputs[0]->rank, inputs[0]->dims);
    if (buffer == NULL) return fail(error, GLK_ERROR_OUT_OF_MEMORY, "no buffer");
    for (uint64_t k = 0; k < count; ++k) {
      if (type == GLK_FLOAT64) {
        ((double*)buffer)[k] = (double)model->factor * values[k];
      } else {
        ((float*)buffer)[k] = (float)model->factor * values[k];
      }
    }
  }
  model->host->log(model->host->context, GLK_LOG_DEBUG, "ran");
  return GLK_OK;
}

static const glk_option factor = {.struct_size = sizeof(glk_option),
                                  .type = GLK_OPTION_INTEGER,
                                  .name = "factor",
                                  .help = "what the input is multiplied by",
                                  .default_integer = 2};
static const glk_option* const options[] = {&factor};

static const glk_backend_factory factory = {
    .struct_size = sizeof(glk_backend_factory),
    .name = "frozen_backend_c",
    .summary = "made against the frozen header in C",
    .options = options,
    .option_count = 1,
    .supports = supports,
    .create_model = create_model,
    .destroy_model = destroy_model,
    .create_session = create_session,
    .destroy_session = destroy_session,
    .run = run,
};

static const void* get_factory(const char* interface_id) {
  return strcmp(interface_id, GLK_BACKEND_ID) == 0 ? &factory : NULL;
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
