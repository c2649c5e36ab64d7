#include "oc_access_user.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oc_err.h"
#include "oc_random.h"
#include "oc_scrypt.h"

/* A number of at most 3 digits before `end`. Returns what follows it, NULL: malformed. */
static const char *read_number(const char *text, char end, unsigned *value) {
    size_t len = strspn(text, "0123456789");
    if (len < 1 || len > 3 || text[len] != end)
        return NULL;
    *value = (unsigned)strtoul(text, NULL, 10);
    return text + len + 1;
}

static const char *read_bytes(const char *text, char end, uint8_t *out, size_t size) {
    const char *stop = end ? strchr(text, end) : text + strlen(text);
    if (!stop || oc_access_text_decode(text, (size_t)(stop - text), true, out, size) != (int)size)
        return NULL;
    return end ? stop + 1 : stop;
}

static const char *const rights[] = {"own", "operate", "watch"}; /* SOME is told by its acts */

const char *oc_access_user_right_name(oc_access_right_t right) {
    return rights[right == OC_ACCESS_SOME ? OC_ACCESS_WATCH : right];
}

bool oc_access_user_right_of(const char *name, oc_access_right_t *right) {
    for (unsigned i = 0; i < sizeof(rights) / sizeof(rights[0]); i++) {
        *right = (oc_access_right_t)i;
        if (strcmp(rights[i], name) == 0)
            return true;
    }
    return false;
}

/* A right behind the hash is cut off the line: ":watch", or ":<acts>:<cameras>". False: it is none
 * that a line may name. */
static bool take_right(char *line, oc_access_right_t *right, oc_access_scope_t *scope) {
    char *colon = line;
    *right = OC_ACCESS_OWN;
    memset(scope, 0, sizeof(*scope));
    for (unsigned i = 0; i < 7 && colon; i++) /* name, scrypt, N, r, p, salt, hash */
        colon = strchr(colon + (i > 0), ':');
    if (!colon)
        return true;
    *colon = '\0';
    char *cameras = strchr(colon + 1, ':');
    if (cameras) {
        *cameras = '\0';
        *right = OC_ACCESS_SOME;
        return oc_access_scope_read(colon + 1, cameras + 1, scope);
    }
    return oc_access_user_right_of(colon + 1, right) && *right != OC_ACCESS_OWN;
}

static bool parse_line(const char *line, oc_access_user_t *user) {
    const char *colon = strchr(line, ':');
    size_t len = colon ? (size_t)(colon - line) : sizeof(user->name);
    memset(user, 0, sizeof(*user));
    if (len >= sizeof(user->name))
        return false;
    memcpy(user->name, line, len);
    if (!oc_access_text_is_user(user->name) || strncmp(colon, ":scrypt:", 8) != 0)
        return false;
    const char *text = read_number(colon + 8, ':', &user->log2_n);
    text = text ? read_number(text, ':', &user->r) : NULL;
    text = text ? read_number(text, ':', &user->p) : NULL;
    text = text ? read_bytes(text, ':', user->salt, sizeof(user->salt)) : NULL;
    text = text ? read_bytes(text, '\0', user->hash, sizeof(user->hash)) : NULL;
    return text && user->log2_n >= 10 && user->log2_n <= 17 && user->r >= 1 && user->r <= 8 &&
           user->p >= 1 && user->p <= 4;
}

int oc_access_user_parse(const char *text, oc_access_users_t *users, unsigned *line) {
    memset(users, 0, sizeof(*users));
    for (*line = 1; *text; (*line)++) {
        char copy[192 + OC_ACCESS_SCOPE_MAX];
        size_t len = strcspn(text, "\n");
        if (len > 0 && *text != '#') {
            oc_access_user_t user;
            if (len >= sizeof(copy))
                return OC_ERR_FORMAT;
            memcpy(copy, text, len);
            copy[len] = '\0';
            oc_access_right_t right;
            oc_access_scope_t scope;
            bool good = take_right(copy, &right, &scope) && parse_line(copy, &user);
            if (!good || oc_access_user_find(users, user.name) ||
                users->count == OC_ACCESS_USERS)
                return OC_ERR_FORMAT;
            user.right = right;
            user.scope = scope;
            users->rows[users->count++] = user;
        }
        text += len;
        text += *text == '\n';
    }
    return OC_OK;
}

