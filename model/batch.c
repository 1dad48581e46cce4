#include "model/batch.h"

#include <stdbool.h>

void kg_token_batch_clear(kg_token_batch *b) {
    b->documents.len = b->epochs.len = b->sop_labels.len = b->lengths.len = 0;
    b->input_ids.len = b->original_ids.len = b->segments.len = 0;
    b->mlm_positions.len = b->mlm_labels.len = 0;
    b->mention_starts.len = b->mention_ends.len = b->mention_roles.len = 0;
    b->mention_entities.len = b->neighbor_counts.len = 0;
    b->neighbor_entities.len = b->neighbor_relations.len = 0;
    b->neighbor_directions.len = b->neighbor_types.len = 0;
    b->pair_log_q.len = b->negatives.len = b->negative_log_q.len = 0;
    b->negatives_per_pair = 0;
}

void kg_token_batch_free(kg_token_batch *b) {
    kg_array_free(&b->documents);
    kg_array_free(&b->epochs);
    kg_array_free(&b->sop_labels);
    kg_array_free(&b->lengths);
    kg_array_free(&b->input_ids);
    kg_array_free(&b->original_ids);
    kg_array_free(&b->segments);
    kg_array_free(&b->mlm_positions);
    kg_array_free(&b->mlm_labels);
    kg_array_free(&b->mention_starts);
    kg_array_free(&b->mention_ends);
    kg_array_free(&b->mention_roles);
    kg_array_free(&b->mention_entities);
    kg_array_free(&b->neighbor_counts);
    kg_array_free(&b->neighbor_entities);
    kg_array_free(&b->neighbor_relations);
    kg_array_free(&b->neighbor_directions);
    kg_array_free(&b->neighbor_types);
    kg_array_free(&b->pair_log_q);
    kg_array_free(&b->negatives);
    kg_array_free(&b->negative_log_q);
    b->negatives_per_pair = 0;
}

#define APPEND(field) KG_TRY(st, kg_array_append(&to->field, from->field.data, from->field.len))

/* Append the field with `by` added to each element. */
#define APPEND_MOVED(field, by)                                                                    \
    do {                                                                                           \
        size_t first_ = to->field.len;                                                             \
        APPEND(field);                                                                             \
        for (size_t i_ = first_; i_ < to->field.len; i_++)                                         \
            to->field.data[i_] += (by);                                                            \
    } while (0)

kg_status kg_token_batch_append(kg_token_batch *to, const kg_token_batch *from) {
    kg_status st;
    uint32_t tokens = kg_token_batch_tokens(to);
    if (from->pair_log_q.len > 0) {
        if (to->pair_log_q.len > 0 && to->negatives_per_pair != from->negatives_per_pair)
            return KG_ERR_ARGUMENT;
        to->negatives_per_pair = from->negatives_per_pair;
    }
    APPEND(documents);
    APPEND(epochs);
    APPEND(sop_labels);
    APPEND(lengths);
    APPEND(input_ids);
    APPEND(original_ids);
    APPEND(segments);
    APPEND_MOVED(mlm_positions, tokens);
    APPEND(mlm_labels);
    APPEND_MOVED(mention_starts, tokens);
    APPEND_MOVED(mention_ends, tokens);
    APPEND(mention_roles);
    APPEND(mention_entities);
    APPEND(neighbor_counts);
    APPEND(neighbor_entities);
    APPEND(neighbor_relations);
    APPEND(neighbor_directions);
    APPEND(neighbor_types);
    APPEND(pair_log_q);
    APPEND(negatives);
    APPEND(negative_log_q);
    return KG_OK;
}

typedef struct named_length {
    const char *name;
    size_t len, want;
} named_length;

static kg_status check_lengths(const named_length *lengths, size_t n, kg_error *err) {
    for (size_t i = 0; i < n; i++)
        if (lengths[i].len != lengths[i].want)
            return kg_error_set(err, KG_ERR_FORMAT, "batch: %s holds %zu elements, expected %zu",
                                lengths[i].name, lengths[i].len, lengths[i].want);
    return KG_OK;
}

static kg_status check_ids(const char *name, const uint32_t *ids, size_t n, uint32_t limit,
                           kg_error *err) {
    for (size_t i = 0; i < n; i++)
        if (ids[i] >= limit)
            return kg_error_set(err, KG_ERR_FORMAT, "batch: %s[%zu] is %u, expected below %u", name,
                                i, ids[i], limit);
    return KG_OK;
}

static kg_status check_sequences(const kg_token_batch *b, const kg_token_batch_limits *limits,
                                 kg_error *err) {
    uint64_t tokens = 0;
    for (size_t i = 0; i < b->lengths.len; i++) {
        if (b->lengths.data[i] == 0 || b->lengths.data[i] > limits->positions)
            return kg_error_set(err, KG_ERR_FORMAT,
                                "batch: sequence %zu has %u tokens, expected 1 to %u", i,
                                b->lengths.data[i], limits->positions);
        tokens += b->lengths.data[i];
        if (b->sop_labels.data[i] > 1 && b->sop_labels.data[i] != KG_SOP_NONE)
            return kg_error_set(err, KG_ERR_FORMAT, "batch: sop_labels[%zu] is %u", i,
                                b->sop_labels.data[i]);
    }
    if (tokens != b->input_ids.len)
        return kg_error_set(err, KG_ERR_FORMAT, "batch: lengths sum to %llu, there are %zu tokens",
                            (unsigned long long)tokens, b->input_ids.len);
    for (size_t i = 0; i < b->segments.len; i++)
        if (b->segments.data[i] >= limits->segments)
            return kg_error_set(err, KG_ERR_FORMAT, "batch: segments[%zu] is %u, expected below %u",
                                i, b->segments.data[i], limits->segments);
    return KG_OK;
}

