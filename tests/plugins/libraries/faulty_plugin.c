/* A quantizer library that breaks one rule, named by the macro FAULT_...; built once for each. What isn't broken is
 * right, so that each library is refused for its own fault. */
#include <string.h>

#include <goldilocks/abi.h>

#ifndef DECLARED_NAME
#define DECLARED_NAME PLUGIN_NAME
#endif

static glk_status create(const glk_host* host, const glk_options* options, glk_quantizer** quantizer,
                         glk_error* error) {
  static char object;
  (void)host;
  (void)options;
  (void)error;
  *quantizer = (glk_quantizer*)&object;
  return GLK_OK;
}

static glk_status begin(glk_quantizer* quantizer, const glk_weights* weights, glk_quantizer_task** task,
                        glk_error* error) {
  (void)weights;
  (void)error;
  *task = (glk_quantizer_task*)quantizer;
  return GLK_OK;
}

static glk_status quantize(glk_quantizer_task* task, int32_t bits, glk_quantized* result, glk_error* error) {
  (void)task;
  (void)bits;
  (void)error;
  result->form = GLK_FORM_UNCHANGED;
  return GLK_OK;
}

#if defined(FAULT_later_option)
static const glk_option option = {.struct_size = sizeof(glk_option), .type = 99, .name = "strength", .help = "?"};
#elif defined(FAULT_option_name)
static const glk_option option = {.struct_size = sizeof(glk_option), .type = GLK_OPTION_BOOL, .name = "two words"};
#elif defined(FAULT_bad_default)
static const glk_option option = {.struct_size = sizeof(glk_option),
                                  .type = GLK_OPTION_NUMBER,
                                  .name = "strength",
                                  .has_range = 1,
                                  .minimum = 0,
                                  .maximum = 1,
                                  .default_number = 2};
#elif defined(FAULT_no_choices)
static const glk_option option = {.struct_size = sizeof(glk_option), .type = GLK_OPTION_CHOICE, .name = "strength"};
#else
static const glk_option option = {.struct_size = sizeof(glk_option), .type = GLK_OPTION_BOOL, .name = "strength"};
#endif
static const glk_option* const options[] = {
#ifdef FAULT_null_option
    NULL,
#else
    &option,
#endif
    &option,
};

#if defined(FAULT_later_width)
static const int32_t widths[] = {8, 9};
#elif defined(FAULT_only_later_widths)
static const int32_t widths[] = {9, 10};
#elif defined(FAULT_width_twice)
static const int32_t widths[] = {8, 8};
#else
static const int32_t widths[] = {8, 4};
#endif

/* What a later version of the interface may look like: the known struct, and more behind it. */
struct large_factory {
  glk_quantizer_factory known;
  void* unknown[16];
};

static const struct large_factory factory = {
    .known =
        {
#if defined(FAULT_small_factory)
            .struct_size = offsetof(glk_quantizer_factory, begin),
#elif defined(FAULT_empty_factory)
            .struct_size = 0,
#elif defined(FAULT_large_factory)
            .struct_size = sizeof(struct large_factory),
#else
            .struct_size = sizeof(glk_quantizer_factory),
#endif
            .name = DECLARED_NAME,
            .summary = "breaks a rule",
#ifndef FAULT_no_widths
            .widths = widths,
            .width_count = 2,
#endif
#ifdef FAULT_null_layer_types
            .layer_type_count = 3,
#endif
            .options = options,
#if defined(FAULT_duplicate_options)
            .option_count = 2,
#elif defined(FAULT_garbage_option_count)
            .option_count = UINT64_MAX,
#else
            .option_count = 1,
#endif
#ifndef FAULT_no_create
            .create = create,
#endif
            .begin = begin,
#ifndef FAULT_no_quantize
            .quantize = quantize,
#endif
        },
    .unknown = {0},
};

static const void* get_factory(const char* interface_id) {
  /* Some faults leave these out. */
  (void)create;
  (void)quantize;
  (void)widths;
#if defined(FAULT_other_draft)
  return strcmp(interface_id, "goldilocks.quantizer.draft.7") == 0 ? (const void*)&factory : NULL;
#elif defined(FAULT_no_interface)
  return strcmp(interface_id, "goldilocks.paint.v1") == 0 ? (const void*)&factory : NULL;
#else
  return strcmp(interface_id, GLK_QUANTIZER_ID) == 0 ? (const void*)&factory : NULL;
#endif
}

#ifndef FAULT_no_entry_point
struct large_plugin {
  glk_plugin known;
  void* unknown[16];
};

static const struct large_plugin plugin = {
    .known =
        {
#ifdef FAULT_small_plugin
            .struct_size = offsetof(glk_plugin, get_factory),
#elif defined(FAULT_large_plugin)
            .struct_size = sizeof(struct large_plugin),
#else
            .struct_size = sizeof(glk_plugin),
#endif
#ifdef FAULT_other_version
            .abi_version = GLK_ABI_VERSION + 1,
#else
            .abi_version = GLK_ABI_VERSION,
#endif
            .name = "faulty",
            .version = "1.2.3",
            .license = "0BSD",
            .get_factory = get_factory,
        },
    .unknown = {0},
};

GLK_EXPORT const glk_plugin* goldilocks_plugin(void) {
#ifdef FAULT_null_plugin
  return plugin.known.abi_version == 0 ? &plugin.known : NULL;
#else
  return &plugin.known;
#endif
}
#else
GLK_EXPORT const void* unused_factory(const char* interface_id);
GLK_EXPORT const void* unused_factory(const char* interface_id) { return get_factory(interface_id); }
#endif
