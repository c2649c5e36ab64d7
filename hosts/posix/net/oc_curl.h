/* oc_curl - libcurl, loaded when it is first wanted: a process without requests of a script pays
 * nothing for it and its 27 libraries (docs/adr/0042). Any thread. */
#ifndef OC_CURL_H
#define OC_CURL_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

#define OC_CURL_FUNCTIONS(X)                                                                       \
    X(easy_init)                                                                                   \
    X(easy_cleanup)                                                                                \
    X(easy_perform)                                                                                \
    X(easy_reset)                                                                                  \
    X(easy_strerror)                                                                               \
    X(easy_setopt)                                                                                 \
    X(easy_getinfo)                                                                                \
    X(easy_header)                                                                                 \
    X(easy_nextheader)                                                                             \
    X(easy_pause)                                                                                  \
    X(multi_init)                                                                                  \
    X(multi_cleanup)                                                                               \
    X(multi_setopt)                                                                                \
    X(multi_add_handle)                                                                            \
    X(multi_remove_handle)                                                                         \
    X(multi_socket_action)                                                                         \
    X(multi_info_read)                                                                             \
    X(multi_assign)                                                                                \
    X(slist_append)                                                                                \
    X(slist_free_all)                                                                              \
    X(free)                                                                                        \
    X(getdate)                                                                                     \
    X(url)                                                                                         \
    X(url_set)                                                                                     \
    X(url_get)                                                                                     \
    X(url_cleanup)                                                                                 \
    X(global_init)                                                                                 \
    X(version_info)

#ifdef curl_easy_setopt /* macros that check types; a pointer has none */
#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt
#endif

/* Its functions, without the prefix. */
typedef struct oc_curl {
#define OC_CURL_FIELD(name) __typeof__(&curl_##name) name;
    OC_CURL_FUNCTIONS(OC_CURL_FIELD)
#undef OC_CURL_FIELD
} oc_curl_t;

#define OC_CURL_PIN_BYTES 32 /* SHA-256 */

/* The functions, static; NULL: there is none that will do, and *why (static, one line) says so.
 * Loads it the first time, which takes some milliseconds. */
const oc_curl_t *oc_curl(const char **why);

/* SHA-256 of the certificate of the other end of a connection. false: there is no TLS, or libcurl
 * has another TLS library than OpenSSL. easy: within CURLOPT_PREREQFUNCTION. */
bool oc_curl_fingerprint(CURL *easy, uint8_t out[OC_CURL_PIN_BYTES]);

#endif
