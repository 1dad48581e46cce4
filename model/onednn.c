/* In single precision, each thread has oneDNN make a strip of C, in rounds of a sum that oneDNN's
 * kernel does not cut any further: where it would cut depends on the strip.
 *
 * In bfloat16, the factors are converted, DEPTH of the sum at a time, and C is cut into pieces,
 * each made by one thread and one of oneDNN's primitives. A primitive serves one size, so sizes,
 * which vary from batch to batch, are rounded to multiples of UNIT, which few primitives serve: the
 * sum is padded by zeros, and what C lacks at its edges is made beside it. */
#include "model/onednn.h"

#include "model/block.h"

#include <dnnl.h>
#include <omp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
    SERIAL = 1 << 19, /* multiply-adds below which a second thread does not pay */
    STRIP = 48,       /* what oneDNN's kernel in single precision makes at once */
    ROUND = 256,      /* of a sum in single precision */
    UNIT = 32,
    LONG_PIECE = 256,   /* of the longer side of C */
    SHORT_PIECE = 1024, /* of the other */
    DEPTH = 1024,       /* of a sum in bfloat16, lest the converted factors leave the caches */
    PAD = 32, /* elements between rows, lest their lines fall on the same few sets of a cache */
    KNOWN = 1 << 12 /* primitives that are kept, a power of two */
};

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

static size_t rounded(size_t n) {
    return (n + UNIT - 1) / UNIT * UNIT;
}

static size_t rows_of(const kg_mat *x) {
    return x->transposed ? x->columns : x->rows;
}

static size_t columns_of(const kg_mat *x) {
    return x->transposed ? x->rows : x->columns;
}

/* ---- Single precision ------------------------------------------------------------------------ */

bool kg_onednn_suits(void) {
    return (dnnl_get_effective_cpu_isa() & dnnl_cpu_isa_avx512_core) == dnnl_cpu_isa_avx512_core;
}

/* By the thread that calls; by OpenBLAS where oneDNN is out of memory. */
static void sgemm(float *c, size_t ldc, float beta, kg_mat a, kg_mat b, float alpha) {
    int threads = omp_get_max_threads();
    omp_set_num_threads(1);
    if (dnnl_sgemm(a.transposed ? 'T' : 'N', b.transposed ? 'T' : 'N', (dnnl_dim_t)rows_of(&a),
                   (dnnl_dim_t)columns_of(&b), (dnnl_dim_t)columns_of(&a), alpha, a.data,
                   (dnnl_dim_t)a.stride, b.data, (dnnl_dim_t)b.stride, beta, c,
                   (dnnl_dim_t)ldc) != dnnl_success)
        kg_blas_gemm(c, ldc, beta, a, b, alpha);
    omp_set_num_threads(threads);
}

/* n rows of a factor, or n columns, from the first on. */
static kg_mat rows_from(kg_mat x, size_t first, size_t n) {
    x.data += x.transposed ? first : first * x.stride;
    *(x.transposed ? &x.columns : &x.rows) = n;
    return x;
}

static kg_mat columns_from(kg_mat x, size_t first, size_t n) {
    x.data += x.transposed ? first * x.stride : first;
    *(x.transposed ? &x.rows : &x.columns) = n;
    return x;
}

/* A strip of C in all its rounds. */
static void strip(float *c, size_t ldc, float beta, kg_mat a, kg_mat b, float alpha) {
    size_t k = columns_of(&a), rounds = (k + ROUND - 1) / ROUND;
    size_t depth = (k / rounds + 7) / 8 * 8 + 8;
    for (size_t l = 0; l < k; l += depth) {
        size_t now = least(depth, k - l);
        sgemm(c, ldc, l == 0 ? beta : 1, columns_from(a, l, now), rows_from(b, l, now), alpha);
    }
}

