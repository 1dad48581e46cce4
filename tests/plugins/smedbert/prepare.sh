# Sourced: a small ranked and embedded store of the samples in `store`, a vocabulary in vocab.txt, and
# `pretrain`, a small run over them. usage: . prepare.sh KG SOURCE_DIR, in an empty folder
kg=$1 samples=$2/cli/samples
fail() {
    echo "$*"
    [[ ! -s log ]] || cat log
    exit 1
}
"$kg" import store --format tsv --columns head,head_type,relation,tail,tail_type --aliases "$samples/aliases.tsv" \
    --schema "$samples/schema.json" "$samples/triples.tsv" >log 2>&1 &&
    "$kg" rank store >log 2>&1 &&
    "$kg" embed --store store --set entity_dim=20 --set relation_dim=12 --set warm_epochs=0 --set negatives=50 \
        --set run.epochs=1 --set run.threads=1 --out embed >log 2>&1 &&
    "$kg" vocab --size 800 --out vocab.txt "$samples/corpus.train.txt" >log 2>&1 || fail "no store to train on"

run=(pretrain --store store --set corpus="[\"$samples/corpus.train.txt\"]" --set vocab=vocab.txt --set size=tiny
    --set max_len=64 --set min_chars=8 --set tokens_per_batch=256 --set run.threads=1 --set run.log_every=1
    --set run.tensorboard=false --set run.steps=24)

# usage: pretrain OUT OPTIONS...
pretrain() {
    "$kg" "${run[@]}" --out "$@" >log 2>&1
}

# The steps of a run's metrics.jsonl as they must be alike: without times, which differ.
curve() {
    sed 's/"time": [0-9.]*, //' "$1/metrics.jsonl" | grep '"loss"'
}
