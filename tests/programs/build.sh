#!/usr/bin/env bash
# Compiles the programs of this folder with stock compilers, and the programs of the lab.
#
#   tests/programs/build.sh [--check] [rust|c|zig|assemblyscript]…
#
# Without a language it takes Rust, and each other one whose compiler is there. With --check it changes no file: it compiles
# into a temporary directory, and fails if a module is not the one in the repository.
#
# The compilers: the Rust of rust-toolchain.toml; clang and wasm-ld 14; Zig 0.17.1 (zig, or the PyPI package ziglang);
# asc, AssemblyScript 0.28.20 (npm install assemblyscript@0.28.20).
set -euo pipefail
cd "$(dirname "$0")/../.."
export LC_ALL=C

check=
if [ "${1:-}" = --check ]; then
    check=1
    shift
fi
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

# Takes a compiled module over, or compares it with the one in the repository.
place() {
    local made=$1 kept=$2
    if [ -z "$check" ]; then
        install -m 644 "$made" "$kept"
        echo "made $kept, $(wc -c <"$kept") bytes"
    elif cmp -s "$made" "$kept"; then
        echo "same $kept"
    else
        echo "$kept is not what its source gives; tests/programs/build.sh makes it" >&2
        exit 1
    fi
}

# Relative paths keep the folder out of the module.
rust() {
    local source=$1 kept=$2
    shift 2
    rustc --edition 2024 --target wasm32-unknown-unknown --crate-type cdylib -C lto=fat -C codegen-units=1 \
        -C panic=abort -C strip=symbols -D warnings "$@" "$source" -o "$out/made.wasm"
    place "$out/made.wasm" "$kept"
}

has_rust() { rustc --print target-libdir --target wasm32-unknown-unknown 2>/dev/null | xargs -r test -d; }
make_rust() {
    local lab=src/lab/workloads/programs
    rust tests/programs/collections/collections.rs tests/programs/modules/collections.wasm -C opt-level=s
    rust tests/programs/work/pointers.rs $lab/own_memory.wasm -C opt-level=3
    rust tests/programs/work/pointers.rs $lab/volatile.wasm -C opt-level=3 --cfg volatile
    rust tests/programs/work/intrinsics.rs $lab/intrinsics.wasm -C opt-level=3
    rust tests/programs/work/slices.rs $lab/slices.wasm -C opt-level=3
}

# The first of these commands that is of LLVM 14.
llvm_14() {
    for name in "$1-14" "$1"; do
        if "$name" --version 2>/dev/null | grep -qE '(version|LLD) 14\.'; then
            echo "$name"
            return
        fi
    done
    false
}
has_c() { llvm_14 clang >/dev/null && llvm_14 wasm-ld >/dev/null; }
# In two steps: clang alone would also run a wasm-opt that it happens to find.
make_c() {
    "$(llvm_14 clang)" --target=wasm32 -O2 -Wall -Wextra -Werror -c tests/programs/table/table.c -o "$out/table.o"
    "$(llvm_14 wasm-ld)" --no-entry --strip-all "$out/table.o" -o "$out/made.wasm"
    place "$out/made.wasm" tests/programs/modules/table.wasm
}

zig_() { if command -v zig >/dev/null; then zig "$@"; else python3 -m ziglang "$@"; fi; }
has_zig() { [ "$(zig_ version 2>/dev/null)" = 0.17.1 ]; }
make_zig() {
    zig_ build-exe tests/programs/ring/ring.zig -target wasm32-freestanding -fno-entry -rdynamic -O ReleaseSmall -fstrip \
        --cache-dir "$out/zig" -femit-bin="$out/made.wasm"
    place "$out/made.wasm" tests/programs/modules/ring.wasm
}

has_assemblyscript() { [ "$(asc --version 2>/dev/null)" = "Version 0.28.20" ]; }
make_assemblyscript() {
    asc tests/programs/tally/tally.ts -O3 --runtime stub --noAssert -o "$out/made.wasm"
    place "$out/made.wasm" tests/programs/modules/tally.wasm
}

all=(rust c zig assemblyscript)
wanted=("$@")
for language in "${wanted[@]}"; do
    [[ " ${all[*]} " == *" $language "* ]] || { echo "no language $language; there are: ${all[*]}" >&2; exit 2; }
done
for language in "${all[@]}"; do
    if [ $# -gt 0 ] && [[ " ${wanted[*]} " != *" $language "* ]]; then
        continue
    elif "has_$language"; then
        "make_$language"
    elif [ $# -gt 0 ] || [ "$language" = rust ]; then
        echo "the compiler of $language is not there; the head of $0 says which it is" >&2
        exit 1
    else
        echo "skipped $language: its compiler is not there"
    fi
done
