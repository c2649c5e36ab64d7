/* oc_password - `ocellus password`: sets, changes or removes the password of a user. Works
 * beside a running program, which takes the new one within 2 s. */
#ifndef OC_PASSWORD_H
#define OC_PASSWORD_H

#include <stdbool.h>

/* What the command line said. */
typedef struct oc_password_options {
    bool remove;       /* the user; of admin: the password, and all users with it */
    const char *user;  /* NULL: admin, who owns the camera */
    const char *right; /* of another user: watch (NULL) or operate */
} oc_password_options_t;

/* Reads the password twice from the terminal without echo, or one line from standard input when
 * that is none; never from the command line. root: descriptor of the data directory. 0 done | 1
 * cannot be written | 2 refused; one line on stderr. */
int oc_password_run(int root, const oc_password_options_t *options);

#endif
