#!/bin/sh
# One step of a Cloud Run job, in the app's folder: sh step.sh plan | render | merge
# The steps exchange packed files through a mounted bucket, because a bucket is slow with many small ones.
set -eu
bucket=${EXCHANGE:-/exchange}

# The last site, of which pages are kept.
last_site() {
  if test -e "$bucket/site.tar"; then tar -xf "$bucket/site.tar"; fi
}

case $1 in
  plan)
    last_site
    npx vite-distill plan
    # Those of the last run do not belong to this plan.
    rm -f "$bucket"/static.shard-*
    tar -cf "$bucket/plan.tar" dist/client dist/server dist/static.build.json dist/static.plan.jsonl
    ;;
  render)
    tar -xf "$bucket/plan.tar"
    # A shard that is written is done, also if pages failed: `merge` tells them. Another try would not help.
    npx vite-distill render --shard auto || test -e dist/static.shard-*
    cp dist/static.shard-* "$bucket/"
    ;;
  merge)
    last_site
    tar -xf "$bucket/plan.tar"
    npx vite-distill merge "$bucket"/static.shard-*
    # Here: `npx vite-distill publish … --yes`.
    tar -cf "$bucket/site.tar.new" dist/static dist/static.manifest.jsonl dist/static.cache.jsonl
    mv "$bucket/site.tar.new" "$bucket/site.tar"
    ;;
esac
