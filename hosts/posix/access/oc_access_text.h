/* oc_access_text - what comes in as text before anybody is trusted: cookies, Basic credentials,
 * bodies of a login; and base64. Pure; every parser is bounded and refuses what it does not know.
 */
#ifndef OC_ACCESS_TEXT_H
#define OC_ACCESS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OC_ACCESS_USER_MAX     32  /* bytes with NUL: 1 to 31 of a-z, 0-9 and - */
#define OC_ACCESS_PASSWORD_MAX 129 /* bytes with NUL */

/* One value to be found in a body. */
typedef struct oc_access_field {
    const char *key;
    char *value; /* "" when it is absent; numbers as their text */
    size_t size; /* bytes at value; a longer one is refused */
    bool found;
} oc_access_field_t;

/* The value of a cookie in a Cookie header (RFC 6265 section 4.2). False: not there, there twice,
 * or longer than size. */
bool oc_access_text_cookie(const char *header, const char *name, char *out, size_t size);

/* Reads an Authorization header of the scheme Basic (RFC 7617). False: another one, or
 * malformed. */
bool oc_access_text_basic(const char *header, char user[OC_ACCESS_USER_MAX],
                          char password[OC_ACCESS_PASSWORD_MAX]);

/* Reads a body of `application/x-www-form-urlencoded`. False: malformed, an unknown or doubled
 * key, or a value that does not fit. */
bool oc_access_text_form(const char *body, oc_access_field_t *fields, unsigned count);
/* Reads a JSON object of strings and whole numbers; as oc_access_text_form. */
bool oc_access_text_json(const char *body, oc_access_field_t *fields, unsigned count);

/* base64url without padding (RFC 4648 section 5): writes (len * 4 + 2) / 3 characters and NUL. */
void oc_access_text_encode(const uint8_t *data, size_t len, char *out);
/* Reads base64, url = true: base64url without padding. Bytes written, -1: malformed or more than
 * size. */
int oc_access_text_decode(const char *text, size_t len, bool url, uint8_t *out, size_t size);

/* True for 1 to 31 of a-z, 0-9 and -. */
bool oc_access_text_is_user(const char *name);

#endif
