#include "wrapped_backend.h"

static const kg_backend *inner;
static wrapped_hooks around;

/* WRAP(operation, (parameters), (arguments)); WRAP_VALUE of one that returns something. */
#define WRAP(name, parameters, arguments)                                                          \
    static void wrap_##name parameters {                                                           \
        around.before(WRAPPED_##name);                                                             \
        inner->name arguments;                                                                     \
        around.after(WRAPPED_##name);                                                              \
    }

#define WRAP_VALUE(type, name, parameters, arguments)                                              \
    static type wrap_##name parameters {                                                           \
        around.before(WRAPPED_##name);                                                             \
        type value = inner->name arguments;                                                        \
        around.after(WRAPPED_##name);                                                              \
        return value;                                                                              \
    }

WRAP(linear_forward, (float *y, const float *x, size_t rows, const kg_linear *linear),
     (y, x, rows, linear))
WRAP(linear_backward,
     (float *dx, float beta, const float *dy, const float *x, size_t rows, const kg_linear *linear),
     (dx, beta, dy, x, rows, linear))
WRAP(column_sum, (float *sum, const float *x, size_t rows, size_t d, size_t stride),
     (sum, x, rows, d, stride))
WRAP(add_bias, (float *y, const float *bias, size_t rows, size_t d), (y, bias, rows, d))
WRAP(dropout_rows, (float *y, size_t rows, size_t d, const kg_dropout *dropout),
     (y, rows, d, dropout))
WRAP(norm_forward, (float *y, const kg_norm_site *site), (y, site))
WRAP(norm_backward,
     (float *dz, float *dbranch, const float *dy, const kg_norm_site *site, float *partials),
     (dz, dbranch, dy, site, partials))
WRAP(activation_forward,
     (float *y, float *u, size_t rows, const kg_linear *linear, kg_activation kind),
     (y, u, rows, linear, kind))
WRAP(activation_backward,
     (float *dy, float *u, size_t rows, const kg_linear *linear, kg_activation kind,
      float *partials),
     (dy, u, rows, linear, kind, partials))
WRAP(tanh_forward, (float *y, const float *bias, size_t rows, size_t d), (y, bias, rows, d))
WRAP(tanh_backward, (float *dy, const float *y, size_t n), (dy, y, n))
WRAP(embedding_forward, (float *sum, const kg_embedding *embedding), (sum, embedding))
WRAP(embedding_backward, (const float *dsum, const kg_embedding *embedding), (dsum, embedding))
WRAP_VALUE(size_t, attention_scratch, (uint32_t longest, size_t head_size), (longest, head_size))
WRAP(attention_forward, (float *context, const kg_attention *attention), (context, attention))
WRAP(attention_backward, (float *dqkv, const float *dcontext, const kg_attention *attention),
     (dqkv, dcontext, attention))
WRAP(segment_softmax, (float *x, const uint32_t *offsets, size_t n), (x, offsets, n))
WRAP(segment_softmax_backward, (float *dp, const float *p, const uint32_t *offsets, size_t n),
     (dp, p, offsets, n))
WRAP(segment_sum,
     (float *y, const float *x, const float *w, const uint32_t *offsets, size_t n, size_t d),
     (y, x, w, offsets, n, d))
WRAP(segment_spread, (float *y, const float *x, const uint32_t *offsets, size_t n, size_t d),
     (y, x, offsets, n, d))
WRAP(gather, (float *y, const float *x, const uint32_t *rows, size_t n, size_t d),
     (y, x, rows, n, d))
WRAP(gather_table, (float *y, const kg_rows *table, const uint32_t *rows, size_t n),
     (y, table, rows, n))
WRAP(scatter, (float *y, const float *x, const uint32_t *rows, size_t n, size_t d),
     (y, x, rows, n, d))
WRAP(scatter_add, (float *y, const float *x, const uint32_t *rows, size_t n, size_t d),
     (y, x, rows, n, d))
WRAP(add_rows,
     (float *y, const float *x, const uint32_t *to, const uint32_t *from, size_t n, size_t d),
     (y, x, to, from, n, d))
WRAP(join, (float *y, const float *a, const float *b, size_t n, size_t d), (y, a, b, n, d))
WRAP(split, (float *a, float *b, const float *y, size_t n, size_t d), (a, b, y, n, d))
WRAP(pool_backward, (float *dtokens, struct kg_mention_pass *pass), (dtokens, pass))
WRAP(type_sums, (struct kg_infusion_pass * pass), (pass))
WRAP(node_scores, (struct kg_infusion_pass * pass), (pass))
WRAP(node_backward, (struct kg_infusion_pass * pass), (pass))
WRAP(table_backward, (struct kg_infusion_pass * pass, const kg_rows *entities), (pass, entities))
WRAP(gate_join, (struct kg_infusion_pass * pass), (pass))
WRAP(gate_product, (struct kg_infusion_pass * pass), (pass))
WRAP(gate_product_backward, (struct kg_infusion_pass * pass), (pass))
WRAP(gate_join_backward, (struct kg_infusion_pass * pass), (pass))
WRAP(cross_entropy,
     (float *logits, float *losses, uint8_t *correct, const float *bias, const uint32_t *labels,
      size_t rows, size_t d, float scale),
     (logits, losses, correct, bias, labels, rows, d, scale))
WRAP_VALUE(kg_loss_sum, loss_sum, (const float *losses, const uint8_t *correct, size_t n),
           (losses, correct, n))
WRAP_VALUE(kg_loss_sum, pair_losses,
           (struct kg_neighbor_pass * pass, bool backward, const struct kg_neighbor_inputs *in),
           (pass, backward, in))
WRAP(mention_losses,
     (struct kg_neighbor_sums * sums, struct kg_neighbor_pass *pass, bool backward,
      const struct kg_neighbor_inputs *in),
     (sums, pass, backward, in))
WRAP_VALUE(double, tag_losses, (const kg_tag_losses *losses), (losses))
WRAP_VALUE(double, group_losses, (const kg_group_losses *losses), (losses))
WRAP_VALUE(double, norm, (const float *x, size_t n), (x, n))
WRAP_VALUE(size_t, first_bad, (const float *x, size_t n), (x, n))
WRAP(adamw, (const kg_adamw_range *range), (range))
WRAP(blend, (float *y, const float *x, float share, size_t n), (y, x, share, n))
WRAP(clear, (void *to, size_t n), (to, n))
WRAP(copy, (void *to, const void *from, size_t n), (to, from, n))

kg_backend wrapped_backend(const kg_backend *backend, const wrapped_hooks *hooks) {
    kg_backend wrapped = *backend;
    inner = backend;
    around = *hooks;
#define REPLACE(name) wrapped.name = wrap_##name;
    KG_OPERATIONS(REPLACE)
    return wrapped;
}
