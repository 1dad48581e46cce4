/* C is made a tile of MR x NR at a time, whose sums never leave the registers. Both factors are
 * first copied ("packed") into panels in the order in which tiles read them: KC deep, a panel of A
 * MR wide and one of B NR wide. A panel of B stays in the first cache while all panels of A, which
 * stay in the second, pass by. Panels lie PAD further apart than their size, or their lines would
 * fall on the same few sets of a cache. */
#include "model/gemm_tiled.h"

#if defined(__AVX2__) && defined(__FMA__)

#include <omp.h>
#include <string.h>

enum {
    LANES = 8,
    MR = 6,
    NR = 2 * LANES,
    KC = 256,
    MC = 32 * MR,
    NC = 64 * NR,
    PAD = 16,
    A_PANEL = KC * MR + PAD,
    B_PANEL = KC * NR + PAD,
    SERIAL = 1 << 19 /* multiply-adds below which a second thread does not pay */
};

/* One register of the processor; from memory at any multiple of four bytes. */
typedef float lanes __attribute__((vector_size(LANES * sizeof(float))));
typedef float loose_lanes __attribute__((vector_size(LANES * sizeof(float)), aligned(4)));

static _Thread_local float packed_a[MC / MR * A_PANEL] __attribute__((aligned(64)));
static _Thread_local float packed_b[NC / NR * B_PANEL] __attribute__((aligned(64)));

typedef struct product {
    float *c;
    size_t ldc;
    float alpha, beta;
    kg_mat a, b;
    size_t m, n, k;
} product;

/* A piece of a factor to be packed: `outer` of its rows (or columns, where the factor is not walked
 * across), k deep. A panel takes `width` of them, MR or NR, which the compiler sees as a constant.
 */
typedef struct piece {
    const float *from;
    size_t stride, outer, k;
} piece;

#define INLINED static inline __attribute__((always_inline))

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

#define SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)

