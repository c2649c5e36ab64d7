# Toolchain file: Debian's cross compiler for 64-bit ARM, with the libraries in build/sysroot-arm64
# (scripts/sysroot.mjs, which also sets what pkg-config needs). Programs run under QEMU's user emulation, so
# ctest needs nothing else.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
# Of one release: the package of the plain name does not go together with gcc-multilib.
find_program(OC_AARCH64_GCC NAMES aarch64-linux-gnu-gcc aarch64-linux-gnu-gcc-14 aarch64-linux-gnu-gcc-13
    aarch64-linux-gnu-gcc-12)
set(OC_AARCH64_ROOT ${CMAKE_CURRENT_LIST_DIR}/../build/sysroot-arm64)
cmake_path(NORMAL_PATH OC_AARCH64_ROOT)
if(NOT OC_AARCH64_GCC OR NOT EXISTS ${OC_AARCH64_ROOT})
    message(FATAL_ERROR "arm64 needs a cross compiler (aarch64-linux-gnu-gcc: ${OC_AARCH64_GCC}) and "
        "${OC_AARCH64_ROOT}: npm run package")
endif()
set(CMAKE_C_COMPILER ${OC_AARCH64_GCC})
set(CMAKE_SYSROOT ${OC_AARCH64_ROOT})
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
find_program(OC_QEMU_AARCH64 NAMES qemu-aarch64 qemu-aarch64-static)
if(OC_QEMU_AARCH64)
    set(CMAKE_CROSSCOMPILING_EMULATOR "${OC_QEMU_AARCH64};-L;${OC_AARCH64_ROOT}")
endif()
set(OC_VARIANT arm64 CACHE STRING "set by the toolchain file, unless the product is built")
