#!/usr/bin/env bash
# Every option of pretraining is one --set: each trains, says so in its figures or tensors, and none
# of them leaves the model as it was. usage: options.sh KG SOURCE_DIR
set -u
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
here=$(dirname "$(readlink -f "$0")")
cd "$work" || exit 1
. "$here/prepare.sh"
pretrain plain --set run.steps=3 || fail "the plain run failed"

# usage: differs OPTION [FIGURE]: trains with it; FIGURE must be gone from what is reported
differs() {
    rm -rf option
    pretrain option --set run.steps=3 --set "$1" || fail "$1 does not train"
    cmp -s plain/last/model.safetensors option/last/model.safetensors && fail "$1 changes nothing"
    [[ -z ${2-} ]] || ! grep -q "\"$2\"" option/metrics.jsonl || fail "$1 still reports $2"
}
differs kg=false mnem_loss
differs hybrid_attention=false
! grep -q smedbert.infusion option/last/model.safetensors || fail "no hybrid attention, yet its tensors"
differs type_attention=false
differs type_aggregation=mean
differs neighbors=3
differs mlm=false
differs sop=false
differs mnem=false mnem_loss
differs mmem=false mmem_loss
differs mention_share=0.9
differs context_share=0.6
differs infusion_after_layer=2
differs mnem_negatives=4
differs mnem_scale=5
differs trainable_tables=true
grep -q kg.entity_embedding option/last/model.safetensors || fail "trained tables are not in the checkpoint"
# What reads such a checkpoint takes its tables: with others of the store, the vectors are the same.
vectors() {
    "$kg" encode "$samples/corpus.dev.txt" --model "$1" --store store --out "$2" >log 2>&1 || fail "kg encode of $1 failed"
}
vectors option/last trained.npy
vectors plain/last plain.npy
"$kg" embed --store store --set entity_dim=20 --set relation_dim=12 --set warm_epochs=0 --set negatives=50 \
    --set run.epochs=1 --set run.threads=1 --set run.seed=5 --out again >log 2>&1 || fail "the store is not embedded again"
vectors option/last trained-again.npy
vectors plain/last plain-again.npy
cmp trained.npy trained-again.npy || fail "a checkpoint with tables of its own reads the store's"
pretrain onward --set run.steps=1 --set 'init="option/last"' || fail "a run does not begin from trained tables"
grep -q kg.entity_embedding onward/last/model.safetensors || fail "a run that began from trained tables dropped them"
cmp -s plain.npy plain-again.npy && fail "other tables in the store change nothing"
differs hidden_dropout=0.2
differs attention_dropout=0.2
rm -rf option
pretrain option --set neighbor_weights=pepr --set run.steps=3 && fail "weights that the store lacks were read"
grep -q "no personalized weights" log || fail "not told which weights are missing"
for size in mini small medium base; do
    grep -q "\"$size\"" "$2/schemas/smedbert.schema.json" || fail "no size $size"
done
echo "every option is read"
