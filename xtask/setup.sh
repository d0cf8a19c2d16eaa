#!/bin/sh
# Installs the Debian packages of the named groups, where they are missing, and checks for Rust.
#
#   xtask/setup.sh [build] [desktop] [windows] [test] [debian-rust]
#
# Asks nothing; when nothing is missing it ends in a few hundredths of a second. What is not a Debian package
# (wasm-bindgen, cmake, npm packages, Rust targets) is installed by xtask into the cache folder when it is needed.
set -eu

rust_wanted=1.95

packages_of() {
    case "$1" in
        # Compilers, and the headers that the agent's windows are built against on Linux.
        build) echo "build-essential pkg-config nasm cmake git curl ca-certificates python3 python3-venv \
            libx11-dev libxext-dev libxft-dev libxinerama-dev libxcursor-dev libxrender-dev libxfixes-dev" ;;
        # A desktop to assist on.
        desktop) echo "xvfb xauth x11-xserver-utils openbox xterm mousepad dbus fonts-dejavu-core" ;;
        # The cross compiler for deskside-agent.exe.
        windows) echo "gcc-mingw-w64-x86-64-posix g++-mingw-w64-x86-64-posix" ;;
        # What the tests drive the real parts with.
        test) echo "chromium xdotool x11-utils postgresql wine wine64 openssl dovecot-imapd" ;;
        # Rust's sources for targets that rustup cannot fetch here.
        debian-rust) echo "rustc-web cargo-web rust-web-src lld" ;;
        *) echo "setup: there is no package group '$1'" >&2; exit 2 ;;
    esac
}

say() { printf '\033[1m▸ %s\033[0m\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

wanted=""
for group in "$@"; do wanted="$wanted $(packages_of "$group")"; done
command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1 || wanted="$wanted nodejs npm"

if ! command -v dpkg-query >/dev/null 2>&1; then
    for tool in cc nasm node npm python3; do
        command -v "$tool" >/dev/null 2>&1 ||
            fail "this is not a Debian or Ubuntu machine, so please install these yourself (under your system's names): $wanted"
    done
else
    # shellcheck disable=SC2086
    installed=" $(dpkg-query --show --showformat='${Package}/${db:Status-Status} ' $wanted 2>/dev/null || true)"
    missing=""
    for package in $wanted; do
        case "$installed" in *" $package/installed "*) ;; *) missing="$missing $package" ;; esac
    done
    if [ -n "$missing" ]; then
        as_root=""
        if [ "$(id -u)" != 0 ]; then
            command -v sudo >/dev/null 2>&1 || fail "please have an administrator run: apt-get install$missing"
            as_root="sudo"
        fi
        say "Installing Debian packages:$missing"
        $as_root apt-get update -q || say "The package lists could not be refreshed; trying with the present ones"
        # shellcheck disable=SC2086
        $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing ||
            fail "apt-get could not install:$missing"
    fi
fi

command -v cargo >/dev/null 2>&1 || [ ! -x "$HOME/.cargo/bin/cargo" ] || PATH="$HOME/.cargo/bin:$PATH"
command -v cargo >/dev/null 2>&1 && command -v rustc >/dev/null 2>&1 ||
    fail "Rust $rust_wanted or newer is needed; https://rustup.rs installs it with one command"
rust_have=$(rustc --version | cut -d' ' -f2)
[ "$(printf '%s\n%s\n' "$rust_wanted" "$rust_have" | sort -V | head -n1)" = "$rust_wanted" ] ||
    fail "Rust $rust_wanted or newer is needed, this is $rust_have; 'rustup update stable' brings it"
