/* oc_http_clear - tells who speaks HTTP in clear to a port of HTTPS where it is. Nothing of the
 * request is obeyed, no page and no answer of the API goes out in clear. HTTP thread. */
#ifndef OC_HTTP_CLEAR_H
#define OC_HTTP_CLEAR_H

#include <stddef.h>

#define OC_HTTP_CLEAR_MAX 1024u /* bytes of an answer with its NUL */

/* The answer to the rest of a request head (len bytes, nothing of it trusted): 303 to the root of
 * the same host by HTTPS; without a host that is one, 400. Length of the text. */
size_t oc_http_clear_text(char text[OC_HTTP_CLEAR_MAX], const char *head, size_t len);
/* Answers on a connection that sent "GET /" or the like; what arrived is read. Never waits. */
void oc_http_clear_answer(int fd);

#endif
