/* Fields have the numbers of ONNX's onnx.proto; IR version 8 and operator set 17, which onnxruntime
 * reads from 1.12 on. Everything but the tensors' data is small and kept in memory; the data go
 * from where they are straight into the file. */
#include "plugins/smedbert/export/onnx_file.h"

#include "kgstore/base/byteio.h"
#include "kgstore/base/outfile.h"
#include "kgstore/base/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { IR_VERSION = 8, OPSET = 17 };

/* Numbers of fields. */
enum {
    MODEL_IR_VERSION = 1,
    MODEL_PRODUCER = 2,
    MODEL_GRAPH = 7,
    MODEL_OPSET = 8,
    OPSET_VERSION = 2,
    GRAPH_NODE = 1,
    GRAPH_NAME = 2,
    GRAPH_TENSOR = 5,
    GRAPH_INPUT = 11,
    GRAPH_OUTPUT = 12,
    NODE_INPUT = 1,
    NODE_OUTPUT = 2,
    NODE_NAME = 3,
    NODE_OP = 4,
    NODE_ATTRIBUTE = 5,
    ATTRIBUTE_NAME = 1,
    ATTRIBUTE_F = 2,
    ATTRIBUTE_I = 3,
    ATTRIBUTE_INTS = 8,
    ATTRIBUTE_TYPE = 20,
    TENSOR_DIMS = 1,
    TENSOR_TYPE = 2,
    TENSOR_NAME = 8,
    TENSOR_RAW = 9,
    VALUE_NAME = 1,
    VALUE_TYPE = 2,
    TYPE_TENSOR = 1,
    TENSOR_TYPE_ELEMENT = 1,
    TENSOR_TYPE_SHAPE = 2,
    SHAPE_DIMENSION = 1,
    DIMENSION_VALUE = 1,
    DIMENSION_NAME = 2
};

enum { WIRE_VARINT = 0, WIRE_BYTES = 2, WIRE_32 = 5 };

/* ---- Protobuf's encoding --------------------------------------------------------------------- */

static kg_status put_varint(kg_bytes *to, uint64_t value) {
    kg_status st;
    for (; value >= 0x80; value >>= 7)
        KG_TRY(st, kg_array_push(to, (char)(value | 0x80)));
    return kg_array_push(to, (char)value);
}

static kg_status put_key(kg_bytes *to, uint32_t field, uint32_t wire) {
    return put_varint(to, (uint64_t)field << 3 | wire);
}

static kg_status put_number(kg_bytes *to, uint32_t field, int64_t value) {
    kg_status st;
    KG_TRY(st, put_key(to, field, WIRE_VARINT));
    return put_varint(to, (uint64_t)value);
}

static kg_status put_bytes(kg_bytes *to, uint32_t field, kg_str bytes) {
    kg_status st;
    KG_TRY(st, put_key(to, field, WIRE_BYTES));
    KG_TRY(st, put_varint(to, bytes.len));
    return kg_array_append(to, bytes.data, bytes.len);
}

static kg_status put_text(kg_bytes *to, uint32_t field, const char *text) {
    return put_bytes(to, field, kg_str_from(text));
}

static kg_status put_float(kg_bytes *to, uint32_t field, float value) {
    kg_status st;
    KG_TRY(st, put_key(to, field, WIRE_32));
    return kg_array_append(to, (const char *)&value, sizeof value);
}

/* A message that was built as bytes, which are freed. */
static kg_status put_message(kg_bytes *to, uint32_t field, kg_bytes *message, kg_status st) {
    if (st == KG_OK)
        st = put_bytes(to, field, (kg_str){message->data, message->len});
    kg_array_free(message);
    return st;
}

/* The next of the words with a space between them; empty: none is left. */
static kg_str next_word(const char **words) {
    const char *begin = *words;
    size_t n = strcspn(begin, " ");
    *words = begin + n + (begin[n] == ' ');
    return (kg_str){begin, n};
}

