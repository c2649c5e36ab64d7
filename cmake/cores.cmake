# oc_core(NAME SOURCES...): a static library of one room under native/; its folder is its include path.
# With OC_CORES_LIBRARY nothing is compiled: the cores are those in that library, so that the same
# tests run on what another build system made of the same sources.
set(OC_CORES_LIBRARY "" CACHE FILEPATH "a shared library that holds every core (the SDK's mc.so)")
if(OC_CORES_LIBRARY)
    add_library(oc_cores_library SHARED IMPORTED GLOBAL)
    set_target_properties(oc_cores_library PROPERTIES IMPORTED_LOCATION ${OC_CORES_LIBRARY})
endif()
function(oc_core name)
    if(OC_CORES_LIBRARY)
        file(CONFIGURE OUTPUT oc_no_core.c CONTENT "typedef int oc_no_core_t;\n")
        add_library(${name} STATIC ${CMAKE_CURRENT_BINARY_DIR}/oc_no_core.c)
        target_link_libraries(${name} PUBLIC oc_cores_library)
        # The library is linked to itself first: its variables must not be copied into the test.
        target_compile_options(${name} PUBLIC -fPIC)
    else()
        add_library(${name} STATIC ${ARGN})
    endif()
    target_include_directories(${name} PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
    target_compile_options(${name} PRIVATE ${OC_WARNINGS})
endfunction()

# Those that last longest, by computing or by waiting: ctest begins with them, so that none is left alone at the end.
set(OC_LONG_TESTS app_hour_test archive_test machine_kill_test machine_stop_test media_task_test peer_open_test privacy_test)

# How a test tells the time: `virtual` comes to the same end however long it takes, as every test of a core does;
# `real` has threads, sockets or a watchdog. Nothing here limits the time of a test: the runner ends what makes no
# progress (scripts/step-kinds.mjs).
function(oc_test_label name)
    set(label real)
    if(CMAKE_CURRENT_SOURCE_DIR MATCHES "/tests/(native|fuzz|xtensa)(/|$)" AND NOT CMAKE_CURRENT_SOURCE_DIR MATCHES "/tests/native/script$"
            AND NOT name MATCHES "_tsan(_test)?$|_alloc_test$")
        set(label virtual)
    endif()
    set_tests_properties(${name} PROPERTIES LABELS ${label})
endfunction()

# oc_test(NAME SOURCE LIBRARIES...): a cmocka program, run by ctest under the name of its source.
# OC_TEST_DIVISOR divides days of virtual time and rounds at random: 1, more where a machine is emulated.
# OC_TEST_OPTIONS: how its source is compiled, behind the variant's options.
function(oc_test name source)
    add_executable(${name} ${source})
    set_property(GLOBAL APPEND PROPERTY OC_TEST_PROGRAMS ${name})
    target_compile_options(${name} PRIVATE ${OC_WARNINGS} ${OC_TEST_OPTIONS})
    target_compile_definitions(${name} PRIVATE OC_TEST_DIVISOR=${OC_TEST_DIVISOR})
    target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests/native/support) # test_wait.h
    target_link_libraries(${name} PRIVATE ${ARGN} cmocka m)
    add_test(NAME ${name} COMMAND ${name})
    oc_test_label(${name})
    if(name IN_LIST OC_LONG_TESTS)
        set_tests_properties(${name} PROPERTIES COST 20)
    endif()
endfunction()

# oc_tsan_test(PROGRAM): a program under the thread sanitizer, whose memory layout does not meet every kernel's random
# one (vm.mmap_rnd_bits of 32): without it, where a container lets programs say so.
function(oc_tsan_test program)
    add_test(NAME ${program} COMMAND sh -c "setarch -R true 2> /dev/null && exec setarch -R \"$0\"; exec \"$0\"" $<TARGET_FILE:${program}>)
    oc_test_label(${program})
endfunction()
