/* The first password and changes of the file of users. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "oc_access_edit.h"
#include "oc_access_store.h"
#include "oc_claim.h"
#include "oc_err.h"
#include "test_folder.h"

static char path[64];
static int root;

static int setup(void **state) {
    root = test_folder_make(path);
    return root < 0;
}

static int teardown(void **state) {
    close(root);
    test_folder_remove(path);
    return 0;
}

static void test_code(void **state) {
    static const char none[OC_CLAIM_CODE];
    char code[OC_CLAIM_CODE], other[OC_CLAIM_CODE], shown[OC_CLAIM_SHOWN];
    oc_claim_make(code);
    oc_claim_make(other);
    assert_int_equal(strlen(code), OC_CLAIM_CODE - 1);
    assert_int_equal(strspn(code, "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"), strlen(code));
    assert_string_not_equal(code, other);
    oc_claim_show(code, shown);
    assert_int_equal(shown[5], '-');
    assert_true(oc_claim_is(code, shown));
    assert_false(oc_claim_is(code, other));
    assert_false(oc_claim_is(code, ""));
    assert_false(oc_claim_is(none, ""));
    assert_false(oc_claim_is(none, code));
    assert_true(oc_claim_is("ABCDEFGH23", " abcde-fgh 23 "));
    assert_false(oc_claim_is("ABCDEFGH23", "ABCDEFGH2"));
    assert_false(oc_claim_is("ABCDEFGH23", "ABCDEFGH233"));
    for (size_t i = 0; i < strlen(code); i++) {
        char wrong[OC_CLAIM_CODE];
        memcpy(wrong, code, sizeof(wrong));
        wrong[i] = wrong[i] == 'A' ? 'B' : 'A';
        assert_false(oc_claim_is(code, wrong));
    }
}

static int edit(oc_access_edit_kind_t kind, const char *name, const char *old, const char *fresh) {
    return oc_access_edit_run(
        root, &(oc_access_edit_t){.kind = kind, .name = name, .old = old, .fresh = fresh});
}

static bool opens(const char *name, const char *password) {
    oc_access_users_t users;
    char why[128];
    assert_int_equal(oc_access_store_users(root, &users, why, sizeof(why)), OC_OK);
    return oc_access_user_check(oc_access_user_find(&users, name), password);
}

static void test_edits(void **state) {
    struct stat about;
    assert_int_equal(edit(OC_ACCESS_EDIT_CHANGE, "admin", "", "first-password"), OC_ERR_PASSWORD);
    assert_int_equal(edit(OC_ACCESS_EDIT_CLAIM, "admin", "", "first-password"), OC_OK);
    assert_true(opens("admin", "first-password"));
    assert_int_equal(fstatat(root, OC_ACCESS_STORE_USERS, &about, 0), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    assert_int_equal(edit(OC_ACCESS_EDIT_CLAIM, "admin", "", "other-password"), OC_ERR_STATE);
    assert_int_equal(edit(OC_ACCESS_EDIT_CHANGE, "admin", "other-password", "x"), OC_ERR_PASSWORD);
    assert_int_equal(edit(OC_ACCESS_EDIT_CHANGE, "admin", "first-password", "other-password"),
                     OC_OK);
    assert_false(opens("admin", "first-password"));
    assert_true(opens("admin", "other-password"));
}

static void test_removals(void **state) {
    oc_access_users_t users = {0};
    assert_int_equal(oc_access_user_set(&users, "admin", OC_ACCESS_OWN, "first-password"), OC_OK);
    assert_int_equal(oc_access_user_set(&users, "guest", OC_ACCESS_WATCH, "guest-password"), OC_OK);
    assert_int_equal(oc_access_store_keep_users(root, &users), OC_OK);
    assert_int_equal(edit(OC_ACCESS_EDIT_REMOVE, "admin", "first-password", ""), OC_ERR_STATE);
    assert_int_equal(edit(OC_ACCESS_EDIT_REMOVE, "guest", "first-password", ""), OC_ERR_PASSWORD);
    assert_int_equal(edit(OC_ACCESS_EDIT_CHANGE, "guest", "guest-password", "guest-again"), OC_OK);
    assert_true(opens("guest", "guest-again"));
    assert_int_equal(oc_access_store_users(root, &users, path, 0), OC_OK);
    assert_int_equal(oc_access_user_find(&users, "guest")->right, OC_ACCESS_WATCH);
    assert_int_equal(edit(OC_ACCESS_EDIT_REMOVE, "guest", "guest-again", ""), OC_OK);
    assert_int_equal(edit(OC_ACCESS_EDIT_REMOVE, "admin", "first-password", ""), OC_OK);
    assert_int_equal(faccessat(root, OC_ACCESS_STORE_USERS, F_OK, 0), -1);
}

/* A damaged file is nobody's, and stays as it is. */
static void test_damaged(void **state) {
    assert_int_equal(mkdirat(root, "access", 0700), 0);
    test_folder_write(root, OC_ACCESS_STORE_USERS, "admin:plain:secret\n");
    assert_int_equal(edit(OC_ACCESS_EDIT_CLAIM, "admin", "", "first-password"), OC_ERR_FORMAT);
    assert_int_equal(test_folder_size(root, OC_ACCESS_STORE_USERS), 19);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_code),
        cmocka_unit_test_setup_teardown(test_edits, setup, teardown),
        cmocka_unit_test_setup_teardown(test_removals, setup, teardown),
        cmocka_unit_test_setup_teardown(test_damaged, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