static void keep(kg_onnx *graph, kg_status st) {
    if (graph->status == KG_OK)
        graph->status = st;
}

/* ---- Nodes ----------------------------------------------------------------------------------- */

static kg_status put_attribute(kg_bytes *to, const kg_onnx_attribute *a) {
    kg_bytes message = KG_ARRAY_INIT;
    kg_status st = put_text(&message, ATTRIBUTE_NAME, a->name);
    if (st == KG_OK && a->kind == KG_ONNX_F)
        st = put_float(&message, ATTRIBUTE_F, a->f);
    if (st == KG_OK && a->kind == KG_ONNX_I)
        st = put_number(&message, ATTRIBUTE_I, a->i);
    for (size_t i = 0; st == KG_OK && a->kind == KG_ONNX_INTS && i < a->n; i++)
        st = put_number(&message, ATTRIBUTE_INTS, a->ints[i]);
    if (st == KG_OK)
        st = put_number(&message, ATTRIBUTE_TYPE, a->kind);
    return put_message(to, NODE_ATTRIBUTE, &message, st);
}

void kg_onnx_node(kg_onnx *graph, const char *op, const char *output, const char *inputs,
                  const kg_onnx_attribute *attributes) {
    kg_bytes message = KG_ARRAY_INIT;
    kg_status st = KG_OK;
    for (kg_str word; st == KG_OK && (word = next_word(&inputs)).len > 0;)
        st = put_bytes(&message, NODE_INPUT, word);
    if (st == KG_OK)
        st = put_text(&message, NODE_OUTPUT, output);
    if (st == KG_OK)
        st = put_text(&message, NODE_NAME, output);
    if (st == KG_OK)
        st = put_text(&message, NODE_OP, op);
    for (; st == KG_OK && attributes && attributes->name; attributes++)
        st = put_attribute(&message, attributes);
    keep(graph, put_message(&graph->nodes, GRAPH_NODE, &message, st));
}

/* ---- What is given and asked for ------------------------------------------------------------- */

static kg_status put_dimension(kg_bytes *to, kg_str word) {
    kg_bytes message = KG_ARRAY_INIT;
    bool number = word.data[0] >= '0' && word.data[0] <= '9';
    kg_status st =
        number ? put_number(&message, DIMENSION_VALUE, (int64_t)strtoull(word.data, NULL, 10))
               : put_bytes(&message, DIMENSION_NAME, word);
    return put_message(to, SHAPE_DIMENSION, &message, st);
}

static kg_status put_value(kg_bytes *to, uint32_t field, const char *name, kg_onnx_type type,
                           const char *dimensions) {
    kg_bytes shape = KG_ARRAY_INIT, tensor = KG_ARRAY_INIT, of = KG_ARRAY_INIT;
    kg_bytes value = KG_ARRAY_INIT;
    kg_status st = KG_OK;
    for (kg_str word; st == KG_OK && (word = next_word(&dimensions)).len > 0;)
        st = put_dimension(&shape, word);
    if (st == KG_OK)
        st = put_number(&tensor, TENSOR_TYPE_ELEMENT, type);
    st = put_message(&tensor, TENSOR_TYPE_SHAPE, &shape, st);
    st = put_message(&of, TYPE_TENSOR, &tensor, st);
    if (st == KG_OK)
        st = put_text(&value, VALUE_NAME, name);
    st = put_message(&value, VALUE_TYPE, &of, st);
    return put_message(to, field, &value, st);
}

void kg_onnx_input(kg_onnx *graph, const char *name, kg_onnx_type type, const char *dimensions) {
    keep(graph, put_value(&graph->inputs, GRAPH_INPUT, name, type, dimensions));
}

void kg_onnx_output(kg_onnx *graph, const char *name, kg_onnx_type type, const char *dimensions) {
    keep(graph, put_value(&graph->outputs, GRAPH_OUTPUT, name, type, dimensions));
}

/* ---- Tensors --------------------------------------------------------------------------------- */