/* Mentions lie inside a sequence, ascending, without overlap. */
static kg_status check_mentions(const kg_token_batch *b, uint64_t *predicted, kg_error *err) {
    uint64_t end_before = 0, sequence_end = 0, neighbors = 0;
    size_t sequence = 0;
    *predicted = 0;
    for (size_t i = 0; i < b->mention_starts.len; i++) {
        uint32_t start = b->mention_starts.data[i], end = b->mention_ends.data[i];
        while (sequence < b->lengths.len && sequence_end <= start)
            sequence_end += b->lengths.data[sequence++];
        if (start < end_before || end <= start || end > sequence_end)
            return kg_error_set(err, KG_ERR_FORMAT,
                                "batch: mention %zu covers tokens %u to %u, which overlaps another "
                                "or leaves its sequence",
                                i, start, end);
        end_before = end;
        if (b->mention_roles.data[i] > KG_ROLE_PREDICT)
            return kg_error_set(err, KG_ERR_FORMAT, "batch: mention_roles[%zu] is %u", i,
                                b->mention_roles.data[i]);
        neighbors += b->neighbor_counts.data[i];
        if (b->mention_roles.data[i] == KG_ROLE_PREDICT)
            *predicted += b->neighbor_counts.data[i];
    }
    if (neighbors != b->neighbor_entities.len)
        return kg_error_set(err, KG_ERR_FORMAT,
                            "batch: neighbor_counts sum to %llu, there are %zu neighbors",
                            (unsigned long long)neighbors, b->neighbor_entities.len);
    return KG_OK;
}

static kg_status check_ascending(const kg_token_batch *b, kg_error *err) {
    for (size_t i = 1; i < b->mlm_positions.len; i++)
        if (b->mlm_positions.data[i] <= b->mlm_positions.data[i - 1])
            return kg_error_set(err, KG_ERR_FORMAT, "batch: mlm_positions[%zu] is not ascending",
                                i);
    for (size_t i = 0; i < b->neighbor_directions.len; i++)
        if (b->neighbor_directions.data[i] != 1 && b->neighbor_directions.data[i] != -1)
            return kg_error_set(err, KG_ERR_FORMAT,
                                "batch: neighbor_directions[%zu] is %d, expected 1 or -1", i,
                                b->neighbor_directions.data[i]);
    return KG_OK;
}

kg_status kg_token_batch_check(const kg_token_batch *b, const kg_token_batch_limits *limits,
                               kg_error *err) {
    size_t sequences = b->lengths.len, tokens = b->input_ids.len, mentions = b->mention_starts.len;
    size_t neighbors = b->neighbor_entities.len, pairs = b->pair_log_q.len;
    const named_length lengths[] = {
        {"documents", b->documents.len, sequences},
        {"epochs", b->epochs.len, sequences},
        {"sop_labels", b->sop_labels.len, sequences},
        {"original_ids", b->original_ids.len, tokens},
        {"segments", b->segments.len, tokens},
        {"mlm_labels", b->mlm_labels.len, b->mlm_positions.len},
        {"mention_ends", b->mention_ends.len, mentions},
        {"mention_roles", b->mention_roles.len, mentions},
        {"mention_entities", b->mention_entities.len, mentions},
        {"neighbor_counts", b->neighbor_counts.len, mentions},
        {"neighbor_relations", b->neighbor_relations.len, neighbors},
        {"neighbor_directions", b->neighbor_directions.len, neighbors},
        {"neighbor_types", b->neighbor_types.len, neighbors},
        {"negatives", b->negatives.len, pairs * b->negatives_per_pair},
        {"negative_log_q", b->negative_log_q.len, pairs * b->negatives_per_pair},
    };
    kg_status st;
    uint64_t predicted;
    KG_TRY(st, check_lengths(lengths, sizeof lengths / sizeof *lengths, err));
    KG_TRY(st, check_sequences(b, limits, err));
    KG_TRY(st, check_mentions(b, &predicted, err));
    KG_TRY(st, check_ascending(b, err));
    if (predicted != pairs)
        return kg_error_set(err, KG_ERR_FORMAT,
                            "batch: predict mentions have %llu neighbors, there are %zu pairs",
                            (unsigned long long)predicted, pairs);
    const struct {
        const char *name;
        const uint32_t *ids;
        size_t n;
        uint32_t limit;
    } ids[] = {
        {"input_ids", b->input_ids.data, tokens, limits->vocabulary},
        {"original_ids", b->original_ids.data, tokens, limits->vocabulary},
        {"mlm_positions", b->mlm_positions.data, b->mlm_positions.len, (uint32_t)tokens},
        {"mlm_labels", b->mlm_labels.data, b->mlm_labels.len, limits->vocabulary},
        {"neighbor_entities", b->neighbor_entities.data, neighbors, limits->entities},
        {"neighbor_relations", b->neighbor_relations.data, neighbors, limits->relations},
        {"neighbor_types", b->neighbor_types.data, neighbors, limits->types},
        {"negatives", b->negatives.data, b->negatives.len, limits->entities},
    };
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        KG_TRY(st, check_ids(ids[i].name, ids[i].ids, ids[i].n, ids[i].limit, err));
    return KG_OK;
}
