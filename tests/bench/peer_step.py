#!/usr/bin/env python3
"""The step of bench_step with PyTorch: BERT of the same size, masked positions alone decoded, AdamW and
clipping, no graph. peer_step.py SIZE SEQUENCES LENGTH [REPEATS [THREADS]]; LENGTH may be a file of
lengths, one a line, which are padded to PAD tokens (of the environment; 512 where not set). With
KG_BENCH_PRECISION=bf16 the forward runs under autocast. Skipped where torch or transformers is absent."""
import json, os, sys, time
try:
    import torch
    from transformers import BertConfig, BertModel
except ImportError as missing:
    print(f"skipped: {missing}", file=sys.stderr)
    sys.exit(0)
size, sequences = sys.argv[1], int(sys.argv[2])
given = not sys.argv[3].isdigit()
lengths = [int(line) for line in open(sys.argv[3])][:sequences] if given else [int(sys.argv[3])] * sequences
length = int(os.environ.get("PAD", 512)) if given else lengths[0]
repeats = int(sys.argv[4]) if len(sys.argv) > 4 else 5
torch.set_num_threads(int(sys.argv[5]) if len(sys.argv) > 5 else 2)
layers, hidden = {"tiny": (2, 128), "mini": (4, 256), "small": (4, 512), "medium": (8, 512), "base": (12, 768)}[size]
vocabulary = 21128
model = BertModel(BertConfig(vocab_size=vocabulary, hidden_size=hidden, num_hidden_layers=layers,
                             num_attention_heads=hidden // 64, intermediate_size=4 * hidden,
                             hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0))
transform = torch.nn.Sequential(torch.nn.Linear(hidden, hidden), torch.nn.GELU(), torch.nn.LayerNorm(hidden))
bias = torch.nn.Parameter(torch.zeros(vocabulary))
order = torch.nn.Linear(hidden, 2)
parameters = [*model.parameters(), *transform.parameters(), bias, *order.parameters()]
adamw = torch.optim.AdamW(parameters, lr=1e-4)
ids = torch.randint(0, vocabulary, (sequences, length))
masked = torch.tensor([s * length + i for s, n in enumerate(lengths) for i in range(n) if i % 20 in (1, 8, 15)])
attention_mask = torch.tensor([[int(i < n) for i in range(length)] for n in lengths]) if given else None
labels, swapped = ids.reshape(-1)[masked], torch.arange(sequences) % 2

bf16 = os.environ.get("KG_BENCH_PRECISION") == "bf16"


def losses():
    output = model(input_ids=ids, attention_mask=attention_mask)
    rows = transform(output.last_hidden_state.reshape(-1, hidden)[masked])
    logits = rows @ model.embeddings.word_embeddings.weight.T + bias
    loss = torch.nn.functional.cross_entropy(logits, labels)
    return loss + torch.nn.functional.cross_entropy(order(output.pooler_output), swapped)


def step():
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bf16):
        loss = losses()
    adamw.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(parameters, 1.0)
    adamw.step()


best = cpu_best = float("inf")
for i in range(repeats + 1):
    start, cpu = time.perf_counter(), time.process_time()
    step()
    if i:
        best, cpu_best = min(best, time.perf_counter() - start), min(cpu_best, time.process_time() - cpu)
print(json.dumps({"peer": f"torch {torch.__version__}", "precision": "bf16" if bf16 else "f32", "size": size, "sequences": sequences, "length": length,
                  "tokens_per_s": round(sum(lengths) / best), "tokens_per_cpu_s": round(sum(lengths) / cpu_best)}))
