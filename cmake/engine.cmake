# The XS engine (oc_engine), its bytecode compiler (xsb), and functions that turn TypeScript into
# archives. Included by hosts that run scripts; needs Node and, the first time, the npm registry.
include_guard(GLOBAL)
find_program(OC_NODE node REQUIRED)
find_package(Threads REQUIRED)

set(OC_ENGINE_DIR ${PROJECT_SOURCE_DIR}/build/engine)
set(OC_PLATFORM_DIR ${PROJECT_SOURCE_DIR}/hosts/linux/engine)
execute_process(COMMAND ${OC_NODE} ${PROJECT_SOURCE_DIR}/scripts/engine.mjs ${OC_ENGINE_DIR}
    RESULT_VARIABLE OC_ENGINE_STATUS)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${OC_PLATFORM_DIR}/xs.patch)
if(NOT OC_ENGINE_STATUS EQUAL 0)
    message(FATAL_ERROR "The engine's sources are not available (message above).")
endif()
set(OC_XS ${OC_ENGINE_DIR}/package/moddable/xs)
set(OC_XS_INCLUDES ${OC_XS}/includes ${OC_XS}/platforms ${OC_XS}/sources)

# Seen by every file that sees a machine. Identifiers stay 16 bits wide (mx32bitID undefined):
# archives hold 16-bit identifiers.
set(OC_XS_COMMON INCLUDE_XSPLATFORM XSPLATFORM="oc_xsplatform.h" mxParse=1 mxCESU8=1
    mxRegExpUnicodePropertyEscapes=1 mxStringNormalize=1 mxMinusZero=1)
set(OC_XS_DEFINES ${OC_XS_COMMON} mxRun=1 mxBoundsCheck=1 mxMetering=1 mxNoConsole=1)
if(NOT OC_VARIANT STREQUAL "release")
    list(APPEND OC_XS_DEFINES mxDebug=1) # bytecode keeps its lines
endif()
if(OC_VARIANT STREQUAL "debug")
    list(APPEND OC_XS_DEFINES OC_XSBUG=1) # connects to a debugger when XSBUG_HOST is set
endif()
# The engine counts on integers that wrap (Math.imul, hashes) and copies nothing from and to null.
set(OC_XS_OPTIONS -w -fno-strict-aliasing -fwrapv -fno-delete-null-pointer-checks)
if(OC_VARIANT STREQUAL "san" OR OC_VARIANT STREQUAL "stress")
    # The engine reads bytecode operands where they lie; everything else is checked for alignment.
    list(APPEND OC_XS_OPTIONS -fno-sanitize=alignment,nonnull-attribute)
    list(APPEND OC_XS_DEFINES mxASANStackMargin=131072)
    # The engine measures its stack by the address of a local variable: newer compilers move those.
    list(APPEND OC_XS_OPTIONS --param=asan-use-after-return=0)
endif()
if(OC_VARIANT STREQUAL "debug")
    list(APPEND OC_XS_OPTIONS -O1)
endif()

# xsdtoa.c, xsJSON.c and xsre.c are compiled through our oc_xs*.c.
set(OC_XS_NAMES All API Arguments Array Atomics BigInt Boolean Code Common DataView Date Debug
    Defaults Error Function Generator Global Lexical Lockdown MapSet Marshall Math Memory
    Module Number Object Platforms Profile Promise Property Proxy RegExp Run Scope Script SourceMap
    String Symbol Syntaxical Tree Type mc)
list(TRANSFORM OC_XS_NAMES REPLACE "(.+)" "${OC_XS}/sources/xs\\1.c" OUTPUT_VARIABLE OC_XS_SOURCES)

add_library(oc_engine STATIC ${OC_XS_SOURCES} ${OC_PLATFORM_DIR}/oc_xsdtoa.c ${OC_PLATFORM_DIR}/oc_xsjson.c
    ${OC_PLATFORM_DIR}/oc_xsre.c)
target_include_directories(oc_engine SYSTEM PUBLIC ${OC_XS_INCLUDES})
target_include_directories(oc_engine PUBLIC ${OC_PLATFORM_DIR})
target_compile_definitions(oc_engine PUBLIC ${OC_XS_DEFINES})
target_compile_options(oc_engine PRIVATE ${OC_XS_OPTIONS})
target_link_libraries(oc_engine PUBLIC m Threads::Threads)
if((OC_VARIANT STREQUAL "san" OR OC_VARIANT STREQUAL "stress") AND CMAKE_C_COMPILER_VERSION VERSION_LESS 14)
    # fxUnicodeLength reads whole words beyond the end of a string and says so by __has_feature,
    # which older GCC does not know.
    set_source_files_properties(${OC_XS}/sources/xsCommon.c PROPERTIES
        COMPILE_OPTIONS "-D__has_feature(x)=1")
