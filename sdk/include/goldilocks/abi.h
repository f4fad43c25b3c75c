/* The stable C interface between the Goldilocks host and its plugins: quantizers, inference backends and reports.
 *
 * A plugin is a shared library that exports one function, goldilocks_plugin(). It returns a static glk_plugin, whose
 * get_factory() hands out one factory per interface id that the library offers. Everything below follows these rules:
 *
 *  - Every struct begins with struct_size, set to sizeof(struct) by whoever allocates it. The other side reads and
 * writes only members that lie below it. A member that is missing or zero means "as before"; a null function pointer
 * means "not offered".
 *  - All is frozen: members are only ever added at a struct's end, numbers and operations only ever added, and no
 * meaning changes under an id. What an id calls "draft" may still change; the host refuses a draft of another number.
 *  - Padding is spelled out, as members called reserved, which are 0. Numbers of kinds, forms, types and levels may be
 * added: a reader skips one that it doesn't know, be it an option's type, a width or a result's form, and goes on.
 *  - What an interface lacks comes as an extension: a struct of functions that the host or the plugin hands out for an
 * id of its own. Whoever asks is ready for null.
 *  - Structs in lists cross as arrays of pointers and a count, as a struct may grow. What lies contiguously is scalars.
 *  - Integers have fixed width; flags are int32_t with 0 and 1. Strings are UTF-8 and end with a zero byte.
 *  - The host allocates. Where only the plugin knows a size it asks the host for the buffer.
 *  - No exception, C++ type or allocation crosses. A failing call returns a status and fills the caller's glk_error.
 *  - Strings and lists of a factory live as long as the process; those of another object as long as that object; what
 * is passed to a call, only during the call, unless its comment says otherwise.
 *  - Factories may be used from any thread at any time. Each function's comment begins with who may call it: [any] any
 * number of threads, also at once; [one] one thread at a time for the object, which need not be the same; [call] the
 * thread of the call that it belongs to.
 *
 * The header is plain C99 and C++ alike. C++ authors include <goldilocks/plugin.hpp> instead, which wraps all of this.
 */
#ifndef GOLDILOCKS_ABI_H
#define GOLDILOCKS_ABI_H
/* NOLINTBEGIN(modernize-*): this is C, whatever the compiler of the moment speaks. */
#include <stddef.h>
#include <stdint.h>

/* 1 if the struct that `object` points to reaches as far as this member: what its allocator knew of. Members of the
 * first release of an interface need no check; every member that is added later does. */
#define GLK_HAS(object, type, member) \
  ((object)->struct_size >= offsetof(type, member) + sizeof((object)->member) ? 1 : 0)

