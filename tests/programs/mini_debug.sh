#!/bin/sh
# mini_debug.sh PROGRAM OUT - strips PROGRAM and puts the symbols of its local functions back as
# .gnu_debugdata, as GDB's manual describes.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export LC_ALL=C
nm -D "$1" --format=posix --defined-only | awk '{print $1}' | sed 's/@.*//' | sort -u >"$dir/dynamic"
nm "$1" --format=posix --defined-only | awk '$2 ~ /^[TtDd]$/ {print $1}' | sort -u >"$dir/all"
comm -13 "$dir/dynamic" "$dir/all" >"$dir/keep"
objcopy --only-keep-debug "$1" "$dir/debug"
objcopy -S --remove-section .gdb_index --remove-section .comment --keep-symbols="$dir/keep" \
	"$dir/debug" "$dir/mini"
xz "$dir/mini"
strip --strip-all -R .comment -o "$2" "$1"
objcopy --add-section .gnu_debugdata="$dir/mini.xz" "$2"