endif()
if(OC_VARIANT STREQUAL "san" OR OC_VARIANT STREQUAL "stress")
    # One function of ten thousand lines: to optimise it with every check in it takes longer than it ever runs.
    set_source_files_properties(${OC_XS}/sources/xsRun.c PROPERTIES COMPILE_OPTIONS -O0)
endif()
if(OC_VARIANT STREQUAL "san" OR OC_VARIANT STREQUAL "stress")
    # A slot that was collected is poison, and a collection at every allocation once gxStress is set. In variant stress
    # every chunk is its own malloc too, which hides what the engine's own chunks do with what they have left.
    target_compile_definitions(oc_engine PUBLIC OC_GC_AT_WILL=1)
    set(OC_XS_WATCHED mxStress=1 mxPoisonSlots=1)
    if(OC_VARIANT STREQUAL "stress")
        target_compile_definitions(oc_engine PUBLIC OC_STRESS=1)
        list(APPEND OC_XS_WATCHED mxNoChunks=1)
    endif()
    set_source_files_properties(${OC_XS}/sources/xsMemory.c PROPERTIES COMPILE_DEFINITIONS "${OC_XS_WATCHED}")
endif()

# The compiler is the engine's parser half, without mxRun.
set(OC_XSB_NAMES BigInt Code Common Lexical Scope Script SourceMap Syntaxical Tree dtoa re)
list(TRANSFORM OC_XSB_NAMES REPLACE "(.+)" "${OC_XS}/sources/xs\\1.c" OUTPUT_VARIABLE OC_XSB_SOURCES)
add_library(oc_xsparser STATIC ${OC_XSB_SOURCES})
target_include_directories(oc_xsparser SYSTEM PUBLIC ${OC_XS_INCLUDES})
target_include_directories(oc_xsparser PUBLIC ${OC_PLATFORM_DIR})
target_compile_definitions(oc_xsparser PUBLIC ${OC_XS_COMMON})
target_compile_options(oc_xsparser PRIVATE ${OC_XS_OPTIONS})
target_link_libraries(oc_xsparser PUBLIC m)

set(OC_XSB_DIR ${PROJECT_SOURCE_DIR}/tools/xsb)
set(OC_XSB "" CACHE FILEPATH "the bytecode compiler of another build, when this one is for another processor")
add_executable(xsb ${OC_XSB_DIR}/xsb.c ${OC_XSB_DIR}/xsb_archive.c ${OC_XSB_DIR}/xsb_buffer.c
    ${OC_XSB_DIR}/xsb_compile.c ${OC_XSB_DIR}/xsb_code.c)
