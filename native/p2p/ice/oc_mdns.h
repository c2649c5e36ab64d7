/* oc_mdns - the part of multicast DNS (RFC 6762) that candidates with a hidden address need
 * (draft-ietf-mmusic-mdns-ice-candidates): one question for the address of a name UUID.local, and
 * the addresses in an answer. Pure; nothing is allocated; names are bounded, compression goes
 * backwards only, so no message can make a loop. */
#ifndef OC_MDNS_H
#define OC_MDNS_H

#include "oc_addr.h"
#include "oc_span.h"

#define OC_MDNS_PORT        5353
#define OC_MDNS_GROUP4      "224.0.0.251"
#define OC_MDNS_GROUP6      "ff02::fb"
#define OC_MDNS_NAME        43 /* bytes with NUL of "UUID.local" */
#define OC_MDNS_MESSAGE     82 /* bytes of the longest message that is written here */
#define OC_MDNS_RECORDS_MAX 32 /* of one message that are looked at */

/* Types of records (RFC 1035, RFC 3596). */
enum oc_mdns_type { OC_MDNS_A = 1, OC_MDNS_AAAA = 28 };

/* One address of one name. */
typedef struct oc_mdns_answer {
    char name[OC_MDNS_NAME]; /* in lower case */
    oc_addr_t addr;          /* port 0 */
} oc_mdns_answer_t;

/* True for a UUID in text form (8-4-4-4-12 hexadecimal digits) and ".local", in any case: the only
 * names that are asked for on behalf of strangers. */
bool oc_mdns_is_name(const char *text);

/* Writes a question for one type of one name; each goes into a message of its own, since browsers
 * answer nothing else. Bytes; 0: not such a name, or size (OC_MDNS_MESSAGE is enough) too small. */
size_t oc_mdns_write_question(const char *name, enum oc_mdns_type type, uint8_t *out, size_t size);

/* Reads the addresses of UUID.local names in an answer; all other records are skipped. How many
 * were written, 0..max | OC_ERR_FORMAT no answer, or malformed: nothing of it counts. */
int oc_mdns_read_answers(oc_span_t message, oc_mdns_answer_t *out, unsigned max);

#endif
