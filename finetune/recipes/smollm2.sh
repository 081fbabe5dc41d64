#!/usr/bin/env bash
# The proof on SmolLM2-135M from an index of labels to the held-out figures: rows, QLoRA, further rows, DPO, trial.
# finetune/recipes/smollm2.sh INDEX FOLDER     four hours of a core; run again, it goes on where it was stopped.
# EXCLUDE="--exclude FILE ..." keeps the questions of an evaluation out of the rows.
set -euo pipefail
index=$1 out=$2
rxcite=${RXCITE:-rxcite}
mkdir -p "$out"

train() { # NAME, then what goes to the trainer; a run that was stopped is resumed
  [ -f "$out/$1/scores.json" ] && return
  local again=()
  [ -f "$out/$1/recipe.json" ] && again=(--resume)
  "$rxcite" finetune train --out "$out/$1" --threads 1 "${@:2}" "${again[@]}"
}

[ -f "$out/rows/card.md" ] || "$rxcite" finetune data --index "$index" --out "$out/rows" --rows 25000 --searches 2500 ${EXCLUDE:-}
[ -f "$out/pairs.jsonl" ] || "$rxcite" finetune preferences "$out/rows" --out "$out/pairs.jsonl"
train sft --recipe smollm2 --rows "$out/rows"
train more --recipe smollm2-more --rows "$out/rows" --start "$out/sft"
train final --recipe smollm2-dpo --rows "$out/pairs.jsonl" --checks "$out/rows" --start "$out/more"
"$rxcite" finetune evaluate "$out/rows" --adapter "$out/final" --limit 330 --threads 1 --precision bfloat16 \
  --out "$out/trial" --gain .25
