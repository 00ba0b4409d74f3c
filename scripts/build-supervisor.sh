#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# Builds the native task supervisor for the architectures that are committed. Needs Debian's gcc and, for arm64,
# gcc-aarch64-linux-gnu. The same compiler gives the same bytes: prebuilt/BUILD names it.
#
# usage: build-supervisor.sh [directory to write to] [architecture ...]
set -eu
native=$(cd "$(dirname "$0")/../packages/agent/src/supervisor/native" && pwd)
out=${1:-$native/prebuilt}
[ $# -gt 0 ] && shift
[ $# -gt 0 ] || set -- x64 arm64

flags='-Os -std=gnu11 -Wall -Wextra -Werror -ffreestanding -fno-builtin -fno-stack-protector
  -fno-asynchronous-unwind-tables -fomit-frame-pointer -fPIE -static-pie -nostdlib -nostartfiles -s
  -Wl,--build-id=none -Wl,-z,noexecstack -Wl,--no-dynamic-linker -Wl,-z,noseparate-code -Wl,-z,norelro'

mkdir -p "$out"
cd "$native"
for arch in "$@"; do
  case $arch in
    x64) compiler=x86_64-linux-gnu-gcc extra=-fcf-protection=none ;;
    arm64) compiler=aarch64-linux-gnu-gcc extra=-mno-outline-atomics ;;
    *) echo "build-supervisor.sh: no build for architecture $arch (x64 and arm64 are)" >&2; exit 2 ;;
  esac
  # shellcheck disable=SC2086
  $compiler $flags $extra -o "$out/serai-supervisor-$arch" supervisor.c
  # position independent without a loader: there must be nothing to relocate
  if readelf -rW "$out/serai-supervisor-$arch" | grep -q 'R_'; then
    echo "build-supervisor.sh: serai-supervisor-$arch needs relocation: no pointers in initialised data" >&2
    exit 1
  fi
done
