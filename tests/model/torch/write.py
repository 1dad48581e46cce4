#!/usr/bin/env python3
"""Writes the checkpoints of this folder with PyTorch, which tests/model/test_torch.c reads.

usage: write.py FOLDER     (pip install torch; the files kept are of 2.x)
"""
import sys

import torch

folder = sys.argv[1]
base = torch.arange(20, dtype=torch.float32)
whole = torch.arange(6, dtype=torch.float32).reshape(2, 3)
tensors = {
    "plain": whole,
    "half": whole.half(),
    "bfloat": whole.bfloat16(),
    "double": whole.double(),
    "turned": torch.arange(6, dtype=torch.float32).reshape(3, 2).t(),
    "view": base[4:10].reshape(2, 3),
    "shared": base[:6].reshape(2, 3),
    "every_other": base[1:13:2].reshape(2, 3),
    "parameter": torch.nn.Parameter(whole.clone()),
    "ids": torch.arange(6).reshape(2, 3),
    "empty": torch.zeros(0, 3),
    "scalar": torch.tensor(2.5),
}
torch.save(tensors, f"{folder}/zip.bin")
torch.save(tensors, f"{folder}/old.bin", _use_new_zipfile_serialization=False)
torch.save({"epoch": 3, "state_dict": {"plain": whole}}, f"{folder}/nested.bin")
torch.save({"plain": whole}, f"{folder}/shard1.bin")
torch.save({"half": whole.half()}, f"{folder}/shard2.bin", _use_new_zipfile_serialization=False)
torch.save({"nan": torch.tensor([1.0, float("nan")])}, f"{folder}/nan.bin")
torch.save(torch.nn.Linear(2, 2), f"{folder}/module.bin")
