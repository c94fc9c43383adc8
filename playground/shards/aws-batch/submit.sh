#!/bin/sh
# Submits the three jobs, each after the one before it.
set -eu
cd "$(dirname "$0")"

submit() {
  file=$1
  shift
  aws batch submit-job --cli-input-yaml "file://$file" --query jobId --output text "$@"
}

plan=$(submit plan.yaml)
render=$(submit render.yaml --depends-on "jobId=$plan")
submit merge.yaml --depends-on "jobId=$render"
