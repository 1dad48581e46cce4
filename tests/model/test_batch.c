#include "model/batch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#define PUSH(field, value) assert_int_equal(kg_array_push(&b->field, (value)), KG_OK)

static const kg_token_batch_limits limits = {50, 16, 2, 9, 4, 3};

/* One sequence of five tokens with an infuse mention and a predict mention. */
static void fill(kg_token_batch *b, uint32_t first_id) {
    PUSH(documents, first_id);
    PUSH(epochs, 0);
    PUSH(sop_labels, 1);
    PUSH(lengths, 5);
    for (uint32_t i = 0; i < 5; i++) {
        PUSH(input_ids, first_id + i);
        PUSH(original_ids, first_id + i);
        PUSH(segments, i > 2);
    }
    PUSH(mlm_positions, 1);
    PUSH(mlm_labels, 7);
    for (uint32_t i = 0; i < 2; i++) {
        PUSH(mention_starts, 1 + 2 * i);
        PUSH(mention_ends, 2 + 2 * i);
        PUSH(mention_roles, i ? KG_ROLE_PREDICT : KG_ROLE_INFUSE);
        PUSH(mention_entities, i);
        PUSH(neighbor_counts, 1);
        PUSH(neighbor_entities, 4 + i);
        PUSH(neighbor_relations, i);
        PUSH(neighbor_directions, i ? -1 : 1);
        PUSH(neighbor_types, i);
    }
    b->negatives_per_pair = 2;
    PUSH(pair_log_q, -1);
    for (uint32_t i = 0; i < 2; i++) {
        PUSH(negatives, i);
        PUSH(negative_log_q, -2);
    }
}

static void test_append_moves_indices(void **state) {
    (void)state;
    kg_token_batch one = KG_TOKEN_BATCH_INIT, two = KG_TOKEN_BATCH_INIT;
    kg_error err = KG_ERROR_INIT;
    fill(&one, 10);
    fill(&two, 20);
    assert_int_equal(kg_token_batch_append(&one, &two), KG_OK);
    assert_int_equal(kg_token_batch_check(&one, &limits, &err), KG_OK);
    assert_int_equal(kg_token_batch_sequences(&one), 2);
    assert_int_equal(kg_token_batch_tokens(&one), 10);
    assert_int_equal(one.mlm_positions.data[1], 6);
    assert_int_equal(one.mention_starts.data[3], 8);
    assert_int_equal(one.mention_ends.data[3], 9);
    two.negatives_per_pair = 3;
    assert_int_equal(kg_token_batch_append(&one, &two), KG_ERR_ARGUMENT);
    kg_token_batch_clear(&one);
    assert_int_equal(kg_token_batch_check(&one, &limits, &err), KG_OK);
    kg_token_batch_free(&one);
    kg_token_batch_free(&two);
}

/* Each fault alone, and the name that the message must hold. */
static void spoil(kg_token_batch *b, int fault) {
    switch (fault) {
    case 0:
        b->input_ids.data[2] = 50;
        break;
    case 1:
        b->lengths.data[0] = 4;
        break;
    case 2:
        b->mention_ends.data[1] = 6;
        break;
    case 3:
        b->mention_starts.data[1] = 1;
        break;
    case 4:
        b->mention_roles.data[0] = KG_ROLE_PREDICT;
        break;
    case 5:
        b->neighbor_directions.data[0] = 0;
        break;
    case 6:
        b->negatives.len = 1;
        break;
    case 7:
        b->neighbor_counts.data[0] = 2;
        break;
    case 8:
        b->sop_labels.data[0] = 2;
        break;
    default:
        b->segments.data[0] = 2;
    }
}

static void test_every_fault_is_named(void **state) {
    (void)state;
    static const char *const named[] = {
        "input_ids[2]",           "lengths",   "mention 1",       "mention 1",     "predict",
        "neighbor_directions[0]", "negatives", "neighbor_counts", "sop_labels[0]", "segments[0]"};
    for (int fault = 0; fault < 10; fault++) {
        kg_token_batch b = KG_TOKEN_BATCH_INIT;
        kg_error err = KG_ERROR_INIT;
        fill(&b, 10);
        assert_int_equal(kg_token_batch_check(&b, &limits, &err), KG_OK);
        spoil(&b, fault);
        assert_int_equal(kg_token_batch_check(&b, &limits, &err), KG_ERR_FORMAT);
        assert_non_null(strstr(err.text, named[fault]));
        kg_token_batch_free(&b);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_append_moves_indices),
        cmocka_unit_test(test_every_fault_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
