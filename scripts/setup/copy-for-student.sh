#!/bin/sh
# Gives a student on a shared installation a copy of the project to write in. Packages and engine
# stay shared: the copy takes 28 MB, and is not for npm test. A folder that is there already is left
# as it is, also where another start makes it at the same time. A command after the folder, such as
# jupyterhub-singleuser, is then run in it.
# usage: sh scripts/setup/copy-for-student.sh FOLDER [COMMAND ...]
set -eu
folder="${1:-}"
folder="${folder%/}"
if [ -z "$folder" ]; then
  echo "usage: sh copy-for-student.sh FOLDER [COMMAND ...]" >&2
  exit 2
fi
project="$(cd "$(dirname "$0")/../.." && pwd)"
shift
if [ ! -e "$folder" ] && [ ! -L "$folder" ]; then
  mkdir -p "$(dirname "$folder")"
  beside="$(mktemp -d "$folder.tmp.XXXXXX")"
  trap 'rm -rf "$beside"' EXIT
  trap 'exit 1' HUP INT TERM
  chmod "$(umask -S)" "$beside" # mktemp lets in its owner only
  (cd "$project" && tar --exclude=./data/cache --exclude=./notebooks/.executed --exclude='*.tmp' \
    -cf - ./*.md ./LICENSE ./*.json ./gpt ./gpt.mjs ./data ./lib ./notebooks ./scripts ./docs ./benchmarks) >"$beside/copy.tar"
  tar -C "$beside" --no-same-owner -xf "$beside/copy.tar"
  rm "$beside/copy.tar"
  for name in node_modules .venv .native; do
    if [ -e "$project/$name" ]; then ln -s "$project/$name" "$beside/$name"; fi
  done
  if [ ! -e "$folder" ]; then mv "$beside" "$folder"; fi
  # Another start was faster by a moment: mv has put this copy inside that one.
  rm -rf "$folder/$(basename "$beside")"
  trap - EXIT HUP INT TERM
  rm -rf "$beside"
fi
if [ ! -d "$folder" ]; then
  echo "copy-for-student: $folder is there and is not a folder" >&2
  exit 1
fi
if [ $# -gt 0 ]; then
  cd "$folder"
  exec "$@"
fi
