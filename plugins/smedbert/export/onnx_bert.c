/* METHOD 4 without mentions, as transformers' BertModel computes it over a padded batch. Values are
 * named after the tensors that make them: "bert.encoder.layer.0.output" is what that part gives. */
#include "plugins/smedbert/export/onnx_bert.h"

#include "plugins/smedbert/export/onnx_file.h"

#include "model/ops.h"

#include <math.h>
#include <stdio.h>

typedef struct builder {
    kg_onnx graph;
    const kg_model_config *config;
    const kg_params *params;
    const float *values; /* the parameters, in our memory */
} builder;

typedef struct name {
    char text[KG_ONNX_NAME];
} name;

/* One that is too long is empty, and so found nowhere. */
static name join(const char *a, const char *b) {
    name n;
    if (snprintf(n.text, sizeof n.text, "%s%s", a, b) >= (int)sizeof n.text)
        n.text[0] = '\0';
    return n;
}

/* output = op(a, b); b NULL: op(a). */
static void apply(builder *b, const char *op, const char *output, const char *x, const char *y) {
    char inputs[2 * KG_ONNX_NAME];
    snprintf(inputs, sizeof inputs, "%s%s%s", x, y ? " " : "", y ? y : "");
    kg_onnx_node(&b->graph, op, output, inputs, NULL);
}

static void transpose(builder *b, const char *output, const char *x, const int64_t *order,
                      size_t n) {
    const kg_onnx_attribute attributes[] = {
        {.name = "perm", .kind = KG_ONNX_INTS, .ints = order, .n = n}, {.name = NULL}};
    kg_onnx_node(&b->graph, "Transpose", output, x, attributes);
}

/* Let the graph have a parameter; a matrix as it is, or turned for MatMul. */
static void use(builder *b, const char *parameter, bool transposed) {
    kg_param_id id = kg_params_find(b->params, parameter);
    if (id == KG_NO_PARAM) {
        b->graph.status = KG_ERR_NOT_FOUND;
        return;
    }
    const kg_param *p = &b->params->table.data[id];
    kg_onnx_tensor(&b->graph, parameter, b->values + p->offset, transposed ? p->columns : p->rows,
                   transposed ? p->rows : p->columns, transposed);
}

/* output = x W^T + bias, of part.weight and part.bias. */
static void linear(builder *b, const char *output, const char *x, const char *part) {
    name weight = join(part, ".weight"), bias = join(part, ".bias");
    name product = join(part, ".product");
    use(b, weight.text, true);
    use(b, bias.text, false);
    apply(b, "MatMul", product.text, x, weight.text);
    apply(b, "Add", output, product.text, bias.text);
}

static void norm(builder *b, const char *output, const char *x, const char *part) {
    name weight = join(part, ".weight"), bias = join(part, ".bias");
    char inputs[3 * KG_ONNX_NAME];
    const kg_onnx_attribute attributes[] = {
        {.name = "axis", .kind = KG_ONNX_I, .i = -1},
        {.name = "epsilon", .kind = KG_ONNX_F, .f = (float)b->config->layer_norm_eps},
        {.name = NULL}};
    use(b, weight.text, false);
    use(b, bias.text, false);
    snprintf(inputs, sizeof inputs, "%s %s %s", x, weight.text, bias.text);
    kg_onnx_node(&b->graph, "LayerNormalization", output, inputs, attributes);
}

/* erf(x / sqrt(2)) of GELU. */
static void erf_of(builder *b, const char *output, const char *x) {
    name scaled = join(output, ".scaled");
    apply(b, "Mul", scaled.text, x, "constant.sqrt_half");
    apply(b, "Erf", output, scaled.text, NULL);
}

