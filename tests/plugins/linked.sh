#!/usr/bin/env bash
# Text already linked: what kg link --json wrote gives the same examples, vectors and traces as
# linking does, and another linker's mentions are taken for what they are. usage: linked.sh KG SAMPLES
set -u
kg=$1 samples=$2
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

run() {
    "$@" >out 2>&1 || { echo "failed: $*"; cat out; exit 1; }
}
same() {
    cmp "$1" "$2" || { echo "$3"; diff "$1" "$2" | head; exit 1; }
}

run "$kg" import store --format tsv --columns head,head_type,relation,tail,tail_type \
    --aliases "$samples/aliases.tsv" "$samples/triples.tsv"
run "$kg" rank store
head -60 "$samples/corpus.train.txt" >corpus.txt
echo "详见 https://example.org/糖尿病?q=1 糖尿病患者常有口渴、多尿，应当控制饮食，www.x.com 并且定期监测血糖，必要时使用胰岛素治疗，以免出现糖尿病足等并发症，同时注意休息，避免劳累。" >>corpus.txt
"$kg" link store --json corpus.txt >linked.jsonl || exit 1
gzip -k linked.jsonl
run "$kg" vocab --size 1500 --out vocab.txt corpus.txt
cat >config.json <<END
{"vocab": "vocab.txt", "size": "tiny", "max_len": 128, "min_chars": 16, "tokens_per_batch": 512,
 "neighbors": 4, "kg": true, "run": {"steps": 2, "threads": 1, "tensorboard": false}}
END
run "$kg" embed --store store --set entity_dim=8 --set run.steps=2 --set run.threads=1 --out embedded

# The same examples; the URLs, dropped before, take their mentions with them.
show=("$kg" pretrain --store store --config config.json --show 61)
"${show[@]}" --set 'corpus=["corpus.txt"]' >plain.examples || exit 1
for file in linked.jsonl linked.jsonl.gz; do
    "${show[@]}" --set linked=true --set "corpus=[\"$file\"]" >linked.examples || exit 1
    same plain.examples linked.examples "other examples from $file"
done
grep -q '{1:' plain.examples || { echo "no mention in any example"; exit 1; }

# The same counts, vectors and traces.
run "$kg" pretrain --store store --config config.json --set linked=true \
    --set 'corpus=["linked.jsonl"]' --out model
"$kg" link store --count corpus.txt >plain.counts && "$kg" link store --count --linked <linked.jsonl \
    >linked.counts || exit 1
same plain.counts linked.counts "other counts"
"$kg" link store --linked --json linked.jsonl >again.jsonl || exit 1
same linked.jsonl again.jsonl "linked text is not what it was"
encode=("$kg" encode --model model/last --store store --threads 1 --mentions)
"${encode[@]}" corpus.txt >plain.vectors && "${encode[@]}" --linked linked.jsonl >linked.vectors || exit 1
same plain.vectors linked.vectors "other vectors"
trace=("$kg" trace --model model/last --store store)
"${trace[@]}" "$(tail -1 corpus.txt)" >plain.trace &&
    tail -1 linked.jsonl | "${trace[@]}" --linked - >linked.trace || exit 1
same plain.trace linked.trace "another trace"
[[ -s plain.trace ]] || { echo "nothing was traced"; exit 1; }

# The same entities.
run "$kg" ner train --store store --init model/last --train "$samples/ner.dev.txt" \
    --dev "$samples/ner.dev.txt" --set run.steps=30 --set run.threads=1 --set run.tensorboard=false --out ner
predict=("$kg" ner predict --store store --checkpoint ner/last --json)
head -20 corpus.txt >few.txt
head -20 linked.jsonl >few.jsonl
"${predict[@]}" few.txt >plain.entities && "${predict[@]}" --linked few.jsonl >linked.entities || exit 1
sed -i 's/,"entity":[^}]*}/}/g' plain.entities
grep -q '"entity":"' linked.entities || { echo "no entity is named"; exit 1; }
sed -i 's/,"entity":[^}]*}/}/g' linked.entities
same plain.entities linked.entities "other entities"

# What mentions attended to stands on an evaluation's page.
run "$kg" ner eval --store store --checkpoint ner/last "$samples/ner.dev.txt" --report page.html
for cell in '<h2>Neighbors that mattered</h2>' '<td>&lt;- ' '-&gt;</td>'; do
    grep -qF -e "$cell" page.html || { echo "the page lacks $cell"; exit 1; }
done

# Another linker's word counts, in characters alone: 口渴 is 高血压 to it.
echo '{"text":"他常有口渴。","mentions":[{"start":3,"end":5,"entity":"高血压"}]}' >other.jsonl
"${encode[@]}" --linked other.jsonl | grep -q '"entity":"高血压"' ||
    { echo "another linker's entity was not taken"; exit 1; }

# Faults have a place.
{ tail -1 linked.jsonl; echo '{"text":"他","mentions":[{"start":0,"end":2,"entity":"高血压"}]}'; } >bad.jsonl
"${show[@]}" --set linked=true --set 'corpus=["bad.jsonl"]' >out 2>&1 && { echo "bad offsets were taken"; exit 1; }
grep -q 'bad.jsonl:2: mention 1: "end" is 2, inside a character or beyond the end of the text' out ||
    { cat out; exit 1; }
echo "text already linked is linked text"