/* Eight rows of eight become their columns. */
INLINED void transpose(lanes r[LANES]) {
    lanes t[LANES], u[LANES];
    for (int i = 0; i < LANES; i += 2) {
        t[i] = SHUFFLE(r[i], r[i + 1], 0, 8, 1, 9, 4, 12, 5, 13);
        t[i + 1] = SHUFFLE(r[i], r[i + 1], 2, 10, 3, 11, 6, 14, 7, 15);
    }
    for (int i = 0; i < LANES; i += 4)
        for (int j = 0; j < 2; j++) {
            u[i + 2 * j] = SHUFFLE(t[i + j], t[i + j + 2], 0, 1, 8, 9, 4, 5, 12, 13);
            u[i + 2 * j + 1] = SHUFFLE(t[i + j], t[i + j + 2], 2, 3, 10, 11, 6, 7, 14, 15);
        }
    for (int i = 0; i < LANES / 2; i++) {
        r[i] = SHUFFLE(u[i], u[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
        r[i + 4] = SHUFFLE(u[i], u[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
    }
}

/* One whole panel of rows, as far as k is a multiple of LANES; returns how far. A store of a panel
 * narrower than LANES spills over what the next one writes, the last one over the padding. */
INLINED size_t pack_whole_rows(float *to, const float *from, const piece *p, size_t width) {
    size_t done = p->k / LANES * LANES;
    for (size_t l = 0; l < done; l += LANES)
        for (size_t i = 0; i < width; i += LANES) {
            lanes r[LANES];
            for (size_t j = 0; j < LANES; j++)
                r[j] = i + j < width
                           ? (lanes) * (const loose_lanes *)(from + (i + j) * p->stride + l)
                           : (lanes){0};
            transpose(r);
            for (size_t j = 0; j < LANES; j++)
                *(loose_lanes *)(to + (l + j) * width + i) = r[j];
        }
    return done;
}

/* A factor whose stored rows run along k. */
INLINED void pack_rows(float *to, const piece *p, size_t width, size_t panel) {
    for (size_t o = 0; o < p->outer; o += width, to += panel) {
        const float *from = p->from + o * p->stride;
        size_t rows = least(width, p->outer - o);
        size_t l = rows == width ? pack_whole_rows(to, from, p, width) : 0;
        for (; l < p->k; l++)
            for (size_t i = 0; i < width; i++)
                to[l * width + i] = i < rows ? from[i * p->stride + l] : 0;
    }
}

/* A factor whose stored rows run across k. */
INLINED void pack_columns(float *to, const piece *p, size_t width, size_t panel) {
    size_t whole = p->outer / width, rest = p->outer % width;
    for (size_t l = 0; l < p->k; l++) {
        const float *row = p->from + l * p->stride;
        float *out = to + l * width;
        for (size_t i = 0; i < whole; i++, out += panel, row += width)
            memcpy(out, row, width * sizeof *out);
        if (rest > 0) {
            memcpy(out, row, rest * sizeof *out);
            memset(out + rest, 0, (width - rest) * sizeof *out);
        }
    }
}

static void pack_a(const kg_mat *a, size_t i, size_t m, size_t l, size_t k) {
    if (a->transposed)
        pack_columns(packed_a, &(piece){a->data + l * a->stride + i, a->stride, m, k}, MR, A_PANEL);
    else
        pack_rows(packed_a, &(piece){a->data + i * a->stride + l, a->stride, m, k}, MR, A_PANEL);
}

static void pack_b(const kg_mat *b, size_t j, size_t n, size_t l, size_t k) {
    if (b->transposed)
        pack_rows(packed_b, &(piece){b->data + j * b->stride + l, b->stride, n, k}, NR, B_PANEL);
    else
        pack_columns(packed_b, &(piece){b->data + l * b->stride + j, b->stride, n, k}, NR, B_PANEL);
}

/* c = alpha A B + beta c for one tile. */
static inline void tile(float *c, size_t ldc, const float *a, const float *b, size_t k,
                        const float factors[2]) {
    lanes sum[MR][2] = {{{0}}};
    for (size_t i = 0; i < MR; i++)
        __builtin_prefetch(c + i * ldc, 1);
    for (size_t l = 0; l < k; l++, a += MR, b += NR)
        for (size_t i = 0; i < MR; i++) {
            sum[i][0] += a[i] * *(const lanes *)b;
            sum[i][1] += a[i] * *(const lanes *)(b + LANES);
        }
    for (size_t i = 0; i < MR; i++) {
        loose_lanes *row = (loose_lanes *)(c + i * ldc);
        for (size_t j = 0; j < 2; j++)
            row[j] = factors[1] == 0 ? factors[0] * sum[i][j]
                                     : factors[1] * row[j] + factors[0] * sum[i][j];
    }
}

/* A tile of which only m x n elements lie in C. */
static void tile_at_edge(float *c, size_t ldc, const float *whole, size_t m, size_t n, float beta) {
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++)
            c[i * ldc + j] = (beta == 0 ? 0 : beta * c[i * ldc + j]) + whole[i * NR + j];
}

/* All tiles of the packed panels: m x n elements of C from c on. */
static void tiles(float *c, const product *p, size_t m, size_t n, size_t k, float beta) {
    const float factors[2] = {p->alpha, beta}, alone[2] = {p->alpha, 0};
    for (size_t j = 0; j < n; j += NR) {
        const float *b = packed_b + j / NR * B_PANEL;
        for (size_t i = 0; i < m; i += MR) {
            const float *a = packed_a + i / MR * A_PANEL;
            float *out = c + i * p->ldc + j;
            if (i + MR <= m && j + NR <= n) {
                tile(out, p->ldc, a, b, k, factors);
                continue;
            }
            float whole[MR * NR] __attribute__((aligned(64)));
            tile(whole, NR, a, b, k, alone);
            tile_at_edge(out, p->ldc, whole, least(MR, m - i), least(NR, n - j), beta);
        }
    }
}

/* Rows [i0, i1) and columns [j0, j1) of C. With nothing to sum over, one round that only scales. */
static void part(const product *p, size_t i0, size_t i1, size_t j0, size_t j1) {
    size_t rounds = p->k > 0 ? (p->k + KC - 1) / KC : 1, depth = (p->k + rounds - 1) / rounds;
    for (size_t j = j0; j < j1; j += NC)
        for (size_t r = 0; r < rounds; r++) {
            size_t n = least(NC, j1 - j), l = r * depth, k = least(depth, p->k - l);
            pack_b(&p->b, j, n, l, k);
            for (size_t i = i0; i < i1; i += MC) {
                size_t m = least(MC, i1 - i);
                pack_a(&p->a, i, m, l, k);
                tiles(p->c + i * p->ldc + j, p, m, n, k, r == 0 ? p->beta : 1);
            }
        }
}

/* The longer side of C is split among the threads: what both pack is then the smaller factor. */
void kg_tiled_gemm(float *c, size_t ldc, float beta, kg_mat a, kg_mat b, float alpha) {
    product p = {c, ldc, alpha, beta, a, b, .m = a.transposed ? a.columns : a.rows};
    p.n = b.transposed ? b.rows : b.columns;
    p.k = a.transposed ? a.rows : a.columns;
    if (omp_in_parallel() || p.m * p.n * p.k < SERIAL) {
        part(&p, 0, p.m, 0, p.n);
        return;
    }
    bool by_rows = p.m >= p.n;
    size_t unit = by_rows ? MR : NR, length = by_rows ? p.m : p.n;
    size_t strips = (length + unit - 1) / unit, threads = (size_t)omp_get_max_threads();
#pragma omp parallel for schedule(static)
    for (size_t t = 0; t < threads; t++) {
        size_t first = strips * t / threads * unit;
        size_t end = least(strips * (t + 1) / threads * unit, length);
        if (by_rows)
            part(&p, first, end, 0, p.n);
        else
            part(&p, 0, p.m, first, end);
    }
}

bool kg_tiled_suits(void) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

#else

bool kg_tiled_suits(void) {
    return false;
}

void kg_tiled_gemm(float *c, size_t ldc, float beta, kg_mat a, kg_mat b, float alpha) {
    kg_blas_gemm(c, ldc, beta, a, b, alpha);
}

#endif
