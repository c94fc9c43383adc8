#!/bin/sh
# Plans the app of this folder, renders it in four jobs, and puts it together. Run it in the app's folder, after
# `npm ci`. It exits as the first step that fails.
set -eu
scripts=$(dirname "$0")

# Pages can depend on these, so `render` and `merge` refuse others than those of `plan`. Slurm hands them to the jobs.
export TZ=UTC LANG=C.UTF-8

sbatch --wait "$scripts/plan.sbatch"
render=$(sbatch --parsable --array=0-3 "$scripts/render.sbatch")
# After any end of `render`: pages that failed are in the shards, and `merge` tells those of all shards.
sbatch --wait --dependency="afterany:$render" "$scripts/merge.sbatch"
