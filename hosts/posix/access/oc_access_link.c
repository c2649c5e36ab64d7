#include "oc_access_link.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oc_access_text.h"
#include "oc_err.h"

#define ID_BYTES   9  /* of randomness in an id: 12 characters */
#define TEXT_BYTES 44 /* with NUL of 32 bytes in base64url */
#define HEAD       "ocellus links 2"
#define HEAD_1     "ocellus links 1 " /* and a hash of the file of users: lines name no maker */

static void hash_of(const uint8_t *bytes, size_t len, uint8_t out[OC_CRYPTO_HASH]) {
    oc_hash(OC_HASH_SHA256, &(oc_span_t){bytes, len}, 1, out);
}

/* ---- the table ---- */

static void drop(oc_access_links_t *links, unsigned at) {
    links->count--;
    memmove(&links->rows[at], &links->rows[at + 1], (links->count - at) * sizeof(links->rows[0]));
    oc_crypto_wipe(&links->rows[links->count], sizeof(links->rows[0]));
}

void oc_access_link_expire(oc_access_links_t *links, int64_t now_s) {
    for (unsigned i = links->count; i-- > 0;) {
        if (now_s >= links->rows[i].expires_s)
            drop(links, i);
    }
}

const oc_access_link_t *oc_access_link_add(oc_access_links_t *links,
                                           const oc_access_link_t *expected,
                                           const uint8_t secret[OC_CRYPTO_HASH],
                                           char token[OC_ACCESS_LINK_MAX]) {
    uint8_t name[OC_CRYPTO_HASH];
    oc_access_link_expire(links, expected->created_s);
    if (links->count == OC_ACCESS_LINKS)
        return NULL;
    oc_access_link_t *row = &links->rows[links->count++];
    *row = *expected;
    hash_of(secret, OC_CRYPTO_HASH, row->hash);
    hash_of(row->hash, OC_CRYPTO_HASH, name);
    oc_access_text_encode(name, ID_BYTES, row->id);
    size_t len = (size_t)snprintf(token, OC_ACCESS_LINK_MAX, "%s.", row->id);
    oc_access_text_encode(secret, OC_CRYPTO_HASH, token + len);
    return row;
}

int oc_access_link_find(const oc_access_links_t *links, const char *token, size_t token_len,
                        int64_t now_s, const oc_access_link_t **found) {
    uint8_t secret[OC_CRYPTO_HASH], hash[OC_CRYPTO_HASH];
    char again[TEXT_BYTES];
    const size_t id = OC_ACCESS_LINK_ID - 1;
    *found = NULL;
    if (token_len != id + 1 + TEXT_BYTES - 1 || token[id] != '.' ||
        oc_access_text_decode(token + id + 1, TEXT_BYTES - 1, true, secret, sizeof(secret)) !=
            (int)sizeof(secret))
        return OC_ERR_INVAL;
    oc_access_text_encode(secret, sizeof(secret), again); /* one text for each secret */
    hash_of(secret, sizeof(secret), hash);
    for (unsigned i = 0; i < links->count; i++) {
        if (memcmp(links->rows[i].id, token, id) == 0 &&
            memcmp(again, token + id + 1, TEXT_BYTES - 1) == 0 &&
            oc_crypto_equal(links->rows[i].hash, hash, sizeof(hash)))
            *found = &links->rows[i];
    }
    oc_crypto_wipe(secret, sizeof(secret));
    if (!*found)
        return OC_ERR_INVAL;
    return now_s < (*found)->expires_s ? OC_OK : OC_ERR_STALE;
}

bool oc_access_link_end(oc_access_links_t *links, const char *id) {
    for (unsigned i = 0; i < links->count; i++) {
        if (strcmp(links->rows[i].id, id) == 0) {
            drop(links, i);
            return true;
        }
    }
    return false;
}

/* ---- who made them ---- */

bool oc_access_link_settle(oc_access_links_t *links, const oc_access_users_t *users) {
    uint8_t marks[OC_ACCESS_USERS + 1][OC_CRYPTO_HASH];
    unsigned count = 1, before = links->count;
    oc_access_user_mark(users, "", marks[0]);
    for (unsigned i = 0; i < users->count; i++) {
        if (users->rows[i].right == OC_ACCESS_OWN)
            oc_access_user_mark(users, users->rows[i].name, marks[count++]);
    }
    for (unsigned i = links->count; i-- > 0;) {
        bool found = false;
        for (unsigned k = 0; k < count; k++)
            found |= oc_crypto_equal(links->rows[i].by, marks[k], OC_CRYPTO_HASH);
        if (!found)
            drop(links, i);
    }
    return links->count < before;
}

/* ---- the file ---- */