void kg_onednn_gemm(float *c, size_t ldc, float beta, kg_mat a, kg_mat b, float alpha) {
    size_t m = rows_of(&a), n = columns_of(&b), k = columns_of(&a);
    if (m * n * k == 0) { /* oneDNN would not scale C */
        kg_blas_gemm(c, ldc, beta, a, b, alpha);
        return;
    }
    if (omp_in_parallel() || m * n * k < SERIAL) {
        strip(c, ldc, beta, a, b, alpha);
        return;
    }
    bool by_rows = m >= n;
    size_t length = by_rows ? m : n, strips = (length + STRIP - 1) / STRIP;
    size_t threads = (size_t)omp_get_max_threads();
#pragma omp parallel for schedule(static)
    for (size_t t = 0; t < threads; t++) {
        size_t first = strips * t / threads * STRIP;
        size_t end = least(strips * (t + 1) / threads * STRIP, length);
        if (first >= end)
            continue;
        if (by_rows)
            strip(c + first * ldc, ldc, beta, rows_from(a, first, end - first), b, alpha);
        else
            strip(c + first, ldc, beta, a, columns_from(b, first, end - first), alpha);
    }
}

/* ---- Primitives ------------------------------------------------------------------------------ */

bool kg_onednn_has_bf16(void) {
    return (dnnl_get_effective_cpu_isa() & dnnl_cpu_isa_avx512_core_bf16) ==
           dnnl_cpu_isa_avx512_core_bf16;
}

/* A product of bfloat16 that one primitive makes: C (m, n) = A (m, k) B (k, n), + C where it
 * accumulates. */
typedef struct shape {
    uint32_t m, n, k, lda, ldb, ldc;
    uint8_t a_transposed, b_transposed, accumulates, unused;
} shape;

typedef struct known {
    shape shape;
    dnnl_memory_desc_t a, b, c, scratch;
    dnnl_primitive_t primitive; /* NULL: oneDNN has none for this shape */
    atomic_bool used;           /* filled in, for good */
} known;

/* Found by a hash of the shape; never removed, added within `omp critical`. */
static known table[KNOWN];
static size_t n_known;
static dnnl_engine_t engine;

static bool describe(dnnl_memory_desc_t *out, dnnl_data_type_t type, const size_t size[2],
                     size_t stride, bool transposed) {
    const dnnl_dims_t sizes = {(dnnl_dim_t)size[0], (dnnl_dim_t)size[1]};
    const dnnl_dims_t strides = {transposed ? 1 : (dnnl_dim_t)stride,
                                 transposed ? (dnnl_dim_t)stride : 1};
    return dnnl_memory_desc_init_by_strides(out, 2, sizes, type, strides) == dnnl_success;
}

static dnnl_primitive_attr_t attributes(bool accumulates) {
    dnnl_primitive_attr_t attr;
    dnnl_post_ops_t after;
    if (dnnl_primitive_attr_create(&attr) != dnnl_success)
        return NULL;
    /* Memory of the caller's, so that threads may run one primitive at once. */
    bool ok =
        dnnl_primitive_attr_set_scratchpad_mode(attr, dnnl_scratchpad_mode_user) == dnnl_success;
    if (ok && accumulates && (ok = dnnl_post_ops_create(&after) == dnnl_success)) {
        ok = dnnl_post_ops_append_sum(after, 1) == dnnl_success &&
             dnnl_primitive_attr_set_post_ops(attr, after) == dnnl_success;
        dnnl_post_ops_destroy(after);
    }
    if (ok)
        return attr;
    dnnl_primitive_attr_destroy(attr);
    return NULL;
}

static void create(known *to) {
    const shape *s = &to->shape;
    dnnl_matmul_desc_t matmul;
    dnnl_primitive_desc_t desc;
    dnnl_primitive_attr_t attr = attributes(s->accumulates);
    bool ok = attr != NULL &&
              describe(&to->a, dnnl_bf16, (size_t[]){s->m, s->k}, s->lda, s->a_transposed) &&
              describe(&to->b, dnnl_bf16, (size_t[]){s->k, s->n}, s->ldb, s->b_transposed) &&
              describe(&to->c, dnnl_f32, (size_t[]){s->m, s->n}, s->ldc, false) &&
              dnnl_matmul_desc_init(&matmul, &to->a, &to->b, NULL, &to->c) == dnnl_success &&
              dnnl_primitive_desc_create(&desc, &matmul, attr, engine, NULL) == dnnl_success;
    if (ok) {
        to->scratch = *dnnl_primitive_desc_query_md(desc, dnnl_query_scratchpad_md, 0);
        if (dnnl_primitive_create(&to->primitive, desc) != dnnl_success)
            to->primitive = NULL;
        dnnl_primitive_desc_destroy(desc);
    }
    if (attr != NULL)
        dnnl_primitive_attr_destroy(attr);
}

