# Compiler flags of each variant (OC_VARIANT).
if(OC_VARIANT MATCHES "^(debug|san|stress)$")
    add_compile_definitions(OC_THREAD_CHECK) # ring, outputs and plane abort on a foreign thread
endif()
if(OC_VARIANT MATCHES "^(board32|xtensa)$")
    add_compile_definitions(OC_LIMITS_BOARD) # native/base/oc_limits.h
endif()
set(OC_WARNINGS -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wno-unused-parameter)
set(OC_TEST_DIVISOR 1) # cores.cmake
option(OC_WERROR "Treat warnings as errors (CI and developers; users get warnings)" OFF)
if(OC_WERROR)
    list(APPEND OC_WARNINGS -Werror)
endif()

add_compile_options(-fno-common -ffunction-sections -fdata-sections)
add_link_options(-Wl,--gc-sections)
if(OC_VARIANT STREQUAL "san" OR OC_VARIANT STREQUAL "stress")
    add_compile_definitions(OC_SANITIZED)
    set(OC_TEST_DIVISOR 4) # board32 has whole days, and Linux in the soak
    add_compile_options(-O1 -g1 -fno-omit-frame-pointer)
    add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all)
    add_link_options(-fsanitize=address,undefined)
    # Three hundred programs are linked: it takes a third of the time of the linker that makes what ships.
    find_program(OC_GOLD ld.gold)
    if(OC_GOLD)
        add_link_options(-fuse-ld=gold)
    endif()
    # What a test program itself does is short; to optimise it takes longer.
    set(OC_TEST_OPTIONS -O0)
elseif(OC_VARIANT STREQUAL "debug")
    add_compile_options(-O0 -g)
elseif(OC_VARIANT MATCHES "^(m32|board32)$")
    # -malign-double and unsigned char: record sizes and signedness of the Xtensa ABI. With the engine
    # comes Debian's libuv, whose records hold 64-bit times as Linux aligns them.
    # Kernel headers of 64 bits serve 32 bits too; gcc-multilib would link to them, and forbid cross compilers.
    add_compile_options(-O2 -g1 -m32 -funsigned-char -idirafter /usr/include/x86_64-linux-gnu)
    if(OC_CORES_ONLY)
        add_compile_options(-malign-double)
    endif()
    add_link_options(-m32)
elseif(OC_VARIANT STREQUAL "xtensa")
    add_compile_definitions(OC_NO_PROCESSES) # tests: there is no fork
    set(OC_TEST_DIVISOR 24)
    # This compiler's core has no compare-and-swap; its atomic calls (tests/xtensa/system/xt_atomic.c)
    # take no lock, as the instructions of an ESP32-S3.
    add_compile_options(-Os -g1 -U__GCC_ATOMIC_INT_LOCK_FREE -D__GCC_ATOMIC_INT_LOCK_FREE=2)
    add_compile_options($<$<COMPILE_LANGUAGE:C>:-fcallgraph-info=su>) # for bench/footprint.mjs
else()
    add_compile_options(-O2 -g1)
endif()

# Hardening of what ships; sanitizers bring checks of their own.
if(OC_VARIANT MATCHES "^(linux|release|arm64)$")
    add_compile_options(-fPIE -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
    add_link_options(-pie -Wl,-z,relro,-z,now,-z,noexecstack)
endif()

# What is packaged names no folder of the machine that built it.
option(OC_PACKAGE "For npm run package: no paths of this machine, advice in the words of the package" OFF)
if(OC_PACKAGE)
    add_compile_options(-ffile-prefix-map=${PROJECT_SOURCE_DIR}=.)
    add_compile_definitions(OC_PACKAGE)
endif()
