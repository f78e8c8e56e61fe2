# SPDX-License-Identifier: Zlib
# Cross build for AArch64 with Debian's compiler, tested under qemu-user. What the tests need beside libc (the
# reference zlib, Boost.Test) lies in a sysroot that scripts/test.sh fills with Debian's packages for that architecture.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)

set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)

set(WARPZ_AARCH64_ROOT ${CMAKE_CURRENT_LIST_DIR}/../build/aarch64-root)
get_filename_component(WARPZ_AARCH64_ROOT ${WARPZ_AARCH64_ROOT} ABSOLUTE)
set(CMAKE_FIND_ROOT_PATH ${WARPZ_AARCH64_ROOT} /usr/aarch64-linux-gnu)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(Boost_NO_BOOST_CMAKE ON)

# The static one: the dynamic linker of the build machine then does not see the tests' LD_PRELOAD.
find_program(WARPZ_QEMU_AARCH64 NAMES qemu-aarch64-static qemu-aarch64)
set(CMAKE_CROSSCOMPILING_EMULATOR ${WARPZ_QEMU_AARCH64} -L ${WARPZ_AARCH64_ROOT})
