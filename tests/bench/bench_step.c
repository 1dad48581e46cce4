/* A pretraining step: forward and backward, forward alone, the optimizer, and the sgemm rate of the
 * same run, in wall and in processor time; then what share of the step each operation has.
 *
 *     bench_step SIZE SEQUENCES LENGTH [REPEATS [THREADS]]
 *
 * LENGTH is in tokens, or a file of lengths, one a line. A twelfth of the tokens is in mentions of
 * two tokens with ten neighbors, unless KG_BENCH_PLAIN is set; KG_BENCH_DROPOUT sets the share
 * dropped, KG_BENCH_PRECISION the precision: f32 or bf16. tests/bench/peer_step.py does the same
 * with PyTorch. */
#include "bench_shares.h"
#include "bench_tool.h"

#include "kgstore/base/clock.h"
#include "kgstore/base/rng.h"
#include "model/blas.h"
#include "model/model.h"
#include "model/ops_bf16.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum {
    VOCABULARY = 21128,
    ENTITIES = 24874,
    RELATIONS = 9,
    D2 = 100,
    NEIGHBORS = 10,
    NEGATIVES = 16
};

static float *random_block(size_t n, kg_rng *rng) {
    float *block = malloc(n * sizeof *block);
    for (size_t i = 0; block != NULL && i < n; i++)
        block[i] = (float)kg_rng_uniform(rng) - 0.5f;
    return block;
}

static void add_mention(kg_token_batch *b, kg_rng *rng, uint32_t at) {
    kg_role role = b->mention_starts.len % 2 ? KG_ROLE_PREDICT : KG_ROLE_INFUSE;
    int failed = kg_array_push(&b->mention_starts, at) != KG_OK;
    failed |= kg_array_push(&b->mention_ends, at + 2) != KG_OK;
    failed |= kg_array_push(&b->mention_roles, (uint8_t)role) != KG_OK;
    failed |= kg_array_push(&b->mention_entities, 0) != KG_OK;
    failed |= kg_array_push(&b->neighbor_counts, NEIGHBORS) != KG_OK;
    for (int k = 0; k < NEIGHBORS; k++) {
        failed |=
            kg_array_push(&b->neighbor_entities, (uint32_t)kg_rng_below(rng, ENTITIES)) != KG_OK;
        failed |=
            kg_array_push(&b->neighbor_relations, (uint32_t)kg_rng_below(rng, RELATIONS)) != KG_OK;
        failed |= kg_array_push(&b->neighbor_directions, 1) != KG_OK;
        failed |= kg_array_push(&b->neighbor_types, (uint32_t)kg_rng_below(rng, 4)) != KG_OK;
        if (role == KG_ROLE_INFUSE)
            continue;
        failed |= kg_array_push(&b->pair_log_q, -9) != KG_OK;
        for (int j = 0; j < NEGATIVES; j++) {
            failed |= kg_array_push(&b->negatives, (uint32_t)kg_rng_below(rng, ENTITIES)) != KG_OK;
            failed |= kg_array_push(&b->negative_log_q, -9) != KG_OK;
        }
    }
    if (failed)
        exit(3);
}

/* The tokens of every sequence, from a number or a file. */
static void read_lengths(uint32_t *lengths, uint32_t sequences, const char *given) {
    FILE *file = atoi(given) > 0 ? NULL : fopen(given, "r");
    char line[32];
    for (uint32_t s = 0; s < sequences; s++) {
        lengths[s] = (uint32_t)atoi(file && fgets(line, sizeof line, file) ? line : given);
        if (lengths[s] == 0) {
            fprintf(stderr, "%s holds fewer than %u lengths\n", given, sequences);
            exit(2);
        }
    }
    if (file != NULL)
        fclose(file);
}

static void fill(kg_token_batch *b, uint32_t sequences, const uint32_t *lengths, bool mentions) {
    kg_rng rng = kg_rng_stream(1, 0, 0, 0);
    int failed = 0;
    b->negatives_per_pair = NEGATIVES;
    for (uint32_t s = 0; s < sequences; s++) {
        uint32_t length = lengths[s];
        failed |= kg_array_push(&b->documents, s) != KG_OK;
        failed |= kg_array_push(&b->epochs, 0) != KG_OK;
        failed |= kg_array_push(&b->sop_labels, s % 2) != KG_OK;
        failed |= kg_array_push(&b->lengths, length) != KG_OK;
        for (uint32_t i = 0; i < length; i++) {
            uint32_t at = kg_token_batch_tokens(b);
            failed |=
                kg_array_push(&b->input_ids, (uint32_t)kg_rng_below(&rng, VOCABULARY)) != KG_OK;
            failed |= kg_array_push(&b->original_ids, b->input_ids.data[at]) != KG_OK;
            failed |= kg_array_push(&b->segments, i > length / 2) != KG_OK;
            if (i % 20 == 1 || i % 20 == 8 || i % 20 == 15) {
                failed |= kg_array_push(&b->mlm_positions, at) != KG_OK;
                failed |= kg_array_push(&b->mlm_labels, b->input_ids.data[at]) != KG_OK;
            }
            if (mentions && i % 24 == 1 && i + 2 < length)
                add_mention(b, &rng, at);
        }
    }
    if (failed)
        exit(3);
}

