#!/bin/sh
# Gives a student on a shared installation a copy of the project to write in. Packages and engine
# stay shared: the copy takes 16 MB. A folder that is there already is left as it is. A command after
# the folder, such as jupyterhub-singleuser, is then run in it.
# usage: sh scripts/copy-for-student.sh FOLDER [COMMAND ...]
set -eu
project="$(cd "$(dirname "$0")/.." && pwd)"
folder="$1"
shift
if [ ! -e "$folder" ]; then
  beside="$folder.$$.tmp"
  trap 'rm -rf "$beside"' EXIT
  trap 'exit 1' HUP INT TERM
  mkdir -p "$beside"
  (cd "$project" && tar --exclude=./data/cache --exclude=./notebooks/.executed --exclude='*.tmp' \
    -cf - ./*.md ./LICENSE ./*.json ./data ./lib ./notebooks ./scripts) |
    tar -C "$beside" --no-same-owner -xf -
  for name in node_modules .venv .native; do
    if [ -e "$project/$name" ]; then ln -s "$project/$name" "$beside/$name"; fi
  done
  # Where another start has made the folder meanwhile, mv would put this copy into it.
  if [ ! -e "$folder" ]; then mv "$beside" "$folder"; fi
  rm -rf "$beside" "$folder/$(basename "$beside")"
fi
if [ $# -gt 0 ]; then
  cd "$folder"
  exec "$@"
fi
