/* oc_mdns_lookup: what is asked when, whose an answer is, what is forgotten. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "oc_err.h"
#include "oc_mdns_lookup.h"
#include "oc_mdns_respond.h"

#define NAME  "1f4712db-ea17-4bcf-a596-105139dfd8bf.local"
#define UPPER "1F4712DB-EA17-4BCF-A596-105139DFD8BF.LOCAL"
#define OTHER "2f4712db-ea17-4bcf-a596-105139dfd8bf.local"
#define HALF  (OC_MDNS_LOOKUP_US / 2)

static oc_mdns_lookup_t lookup;

/* Questions that are due now, each checked; a bit for A and AAAA of NAME, 4 and 8 of OTHER. */
static unsigned req(int64_t now) {
    uint8_t message[OC_MDNS_MESSAGE];
    unsigned requested = 0;
    size_t len;
    while ((len = oc_mdns_lookup_poll(&lookup, now, message, sizeof message)) > 0) {
        char name[OC_MDNS_NAME];
        uint16_t type;
        assert_int_equal(oc_mdns_read_query(oc_span(message, len), name, &type), OC_OK);
        unsigned bit = (type == OC_MDNS_A ? 1u : 2u) * (strcmp(name, NAME) == 0 ? 1 : 4);
        assert_int_equal(requested & bit, 0);
        requested |= bit;
    }
    return requested;
}

static oc_mdns_answer_t answer(const char *name, const char *ip) {
    oc_mdns_answer_t result = {0};
    strcpy(result.name, name);
    assert_int_equal(oc_addr_parse(ip, &result.addr), OC_OK);
    return result;
}

static void requested_twice_then_forgotten(void **state) {
    memset(&lookup, 0, sizeof lookup);
    assert_true(oc_mdns_lookup_advance(&lookup, 5) == INT64_MAX);
    assert_int_equal(oc_mdns_lookup_add(&lookup, 7, "printer.local", 9, 0), OC_ERR_INVAL);
    assert_int_equal(oc_mdns_lookup_add(&lookup, 7, UPPER, 9, 1000), OC_OK);
    assert_int_equal(oc_mdns_lookup_advance(&lookup, 1000), 1000);
    assert_int_equal(req(1000), 3);
    assert_int_equal(oc_mdns_lookup_advance(&lookup, 1000), 1000 + HALF);
    assert_int_equal(req(1000 + HALF - 1), 0);
    assert_int_equal(oc_mdns_lookup_advance(&lookup, 1000 + HALF), 1000 + HALF);
    assert_int_equal(req(1000 + HALF), 3);
    assert_int_equal(oc_mdns_lookup_advance(&lookup, 1000 + HALF), 1000 + 2 * HALF);
    assert_int_equal(req(1000 + 2 * HALF - 1), 0);
    assert_int_equal(lookup.pending, 1);
    assert_true(oc_mdns_lookup_advance(&lookup, 1000 + 2 * HALF) == INT64_MAX);
    assert_int_equal(lookup.pending, 0);
}

static void an_answer_finds_everybody_who_asked(void **state) {
    uint64_t tag;
    oc_addr_t addr;
    oc_mdns_answer_t four = answer(NAME, "192.0.2.7"), six = answer(NAME, "2001:db8::7");
    memset(&lookup, 0, sizeof lookup);
    assert_int_equal(oc_mdns_lookup_add(&lookup, 1, NAME, 1001, 0), OC_OK);
    assert_int_equal(oc_mdns_lookup_add(&lookup, 2, NAME, 1002, 0), OC_OK);
    assert_int_equal(oc_mdns_lookup_add(&lookup, 3, OTHER, 1003, 0), OC_OK);
    for (unsigned i = 1; i <= 2; i++) {
        assert_true(oc_mdns_lookup_take(&lookup, &four, 0, &tag, &addr));
        assert_int_equal(tag, i);
        assert_int_equal(addr.port, 1000 + i);
    }
    assert_false(oc_mdns_lookup_take(&lookup, &four, 0, &tag, &addr)); /* once each */
    assert_true(oc_mdns_lookup_take(&lookup, &six, 0, &tag, &addr));
    assert_int_equal(addr.family, 6);
    assert_int_equal(lookup.pending, 2); /* the first one has both */
    for (unsigned i = 0; i < 2; i++) {   /* of NAME only AAAA is missing, of OTHER both are */
        uint8_t message[OC_MDNS_MESSAGE];
        assert_true(oc_mdns_lookup_poll(&lookup, 1, message, sizeof message) > 0);
    }
    assert_int_equal(req(1), 8);
}

static void useless_addresses_are_not_taken(void **state) {
    uint64_t tag;
    oc_addr_t addr;
    oc_mdns_answer_t zero = answer(NAME, "0.0.0.0"), local = answer(NAME, "fe80::1");
    oc_mdns_answer_t strange = answer(OTHER, "192.0.2.1");
    memset(&lookup, 0, sizeof lookup);
    assert_int_equal(oc_mdns_lookup_add(&lookup, 1, NAME, 1001, 0), OC_OK);
    assert_false(oc_mdns_lookup_take(&lookup, &zero, 0, &tag, &addr));
    assert_false(oc_mdns_lookup_take(&lookup, &strange, 0, &tag, &addr));
    assert_false(oc_mdns_lookup_take(&lookup, &local, 0, &tag, &addr));
    assert_true(oc_mdns_lookup_take(&lookup, &local, 4, &tag, &addr));
    assert_int_equal(addr.scope, 4);
}

static void too_many_are_refused(void **state) {
    memset(&lookup, 0, sizeof lookup);
    for (unsigned i = 0; i < OC_MDNS_LOOKUPS; i++)
        assert_int_equal(oc_mdns_lookup_add(&lookup, i, NAME, 1, 0), OC_OK);
    assert_int_equal(oc_mdns_lookup_add(&lookup, 99, NAME, 1, 0), OC_ERR_BUSY);
    (void)oc_mdns_lookup_advance(&lookup, OC_MDNS_LOOKUP_US);
    assert_int_equal(oc_mdns_lookup_add(&lookup, 99, NAME, 1, OC_MDNS_LOOKUP_US), OC_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requested_twice_then_forgotten),
        cmocka_unit_test(an_answer_finds_everybody_who_asked),
        cmocka_unit_test(useless_addresses_are_not_taken),
        cmocka_unit_test(too_many_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