target_compile_options(xsb PRIVATE ${OC_WARNINGS})
target_link_libraries(xsb PRIVATE oc_xsparser)
set_target_properties(xsb PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
if(OC_XSB)
    set_target_properties(xsb PROPERTIES EXCLUDE_FROM_ALL ON)
    set(OC_XSB_RUN ${OC_XSB})
else()
    set(OC_XSB_RUN $<TARGET_FILE:xsb>)
endif()

# TypeScript: checked and emitted as a whole; a type error fails every build, because nothing is
# emitted and the stamp stays old.
set(OC_BUNDLE_DIR ${PROJECT_SOURCE_DIR}/tools/bundle)
set(OC_TSC ${PROJECT_SOURCE_DIR}/node_modules/typescript/bin/tsc)
set(OC_JS_DIR ${CMAKE_BINARY_DIR}/js)
file(GLOB_RECURSE OC_TS_FILES CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/types/*.d.ts
    ${PROJECT_SOURCE_DIR}/modules/*.ts ${PROJECT_SOURCE_DIR}/native/*.ts
    ${PROJECT_SOURCE_DIR}/hosts/posix/embedded/*.ts ${PROJECT_SOURCE_DIR}/hosts/xs/embedded/*.ts
    ${PROJECT_SOURCE_DIR}/tests/modules/*.ts
    ${PROJECT_SOURCE_DIR}/tests/apps/*.ts
    ${PROJECT_SOURCE_DIR}/examples/*.ts
    ${PROJECT_SOURCE_DIR}/tests/engine/bindings/*.ts ${PROJECT_SOURCE_DIR}/tests/engine/scripts/*.ts)
add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/js.stamp
    COMMAND ${CMAKE_COMMAND} -E rm -rf ${OC_JS_DIR}
    COMMAND ${OC_NODE} ${OC_TSC} -p ${PROJECT_SOURCE_DIR} --noEmit false --noEmitOnError --sourceMap
        --declaration --outDir ${OC_JS_DIR}
    COMMAND ${CMAKE_COMMAND} -E touch ${CMAKE_BINARY_DIR}/js.stamp
    DEPENDS ${OC_TS_FILES} ${PROJECT_SOURCE_DIR}/tsconfig.json
    COMMENT "Checking and compiling TypeScript"
    VERBATIM)
# One target owns the stamp, so that two archives never run tsc at the same time.
add_custom_target(oc_typescript DEPENDS ${CMAKE_BINARY_DIR}/js.stamp)

file(GLOB OC_BUNDLE_FILES CONFIGURE_DEPENDS ${OC_BUNDLE_DIR}/*.mjs)
if(OC_VARIANT STREQUAL "release")
    set(OC_BUNDLE_LINES)
else()
    set(OC_BUNDLE_LINES --lines)
endif()

# oc_archive(NAME SETS set... NEEDS all|none|capability,... [BOARD]): NAME.xsa in the build folder, from these
# sets of modules (tools/bundle/specifiers.mjs), and what it declares (tools/bundle/needs.mjs). BOARD: without
# numbers of lines and the rooms of Linux, as the SDK makes it for a board.
function(oc_archive name)
    cmake_parse_arguments(ARG "BOARD" "NEEDS" "SETS" ${ARGN})
    list(TRANSFORM ARG_SETS PREPEND "--set=")
    set(lines ${OC_BUNDLE_LINES})
    if(ARG_BOARD)
        set(lines --board)
    endif()
    set(out ${CMAKE_BINARY_DIR}/${name}.xsa)
    add_custom_command(OUTPUT ${out}
        COMMAND ${OC_NODE} ${OC_BUNDLE_DIR}/bundle.mjs ${ARG_SETS} ${lines} --name ${name}
            --js ${OC_JS_DIR} --xsb ${OC_XSB_RUN} --out ${out} --capabilities ${ARG_NEEDS}
        DEPENDS ${OC_XSB_RUN} ${CMAKE_BINARY_DIR}/js.stamp ${OC_BUNDLE_FILES}
        COMMENT "Bytecode ${name}.xsa"
        VERBATIM)
    add_custom_target(oc_archive_${name} ALL DEPENDS ${out})
    add_dependencies(oc_archive_${name} oc_typescript)
endfunction()

# oc_embed_host(TARGET SETS set...): a library that holds the host's archive and its natives table
# (oc_host_archive.h); also as TARGET.xsa in the build folder.
function(oc_embed_host target)
    cmake_parse_arguments(ARG "" "" "SETS" ${ARGN})
    list(TRANSFORM ARG_SETS PREPEND "--set=")
    set(out ${CMAKE_BINARY_DIR}/${target}.xsa)
    set(source ${CMAKE_CURRENT_BINARY_DIR}/${target}.c)
    add_custom_command(OUTPUT ${source} BYPRODUCTS ${out}
        COMMAND ${OC_NODE} ${OC_BUNDLE_DIR}/bundle.mjs ${ARG_SETS} ${OC_BUNDLE_LINES} --name host
            --js ${OC_JS_DIR} --xsb ${OC_XSB_RUN} --out ${out} --c ${source}
        DEPENDS ${OC_XSB_RUN} ${CMAKE_BINARY_DIR}/js.stamp ${OC_BUNDLE_FILES}
        COMMENT "Bytecode ${target}.xsa"
        VERBATIM)
    add_library(${target} OBJECT ${source})
    add_dependencies(${target} oc_typescript)
    target_link_libraries(${target} PUBLIC oc_machine)
endfunction()

# oc_app_kit(): what applications of others are built with, laid out as an installation has it (tools/app/make-kit.mjs):
# the folder dev beside the program.
function(oc_app_kit)
    set(out ${CMAKE_BINARY_DIR}/dev)
    set(kit ${PROJECT_SOURCE_DIR}/tools/app)
    file(GLOB_RECURSE KIT_FILES CONFIGURE_DEPENDS ${kit}/* ${PROJECT_SOURCE_DIR}/tools/update/*
        ${PROJECT_SOURCE_DIR}/tools/cloud/*)
    add_custom_command(OUTPUT ${out}.stamp
        COMMAND ${CMAKE_COMMAND} -E rm -rf ${out}
        COMMAND ${OC_NODE} ${kit}/make-kit.mjs --js ${OC_JS_DIR} --xsb $<TARGET_FILE:xsb> --app ${CMAKE_BINARY_DIR}/app.xsa
            --out ${out}
        COMMAND ${CMAKE_COMMAND} -E touch ${out}.stamp
        DEPENDS xsb ${PROJECT_SOURCE_DIR}/hosts/xs/oc_app_surface.c ${CMAKE_BINARY_DIR}/app.xsa ${CMAKE_BINARY_DIR}/js.stamp ${KIT_FILES} ${OC_BUNDLE_FILES}
        COMMENT "Kit for applications"
        VERBATIM)
    add_custom_target(oc_kit ALL DEPENDS ${out}.stamp)
    add_dependencies(oc_kit oc_archive_app)
endfunction()