static size_t hash_of(const shape *s) {
    const unsigned char *bytes = (const unsigned char *)s;
    uint64_t hash = 14695981039346656037U;
    for (size_t i = 0; i < sizeof *s; i++)
        hash = (hash ^ bytes[i]) * 1099511628211U;
    return (size_t)(hash ^ hash >> 32);
}

/* Where a shape is, or would be. */
static known *place_of(const shape *s) {
    size_t at = hash_of(s) % KNOWN;
    while (atomic_load_explicit(&table[at].used, memory_order_acquire) &&
           memcmp(&table[at].shape, s, sizeof *s) != 0)
        at = (at + 1) % KNOWN;
    return &table[at];
}

static void add(const shape *s) {
    known *to = place_of(s);
    if (to->used || n_known == KNOWN / 2 ||
        (engine == NULL && dnnl_engine_create(&engine, dnnl_cpu, 0) != dnnl_success))
        return;
    int threads = omp_get_max_threads();
    omp_set_num_threads(1); /* each is run by one */
    to->shape = *s;
    create(to);
    n_known++;
    atomic_store_explicit(&to->used, true, memory_order_release);
    omp_set_num_threads(threads);
}

/* The primitive of a shape; NULL: there is none. */
static const known *primitive_of(const shape *s) {
    const known *found = place_of(s);
    if (!atomic_load_explicit(&found->used, memory_order_acquire)) {
#pragma omp critical(kg_onednn)
        add(s);
        found = place_of(s);
    }
    return found->used && found->primitive != NULL ? found : NULL;
}

/* ---- What a thread works in ------------------------------------------------------------------ */

typedef struct worker {
    dnnl_stream_t stream;
    void *scratch; /* of the primitives */
    size_t scratch_size;
    void *packed; /* both factors of a product that this thread was asked for */
    size_t packed_size;
    void *edge; /* a piece of which only a part lies in C */
    size_t edge_size;
    bool registered; /* to be freed when the thread ends */
} worker;

static _Thread_local worker own;
static pthread_key_t at_end;

static void worker_free(void *thread) {
    worker *w = thread;
    if (w->stream != NULL)
        dnnl_stream_destroy(w->stream);
    free(w->scratch);
    free(w->packed);
    free(w->edge);
    *w = (worker){.stream = NULL};
}

static void make_key(void) {
    (void)pthread_key_create(&at_end, worker_free);
}

static worker *mine(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    if (!own.registered) {
        pthread_once(&once, make_key);
        own.registered = pthread_setspecific(at_end, &own) == 0;
    }
    return &own;
}

static bool grow(void **block, size_t *had, size_t needed) {
    if (needed <= *had)
        return true;
    free(*block);
    *block = kg_block_new(needed);
    *had = *block ? needed : 0;
    return *block != NULL;
}

static bool execute(const known *p, const uint16_t *a, const uint16_t *b, float *c) {
    worker *w = mine();
    size_t needed = dnnl_memory_desc_get_size(&p->scratch);
    dnnl_memory_t memory[4] = {NULL};
    if (w->stream == NULL &&
        dnnl_stream_create(&w->stream, engine, dnnl_stream_default_flags) != dnnl_success)
        return false;
    bool ok = grow(&w->scratch, &w->scratch_size, needed + 64) &&
              dnnl_memory_create(&memory[0], &p->a, engine, (void *)(uintptr_t)a) == dnnl_success &&
              dnnl_memory_create(&memory[1], &p->b, engine, (void *)(uintptr_t)b) == dnnl_success &&
              dnnl_memory_create(&memory[2], &p->c, engine, c) == dnnl_success &&
              dnnl_memory_create(&memory[3], &p->scratch, engine, w->scratch) == dnnl_success;
    const dnnl_exec_arg_t arguments[] = {{DNNL_ARG_SRC, memory[0]},
                                         {DNNL_ARG_WEIGHTS, memory[1]},
                                         {DNNL_ARG_DST, memory[2]},
                                         {DNNL_ARG_SCRATCHPAD, memory[3]}};
    ok = ok && dnnl_primitive_execute(p->primitive, w->stream, 4, arguments) == dnnl_success;
    for (int i = 0; i < 4; i++)
        if (memory[i] != NULL)
            dnnl_memory_destroy(memory[i]);
    return ok;
}

