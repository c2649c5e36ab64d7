# oc_core(NAME SOURCES...): a static library of one room under native/; its folder is its include path.
function(oc_core name)
    add_library(${name} STATIC ${ARGN})
    target_include_directories(${name} PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
    target_compile_options(${name} PRIVATE ${OC_WARNINGS})
endfunction()

# oc_test(NAME SOURCE LIBRARIES...): a cmocka program, run by ctest under the name of its source.
# OC_TEST_DIVISOR divides days of virtual time and rounds at random: 1, more where a machine is emulated.
function(oc_test name source)
    add_executable(${name} ${source})
    target_compile_options(${name} PRIVATE ${OC_WARNINGS})
    target_compile_definitions(${name} PRIVATE OC_TEST_DIVISOR=${OC_TEST_DIVISOR})
    target_link_libraries(${name} PRIVATE ${ARGN} cmocka m)
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES TIMEOUT ${OC_TEST_TIMEOUT})
endfunction()
