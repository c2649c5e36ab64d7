# The target `needed`: all but the test programs that `npm test` runs in variant san alone. It is what `npm start` and
# `npm test` build of variant linux; the soak builds and runs the rest.
set(OC_TESTS_OF_LINUX "_tsan(_test)?$|_alloc_test$|^p2p_flood_test$") # as in scripts/steps.mjs

function(oc_needed folder out)
    get_property(targets DIRECTORY ${folder} PROPERTY BUILDSYSTEM_TARGETS)
    get_property(inner DIRECTORY ${folder} PROPERTY SUBDIRECTORIES)
    get_property(later GLOBAL PROPERTY OC_TEST_PROGRAMS)
    list(FILTER later EXCLUDE REGEX ${OC_TESTS_OF_LINUX})
    set(found)
    foreach(target ${targets})
        get_target_property(type ${target} TYPE)
        get_target_property(left_out ${target} EXCLUDE_FROM_ALL)
        # Libraries come with what is linked with them.
        if(type MATCHES "^(EXECUTABLE|MODULE_LIBRARY|SHARED_LIBRARY|UTILITY)$" AND NOT left_out AND NOT target IN_LIST later)
            list(APPEND found ${target})
        endif()
    endforeach()
    foreach(each ${inner})
        oc_needed(${each} more)
        list(APPEND found ${more})
    endforeach()
    set(${out} ${found} PARENT_SCOPE)
endfunction()

oc_needed(${PROJECT_SOURCE_DIR} needed)
add_custom_target(needed)
if(needed)
    add_dependencies(needed ${needed})
endif()
