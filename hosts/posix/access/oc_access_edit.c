#include "oc_access_edit.h"

#include <unistd.h>

#include "oc_access_store.h"
#include "oc_beneath.h"
#include "oc_err.h"

static bool has_owner(const oc_access_users_t *users) {
    for (unsigned i = 0; i < users->count; i++) {
        if (users->rows[i].right == OC_ACCESS_OWN)
            return true;
    }
    return false;
}

/* What an owner does with a user. */
static int apply_owners(oc_access_users_t *users, const oc_access_edit_t *edit) {
    oc_access_user_t *row = (oc_access_user_t *)oc_access_user_find(users, edit->name);
    int result = OC_OK;
    if (edit->kind == OC_ACCESS_EDIT_ADD && !has_owner(users))
        return OC_ERR_STATE;
    if ((edit->kind == OC_ACCESS_EDIT_ADD) == (row != NULL))
        return row ? OC_ERR_EXIST : OC_ERR_NOENT;
    if (edit->kind == OC_ACCESS_EDIT_DROP)
        (void)oc_access_user_remove(users, edit->name);
    else if (edit->fresh[0])
        result = oc_access_user_set(users, edit->name, row ? row->right : edit->right, edit->fresh);
    row = (oc_access_user_t *)oc_access_user_find(users, edit->name);
    if (result == OC_OK && row && !edit->keeps) {
        row->right = edit->right;
        row->scope = edit->scope;
    }
    return result == OC_OK && !has_owner(users) ? OC_ERR_STATE : result;
}

static int apply(oc_access_users_t *users, const oc_access_edit_t *edit) {
    const oc_access_user_t *row = oc_access_user_find(users, edit->name);
    if (edit->kind >= OC_ACCESS_EDIT_ADD)
        return apply_owners(users, edit);
    if (edit->kind == OC_ACCESS_EDIT_CLAIM)
        return users->count > 0 ? OC_ERR_STATE
                                : oc_access_user_set(users, edit->name, OC_ACCESS_OWN, edit->fresh);
    if (!oc_access_user_check(row, edit->old))
        return OC_ERR_PASSWORD;
    if (edit->kind == OC_ACCESS_EDIT_CHANGE)
        return oc_access_user_set(users, edit->name, row->right, edit->fresh);
    if (row->right == OC_ACCESS_OWN && users->count > 1)
        return OC_ERR_STATE;
    (void)oc_access_user_remove(users, edit->name);
    return OC_OK;
}

int oc_access_edit_run(int root, const oc_access_edit_t *edit) {
    oc_access_users_t users;
    char why[256];
    int lock = oc_beneath_lock(root, "access");
    if (lock < 0)
        return lock;
    int result = oc_access_store_users(root, &users, why, sizeof(why));
    if (result == OC_OK)
        result = apply(&users, edit);
    if (result == OC_OK)
        result = users.count > 0 ? oc_access_store_keep_users(root, &users)
                                 : oc_access_store_remove(root, OC_ACCESS_STORE_USERS);
    oc_crypto_wipe(&users, sizeof(users));
    close(lock);
    return result;
}
