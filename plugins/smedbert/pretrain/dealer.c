#include "plugins/smedbert/pretrain/dealer.h"

#include <string.h>

void kg_dealer_init(kg_dealer *dealer, uint32_t tokens_per_batch, uint32_t tokens_per_micro,
                    uint32_t rank, uint32_t ranks) {
    memset(dealer, 0, sizeof *dealer);
    dealer->tokens_per_batch = tokens_per_batch;
    dealer->tokens_per_micro = tokens_per_micro ? tokens_per_micro : tokens_per_batch;
    dealer->rank = rank;
    dealer->ranks = ranks ? ranks : 1;
}

void kg_dealer_free(kg_dealer *dealer) {
    for (size_t i = 0; i < dealer->micro.len; i++)
        kg_token_batch_free(&dealer->micro.data[i]);
    kg_array_free(&dealer->micro);
    kg_array_free(&dealer->tokens_of_rank);
}

void kg_dealer_clear(kg_dealer *dealer) {
    dealer->counts = (kg_examples_counts){0};
    dealer->tokens_of_rank.len = 0;
    dealer->used = 0;
}

bool kg_dealer_fits(const kg_dealer *dealer, const kg_token_batch *example) {
    return dealer->counts.tokens == 0 ||
           dealer->counts.tokens + kg_token_batch_tokens(example) <= dealer->tokens_per_batch;
}

static void count(kg_examples_counts *counts, const kg_token_batch *example) {
    counts->sequences += kg_token_batch_sequences(example);
    counts->tokens += kg_token_batch_tokens(example);
    counts->ordered += example->sop_labels.data[0] != KG_SOP_NONE;
    counts->masked += example->mlm_positions.len;
    counts->pairs += example->pair_log_q.len;
    counts->mentions += example->mention_starts.len;
    for (size_t i = 0; i < example->mention_roles.len; i++)
        counts->infused += example->mention_roles.data[i] == KG_ROLE_INFUSE;
}

/* The rank whose turn it is; its tokens are counted. */
static kg_status choose_rank(uint32_t *rank, kg_dealer *dealer, uint32_t tokens) {
    kg_status st;
    *rank = 0;
    while (dealer->tokens_of_rank.len < dealer->ranks)
        KG_TRY(st, kg_array_push(&dealer->tokens_of_rank, 0));
    uint64_t *taken = dealer->tokens_of_rank.data;
    for (uint32_t r = 1; r < dealer->ranks; r++)
        if (taken[r] < taken[*rank])
            *rank = r;
    taken[*rank] += tokens;
    return KG_OK;
}

static kg_status next_micro(kg_dealer *dealer) {
    kg_status st;
    if (dealer->used == dealer->micro.len) {
        kg_token_batch fresh = KG_TOKEN_BATCH_INIT;
        KG_TRY(st, kg_array_push(&dealer->micro, fresh));
    }
    kg_token_batch_clear(&dealer->micro.data[dealer->used++]);
    return KG_OK;
}

kg_status kg_dealer_deal(kg_dealer *dealer, const kg_token_batch *example) {
    kg_status st;
    uint32_t rank, tokens = kg_token_batch_tokens(example);
    count(&dealer->counts, example);
    KG_TRY(st, choose_rank(&rank, dealer, tokens));
    if (rank != dealer->rank)
        return KG_OK;
    if (dealer->used == 0 || kg_token_batch_tokens(&dealer->micro.data[dealer->used - 1]) + tokens >
                                 dealer->tokens_per_micro)
        KG_TRY(st, next_micro(dealer));
    return kg_token_batch_append(&dealer->micro.data[dealer->used - 1], example);
}