/* ---- Conversion ------------------------------------------------------------------------------ */

/* To nearest, ties to even; NaN stays NaN. */
static void convert_row(uint16_t *to, const float *from, size_t n) {
#pragma omp simd
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, from + i, sizeof bits);
        uint32_t even = bits + 0x7FFF + (bits >> 16 & 1);
        bool is_nan = (bits & 0x7FFFFFFF) > 0x7F800000;
        to[i] = (uint16_t)((is_nan ? bits | 0x400000 : even) >> 16);
    }
}

/* A factor in bfloat16, in the order in which it is stored. */
typedef struct packed {
    uint16_t *data;
    size_t stride;
    bool along; /* its rows run along the sum */
} packed;

/* What is converted of a factor: all `n` along C, and `k` of the sum from `l` on, padded by zeros
 * to depth. */
typedef struct piece {
    const kg_mat *factor;
    size_t n, l, k, depth;
} piece;

static packed packed_of(uint16_t *data, size_t n, size_t depth, bool along) {
    return (packed){data, (along ? depth : rounded(n)) + PAD, along};
}

/* One stored row. */
static void convert(const packed *to, const piece *p, size_t row) {
    const kg_mat *x = p->factor;
    uint16_t *out = to->data + row * to->stride;
    if (to->along) {
        convert_row(out, x->data + row * x->stride + p->l, p->k);
        memset(out + p->k, 0, (p->depth - p->k) * sizeof *out);
    } else if (row < p->k) {
        convert_row(out, x->data + (p->l + row) * x->stride, p->n);
    } else {
        memset(out, 0, p->n * sizeof *out);
    }
}

/* ---- Products -------------------------------------------------------------------------------- */

/* A round of a product: k of the sum from l on, padded to depth. */
typedef struct product {
    float *c;
    size_t ldc, m, n, l, k, depth;
    kg_mat a, b;
    packed in_a, in_b;
    bool accumulates;
} product;

/* How much of what is left is done at once. */
static size_t next_piece(size_t left, size_t most) {
    return left >= most ? most : left >= UNIT ? left / UNIT * UNIT : left;
}

static packed moved(const packed *x, size_t by) {
    return (packed){x->data + (x->along ? by * x->stride : by), x->stride, x->along};
}

/* Rows [i, i + m), columns [j, j + n), multiples of UNIT, into c, which is C or beside it. */
static bool multiply_whole(const product *p, const size_t at[2], const size_t size[2], float *c,
                           size_t ldc, bool accumulates) {
    packed a = moved(&p->in_a, at[0]), b = moved(&p->in_b, at[1]);
    const shape s = {.m = (uint32_t)size[0],
                     .n = (uint32_t)size[1],
                     .k = (uint32_t)p->depth,
                     .lda = (uint32_t)a.stride,
                     .ldb = (uint32_t)b.stride,
                     .ldc = (uint32_t)ldc,
                     .a_transposed = !a.along,
                     .b_transposed = b.along,
                     .accumulates = accumulates};
    const known *found = primitive_of(&s);
    return found != NULL && execute(found, a.data, b.data, c);
}

/* The same at an edge, where C has fewer rows or columns than are made. */
static bool multiply_edge(const product *p, const size_t at[2], const size_t size[2], float *c) {
    worker *w = mine();
    const size_t whole[] = {rounded(size[0]), rounded(size[1])};
    if (!grow(&w->edge, &w->edge_size, whole[0] * whole[1] * sizeof(float)))
        return false;
    float *edge = w->edge;
    if (!multiply_whole(p, at, whole, edge, whole[1], false))
        return false;
    for (size_t i = 0; i < size[0]; i++)
        for (size_t j = 0; j < size[1]; j++) {
            float sum = edge[i * whole[1] + j];
            c[i * p->ldc + j] = p->accumulates ? c[i * p->ldc + j] + sum : sum;
        }
    return true;
}

