/* Any message of multicast DNS: what is read as an answer or a question can be written and reads
 * the same. */
#include <stdlib.h>
#include <string.h>
#include "oc_err.h"
#include "oc_mdns_respond.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t oc_fuzz_seed(unsigned index, uint8_t *out, size_t size);

#define NAME "1f4712db-ea17-4bcf-a596-105139dfd8bf.local"

static void require(bool right) {
    if (!right)
        abort();
}

static void write_again(const oc_mdns_answer_t *answer) {
    uint8_t out[OC_MDNS_MESSAGE];
    oc_mdns_answer_t again;
    size_t len = oc_mdns_write_answer(answer, out, sizeof out);
    require(len > 0 && oc_mdns_read_answers(oc_span(out, len), &again, 1) == 1);
    require(strcmp(again.name, answer->name) == 0 && oc_addr_equal(&again.addr, &answer->addr));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    oc_mdns_answer_t answers[4];
    char name[OC_MDNS_NAME];
    uint16_t type;
    int found = oc_mdns_read_answers(oc_span(data, size), answers, 4);
    require(found <= 4 && (found >= 0 || found == OC_ERR_FORMAT));
    for (int i = 0; i < found; i++)
        write_again(&answers[i]);
    if (oc_mdns_read_query(oc_span(data, size), name, &type) == OC_OK)
        require(found < 0); /* it is one or the other */
    return 0;
}

/* Question, two answers, and one with compressed names. */
size_t oc_fuzz_seed(unsigned index, uint8_t *out, size_t size) {
    oc_mdns_answer_t answer = {.name = NAME};
    oc_wr_t w = oc_wr(out, size);
    switch (index) {
    case 0:
        return oc_mdns_write_question(NAME, OC_MDNS_A, out, size);
    case 1:
        oc_addr_parse("192.0.2.1", &answer.addr);
        return oc_mdns_write_answer(&answer, out, size);
    case 2:
        oc_addr_parse("2001:db8::1", &answer.addr);
        return oc_mdns_write_answer(&answer, out, size);
    case 3:
        oc_wr_bytes(&w, "\0\0\x84\0\0\1\0\2\0\0\0\1\x24", 13);
        oc_wr_bytes(&w, NAME, 36);
        oc_wr_bytes(&w, "\5local\0\0\1\0\1", 11);
        oc_wr_bytes(&w, "\xC0\x0C\0\1\x80\1\0\0\0\x78\0\4\1\2\3\4", 16);
        oc_wr_bytes(&w, "\xC0\x0C\0\x2F\x80\1\0\0\0\x78\0\4\xC0\x0C\0\0", 16);
        oc_wr_bytes(&w, "\1a\xC0\x31\0\1\x80\1\0\0\0\x78\0\4\1\2\3\4", 18);
        return oc_wr_len(&w);
    default:
        return 0;
    }
}
