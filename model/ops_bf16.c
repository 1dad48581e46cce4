/* The processor's backend with the factors of its larger products in bfloat16. Everything else is
 * in single precision: sums, what is kept, parameters, gradients and moments. */
#include "model/ops_bf16.h"

#include "model/onednn.h"
#include "model/ops_cpu.h"

#include <pthread.h>
#include <string.h>

enum { SMALL = 32 /* a product with a side below it is not worth rounding */ };

static bool pays(size_t rows, const kg_linear *l) {
    return rows >= SMALL && l->in >= SMALL && l->out >= SMALL;
}

static void linear_forward(float *y, const float *x, size_t rows, const kg_linear *l) {
    if (pays(rows, l))
        kg_onednn_gemm_bf16(y, l->out, false, kg_mat_of(x, rows, l->in),
                            kg_mat_t(l->weight, l->out, l->in));
    else
        kg_cpu_linear_forward(y, x, rows, l);
}

static void linear_backward(float *dx, float beta, const float *dy, const float *x, size_t rows,
                            const kg_linear *l) {
    if (!pays(rows, l)) {
        kg_cpu_linear_backward(dx, beta, dy, x, rows, l);
        return;
    }
    if (x != NULL)
        kg_onednn_gemm_bf16(l->dweight, l->in, true, kg_mat_t(dy, rows, l->out),
                            kg_mat_of(x, rows, l->in));
    if (dx != NULL)
        kg_onednn_gemm_bf16(dx, l->in, beta != 0, kg_mat_of(dy, rows, l->out),
                            kg_mat_of(l->weight, l->out, l->in));
}

/* As kg_gemm, where beta is 0. */
static void gemm(float *c, size_t ldc, float beta, kg_mat a, kg_mat b, float alpha) {
    size_t m = a.transposed ? a.columns : a.rows, n = b.transposed ? b.rows : b.columns;
    kg_onednn_gemm_bf16(c, ldc, beta != 0, a, b);
    for (size_t i = 0; i < (alpha == 1 ? 0 : m); i++)
        for (size_t j = 0; j < n; j++)
            c[i * ldc + j] *= alpha;
}

static void attention_forward(float *context, const kg_attention *a) {
    kg_attention_forward_by(gemm, context, a);
}

static void attention_backward(float *dqkv, const float *dcontext, const kg_attention *a) {
    kg_attention_backward_by(gemm, dqkv, dcontext, a);
}

static kg_backend table;

static void fill(void) {
    table = kg_cpu;
    table.name = "bf16";
    table.linear_forward = linear_forward;
    table.linear_backward = linear_backward;
    table.attention_forward = attention_forward;
    table.attention_backward = attention_backward;
}

const kg_backend *kg_bf16(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    if (!kg_onednn_has_bf16())
        return NULL;
    pthread_once(&once, fill);
    return &table;
}

kg_status kg_backend_choose(const kg_backend **out, const char *precision, kg_error *err) {
    bool bf16 = precision != NULL && strcmp(precision, "bf16") == 0;
    *out = bf16 ? kg_bf16() : &kg_cpu;
    if (*out == NULL)
        return kg_error_set(err, KG_ERR_UNSUPPORTED,
                            "precision is bf16, but this processor has no products of bfloat16 "
                            "(AVX512_BF16 or AMX); set precision to f32");
    return KG_OK;
}