static void add_tensor(kg_onnx *graph, const char *name, kg_onnx_tensor_data tensor) {
    for (size_t i = 0; i < graph->tensors.len; i++)
        if (strcmp(graph->tensors.data[i].name, name) == 0)
            return;
    snprintf(tensor.name, sizeof tensor.name, "%s", name);
    keep(graph, kg_array_push(&graph->tensors, tensor));
}

void kg_onnx_tensor(kg_onnx *graph, const char *name, const float *floats, size_t rows,
                    size_t columns, bool transposed) {
    add_tensor(graph, name,
               (kg_onnx_tensor_data){.type = KG_ONNX_FLOAT,
                                     .floats = floats,
                                     .rows = rows,
                                     .columns = columns,
                                     .transposed = transposed});
}

void kg_onnx_scalar(kg_onnx *graph, const char *name, float value) {
    kg_onnx_tensor_data tensor = {.type = KG_ONNX_FLOAT};
    memcpy(tensor.few, &value, sizeof value);
    add_tensor(graph, name, tensor);
}

void kg_onnx_integer(kg_onnx *graph, const char *name, int64_t value) {
    add_tensor(graph, name, (kg_onnx_tensor_data){.type = KG_ONNX_INT64, .few = {value}});
}

void kg_onnx_integers(kg_onnx *graph, const char *name, const int64_t *values, size_t n) {
    kg_onnx_tensor_data tensor = {.type = KG_ONNX_INT64, .rows = n};
    memcpy(tensor.few, values, n * sizeof *values);
    add_tensor(graph, name, tensor);
}

static uint64_t count_of(const kg_onnx_tensor_data *t) {
    return (uint64_t)(t->rows ? t->rows : 1) * (t->columns ? t->columns : 1);
}

static uint64_t size_of(const kg_onnx_tensor_data *t) {
    return count_of(t) * (t->type == KG_ONNX_FLOAT ? sizeof(float) : sizeof(int64_t));
}

/* The tensor's field of the graph up to its data, which end it. */
static kg_status put_tensor_head(kg_bytes *to, const kg_onnx_tensor_data *t) {
    kg_bytes head = KG_ARRAY_INIT;
    kg_status st = KG_OK;
    if (t->rows)
        st = put_number(&head, TENSOR_DIMS, (int64_t)t->rows);
    if (st == KG_OK && t->columns)
        st = put_number(&head, TENSOR_DIMS, (int64_t)t->columns);
    if (st == KG_OK)
        st = put_number(&head, TENSOR_TYPE, t->type);
    if (st == KG_OK)
        st = put_text(&head, TENSOR_NAME, t->name);
    if (st == KG_OK)
        st = put_key(&head, TENSOR_RAW, WIRE_BYTES);
    if (st == KG_OK)
        st = put_varint(&head, size_of(t));
    if (st == KG_OK)
        st = put_key(to, GRAPH_TENSOR, WIRE_BYTES);
    if (st == KG_OK)
        st = put_varint(to, head.len + size_of(t));
    if (st == KG_OK)
        st = kg_array_append(to, head.data, head.len);
    kg_array_free(&head);
    return st;
}

/* Numbers stand in the file as they do in memory (byteio.h). */
static void write_data(FILE *to, const kg_onnx_tensor_data *t) {
    uint64_t n = count_of(t);
    if (!t->transposed)
        fwrite(t->floats ? (const void *)t->floats : t->few, 1, size_of(t), to);
    for (uint64_t i = 0; t->transposed && i < n; i++)
        fwrite(&t->floats[i % t->columns * t->rows + i / t->columns], sizeof(float), 1, to);
}

/* ---- The file -------------------------------------------------------------------------------- */

static kg_status put_opset(kg_bytes *to) {
    kg_bytes message = KG_ARRAY_INIT;
    kg_status st = put_number(&message, OPSET_VERSION, OPSET);
    return put_message(to, MODEL_OPSET, &message, st);
}

