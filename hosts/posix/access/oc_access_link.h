/* oc_access_link - watch links: each opens one channel's live picture until a time, or until it is
 * ended. What is kept of a link does not open it: the token is told once, when it is made. Pure. */
#ifndef OC_ACCESS_LINK_H
#define OC_ACCESS_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "oc_access_user.h"
#include "oc_crypto.h"

#define OC_ACCESS_LINKS        64 /* at a time: a list that a person can look through; 12 KB */
#define OC_ACCESS_LINK_MAX     64 /* bytes with NUL of a token */
#define OC_ACCESS_LINK_ID      13 /* bytes with NUL of an id */
#define OC_ACCESS_LINK_CHANNEL 32 /* bytes with NUL of the channel's name */
#define OC_ACCESS_LINK_NAME    49 /* bytes with NUL of what a person calls the link */
#define OC_ACCESS_LINK_LIFE_S  31536000    /* longest life of a link */
#define OC_ACCESS_LINKS_TEXT   (16 * 1024) /* bytes with NUL of the file; 64 long lines are 15 KB */

/* One link. Times in seconds since 1970. */
typedef struct oc_access_link {
    char id[OC_ACCESS_LINK_ID], channel[OC_ACCESS_LINK_CHANNEL];
    char name[OC_ACCESS_LINK_NAME]; /* "": none */
    int64_t created_s, expires_s;
    uint8_t hash[OC_CRYPTO_HASH]; /* SHA-256 of the secret in the token */
    uint8_t by[OC_CRYPTO_HASH];   /* who made it: oc_access_user_mark */
    uint32_t login; /* number of those who signal by it, not stored; 0: nobody has yet */
} oc_access_link_t;

/* Zeroed: none. In the order in which they were made. */
typedef struct oc_access_links {
    unsigned count;
    oc_access_link_t rows[OC_ACCESS_LINKS];
} oc_access_links_t;

/* Makes a link out of 32 random bytes and writes its token. Links that are over make room.
 * Borrowed until the next change; NULL: there are OC_ACCESS_LINKS. */
const oc_access_link_t *oc_access_link_add(oc_access_links_t *links,
                                           const oc_access_link_t *expected,
                                           const uint8_t secret[OC_CRYPTO_HASH],
                                           char token[OC_ACCESS_LINK_MAX]);

/* The link of a token of token_len bytes. OC_OK *found, borrowed until the next change |
 * OC_ERR_STALE over | OC_ERR_INVAL there is none, or it was ended. */
int oc_access_link_find(const oc_access_links_t *links, const char *token, size_t token_len,
                        int64_t now_s, const oc_access_link_t **found);

/* Ends one. False: no link has this id. */
bool oc_access_link_end(oc_access_links_t *links, const char *id);
/* Forgets those that are over. */
void oc_access_link_expire(oc_access_links_t *links, int64_t now_s);

/* Ends those whose maker is no longer there, owns the camera no longer, or has another password;
 * the others stay. True: some ended. */
bool oc_access_link_settle(oc_access_links_t *links, const oc_access_users_t *users);

/* Reads the file's text; what these users leave (oc_access_link_settle) is in links. OC_OK |
 * OC_ERR_STALE: some have ended | OC_ERR_FORMAT: malformed; links is empty then. */
int oc_access_link_parse(const char *text, const oc_access_users_t *users,
                         oc_access_links_t *links);

/* Writes the file's text. Returns its length. */
size_t oc_access_link_print(const oc_access_links_t *links, char text[OC_ACCESS_LINKS_TEXT]);

#endif
