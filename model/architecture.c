#include "model/architecture.h"

#include <stdio.h>
#include <string.h>

static const kg_rename none[] = {{NULL, NULL}};

static const kg_rename roberta_names[] = {
    {"cls.predictions.transform.dense", "lm_head.dense"},
    {"cls.predictions.transform.LayerNorm", "lm_head.layer_norm"},
    {"cls.predictions.bias", "lm_head.bias"},
    {NULL, NULL},
};

static const kg_rename electra_names[] = {
    {"cls.predictions.transform.dense", "generator_predictions.dense"},
    {"cls.predictions.transform.LayerNorm", "generator_predictions.LayerNorm"},
    {"cls.predictions.bias", "generator_lm_head.bias"},
    {NULL, NULL},
};

static const kg_rename distilbert_names[] = {
    {"encoder.layer.", "transformer.layer."},
    {"attention.self.query", "attention.q_lin"},
    {"attention.self.key", "attention.k_lin"},
    {"attention.self.value", "attention.v_lin"},
    {"attention.output.dense", "attention.out_lin"},
    {"attention.output.LayerNorm", "sa_layer_norm"},
    {"intermediate.dense", "ffn.lin1"},
    {"output.dense", "ffn.lin2"},
    {"output.LayerNorm", "output_layer_norm"},
    {"cls.predictions.transform.dense", "vocab_transform"},
    {"cls.predictions.transform.LayerNorm", "vocab_layer_norm"},
    {"cls.predictions.bias", "vocab_projector.bias"},
    {NULL, NULL},
};

static const kg_rename distilbert_keys[] = {
    {"hidden_size", "dim"},
    {"num_hidden_layers", "n_layers"},
    {"num_attention_heads", "n_heads"},
    {"intermediate_size", "hidden_dim"},
    {"hidden_act", "activation"},
    {"hidden_dropout_prob", "dropout"},
    {"attention_probs_dropout_prob", "attention_dropout"},
    {NULL, NULL},
};

static const kg_rename smedbert_renames[] = {
    {"smedbert.infusion.span_attention.",
     "bert.encoder.two_hop_mixer.span_extractor._global_attention._module."},
    {"smedbert.infusion.mention.", "bert.encoder.two_hop_mixer.bert2entity."},
    {"smedbert.infusion.type_query.", "bert.encoder.two_hop_mixer.add_attention.q_proj."},
    {"smedbert.infusion.type_key.", "bert.encoder.two_hop_mixer.add_attention.k_proj."},
    {"smedbert.infusion.type_score.", "bert.encoder.two_hop_mixer.add_attention.v_proj."},
    {"smedbert.infusion.node_query.", "bert.encoder.two_hop_mixer.type_attention.query."},
    {"smedbert.infusion.node_key.", "bert.encoder.two_hop_mixer.type_attention.key."},
    {"smedbert.infusion.node_value.", "bert.encoder.two_hop_mixer.type_attention.value."},
    {"smedbert.infusion.ffn_in.", "bert.encoder.two_hop_mixer.ta_amp."},
    {"smedbert.infusion.ffn_out.", "bert.encoder.two_hop_mixer.ta_nar."},
    {"smedbert.infusion.neighbor_norm.", "bert.encoder.two_hop_mixer.ta_layer_norm."},
    {"smedbert.infusion.mix.", "bert.encoder.two_hop_mixer.one_two_hop_mix."},
    {"smedbert.infusion.expand.", "bert.encoder.two_hop_mixer.infusion_back_project."},
    {"smedbert.infusion.expand_norm.", "bert.encoder.two_hop_mixer.layer_norm."},
    {"smedbert.infusion.gate.", "bert.encoder.two_hop_mixer.update_gate."},
    {"smedbert.infusion.output.", "bert.encoder.two_hop_mixer.eh_mixer."},
    {NULL, NULL},
};

const kg_architecture kg_smedbert_names = {"bert", "bert.", smedbert_renames, none, 0, false};

static const kg_architecture architectures[] = {
    {"bert", "bert.", none, none, 0, false},
    {"roberta", "roberta.", roberta_names, none, 2, false},
    {"electra", "electra.", electra_names, none, 0, false},
    {"distilbert", "distilbert.", distilbert_names, distilbert_keys, 0, true},
};

const kg_architecture *kg_architecture_find(const char *model_type) {
    for (size_t i = 0; i < sizeof architectures / sizeof *architectures; i++)
        if (strcmp(architectures[i].model_type, model_type) == 0)
            return &architectures[i];
    return NULL;
}

const char *kg_architecture_names(void) {
    return "bert, roberta, electra or distilbert";
}

/* Append n bytes; false: no room. */
static bool append(char *out, size_t size, const char *text, size_t n) {
    size_t at = strlen(out);
    if (n >= size - at)
        return false;
    memcpy(out + at, text, n);
    out[at + n] = '\0';
    return true;
}

/* The first of the renames that stands at this place. */
static const kg_rename *rename_at(const kg_rename *names, const char *place) {
    while (names->ours != NULL && strncmp(place, names->ours, strlen(names->ours)) != 0)
        names++;
    return names->ours ? names : NULL;
}

bool kg_architecture_name(char *out, size_t size, const kg_architecture *architecture,
                          const char *ours, bool with_prefix) {
    bool fits = size > 0;
    if (fits)
        out[0] = '\0';
    if (strncmp(ours, "bert.", 5) == 0) {
        ours += 5;
        if (fits && with_prefix)
            fits = append(out, size, architecture->prefix, strlen(architecture->prefix));
    }
    while (fits && *ours != '\0') {
        const kg_rename *r = rename_at(architecture->names, ours);
        fits = r ? append(out, size, r->theirs, strlen(r->theirs)) : append(out, size, ours, 1);
        ours += r ? strlen(r->ours) : 1;
    }
    return fits;
}
