# Toolchain file: Debian's Xtensa compiler (ESP8266 core, call0 ABI, soft float) with picolibc.
#   cmake -S . -B build/xtensa -G Ninja -DCMAKE_TOOLCHAIN_FILE=cmake/xtensa.cmake -DOC_CORES_ONLY=ON
# Record layout, signedness of char and 32-bit atomics are those of an ESP32-S3; its windowed ABI and
# FPU are not. Programs run under QEMU (tests/xtensa/README.md).
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR xtensa)
set(OC_PICOLIBC_SPECS /usr/lib/xtensa-lx106-elf/picolibc.specs)
find_program(OC_XTENSA_GCC xtensa-lx106-elf-gcc)
if(NOT OC_XTENSA_GCC OR NOT EXISTS ${OC_PICOLIBC_SPECS})
    message(FATAL_ERROR "xtensa needs the packages gcc-xtensa-lx106 and picolibc-xtensa-lx106-elf "
        "(xtensa-lx106-elf-gcc: ${OC_XTENSA_GCC}; ${OC_PICOLIBC_SPECS})")
endif()
set(CMAKE_C_COMPILER xtensa-lx106-elf-gcc)
set(CMAKE_ASM_COMPILER xtensa-lx106-elf-gcc)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
# The driver does not find the bare name `picolibc.specs`. Literals stand in front of the function
# that loads them, because one pool per program is out of reach of l32r.
set(CMAKE_C_FLAGS_INIT
    "-specs=${OC_PICOLIBC_SPECS} -mlongcalls -mtext-section-literals")
set(CMAKE_ASM_FLAGS_INIT "-mlongcalls -mtext-section-literals")
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE NEVER)
set(OC_VARIANT xtensa CACHE STRING "set by the toolchain file")
