# oc_mbedtls_library: mbedTLS of the system (libmbedtls-dev: 2.28 in Debian 12, 3.6 in Debian 13), or of
# a source tree of 3.6 or 4.x that MBEDTLS_DIR names. Not there where nothing brings it: cores, and the
# builds for microcontrollers, do without.
include_guard(GLOBAL)
set(MBEDTLS_DIR "" CACHE PATH "a source tree of mbedTLS 3.6 or 4.x instead of the system's library")
if(MBEDTLS_DIR)
    if(NOT EXISTS ${MBEDTLS_DIR}/include/mbedtls/ssl.h OR NOT EXISTS ${MBEDTLS_DIR}/framework/CMakeLists.txt)
        message(FATAL_ERROR "MBEDTLS_DIR: ${MBEDTLS_DIR} is no source tree of mbedTLS with its submodules")
    endif()
    set(ENABLE_PROGRAMS OFF CACHE BOOL "" FORCE)
    set(ENABLE_TESTING OFF CACHE BOOL "" FORCE)
    add_subdirectory(${MBEDTLS_DIR} ${CMAKE_BINARY_DIR}/mbedtls EXCLUDE_FROM_ALL)
    target_compile_definitions(mbedtls PUBLIC MBEDTLS_SSL_DTLS_SRTP) # as Debian has it
    add_library(oc_mbedtls_library INTERFACE)
    target_link_libraries(oc_mbedtls_library INTERFACE mbedtls mbedx509)
elseif(NOT OC_VARIANT MATCHES "^(m32|board32|xtensa)$")
    find_path(OC_MBEDTLS_INCLUDE mbedtls/ssl.h)
    find_library(OC_MBEDTLS_SSL mbedtls)
    find_library(OC_MBEDTLS_X509 mbedx509)
    find_library(OC_MBEDTLS_CRYPTO mbedcrypto)
    if(OC_MBEDTLS_INCLUDE AND OC_MBEDTLS_SSL AND OC_MBEDTLS_X509 AND OC_MBEDTLS_CRYPTO)
        add_library(oc_mbedtls_library INTERFACE)
        target_link_libraries(oc_mbedtls_library INTERFACE
            ${OC_MBEDTLS_SSL} ${OC_MBEDTLS_X509} ${OC_MBEDTLS_CRYPTO})
    elseif(NOT OC_CORES_ONLY)
        message(FATAL_ERROR "mbedTLS is missing (mbedtls/ssl.h: ${OC_MBEDTLS_INCLUDE}; libmbedtls: "
            "${OC_MBEDTLS_SSL}): install libmbedtls-dev, or name a source tree with -DMBEDTLS_DIR=...")
    endif()
endif()