/* What stands in its place in GELU by tanh: tanh(sqrt(2 / pi) (x + 0.044715 x^3)). */
static void tanh_of(builder *b, const char *output, const char *x) {
    name square = join(output, ".square"), cube = join(output, ".cube");
    name bent = join(output, ".bent"), sum = join(output, ".sum"), scaled = join(output, ".scaled");
    apply(b, "Mul", square.text, x, x);
    apply(b, "Mul", cube.text, square.text, x);
    apply(b, "Mul", bent.text, cube.text, "constant.cubic");
    apply(b, "Add", sum.text, x, bent.text);
    apply(b, "Mul", scaled.text, sum.text, "constant.sqrt_two_over_pi");
    apply(b, "Tanh", output, scaled.text, NULL);
}

/* ReLU, or GELU: x (1 + erf or tanh) / 2. */
static void activate(builder *b, const char *output, const char *x) {
    name within = join(output, ".within"), share = join(output, ".share");
    name half = join(output, ".half");
    if (b->config->hidden_act == KG_ACTIVATION_RELU) {
        apply(b, "Relu", output, x, NULL);
        return;
    }
    if (b->config->hidden_act == KG_ACTIVATION_GELU)
        erf_of(b, within.text, x);
    else
        tanh_of(b, within.text, x);
    apply(b, "Add", share.text, within.text, "constant.one");
    apply(b, "Mul", half.text, x, "constant.half");
    apply(b, "Mul", output, half.text, share.text);
}

/* ---- The encoder ----------------------------------------------------------------------------- */

static void constants(builder *b) {
    const int64_t d = b->config->hidden_size, heads = b->config->num_attention_heads;
    const int64_t split[] = {0, 0, heads, d / heads}, joined[] = {0, 0, d};
    const int64_t zero[] = {0}, around[] = {1, 2};
    kg_onnx_scalar(&b->graph, "constant.one", 1);
    kg_onnx_scalar(&b->graph, "constant.half", 0.5F);
    kg_onnx_scalar(&b->graph, "constant.sqrt_half", sqrtf(0.5F));
    if (b->config->hidden_act == KG_ACTIVATION_GELU_TANH) {
        kg_onnx_scalar(&b->graph, "constant.cubic", 0.044715F);
        kg_onnx_scalar(&b->graph, "constant.sqrt_two_over_pi", 0.79788456F);
    }
    kg_onnx_scalar(&b->graph, "constant.scale", 1 / sqrtf((float)(d / heads)));
    kg_onnx_scalar(&b->graph, "constant.hidden", -1e9F);
    kg_onnx_integer(&b->graph, "constant.first", 0);
    kg_onnx_integers(&b->graph, "constant.zero", zero, 1);
    kg_onnx_integers(&b->graph, "constant.around", around, 2);
    kg_onnx_integers(&b->graph, "constant.split", split, 4);
    kg_onnx_integers(&b->graph, "constant.joined", joined, 3);
}

static void given(builder *b) {
    static const char *const inputs[] = {"input_ids", "attention_mask", "token_type_ids"};
    for (size_t i = 0; i < 3; i++)
        kg_onnx_input(&b->graph, inputs[i], KG_ONNX_INT64, "batch sequence");
}

static void embed(builder *b) {
    static const char *const tables[] = {"bert.embeddings.word_embeddings.weight",
                                         "bert.embeddings.position_embeddings.weight",
                                         "bert.embeddings.token_type_embeddings.weight"};
    const kg_onnx_attribute length[] = {{.name = "start", .kind = KG_ONNX_I, .i = 1},
                                        {.name = "end", .kind = KG_ONNX_I, .i = 2},
                                        {.name = NULL}};
    for (size_t i = 0; i < 3; i++)
        use(b, tables[i], false);
    apply(b, "Gather", "embeddings.words", tables[0], "input_ids");
    apply(b, "Gather", "embeddings.segments", tables[2], "token_type_ids");
    kg_onnx_node(&b->graph, "Shape", "embeddings.length", "input_ids", length);
    name sliced = join(tables[1], " constant.zero embeddings.length constant.zero");
    kg_onnx_node(&b->graph, "Slice", "embeddings.positions", sliced.text, NULL);
    apply(b, "Add", "embeddings.placed", "embeddings.words", "embeddings.positions");
    apply(b, "Add", "embeddings.sum", "embeddings.placed", "embeddings.segments");
    norm(b, "embeddings", "embeddings.sum", "bert.embeddings.LayerNorm");
}

