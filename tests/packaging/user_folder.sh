#!/usr/bin/env bash
# Makes the folder in which the manual's examples run, from the samples: graphs in every format, a ranked
# store with vectors, texts, tagged texts, configurations of a few steps, small runs.
# usage: user_folder.sh SOURCE_DIR FOLDER      (kg is in PATH)
set -eu
samples=$1/cli/samples cases=$1/tests/cases/valid
mkdir "$2"
cd "$2"
cp "$samples"/{triples.tsv,aliases.tsv,schema.json} .
gzip -k triples.tsv
cp "$samples/corpus.train.txt" corpus.txt
cp "$samples/corpus.dev.txt" dev.txt
head -n 20 dev.txt >texts.txt
for part in train dev test; do # the first 60 sentences of each
    awk -v RS= 'NR <= 60 {print $0 "\n"}' "$samples/ner.$part.txt" >"ner.$part.txt"
done
head -n 120 "$samples/department.train.tsv" >departments.tsv
cut -f2 departments.tsv | head -n 10 >questions.txt
paste departments.tsv <(cut -f2 departments.tsv | tail -n +2) |
    awk -F '\t' 'NR < 60 {print NR % 2 "\t" $2 "\t" (NR % 2 ? $2 : $3)}' >pairs.tsv
head -n 20 pairs.tsv >pairs.dev.tsv
awk -F '\t' '{print $2 "\t" $2 "\t" $3}' pairs.dev.tsv >entities.tsv
kg vocab corpus.txt --size 2000 --out vocab.txt
cat >embed.json <<'END'
{"entity_dim": 16, "warm_epochs": 1, "negatives": 50, "run": {"epochs": 1}}
END
cat >pretrain.json <<'END'
{"corpus": ["corpus.txt"], "dev": ["dev.txt"], "vocab": "vocab.txt", "size": "tiny", "max_len": 64,
 "tokens_per_batch": 256, "run": {"steps": 4}}
END
cat >ner.json <<'END'
{"max_len": 64, "tokens_per_batch": 512, "run": {"epochs": 1}}
END

kg import medical triples.tsv --columns head,head_type,relation,tail,tail_type --aliases aliases.tsv
kg rank medical
kg embed --store medical --config embed.json --out runs/embed
kg pretrain --store medical --config pretrain.json --out runs/pretrain
kg ner train --store medical --init runs/pretrain/last --config ner.json --train ner.train.txt --dev ner.dev.txt \
    --out runs/ner
kg tune text train --store medical --init runs/pretrain/last --set sparse_iterations=5 --set run.epochs=1 \
    --train departments.tsv --dev departments.tsv --out runs/text
for seed in 1 2; do
    for setting in with without; do
        kg tune text eval --store medical --checkpoint runs/text/best departments.tsv --write $setting-$seed.tsv
    done
done

# The same graph as other tools keep it, and link prediction's three files.
for format in openke dglke neo4j ntriples smedbert; do
    kg export medical $format --format $format
done
gzip -c "$cases"/kgtk/*.tsv >edges.kgtk.tsv.gz
cp "$cases"/turtle/*.ttl graph.ttl
mkdir fb
cut -f1,3,4 triples.tsv | awk '{print > (NR % 20 == 0 ? "fb/valid.txt" : NR % 20 == 1 ? "fb/test.txt" : "fb/train.txt")}'
{ printf 'source\tmetaedge\ttarget\n'; head -n 50 fb/train.txt; } >edges.sif
{ printf 'id\tname\tkind\n'; cut -f1,2 triples.tsv | head -n 50 | awk -F '\t' '{print $1 "\t" $1 "\t" $2}' | sort -u; } >nodes.tsv
