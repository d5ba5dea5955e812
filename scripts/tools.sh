#!/usr/bin/env bash
# Installs what a fresh Debian machine lacks to build: a C compiler (zstd and the allocator are C). Rust comes from rustup.
set -euo pipefail
if ! command -v cargo >/dev/null; then
  echo "Rust 1.95 or newer is needed: https://rustup.rs" >&2
  exit 1
fi
have=$(rustc --version | sed -E 's/^rustc ([0-9]+)\.([0-9]+).*/\1 \2/')
read -r major minor <<<"$have"
if [ "$major" -eq 1 ] && [ "$minor" -lt 95 ]; then
  echo "Rust 1.95 or newer is needed, this is $(rustc --version): rustup update" >&2
  exit 1
fi
if ! command -v cc >/dev/null; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq && apt-get install -y -qq gcc libc6-dev >/dev/null
  else
    echo "a C compiler is needed: apt-get install gcc libc6-dev" >&2
    exit 1
  fi
fi
