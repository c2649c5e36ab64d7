/* oc_access_user - the file of users: names and scrypt hashes. Pure but for the time that scrypt
 * takes (about 0.2 s and 32 MB a try): never on a thread that serves. */
#ifndef OC_ACCESS_USER_H
#define OC_ACCESS_USER_H

#include "oc_access_scope.h"
#include "oc_access_text.h"
#include "oc_crypto.h"

#define OC_ACCESS_USERS        8
#define OC_ACCESS_USERS_TEXT   8192 /* bytes with NUL of the file */
#define OC_ACCESS_ADMIN        "admin"
#define OC_ACCESS_PASSWORD_MIN 10 /* characters */
#define OC_ACCESS_SCRYPT_LOG2N 15 /* N = 32768; with r = 8: 32 MB */
#define OC_ACCESS_SCRYPT_R     8
#define OC_ACCESS_SCRYPT_P     3
#define OC_ACCESS_SALT         16

/* What a user may do. */
typedef enum oc_access_right {
    OC_ACCESS_OWN = 0, /* everything */
    OC_ACCESS_OPERATE, /* also commands that change what the camera does from day to day */
    OC_ACCESS_WATCH,   /* sees what the camera sees */
    OC_ACCESS_SOME,    /* chosen acts at chosen cameras */
} oc_access_right_t;

/* One user, as the file has it. */
typedef struct oc_access_user {
    char name[OC_ACCESS_USER_MAX];
    oc_access_right_t right; /* OWN: the line names none */
    oc_access_scope_t scope; /* SOME; else zeroed */
    unsigned log2_n, r, p;
    uint8_t salt[OC_ACCESS_SALT], hash[OC_CRYPTO_HASH];
} oc_access_user_t;

/* Zeroed: nobody. */
typedef struct oc_access_users {
    unsigned count;
    oc_access_user_t rows[OC_ACCESS_USERS];
} oc_access_users_t;

/* Reads the file's text; empty lines and those with # are skipped. OC_OK | OC_ERR_FORMAT: *line
 * (from 1) is malformed, or the second of its name, or one too many. */
int oc_access_user_parse(const char *text, oc_access_users_t *users, unsigned *line);

/* Writes the file's text. Returns its length. */
size_t oc_access_user_print(const oc_access_users_t *users, char text[OC_ACCESS_USERS_TEXT]);

/* One value for this user with this password and right, another one for anything else. name "", as
 * whoever asks on an open listener has it: for all who own the camera together. */
void oc_access_user_mark(const oc_access_users_t *users, const char *name,
                         uint8_t mark[OC_CRYPTO_HASH]);

/* The user of that name, NULL: none. */
const oc_access_user_t *oc_access_user_find(const oc_access_users_t *users, const char *name);

/* The name of a right, "watch", of SOME as well; and the right of a name. False: there is no such.
 */
const char *oc_access_user_right_name(oc_access_right_t right);
bool oc_access_user_right_of(const char *name, oc_access_right_t *right);

/* Gives a user this password with a new salt and this right, and adds the user when missing. SOME:
 * the scope stays.
 * OC_OK | OC_ERR_RANGE too many users | OC_ERR_IO | OC_ERR_NOMEM. */
int oc_access_user_set(oc_access_users_t *users, const char *name, oc_access_right_t right,
                       const char *password);

/* Forgets a user. False: there is none of that name. */
bool oc_access_user_remove(oc_access_users_t *users, const char *name);

/* True when the password is the user's. user: NULL works as long, and is false. */
bool oc_access_user_check(const oc_access_user_t *user, const char *password);

/* NULL: a password may be like this; else why not, as the end of a sentence. */
const char *oc_access_user_refuses(const char *password);

#endif