#ifdef __cplusplus
extern "C" {
#endif

/* The version of the entry point, of options and of host callbacks. The host refuses a plugin of another one. */
#define GLK_ABI_VERSION 1u

/* Interface ids for get_factory(). */
#define GLK_QUANTIZER_ID "goldilocks.quantizer.v1"
#define GLK_BACKEND_ID "goldilocks.backend.v1"
#define GLK_REPORT_ID "goldilocks.report.v1"

#if defined(_WIN32)
#define GLK_EXPORT __declspec(dllexport)
#else
#define GLK_EXPORT __attribute__((visibility("default")))
#endif

/* ---- status and errors --------------------------------------------------------------------------------------------
 */

typedef int32_t glk_status;

#define GLK_OK 0
#define GLK_ERROR_INVALID_ARGUMENT 1 /* an option or an argument is out of its domain */
#define GLK_ERROR_UNSUPPORTED 2      /* valid, but beyond what this plugin does: an operation, a width, a shape */
#define GLK_ERROR_DATA 3             /* a tensor or a file holds what the plugin can't use */
#define GLK_ERROR_OUT_OF_MEMORY 4
#define GLK_ERROR_CANCELLED 5 /* the host's cancelled() said so */
#define GLK_ERROR_INTERNAL 6  /* everything else: a defect of the plugin */

#define GLK_ERROR_MESSAGE_SIZE 1024

/* Allocated by the caller, filled by the callee when it returns anything but GLK_OK. */
typedef struct glk_error {
  uint32_t struct_size;
  int32_t code;                         /* the status that was returned */
  char message[GLK_ERROR_MESSAGE_SIZE]; /* one line, without the plugin's name; always ends with a zero byte */
} glk_error;

/* ---- what the host offers -----------------------------------------------------------------------------------------
 */

#define GLK_LOG_DEBUG 0
#define GLK_LOG_INFO 1
#define GLK_LOG_WARNING 2
#define GLK_LOG_ERROR 3

/* [any] Callbacks; valid from create() until the object's destruction. */
typedef struct glk_host {
  uint32_t struct_size;
  uint32_t reserved;
  void* context; /* first argument of every callback */
  void (*log)(void* context, int32_t level, const char* message);
  /* How much is done of the call in progress, 0..1. From the thread that the host has called on, of that call. From
   * another thread, of the one call into the object that is in progress then, not counting those that release
   * something; if there are several, it is dropped, as it can't be told which is meant. glk_quantized has a progress()
   * of its own, which always counts. */
  void (*progress)(void* context, double fraction);
  int32_t (*cancelled)(void* context); /* 1: return GLK_ERROR_CANCELLED soon */
  /* An extension of the host, below: what the id says, or null where this host doesn't have it. It lives as long as the
   * process. Added later: see GLK_HAS. */
  const void* (*get_extension)(void* context, const char* id);
} glk_host;

/* The host's extensions. */
#define GLK_PROGRAM_ID "goldilocks.program.v1" /* glk_program */

/* The program that the plugin runs in, for its messages. */
typedef struct glk_program {
  uint32_t struct_size;
  uint32_t reserved;
  const char* name;
  const char* version;
} glk_program;

/* ---- options ------------------------------------------------------------------------------------------------------
 */

#define GLK_OPTION_BOOL 1
#define GLK_OPTION_INTEGER 2
#define GLK_OPTION_NUMBER 3
#define GLK_OPTION_STRING 4
#define GLK_OPTION_CHOICE 5  /* one of choices; handed over as a string */
#define GLK_OPTION_NUMBERS 6 /* a list of numbers */
#define GLK_OPTION_PATH                                                                         \
  7 /* resolved by the host to an absolute path; handed over as a string; its content is hashed \
     */

/* One declared option. The host checks the user's value against it, fills in the default, documents it and writes it
 * into the pipeline's JSON Schema; create() gets every declared option by name. */
typedef struct glk_option {
  uint32_t struct_size;
  int32_t type;
  const char* name;  /* [a-z0-9_]+ */
  const char* help;  /* one line */
  int32_t required;  /* 1: the user must give it and the default is ignored */
  int32_t has_range; /* 1: minimum and maximum (inclusive) bound an integer, a number or each number of a list */
  double minimum;    /* of an integer too, exact up to 2^53; infinite: no bound on that side */
  double maximum;
  int32_t default_bool;
  int32_t reserved;
  int64_t default_integer;
  double default_number;
  const char* default_string; /* string, choice, path; null reads as "" */
  const double* default_numbers;
  uint64_t default_numbers_count;
  const char* const* choices; /* for GLK_OPTION_CHOICE */
  uint64_t choice_count;
  /* Of a report: 1 for a string that names a file which the report writes, relative to its folder. The host says before
   * any work where such a name leads out of the folder, and where two reports write the same file. Added later. */
  int32_t names_output;
  int32_t reserved2;
} glk_option;

/* [call] The values of all declared options, typed. Asking for an undeclared name or another type returns
 * GLK_ERROR_INVALID_ARGUMENT. Valid during create() only. */
typedef struct glk_options {
  uint32_t struct_size;
  uint32_t reserved;
  const void* context;
  glk_status (*get_bool)(const void* context, const char* name, int32_t* value);
  glk_status (*get_integer)(const void* context, const char* name, int64_t* value);
  glk_status (*get_number)(const void* context, const char* name, double* value);
  glk_status (*get_string)(const void* context, const char* name, const char** value); /* string, choice, path */
  glk_status (*get_numbers)(const void* context, const char* name, const double** values, uint64_t* count);
} glk_options;

/* ---- the entry point ----------------------------------------------------------------------------------------------
 */

typedef struct glk_plugin {
  uint32_t struct_size;
  uint32_t abi_version; /* GLK_ABI_VERSION */
  const char* name;     /* of the library; a human reads it */
  const char* version;
  const char* license; /* an SPDX expression */
  /* [any] A factory for this interface id, or null. The factory's type belongs to the id. */
  const void* (*get_factory)(const char* interface_id);
  /* [any] An extension of one of its interfaces: what the id says, or null where the library doesn't have it. It lives
   * as long as the process. Added later: see GLK_HAS. */
  const void* (*get_extension)(const char* id);
} glk_plugin;

/* The one exported symbol; every plugin defines it. */
GLK_EXPORT const glk_plugin* goldilocks_plugin(void);
#define GLK_ENTRY_POINT "goldilocks_plugin"
typedef const glk_plugin* (*glk_entry_point)(void);

/* ---- tensors ------------------------------------------------------------ */

#define GLK_FLOAT32 1
#define GLK_FLOAT16 2 /* IEEE half as uint16_t */
#define GLK_FLOAT64 3
#define GLK_INT32 4
#define GLK_INT64 5
#define GLK_STRING 6 /* const char* for each element; those of an output stay valid until the session's next run */
/* Added later: a graph has them only where the library has GLK_ELEMENT_TYPES_ID and says that it takes them. */
#define GLK_BOOL 7 /* uint8_t: 0 or 1 */
#define GLK_INT8 8
#define GLK_INT16 9
#define GLK_UINT8 10
#define GLK_UINT16 11
#define GLK_UINT32 12

/* A dense row-major array. rank 0 is a scalar. A dictionary is two lists: keys, values. */
typedef struct glk_tensor {
  uint32_t struct_size;
  int32_t type; /* GLK_FLOAT32, ... */
  uint64_t rank;
  const int64_t* dims;
  const void* data; /* read-only; aligned to 64 bytes where the host allocated it */
} glk_tensor;

/* ---- quantizers ---------------------------------------------------------------------------------------------------
 */

/* Parameter kinds, for quantizers that treat biases differently from weights. */
#define GLK_PARAMETER_WEIGHTS 1 /* a matrix or kernel */
#define GLK_PARAMETER_VECTOR 2  /* a bias, a peephole, a batch norm statistic: one value per channel */

/* The tensor to quantize, as float32 whatever it was stored as. All values are finite. There may be none. */
typedef struct glk_weights {
  uint32_t struct_size;
  int32_t kind; /* GLK_PARAMETER_... */
  const float* values;
  uint64_t count; /* the product of dims */
  const int64_t* dims;
  uint64_t rank;
  int64_t channel_axis; /* the axis whose slices may have a scale of their own; -1: the whole tensor is one channel */
  uint64_t channels;    /* dims[channel_axis], or 1 */
  const float* importance; /* one non-negative weight per value, or null where none is known */
  const char* layer;       /* the layer's name in the model */
  const char* layer_type;  /* the format's name of the layer's kind: "convolution", "innerProduct", ... */
  const char* parameter;   /* the parameter's name: "weights", "bias", "gamma", ... */
  int32_t stored_form;     /* GLK_FORM_...: how the model stores it now; GLK_FORM_UNCHANGED: not known */
  int32_t stored_bits;     /* its width there: 1..8, 16 or 32; 0: not known */
  /* The forms in which the model can store this tensor, as bits GLK_ACCEPTS(form); 0: not known. A result of any other
   * form leaves the tensor as it is. Added later: see GLK_HAS. */
  uint64_t accepted_forms;
  /* The type that the values have in the model: GLK_FLOAT16 or GLK_FLOAT32, of the scale or table where they are coded;
   * 0: not known. Added later (see GLK_HAS), as is the rest. */
  int32_t value_type;
  int32_t reserved;
  /* Above 1: a table of vectors is asked for, each of so many values that follow one another along the channel axis.
   * Only a function with vector_tables is. */
  uint64_t vector_length;
} glk_weights;

/* Forms of a result, and the buffers that each needs. A form that the host doesn't know leaves the tensor as it is.
 * Those from GLK_FORM_ZERO_POINT on were added later: accepted_forms says whether the host has their buffers. */
#define GLK_FORM_UNCHANGED 0 /* the tensor stays as it is stored */
#define GLK_FORM_TABLE 1     /* TABLE (2^bits entries; unused ones 0) and CODES */
#define GLK_FORM_LINEAR 2    /* SCALE, BIAS (1 or `channels` entries each) and CODES: value = code * scale + bias */
#define GLK_FORM_INT8 3      /* INT8 and one SCALE: value = code * scale */
#define GLK_FORM_FLOAT16 4   /* nothing: the host rounds to the nearest half, an overflow is an error */
#define GLK_FORM_FLOAT32 5   /* FLOAT32: other values of full precision */
/* SCALE, ZERO_POINT (1 or `channels` entries each) and CODES: value = (code - zero point) * scale. Without ZERO_POINT
 * the stored number is what counts: the code, or where signed_codes is 1 the code less 2^(bits - 1). */
#define GLK_FORM_ZERO_POINT 6
/* TABLE (2^bits entries for each of `groups`, one after the other) and CODES: the channels are cut into `groups` equal
 * runs, each with a table of its own */
#define GLK_FORM_GROUP_TABLE 7
/* TABLE (2^bits vectors of `vector_length` values) and CODES (one for `vector_length` values that follow one another
 * along the channel axis) */
#define GLK_FORM_VECTOR_TABLE 8
/* As FLOAT32, TABLE, LINEAR and ZERO_POINT, and a MASK: where it is 0 the value is 0, and the other buffers' entry for
 * it counts nothing */
#define GLK_FORM_SPARSE_FLOAT32 9
#define GLK_FORM_SPARSE_TABLE 10
#define GLK_FORM_SPARSE_LINEAR 11
#define GLK_FORM_SPARSE_ZERO_POINT 12
#define GLK_ACCEPTS(form) (UINT64_C(1) << (form))

#define GLK_BUFFER_CODES 1      /* uint8_t, one per value, each below 2^bits */
#define GLK_BUFFER_TABLE 2      /* float, 2^bits; of groups and vectors: set the form before */
#define GLK_BUFFER_SCALE 3      /* float, 1 or channels */
#define GLK_BUFFER_BIAS 4       /* float, as many as scales */
#define GLK_BUFFER_INT8 5       /* int8_t, one per value */
#define GLK_BUFFER_FLOAT32 6    /* float, one per value */
#define GLK_BUFFER_ZERO_POINT 7 /* uint8_t, as many as scales, each below 2^bits; optional */
#define GLK_BUFFER_MASK 8       /* uint8_t, one per value: 1 keeps it, 0 makes it 0 */

/* Allocated by the host for one quantize() call; the plugin sets form and bits, and fills the buffers it asks for. */
typedef struct glk_quantized {
  uint32_t struct_size;
  int32_t form; /* GLK_FORM_..., to be set by the plugin */
  int32_t bits; /* the width used; the host has set it to the one asked for, or 0 where the function chooses */
  int32_t reserved;
  void* context;
  /* [call] A zeroed buffer of `count` entries, or null if the count doesn't suit this buffer and tensor. Valid until
   * the call returns. Asking again for the same buffer and count returns the same memory. */
  void* (*buffer)(void* context, int32_t buffer, uint64_t count);
  /* [call] One line that says why the result is what it is, for the summary: why a tensor stays as it is, or which
   * width was found. Optional; copied, and the last one counts. The same input must give the same words. */
  void (*note)(void* context, const char* text);
  /* [any] How much of this call is done, 0..1, until it returns. Added later (see GLK_HAS), as is the rest. */
  void (*progress)(void* context, double fraction);
  uint64_t groups;        /* of GLK_FORM_GROUP_TABLE; set by the plugin */
  uint64_t vector_length; /* of GLK_FORM_VECTOR_TABLE; set by the plugin */
  int32_t signed_codes; /* of GLK_FORM_ZERO_POINT: 1: a code and a zero point are stored less 2^(bits - 1), as signed */
  int32_t reserved2;
} glk_quantized;

typedef struct glk_quantizer glk_quantizer;           /* the plugin's: options, set once */
typedef struct glk_quantizer_task glk_quantizer_task; /* the plugin's: one tensor */

typedef struct glk_quantizer_factory {
  uint32_t struct_size;
  int32_t chooses_width; /* 1: the function finds its own width, and `widths` is not read */
  const char* name;      /* [a-z0-9_]+ */
  const char* summary;   /* one line */
  const int32_t* widths; /* the widths it can do, each 1..8, 16 or 32 */
  uint64_t width_count;
  const char* const* layer_types; /* the layers that it takes; count 0: all */
  uint64_t layer_type_count;
  const char* const* parameters; /* the parameters that it takes; count 0: all */
  uint64_t parameter_count;
  int32_t takes_quantized; /* 1: tensors that are quantized already are handed over too */
  int32_t reserved;
  const glk_option* const* options;
  uint64_t option_count;
  /* [any] */
  glk_status (*create)(const glk_host* host, const glk_options* options, glk_quantizer** quantizer, glk_error* error);
  /* [one] Releases it; every task made from it has ended. Null: nothing to release. The same holds for end(). */
  void (*destroy)(glk_quantizer* quantizer);
  /* [any] What all widths of one tensor share is done here. `weights` stays valid until end(). */
  glk_status (*begin)(glk_quantizer* quantizer, const glk_weights* weights, glk_quantizer_task** task,
                      glk_error* error);
  /* [one] Any number of times, in any order of widths. The same input must give the same bytes, always. */
  glk_status (*quantize)(glk_quantizer_task* task, int32_t bits, glk_quantized* result, glk_error* error);
  /* [one] */
  void (*end)(glk_quantizer_task* task);
  int32_t vector_tables; /* 1: the function makes tables of vectors where asked to. Added later: see GLK_HAS. */
  int32_t reserved2;
  /* More widths, for tensors that accept GLK_FORM_ZERO_POINT: those of models with integer zero points. Added later:
   * see GLK_HAS. A host that doesn't know them asks for none. */
  const int32_t* zero_point_widths;
  uint64_t zero_point_width_count;
} glk_quantizer_factory;

/* ---- backends -----------------------------------------------------------------------------------------------------
 */

/* One value of a graph: a graph input, a constant, or what an operation produces. Operations name values by index. */
typedef struct glk_value {
  uint32_t struct_size;
  int32_t type;     /* GLK_FLOAT32, ... */
  const char* name; /* the name in the model, unique in its graph; inner values of one layer have derived names */
  uint64_t rank;
  const int64_t* dims; /* -1: known only at run time */
  const void* data;    /* a constant's content; null otherwise. Lives as long as the graph. */
} glk_value;

#define GLK_ATTRIBUTE_INTEGER 1
#define GLK_ATTRIBUTE_NUMBER 2
#define GLK_ATTRIBUTE_STRING 3
#define GLK_ATTRIBUTE_INTEGERS 4
#define GLK_ATTRIBUTE_NUMBERS 5

typedef struct glk_attribute {
  uint32_t struct_size;
  int32_t type;
  const char* name;
  int64_t integer;
  double number;
  const char* string;
  const int64_t* integers;
  const double* numbers;
  uint64_t count; /* of integers or numbers */
} glk_attribute;

#define GLK_NO_VALUE UINT32_MAX /* an optional input that is absent */

struct glk_graph;

/* One operation. The types, their inputs, attributes and exact meaning are in docs/operations.md. */
typedef struct glk_operation {
  uint32_t struct_size;
  uint32_t reserved;
  const char* type;
  const char* layer; /* the model's layer that it came from, for messages */
  const uint32_t* inputs;
  uint64_t input_count;
  const uint32_t* outputs;
  uint64_t output_count;
  const glk_attribute* const* attributes;
  uint64_t attribute_count;
  const struct glk_graph* const* subgraphs;
  uint64_t subgraph_count;
} glk_operation;

/* Operations stand in an order in which they can run. */
typedef struct glk_graph {
  uint32_t struct_size;
  uint32_t reserved;
  const glk_value* const* values;
  uint64_t value_count;
  const glk_operation* const* operations;
  uint64_t operation_count;
  const uint32_t* inputs;
  uint64_t input_count;
  const uint32_t* outputs;
  uint64_t output_count;
} glk_graph;

/* Where a session puts what it was asked for; the host's. */
typedef struct glk_outputs {
  uint32_t struct_size;
  uint32_t reserved;
  void* context;
  /* [call] The buffer for the output at `index` of those asked for, to be filled before run() returns. Null: out of
   * memory. */
  void* (*output)(void* context, uint64_t index, int32_t type, uint64_t rank, const int64_t* dims);
} glk_outputs;

typedef struct glk_model glk_model;     /* the plugin's: weights prepared once */
typedef struct glk_session glk_session; /* the plugin's: buffers; it uses no threads of its own */

typedef struct glk_backend_factory {
  uint32_t struct_size;
  uint32_t reserved;
  const char* name;
  const char* summary;
  const glk_option* const* options;
  uint64_t option_count;
  /* [any] 1 if this operation of this graph can be run. The host asks before create_model, unless the library has
   * GLK_SUPPORTS_ID, which knows the options. */
  int32_t (*supports)(const glk_graph* graph, const glk_operation* operation);
  /* [any] The graph stays valid until destroy_model. `path` is the model's file, or null. */
  glk_status (*create_model)(const glk_host* host, const glk_options* options, const glk_graph* graph, const char* path,
                             glk_model** model, glk_error* error);
  /* [one] */
  void (*destroy_model)(glk_model* model);
  /* [any] `wanted`: indexes of the values to return from each run, in this order; inner values too. The model outlives
   * it. */
  glk_status (*create_session)(glk_model* model, const uint32_t* wanted, uint64_t wanted_count, glk_session** session,
                               glk_error* error);
  /* [one] */
  void (*destroy_session)(glk_session* session);
  /* [one] `inputs` in the order of the graph's inputs. */
  glk_status (*run)(glk_session* session, const glk_tensor* const* inputs, uint64_t input_count,
                    const glk_outputs* outputs, glk_error* error);
} glk_backend_factory;

/* An extension of libraries with a backend. */
#define GLK_SUPPORTS_ID "goldilocks.backend.supports.v1" /* glk_supports */

typedef struct glk_supports {
  uint32_t struct_size;
  uint32_t reserved;
  /* [any] Sets supported[i] to 1 if operations[i] of the graph can be run by a model with these options; the host has
   * set all of them to 0. The host asks before create_model, also about the subgraphs of an operation that is denied.
   */
  glk_status (*supports)(const glk_options* options, const glk_graph* graph, int32_t* supported, glk_error* error);
} glk_supports;

/* An extension of libraries with a backend: the types of values that it takes. A library without it takes those up to
 * GLK_STRING. */
#define GLK_ELEMENT_TYPES_ID "goldilocks.backend.element_types.v1" /* glk_element_types */

typedef struct glk_element_types {
  uint32_t struct_size;
  uint32_t reserved;
  const int32_t* types; /* GLK_FLOAT32, ... */
  uint64_t type_count;
} glk_element_types;

/* ---- reports ------------------------------------------------------------------------------------------------------
 * The host calls write() once for each report of a run, and each call stands for itself. The results document
 * (docs/results.md) grows by members of maps; a plugin passes over those that it doesn't know, and does without those
 * that aren't there.
 */

#define GLK_NODE_NULL 0
#define GLK_NODE_BOOL 1
#define GLK_NODE_INTEGER 2
#define GLK_NODE_NUMBER 3
#define GLK_NODE_STRING 4
#define GLK_NODE_LIST 5
#define GLK_NODE_MAP 6

typedef struct glk_node glk_node; /* the host's: one value of the results document, read-only */

/* Readers of nodes: [any], during write(). A reader of another kind than the node's returns 0 or null; so does
 * every reader of a null pointer, which stands for what isn't there. Texts are UTF-8, and live as long as the call. A
 * number that isn't finite is the string "NaN", "Infinity" or "-Infinity", bytes are a string in base64. */
typedef struct glk_nodes {
  uint32_t struct_size;
  uint32_t reserved;
  int32_t (*kind)(const glk_node* node);
  int32_t (*get_bool)(const glk_node* node);
  int64_t (*get_integer)(const glk_node* node);
  double (*get_number)(const glk_node* node); /* of an integer too */
  const char* (*get_string)(const glk_node* node);
  uint64_t (*size)(const glk_node* node);                         /* entries of a list or map */
  const glk_node* (*at)(const glk_node* node, uint64_t index);    /* the list's entry, or the map's value */
  const char* (*key)(const glk_node* node, uint64_t index);       /* the map's key; keys are in a fixed order */
  const glk_node* (*find)(const glk_node* node, const char* key); /* the map's value, or null */
} glk_nodes;

/* What a report is to be made of, and where. The host's, valid during write(). */
typedef struct glk_report_task {
  uint32_t struct_size;
  uint32_t reserved;
  const glk_nodes* nodes; /* the readers of `results` */
  const glk_node*
      results;        /* the document of docs/results.md: the same tree as results.json, with integers as integers */
  const char* folder; /* fresh and empty; absolute. What it holds afterwards becomes the report's files */
} glk_report_task;

typedef struct glk_report_factory {
  uint32_t struct_size;
  uint32_t reserved;
  const char* name;
  const char* summary;
  const glk_option* const* options;
  uint64_t option_count;
  /* [any] Writes its files into the task's folder; folders in it are kept, links are not followed. The same task and
   * options give the same bytes. */
  glk_status (*write)(const glk_host* host, const glk_options* options, const glk_report_task* task, glk_error* error);
} glk_report_factory;

#ifdef __cplusplus
} /* extern "C" */
#endif
/* NOLINTEND(modernize-*) */
#endif /* GOLDILOCKS_ABI_H */