/* OpenBLAS's GFLOP/s in one of the step's largest products: (tokens, d) by (d, 4 d). */
static double gemm_rate(size_t tokens, size_t d, double *cpu_rate) {
    kg_rng rng = kg_rng_stream(2, 0, 0, 0);
    float *a = random_block(tokens * d, &rng), *w = random_block(4 * d * d, &rng);
    float *c = random_block(tokens * 4 * d, &rng);
    double best = 0, flops = 8.0 * (double)(tokens * d * d);
    *cpu_rate = 0;
    for (int i = 0; i < 12 && a && w && c; i++) {
        double wall = kg_clock(), cpu = bench_cpu();
        kg_blas_gemm(c, 4 * d, 0, kg_mat_of(a, tokens, d), kg_mat_t(w, 4 * d, d), 1);
        wall = flops / (kg_clock() - wall) / 1e9;
        cpu = flops / (bench_cpu() - cpu) / 1e9;
        best = wall > best ? wall : best;
        *cpu_rate = cpu > *cpu_rate ? cpu : *cpu_rate;
    }
    free(a);
    free(w);
    free(c);
    return best;
}

/* Multiply-adds of a step, counted twice, over what is computed: of the last layer's rows those
 * that are read, and the logits of masked rows. */
static double step_flops(const kg_model_config *c, const kg_token_batch *b, size_t read) {
    double d = c->hidden_size, masked = (double)b->mlm_positions.len;
    double layers = 24 * d * d * (double)b->input_ids.len;
    double unread = 18 * d * d * (double)(b->input_ids.len - read);
    for (size_t s = 0; s < b->lengths.len; s++)
        layers += 4 * d * (double)b->lengths.data[s] * (double)b->lengths.data[s];
    return 3 * (c->num_hidden_layers * layers - unread + masked * 2 * d * (d + VOCABULARY));
}

typedef struct timing {
    double wall, cpu;
} timing;

static void keep_least(timing *least, double wall, double cpu) {
    least->wall = least->wall == 0 || wall < least->wall ? wall : least->wall;
    least->cpu = least->cpu == 0 || cpu < least->cpu ? cpu : least->cpu;
}

enum { STEP, FORWARD, OPTIMIZER, PARTS };

/* One of the parts, timed. */
static void run_part(kg_pretrainer *trainer, kg_model *model, kg_encoder_input *input, int part,
                     timing *least) {
    static const kg_adamw adamw = KG_ADAMW_INIT;
    static uint64_t steps;
    kg_error err = KG_ERROR_INIT;
    kg_losses losses;
    kg_loss_counts counts = kg_token_batch_counts(input->batch);
    double wall = kg_clock(), cpu = bench_cpu();
    input->backward = part == STEP;
    if (part == OPTIMIZER)
        kg_adamw_step(kg_model_params(model), &adamw, ++steps,
                      kg_gradient_norm(kg_model_params(model)));
    else if (kg_pretrain_run(&losses, trainer, input, &counts, &err) != KG_OK) {
        fprintf(stderr, "%s\n", err.text);
        exit(1);
    }
    if (least != NULL)
        keep_least(least, kg_clock() - wall, bench_cpu() - cpu);
}

/* The least time of each part; then the shares of as many steps. Returns how many of the last
 * layer's rows are read. */
static size_t run(kg_model *model, kg_encoder_input *input, int repeats, timing out[PARTS]) {
    kg_pretrainer trainer = {.encoder = kg_model_encoder(model), .heads = kg_model_heads(model)};
    for (int i = 0; i <= repeats; i++)
        for (int part = 0; part < PARTS; part++)
            run_part(&trainer, model, input, part, i > 0 ? &out[part] : NULL);
    double start = kg_clock();
    bench_shares_begin();
    for (int i = 0; i < repeats; i++) {
        run_part(&trainer, model, input, STEP, NULL);
        run_part(&trainer, model, input, OPTIMIZER, NULL);
    }
    bench_shares_print(repeats, kg_clock() - start);
    kg_pretrainer_free(&trainer);
    return trainer.pass.input.n_rows;
}