/* mask (batch, 1, 1, sequence): 0 where a token may be read, else so low that it is not. */
static void mask(builder *b) {
    const kg_onnx_attribute to[] = {{.name = "to", .kind = KG_ONNX_I, .i = KG_ONNX_FLOAT},
                                    {.name = NULL}};
    kg_onnx_node(&b->graph, "Cast", "mask.floats", "attention_mask", to);
    apply(b, "Sub", "mask.turned", "constant.one", "mask.floats");
    apply(b, "Mul", "mask.low", "mask.turned", "constant.hidden");
    apply(b, "Unsqueeze", "mask", "mask.low", "constant.around");
}

/* One of query, key and value, split into heads, its axes in the order. */
static void project(builder *b, const char *self, const char *which, const char *x,
                    const int64_t *order) {
    name part = join(self, which), split = join(part.text, ".split");
    name turned = join(part.text, ".heads");
    linear(b, part.text, x, part.text);
    apply(b, "Reshape", split.text, part.text, "constant.split");
    transpose(b, turned.text, split.text, order, 4);
}

static void attend(builder *b, const char *output, const char *x, const char *attention) {
    static const int64_t rows[] = {0, 2, 1, 3}, columns[] = {0, 2, 3, 1};
    const kg_onnx_attribute last[] = {{.name = "axis", .kind = KG_ONNX_I, .i = -1}, {.name = NULL}};
    name self = join(attention, ".self."), scores = join(self.text, "scores");
    name query = join(self.text, "query.heads"), key = join(self.text, "key.heads");
    name value = join(self.text, "value.heads"), scaled = join(self.text, "scaled");
    name masked = join(self.text, "masked"), weights = join(self.text, "weights");
    name read = join(self.text, "read"), turned = join(self.text, "turned");
    name context = join(self.text, "context"), dense = join(attention, ".output.dense");
    project(b, self.text, "query", x, rows);
    project(b, self.text, "key", x, columns);
    project(b, self.text, "value", x, rows);
    apply(b, "MatMul", scores.text, query.text, key.text);
    apply(b, "Mul", scaled.text, scores.text, "constant.scale");
    apply(b, "Add", masked.text, scaled.text, "mask");
    kg_onnx_node(&b->graph, "Softmax", weights.text, masked.text, last);
    apply(b, "MatMul", read.text, weights.text, value.text);
    transpose(b, turned.text, read.text, rows, 4);
    apply(b, "Reshape", context.text, turned.text, "constant.joined");
    linear(b, output, context.text, dense.text);
}

/* output = norm(x + branch). */
static void add_norm(builder *b, const char *output, const char *x, const char *branch,
                     const char *part) {
    name sum = join(output, ".sum");
    apply(b, "Add", sum.text, x, branch);
    norm(b, output, sum.text, part);
}

static void layer(builder *b, uint32_t i, const char *x, const char *output) {
    char prefix[48];
    snprintf(prefix, sizeof prefix, "bert.encoder.layer.%u.", i);
    name attention = join(prefix, "attention"), read = join(prefix, "attention.output.dense");
    name attention_norm = join(prefix, "attention.output.LayerNorm");
    name middle = join(prefix, "attention.output"), in = join(prefix, "intermediate.dense");
    name active = join(prefix, "intermediate"), out = join(prefix, "output.dense");
    name out_norm = join(prefix, "output.LayerNorm");
    attend(b, read.text, x, attention.text);
    add_norm(b, middle.text, x, read.text, attention_norm.text);
    linear(b, in.text, middle.text, in.text);
    activate(b, active.text, in.text);
    linear(b, out.text, active.text, out.text);
    add_norm(b, output, middle.text, out.text, out_norm.text);
}

