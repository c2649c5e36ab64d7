/* oc_http_rule - what the HTTP server decides about a request before it touches anything: names,
 * ranges. Pure functions; the library has parsed and decoded the request. */
#ifndef OC_HTTP_RULE_H
#define OC_HTTP_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "oc_out_pull.h"

#define OC_HTTP_PATH_MAX 512 /* bytes with NUL of a decoded path */

/* True for 127.0.0.0/8, ::1 and localhost: addresses that may be listened on. */
bool oc_http_rule_loopback(const char *address);

/* True for the version at the end of a request line (RFC 9112 2.3), 1.0 or 1.1. libwebsockets
 * decodes an address before it looks where the line ends: with an encoded line end in it the rest
 * becomes a header, and the version is missing. */
bool oc_http_rule_version(const char *version);

/* True for a Host (or authority) that names this machine by loopback, with or without a port;
 * everything else may be a rebound DNS name. */
bool oc_http_rule_host(const char *host);

/* True for an Origin on this machine, on any port, by plain http, or for none (""). Good enough for
 * a tool (`ocellus-peer`), not for what keeps settings. */
bool oc_http_rule_origin(const char *origin);

/* True when a Content-Type header names this media type ("application/json"), case apart, with or
 * without parameters (RFC 9110 8.3.1). */
bool oc_http_rule_media_type(const char *header, const char *type);

/* The bytes that a Range header asks of a resource of `size` bytes (RFC 9110 14.1.2). Several
 * ranges and malformed ones are ignored, as section 14.2 allows. OC_OK *first and *len (> 0) |
 * OC_AGAIN the whole resource | OC_ERR_RANGE nothing of it: 416. */
int oc_http_rule_range(const char *text, uint64_t size, uint64_t *first, uint64_t *len);

/* True when an Accept-Encoding header takes a coding ("gzip", "br"; RFC 9110 12.5.3): named, gzip
 * also by "*", and not with a weight of 0. */
bool oc_http_rule_coding(const char *header, const char *name);

/* True for what may follow /live/: "<channel>/<file>", "<channel>/sub/<file>", and
 * "<channel>.<ending>" of a body without an end. */
bool oc_http_rule_live(const char *path);
/* Length of the channel's name in the "<channel>.<ending>" of an endless body; 0: it is none. */
size_t oc_http_rule_endless(const char *rest, oc_pull_format_t *format);

/* The stream that a query asks for; other parameters are passed over. False: there is no such. */
bool oc_http_rule_stream(const char *query, bool *sub);

/* The value of a name in a query, as it is there, into out (size bytes). False: it is not there, or
 * does not fit. */
bool oc_http_rule_argument(const char *query, const char *name, char *out, size_t size);

/* Content type of a file of the viewer by its name; static. */
const char *oc_http_rule_type(const char *name);

#endif
