#!/bin/sh
# Builds a program that is written in C: build.sh NAME [PATH [FLAG]...], from src/NAME, by default to dist/cni/braid-NAME.
#
# Static, against musl, so that it runs on every host of this architecture whatever libc is there. Without musl-gcc nothing
# is built, and that is an error with BRAID_REQUIRE_REAL=1 only: all else of Braid can be worked on without it.
set -eu
name=$1
project=$(cd "$(dirname "$0")/../.." && pwd)
out=${2:-$project/dist/cni/braid-$name}
shift $(($# < 2 ? $# : 2))

if ! command -v musl-gcc >/dev/null; then
  echo "braid-$name is not built: musl-gcc is missing (Debian: musl-tools)" >&2
  if [ "${BRAID_REQUIRE_REAL:-}" = 1 ]; then exit 1; fi
  exit 0
fi

mkdir -p "$(dirname "$out")"
# The kernel's headers lie among those of the system's libc, which must come after musl's.
musl-gcc -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -Os -static -s -ffunction-sections -fdata-sections -Wl,--gc-sections \
  -idirafter /usr/include -idirafter "/usr/include/$(musl-gcc -dumpmachine)" \
  "$@" -o "$out.$$" "$project/src/$name"/*.c
# Renamed into place: a file that is just being run cannot be written.
mv -f "$out.$$" "$out"