static void encode(builder *b) {
    name from = {"embeddings"}, to;
    embed(b);
    mask(b);
    for (uint32_t i = 0; i < b->config->num_hidden_layers; i++, from = to) {
        snprintf(to.text, sizeof to.text, "bert.encoder.layer.%u.output", i);
        if (i + 1 == b->config->num_hidden_layers)
            to = (name){"last_hidden_state"};
        layer(b, i, from.text, to.text);
    }
}

/* ---- What stands on it ----------------------------------------------------------------------- */

/* METHOD 5: a transform, then the word embeddings once more. */
static void words_head(builder *b) {
    static const int64_t turned[] = {1, 0};
    const char *dense = "cls.predictions.transform.dense";
    use(b, "cls.predictions.bias", false);
    linear(b, dense, "last_hidden_state", dense);
    activate(b, "cls.predictions.active", dense);
    norm(b, "cls.predictions.transform", "cls.predictions.active",
         "cls.predictions.transform.LayerNorm");
    transpose(b, "cls.predictions.words", "bert.embeddings.word_embeddings.weight", turned, 2);
    apply(b, "MatMul", "cls.predictions.product", "cls.predictions.transform",
          "cls.predictions.words");
    apply(b, "Add", "logits", "cls.predictions.product", "cls.predictions.bias");
}

static void sequence_head(builder *b) {
    const kg_onnx_attribute sequence[] = {{.name = "axis", .kind = KG_ONNX_I, .i = 1},
                                          {.name = NULL}};
    kg_onnx_node(&b->graph, "Gather", "bert.pooler.first", "last_hidden_state constant.first",
                 sequence);
    linear(b, "bert.pooler.dense", "bert.pooler.first", "bert.pooler.dense");
    apply(b, "Tanh", "bert.pooler", "bert.pooler.dense", NULL);
    linear(b, "logits", "bert.pooler", "classifier");
}

static void asked(builder *b, const char *output, const char *shape, uint64_t last) {
    char dimensions[64];
    snprintf(dimensions, sizeof dimensions, "%s %llu", shape, (unsigned long long)last);
    kg_onnx_output(&b->graph, output, KG_ONNX_FLOAT, dimensions);
}

static uint64_t classes(const builder *b) {
    kg_param_id id = kg_params_find(b->params, "classifier.bias");
    return id == KG_NO_PARAM ? 0 : b->params->table.data[id].rows;
}

static void finish(builder *b, kg_onnx_output_kind kind) {
    const kg_model_config *c = b->config;
    switch (kind) {
    case KG_ONNX_STATES:
        asked(b, "last_hidden_state", "batch sequence", c->hidden_size);
        break;
    case KG_ONNX_WORDS:
        words_head(b);
        asked(b, "last_hidden_state", "batch sequence", c->hidden_size);
        asked(b, "logits", "batch sequence", c->vocab_size);
        break;
    case KG_ONNX_TOKENS:
        linear(b, "logits", "last_hidden_state", "classifier");
        asked(b, "logits", "batch sequence", classes(b));
        break;
    case KG_ONNX_SEQUENCES:
        sequence_head(b);
        asked(b, "logits", "batch", classes(b));
        break;
    }
}

kg_status kg_onnx_write_bert(kg_model *model, kg_onnx_output_kind kind, const char *path,
                             kg_error *err) {
    const kg_params *params = kg_model_params(model);
    size_t size = params->total * sizeof *params->values;
    float *view = params->backend->map(params->values, size);
    builder b = {.graph = KG_ONNX_INIT,
                 .config = kg_model_configuration(model),
                 .params = params,
                 .values = view};
    kg_status st = KG_ERR_MEMORY;
    if (view) {
        constants(&b);
        given(&b);
        encode(&b);
        finish(&b, kind);
        st = kg_onnx_write(&b.graph, path, err);
    }
    params->backend->unmap(params->values, view, size, false);
    kg_onnx_free(&b.graph);
    return st;
}