static bool read_32(const char *text, uint8_t out[OC_CRYPTO_HASH]) {
    return oc_access_text_decode(text, strlen(text), true, out, OC_CRYPTO_HASH) == OC_CRYPTO_HASH;
}

/* id:channel:created:expires:hash:MAKER:nNAME, the name in base64url. by: of the maker when the
 * lines name none. */
static bool parse_line(const char *line, const uint8_t *by, oc_access_link_t *row) {
    char created[13], expires[13], hash[TEXT_BYTES], maker[TEXT_BYTES];
    int head = 0, name = 0;
    memset(row, 0, sizeof(*row));
    if (sscanf(line, "%12[A-Za-z0-9_-]:%31[a-z0-9-]:%12[0-9]:%12[0-9]:%43[A-Za-z0-9_-]:%n", row->id,
               row->channel, created, expires, hash, &head) != 5 ||
        head == 0 || strlen(row->id) != OC_ACCESS_LINK_ID - 1 || !read_32(hash, row->hash))
        return false;
    line += head;
    if (by) {
        memcpy(row->by, by, sizeof(row->by));
        name = *line == 'n';
    } else if (sscanf(line, "%43[A-Za-z0-9_-]:n%n", maker, &name) != 1 ||
               !read_32(maker, row->by)) {
        return false;
    }
    if (name == 0)
        return false;
    row->created_s = atoll(created);
    row->expires_s = atoll(expires);
    int len = oc_access_text_decode(line + name, strlen(line + name), true, (uint8_t *)row->name,
                                    sizeof(row->name) - 1);
    return len >= 0 && strlen(row->name) == (size_t)len;
}

/* Copies the line at *text and goes behind it. False: too long. */
static bool next_line(const char **text, char *line, size_t size) {
    size_t len = strcspn(*text, "\n");
    if (len >= size)
        return false;
    memcpy(line, *text, len);
    line[len] = '\0';
    *text += len + ((*text)[len] == '\n');
    return true;
}

/* The first line. OC_OK, by: whose the links are when the lines do not tell, else *named |
 * OC_ERR_STALE | OC_ERR_FORMAT. */
static int parse_head(const char *line, const oc_access_users_t *users, uint8_t by[OC_CRYPTO_HASH],
                      bool *named) {
    char text[OC_ACCESS_USERS_TEXT];
    uint8_t made[OC_CRYPTO_HASH], now[OC_CRYPTO_HASH];
    *named = strcmp(line, HEAD) == 0;
    if (*named)
        return OC_OK;
    if (strncmp(line, HEAD_1, sizeof(HEAD_1) - 1) != 0 || !read_32(line + sizeof(HEAD_1) - 1, made))
        return OC_ERR_FORMAT;
    hash_of((const uint8_t *)text, oc_access_user_print(users, text), now);
    oc_crypto_wipe(text, sizeof(text));
    oc_access_user_mark(users, "", by);
    return oc_crypto_equal(made, now, sizeof(made)) ? OC_OK : OC_ERR_STALE;
}

int oc_access_link_parse(const char *text, const oc_access_users_t *users,
                         oc_access_links_t *links) {
    char line[256];
    uint8_t by[OC_CRYPTO_HASH];
    bool named;
    memset(links, 0, sizeof(*links));
    if (!next_line(&text, line, sizeof(line)))
        return OC_ERR_FORMAT;
    int result = parse_head(line, users, by, &named);
    if (result != OC_OK)
        return result;
    while (*text) {
        if (links->count == OC_ACCESS_LINKS || !next_line(&text, line, sizeof(line)) ||
            !parse_line(line, named ? NULL : by, &links->rows[links->count])) {
            memset(links, 0, sizeof(*links));
            return OC_ERR_FORMAT;
        }
        links->count++;
    }
    return oc_access_link_settle(links, users) ? OC_ERR_STALE : OC_OK;
}

size_t oc_access_link_print(const oc_access_links_t *links, char text[OC_ACCESS_LINKS_TEXT]) {
    char hash[TEXT_BYTES], by[TEXT_BYTES], name[OC_ACCESS_LINK_NAME * 2];
    size_t len = (size_t)snprintf(text, OC_ACCESS_LINKS_TEXT, HEAD "\n");
    for (unsigned i = 0; i < links->count; i++) {
        const oc_access_link_t *row = &links->rows[i];
        oc_access_text_encode(row->hash, OC_CRYPTO_HASH, hash);
        oc_access_text_encode(row->by, OC_CRYPTO_HASH, by);
        oc_access_text_encode((const uint8_t *)row->name, strlen(row->name), name);
        len += (size_t)snprintf(text + len, OC_ACCESS_LINKS_TEXT - len,
                                "%s:%s:%" PRId64 ":%" PRId64 ":%s:%s:n%s\n", row->id, row->channel,
                                row->created_s, row->expires_s, hash, by, name);
    }
    return len;
}
