/* oc_password - `ocellus password`: sets, changes or removes the password of the user admin. Works
 * beside a running program, which takes the new one within 2 s. */
#ifndef OC_PASSWORD_H
#define OC_PASSWORD_H

#include <stdbool.h>

/* Reads the password twice from the terminal without echo, or one line from standard input when
 * that is none; never from the command line. root: descriptor of the data directory. 0 done | 1
 * cannot be written | 2 refused; one line on stderr. */
int oc_password_run(int root, bool remove);

#endif