size_t oc_access_user_print(const oc_access_users_t *users, char text[OC_ACCESS_USERS_TEXT]) {
    size_t len = (size_t)sprintf(text, "# written by ocellus password\n");
    for (unsigned i = 0; i < users->count; i++) {
        const oc_access_user_t *user = &users->rows[i];
        char salt[32], hash[OC_CRYPTO_HASH * 2], acts[OC_ACCESS_ACTS_MAX];
        bool some = user->right == OC_ACCESS_SOME;
        oc_access_text_encode(user->salt, sizeof(user->salt), salt);
        oc_access_text_encode(user->hash, sizeof(user->hash), hash);
        oc_access_scope_acts(&user->scope, acts);
        len += (size_t)snprintf(text + len, OC_ACCESS_USERS_TEXT - len,
                                "%s:scrypt:%u:%u:%u:%s:%s%s%s%s%s\n", user->name, user->log2_n,
                                user->r, user->p, salt, hash, user->right ? ":" : "",
                                some          ? acts
                                : user->right ? rights[user->right]
                                              : "",
                                some ? ":" : "", user->scope.cameras);
    }
    return len;
}

void oc_access_user_mark(const oc_access_users_t *users, const char *name,
                         uint8_t mark[OC_CRYPTO_HASH]) {
    char text[OC_ACCESS_USERS_TEXT];
    oc_access_users_t some = {0};
    for (unsigned i = 0; i < users->count; i++) {
        const oc_access_user_t *user = &users->rows[i];
        if (name[0] ? strcmp(user->name, name) == 0 : user->right == OC_ACCESS_OWN)
            some.rows[some.count++] = *user;
    }
    size_t len = oc_access_user_print(&some, text);
    oc_crypto_wipe(&some, sizeof(some));
    oc_hash(OC_HASH_SHA256, &(oc_span_t){(const uint8_t *)text, len}, 1, mark);
    oc_crypto_wipe(text, sizeof(text));
}

const oc_access_user_t *oc_access_user_find(const oc_access_users_t *users, const char *name) {
    for (unsigned i = 0; i < users->count; i++) {
        if (strcmp(users->rows[i].name, name) == 0)
            return &users->rows[i];
    }
    return NULL;
}

static int hash(const oc_access_user_t *user, const char *password, uint8_t out[OC_CRYPTO_HASH]) {
    return oc_scrypt(password, user->salt, sizeof(user->salt), user->log2_n, user->r, user->p, out);
}

int oc_access_user_set(oc_access_users_t *users, const char *name, oc_access_right_t right,
                       const char *password) {
    oc_access_user_t user = {
        .right = right, .log2_n = OC_ACCESS_SCRYPT_LOG2N, .r = OC_ACCESS_SCRYPT_R, .p = OC_ACCESS_SCRYPT_P};
    oc_access_user_t *row = (oc_access_user_t *)oc_access_user_find(users, name);
    if (!row && users->count == OC_ACCESS_USERS)
        return OC_ERR_RANGE;
    snprintf(user.name, sizeof(user.name), "%s", name);
    if (row && right == OC_ACCESS_SOME)
        user.scope = row->scope;
    oc_random(user.salt, sizeof(user.salt));
    int result = hash(&user, password, user.hash);
    if (result != OC_OK)
        return result;
    if (!row)
        row = &users->rows[users->count++];
    *row = user;
    return OC_OK;
}

bool oc_access_user_remove(oc_access_users_t *users, const char *name) {
    oc_access_user_t *row = (oc_access_user_t *)oc_access_user_find(users, name);
    if (!row)
        return false;
    *row = users->rows[--users->count];
    oc_crypto_wipe(&users->rows[users->count], sizeof(*row));
    return true;
}

bool oc_access_user_check(const oc_access_user_t *user, const char *password) {
    static const oc_access_user_t nobody = {
        .log2_n = OC_ACCESS_SCRYPT_LOG2N, .r = OC_ACCESS_SCRYPT_R, .p = OC_ACCESS_SCRYPT_P};
    uint8_t got[OC_CRYPTO_HASH];
    bool same = hash(user ? user : &nobody, password, got) == OC_OK &&
                oc_crypto_equal(got, user ? user->hash : nobody.hash, sizeof(got));
    oc_crypto_wipe(got, sizeof(got));
    return user && same;
}

const char *oc_access_user_refuses(const char *password) {
    size_t characters = 0, len = strlen(password);
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)password[i] < 0x20 || password[i] == 0x7F)
            return "control characters are not allowed";
        characters += ((unsigned char)password[i] & 0xC0) != 0x80;
    }
    if (characters < OC_ACCESS_PASSWORD_MIN)
        return "too short: at least 10 characters";
    return len < OC_ACCESS_PASSWORD_MAX ? NULL : "too long: at most 128 bytes";
}
