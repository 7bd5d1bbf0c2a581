# What the scripts share. To be sourced; it runs nothing by itself.
# shellcheck shell=bash

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# Supabase Lite's own need.
NODE_LEAST=20.19.0
# Where a Node of our own goes when the machine's is missing or too old.
NODE_FOLDER=$ROOT/.tools/node

# Where programs of our own go.
export TOOLS=$ROOT/.tools/bin

say() { printf '%s\n' "$*" >&2; }

die() {
  say "$*"
  exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# Whether version $1 is at least version $2.
at_least() { [[ $(printf '%s\n%s\n' "$2" "$1" | sort --version-sort | head -n 1) == "$2" ]]; }

# Whether the `node` that PATH finds will do.
node_is_fine() {
  local version
  have node && have npm || return 1
  version=$(node --version 2>/dev/null) || return 1
  at_least "${version#v}" "$NODE_LEAST"
}

# Whether a Node of our own is installed.
node_is_ours() { [[ -x $NODE_FOLDER/bin/node ]]; }

# Puts our own Node first on PATH where the machine's will not do. Every script that runs Node calls this.
use_node() {
  if ! node_is_fine && node_is_ours; then
    PATH=$NODE_FOLDER/bin:$PATH
    export PATH
  fi
}

# The folder of PostgreSQL's server programs, or nothing. Debian does not put them on PATH.
postgres_programs() {
  local initdb
  initdb=$(compgen -G '/usr/lib/postgresql/*/bin/initdb' | sort --version-sort | tail -n 1) || true
  [[ -n $initdb ]] || initdb=$(command -v initdb) || true
  printf '%s' "${initdb%/initdb}"
}
