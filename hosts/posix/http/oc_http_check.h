/* oc_http_check - what keeps the HTTP server from starting: asked by the start itself, and before
 * settings are stored that the next start would use. Waits for the disk. Any thread. */
#ifndef OC_HTTP_CHECK_H
#define OC_HTTP_CHECK_H

#include "oc_access_store.h"
#include "oc_cert.h"
#include "oc_command.h"

#define OC_HTTP_LISTENERS 8   /* addresses that a server listens on, at most */
#define OC_HTTP_CHECK_WHY 512 /* bytes with NUL of a reason */

/* Why it cannot be; the key of the settings it is about, static. */
typedef struct oc_http_refusal {
    const char *at;
    char why[OC_HTTP_CHECK_WHY];
} oc_http_refusal_t;

/* "localhost" as an address; every other one as it is. */
const char *oc_http_check_numeric(const char *address);
/* True: HTTPS and login on this address. */
bool oc_http_check_is_closed(const oc_listen_config_t *listen, const char *address);

/* Why a request is refused that a proxy hands on whose address is not in the settings. */
extern const char oc_http_check_untrusted[];

/* Adds the sites that may read to *origins and the trusted proxies to *proxies. */
void oc_http_check_lists(const oc_listen_config_t *listen, oc_access_names_t *origins,
                         oc_access_names_t *proxies);

/* Splits the addresses; *closed: one of them needs a login. most: addresses at a time.
 * OC_OK | OC_ERR_RANGE. */
int oc_http_check_addresses(const oc_listen_config_t *listen, unsigned maximum,
                            oc_access_names_t *addresses, bool *closed, oc_http_refusal_t *refusal);

/* A login is needed and somebody can log in. path: of the data directory, for the message; NULL:
 * not known. OC_OK | OC_ERR_STATE. */
int oc_http_check_password(const oc_listen_config_t *listen, const oc_access_users_t *users,
                           const char *path, oc_http_refusal_t *refusal);

/* Reads the certificate and key that were given: there, readable, a pair, not over. now_s: as in
 * oc_cert.h. OC_OK, *cert is owned by the caller | OC_ERR_*. */
int oc_http_check_pair(const oc_listen_config_t *listen, int64_t now_s,
                       oc_access_stamp_t *cert_stamp, oc_access_stamp_t *key_stamp,
                       oc_cert_t **cert, oc_http_refusal_t *refusal);

/* Binds the address for a moment. OC_OK | OC_ERR_BUSY. */
int oc_http_check_bind(const char *address, uint16_t port, oc_http_refusal_t *refusal);

/* All of these, for a start to come. root, path: the data directory. running: where this process
 * listens now, those addresses and ports are not tried; NULL: nowhere. OC_OK | OC_ERR_*. */
int oc_http_check(const oc_listen_config_t *listen, int root, const char *path,
                  const oc_listen_config_t *running, unsigned running_port,
                  oc_http_refusal_t *refusal);

#endif