/* Rows [i, i + m), columns [j, j + n) of C. */
static void multiply(const product *p, size_t i, size_t m, size_t j, size_t n) {
    float *c = p->c + i * p->ldc + j;
    const size_t at[] = {i, j}, size[] = {m, n};
    if (m % UNIT == 0 && n % UNIT == 0 ? multiply_whole(p, at, size, c, p->ldc, p->accumulates)
                                       : multiply_edge(p, at, size, c))
        return;
    /* Out of memory, or of places for primitives: in single precision. */
    kg_mat left = columns_from(rows_from(p->a, i, m), p->l, p->k);
    kg_mat right = rows_from(columns_from(p->b, j, n), p->l, p->k);
    sgemm(c, p->ldc, p->accumulates ? 1 : 0, left, right, 1);
}

static void convert_rows(const product *p, bool of_a, size_t first, size_t end) {
    const piece whole = {of_a ? &p->a : &p->b, of_a ? p->m : p->n, p->l, p->k, p->depth};
    for (size_t row = first; row < end; row++)
        convert(of_a ? &p->in_a : &p->in_b, &whole, row);
}

/* [first, end) of the longer side of C, with all of the other. */
static void multiply_strip(const product *p, size_t first, size_t end) {
    bool by_rows = p->m >= p->n;
    size_t others = by_rows ? p->n : p->m;
    for (size_t i = first, m; i < end; i += m) {
        m = next_piece(end - i, LONG_PIECE);
        for (size_t j = 0, n; j < others; j += n) {
            n = next_piece(others - j, SHORT_PIECE);
            if (by_rows)
                multiply(p, i, m, j, n);
            else
                multiply(p, j, n, i, m);
        }
    }
}

/* The shorter factor is converted, then the longer one with C a strip at a time where its rows run
 * along the sum; where they run across, strips of it would be read in short pieces, so it is
 * converted as a whole too. */
static void run_round(const product *p, bool parallel) {
    bool by_rows = p->m >= p->n, strips = by_rows ? p->in_a.along : p->in_b.along;
    size_t shorter = by_rows ? p->n : p->m, longer = by_rows ? p->m : p->n;
    size_t rows = (by_rows ? p->in_b.along : p->in_a.along) ? shorter : p->depth;
    size_t threads = parallel ? (size_t)omp_get_max_threads() : 1;
    size_t pieces = threads * ((longer + threads * LONG_PIECE - 1) / (threads * LONG_PIECE));
    size_t size = least(rounded((longer + pieces - 1) / pieces), LONG_PIECE);
#pragma omp parallel if (parallel)
    {
#pragma omp for schedule(static) nowait
        for (size_t row = 0; row < (strips ? 0 : p->depth); row++)
            convert_rows(p, by_rows, row, row + 1);
#pragma omp for schedule(static)
        for (size_t row = 0; row < rows; row++)
            convert_rows(p, !by_rows, row, row + 1);
#pragma omp for schedule(static)
        for (size_t i = 0; i < longer; i += size) {
            size_t end = least(i + size, longer);
            if (strips)
                convert_rows(p, by_rows, i, end);
            multiply_strip(p, i, end);
        }
    }
}

/* Elements of a factor in bfloat16, n by depth. */
static size_t packed_size(size_t n, size_t depth) {
    return (rounded(n) + PAD) * (depth + PAD);
}

void kg_onednn_gemm_bf16(float *c, size_t ldc, bool accumulate, kg_mat a, kg_mat b) {
    product p = {.c = c,
                 .ldc = ldc,
                 .m = rows_of(&a),
                 .n = columns_of(&b),
                 .a = a,
                 .b = b,
                 .accumulates = accumulate};
    size_t k = columns_of(&a), deepest = rounded(least(k, DEPTH)), of_a = packed_size(p.m, deepest);
    worker *w = mine();
    bool room =
        grow(&w->packed, &w->packed_size, (of_a + packed_size(p.n, deepest)) * sizeof(uint16_t));
    if (!room || p.m * p.n * k == 0) {
        kg_onednn_gemm(c, ldc, accumulate ? 1 : 0, a, b, 1);
        return;
    }
    uint16_t *memory = w->packed;
    for (p.l = 0; p.l < k; p.l += DEPTH) {
        p.k = least(k - p.l, DEPTH);
        p.depth = rounded(p.k);
        p.in_a = packed_of(memory, p.m, p.depth, !a.transposed);
        p.in_b = packed_of(memory + of_a, p.n, p.depth, b.transposed);
        run_round(&p, !omp_in_parallel() && p.m * p.n * p.k >= SERIAL);
        p.accumulates = true;
    }
}
