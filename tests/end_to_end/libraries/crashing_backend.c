/* A backend in C that ends badly when it gets a model: the option `fault` says how. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <goldilocks/abi.h>

static int32_t supports(const glk_graph* graph, const glk_operation* operation) {
  (void)graph;
  (void)operation;
  return 1;
}

static glk_status create_model(const glk_host* host, const glk_options* options, const glk_graph* graph,
                               const char* path, glk_model** model, glk_error* error) {
  const char* fault = "";
  (void)host;
  (void)graph;
  (void)path;
  (void)model;
  (void)error;
  options->get_string(options->context, "fault", &fault);
  if (strcmp(fault, "abort") == 0) abort();
  while (strcmp(fault, "hang") == 0) {
  }
  return GLK_ERROR_UNSUPPORTED;
}

static void destroy_model(glk_model* model) { (void)model; }

static glk_status create_session(glk_model* model, const uint32_t* wanted, uint64_t wanted_count, glk_session** session,
                                 glk_error* error) {
  (void)model;
  (void)wanted;
  (void)wanted_count;
  (void)session;
  (void)error;
  return GLK_ERROR_UNSUPPORTED;
}

static void destroy_session(glk_session* session) { (void)session; }

static glk_status run(glk_session* session, const glk_tensor* const* inputs, uint64_t input_count,
                      const glk_outputs* outputs, glk_error* error) {
  (void)session;
  (void)inputs;
  (void)input_count;
  (void)outputs;
  (void)error;
  return GLK_ERROR_UNSUPPORTED;
}

static const glk_option fault = {
    .struct_size = sizeof(glk_option), .type = GLK_OPTION_STRING, .name = "fault", .help = "what to do wrong"};
static const glk_option* const options[] = {&fault};

static const glk_backend_factory factory = {
    .struct_size = sizeof(glk_backend_factory),
    .name = "crashing_backend",
    .summary = "ends badly",
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
    .name = "crashing_backend",
    .version = "1.0",
    .license = "Apache-2.0",
    .get_factory = get_factory,
};

GLK_EXPORT const glk_plugin* goldilocks_plugin(void) { return &plugin; }