static void print_figures(const char *size, const kg_token_batch *b, const kg_model_config *c,
                          size_t read, const timing t[PARTS]) {
    double cpu_rate, tokens = kg_token_batch_tokens(b);
    double rate = gemm_rate((size_t)tokens, c->hidden_size, &cpu_rate);
    double flops = step_flops(c, b, read) / 1e9;
    double step = t[STEP].wall + t[OPTIMIZER].wall, step_cpu = t[STEP].cpu + t[OPTIMIZER].cpu;
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("{\"bench\": \"step\", \"size\": \"%s\", \"sequences\": %u, \"tokens\": %.0f, "
           "\"mentions\": %zu, \"tokens_per_s\": %.0f, \"tokens_per_cpu_s\": %.0f, "
           "\"step_s\": %.4f, \"forward_s\": %.4f, \"optimizer_s\": %.4f, \"gflops\": %.1f, "
           "\"sgemm_gflops\": %.1f, \"cpu_gflops\": %.1f, \"cpu_sgemm_gflops\": %.1f, "
           "\"resident_mb\": %ld}\n",
           size, kg_token_batch_sequences(b), tokens, b->mention_starts.len, tokens / step,
           tokens / step_cpu, step, t[FORWARD].wall, t[OPTIMIZER].wall, flops / step, rate,
           flops / step_cpu, cpu_rate, usage.ru_maxrss / 1000);
}

int main(int argc, char **argv) {
    kg_model_config c;
    kg_model *model;
    kg_error err = KG_ERROR_INIT;
    kg_token_batch batch = KG_TOKEN_BATCH_INIT;
    timing t[PARTS] = {{0, 0}};
    if (argc < 4 || kg_model_config_named(&c, argv[1]) != KG_OK) {
        fprintf(stderr, "usage: %s SIZE SEQUENCES LENGTH [REPEATS [THREADS]]\n", argv[0]);
        return 2;
    }
    uint32_t sequences = (uint32_t)atoi(argv[2]), *lengths = calloc(sequences, sizeof *lengths);
    if (lengths == NULL)
        return 3;
    read_lengths(lengths, sequences, argv[3]);
    kg_rng rng = kg_rng_stream(3, 0, 0, 0);
    float *blocks[3] = {random_block(ENTITIES * D2, &rng), random_block(RELATIONS * D2, &rng),
                        random_block(RELATIONS * D2 * D2, &rng)};
    kg_graph_tables tables = {
        kg_rows_of((const float *const *)&blocks[0], ENTITIES, D2, NULL),
        kg_rows_of((const float *const *)&blocks[1], RELATIONS, D2, NULL),
        kg_rows_of((const float *const *)&blocks[2], RELATIONS, (size_t)D2 * D2, NULL)};
    const char *dropped = getenv("KG_BENCH_DROPOUT");
    kg_encoder_input input = {.batch = &batch, .tables = &tables, .dropout = dropped != NULL};
    kg_blas_set_threads(argc > 5 ? atoi(argv[5]) : 2);
    c.hidden_dropout_prob = c.attention_probs_dropout_prob = dropped ? atof(dropped) : 0;
    c.vocab_size = VOCABULARY;
    c.kg_entities = ENTITIES;
    c.kg_relations = RELATIONS;
    c.kg_types = 4;
    c.kg_entity_dim = c.kg_relation_dim = D2;
    fill(&batch, sequences, lengths, getenv("KG_BENCH_PLAIN") == NULL);
    const kg_backend *backend;
    if (kg_backend_choose(&backend, getenv("KG_BENCH_PRECISION"), &err) != KG_OK) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    kg_backend timed = bench_shares_of(backend);
    if (kg_model_new(&model, &c, KG_MODEL_HEADS, &err) != KG_OK)
        return 1;
    kg_model_use(model, &timed);
    if (kg_model_allocate(model, true, 1, &err) != KG_OK) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    size_t read = run(model, &input, argc > 4 ? atoi(argv[4]) : 5, t);
    print_figures(argv[1], &batch, &c, read, t);
    kg_token_batch_free(&batch);
    kg_model_free(model);
    free(lengths);
    for (int i = 0; i < 3; i++)
        free(blocks[i]);
    return 0;
}
