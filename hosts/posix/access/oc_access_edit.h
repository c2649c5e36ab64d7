/* oc_access_edit - changes of the file of users, one at a time whoever makes them: the page and
 * `ocellus password`. Takes 0.2 s and 32 MB for each password that is checked or set, and waits for
 * the disk: never on a thread that serves. */
#ifndef OC_ACCESS_EDIT_H
#define OC_ACCESS_EDIT_H

#include "oc_access_user.h"

typedef enum oc_access_edit_kind {
    OC_ACCESS_EDIT_NONE = 0,
    OC_ACCESS_EDIT_CLAIM,  /* the first password: nobody has one */
    OC_ACCESS_EDIT_CHANGE, /* another password for who knows the old one */
    OC_ACCESS_EDIT_REMOVE, /* a user goes who knows the password; an owner last of all */
    OC_ACCESS_EDIT_ADD,    /* the owner adds a user */
    OC_ACCESS_EDIT_SET,    /* the owner gives a user another password, another right, or both */
    OC_ACCESS_EDIT_DROP,   /* the owner removes a user */
} oc_access_edit_kind_t;

/* One change; texts are borrowed until return. */
typedef struct oc_access_edit {
    oc_access_edit_kind_t kind;
    const char *name;  /* of the user */
    const char *old;   /* CHANGE, REMOVE */
    const char *fresh; /* CLAIM, CHANGE, ADD: as oc_access_user_refuses allows it; SET: "" stays */
    oc_access_right_t right; /* ADD, SET */
    oc_access_scope_t scope; /* ADD, SET: of OC_ACCESS_SOME */
    bool keeps;              /* SET: the right stays as it is */
} oc_access_edit_t;

/* Makes a change. OC_OK | OC_ERR_STATE CLAIM: somebody has a password; REMOVE: the users of this
 * owner are still there; ADD: there is no owner; SET, DROP: no owner would be left | OC_ERR_EXIST
 * ADD: there is that user | OC_ERR_NOENT SET, DROP: there is not | OC_ERR_RANGE too many |
 * OC_ERR_PASSWORD the old password is wrong, or there is no such user | OC_ERR_*. */
int oc_access_edit_run(int root, const oc_access_edit_t *edit);

#endif