/* All that stands before the tensors: the model's other fields, then the graph, whose length counts
 * the tensors too. */
static kg_status put_head(kg_bytes *to, const kg_onnx *graph, uint64_t tensors) {
    static const char name[] = "encoder";
    kg_bytes named = KG_ARRAY_INIT;
    kg_status st;
    KG_TRY(st, put_number(to, MODEL_IR_VERSION, IR_VERSION));
    KG_TRY(st, put_text(to, MODEL_PRODUCER, "kg"));
    KG_TRY(st, put_opset(to));
    KG_TRY(st, put_key(to, MODEL_GRAPH, WIRE_BYTES));
    st = put_text(&named, GRAPH_NAME, name);
    if (st == KG_OK)
        st = put_varint(to, graph->nodes.len + named.len + graph->inputs.len + graph->outputs.len +
                                tensors);
    if (st == KG_OK)
        st = kg_array_append(to, graph->nodes.data, graph->nodes.len);
    if (st == KG_OK)
        st = kg_array_append(to, named.data, named.len);
    kg_array_free(&named);
    KG_TRY(st, st);
    KG_TRY(st, kg_array_append(to, graph->inputs.data, graph->inputs.len));
    return kg_array_append(to, graph->outputs.data, graph->outputs.len);
}

static kg_status write_tensors(FILE *to, const kg_onnx *graph) {
    kg_bytes head = KG_ARRAY_INIT;
    kg_status st = KG_OK;
    for (size_t i = 0; i < graph->tensors.len && st == KG_OK; i++) {
        head.len = 0;
        st = put_tensor_head(&head, &graph->tensors.data[i]);
        if (st != KG_OK)
            break;
        fwrite(head.data, 1, head.len, to);
        write_data(to, &graph->tensors.data[i]);
    }
    kg_array_free(&head);
    return st;
}

static kg_status measure_tensors(uint64_t *bytes, const kg_onnx *graph) {
    kg_bytes head = KG_ARRAY_INIT;
    kg_status st = KG_OK;
    *bytes = 0;
    for (size_t i = 0; i < graph->tensors.len && st == KG_OK; i++) {
        st = put_tensor_head(&head, &graph->tensors.data[i]);
        *bytes += size_of(&graph->tensors.data[i]);
    }
    *bytes += head.len;
    kg_array_free(&head);
    return st;
}

static kg_status write_file(const kg_bytes *head, const kg_onnx *graph, const char *path,
                            kg_error *err) {
    kg_status st;
    kg_outfile *file;
    KG_TRY(st, kg_outfile_open(&file, path, err));
    fwrite(head->data, 1, head->len, kg_outfile_stream(file));
    st = write_tensors(kg_outfile_stream(file), graph);
    if (st == KG_OK)
        return kg_outfile_commit(file, err);
    kg_outfile_discard(file);
    return st;
}

kg_status kg_onnx_write(const kg_onnx *graph, const char *path, kg_error *err) {
    kg_bytes head = KG_ARRAY_INIT;
    uint64_t tensors = 0;
    kg_status st = graph->status;
    if (st == KG_OK)
        st = measure_tensors(&tensors, graph);
    if (st == KG_OK)
        st = put_head(&head, graph, tensors);
    if (st == KG_OK && head.len + tensors > INT32_MAX)
        st = kg_error_at(err, KG_ERR_LIMIT, path, 0,
                         "would have %llu bytes; an ONNX file has less than 2 GiB, so this model "
                         "can be used as model.safetensors alone",
                         (unsigned long long)(head.len + tensors));
    else if (st == KG_OK)
        st = write_file(&head, graph, path, err);
    else
        kg_error_set(err, st, "out of memory writing %s", path);
    kg_array_free(&head);
    return st;
}

void kg_onnx_free(kg_onnx *graph) {
    kg_array_free(&graph->nodes);
    kg_array_free(&graph->inputs);
    kg_array_free(&graph->outputs);
    kg_array_free(&graph->tensors);
}
