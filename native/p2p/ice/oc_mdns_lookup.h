/* oc_mdns_lookup - names UUID.local that are being looked up: what to ask and when, and whose an
 * answer is. Each name is asked for at once and again at half of its time; what nobody answers is
 * forgotten. Pure: the host has the sockets. A zeroed one has no name. */
#ifndef OC_MDNS_LOOKUP_H
#define OC_MDNS_LOOKUP_H

#include "oc_mdns.h"

#define OC_MDNS_LOOKUPS   16                /* at a time; 80 bytes each */
#define OC_MDNS_LOOKUP_US (2 * 1000 * 1000) /* until it is forgotten */

/* One name; private. */
typedef struct oc_mdns_lookup_row {
    char name[OC_MDNS_NAME]; /* in lower case; "": free */
    uint16_t port;
    uint8_t sent[2], found; /* rounds of A and AAAA; bits */
    uint64_t tag;
    int64_t begun_us;
} oc_mdns_lookup_row_t;

typedef struct oc_mdns_lookup {
    oc_mdns_lookup_row_t row[OC_MDNS_LOOKUPS];
    unsigned pending; /* names; read only */
} oc_mdns_lookup_t;

/* tag, port: come back with what is found. OC_OK | OC_ERR_INVAL no UUID.local | OC_ERR_BUSY. */
int oc_mdns_lookup_add(oc_mdns_lookup_t *lookup, uint64_t tag, const char *name, uint16_t port,
                       int64_t now_us);
/* Forgets what had its time. When it has something to do again; INT64_MAX: no name is left. */
int64_t oc_mdns_lookup_advance(oc_mdns_lookup_t *lookup, int64_t now_us);
/* The next question that is due, for every interface: its bytes; 0: none. size: OC_MDNS_MESSAGE. */
size_t oc_mdns_lookup_poll(oc_mdns_lookup_t *lookup, int64_t now_us, uint8_t *out, size_t size);
/* An answer of oc_mdns_read_answers, and the interface that it came by (0: unknown): call it until
 * false. True: *tag wanted *addr (with its port); at most one IPv4 and one IPv6 address per name.
 */
bool oc_mdns_lookup_take(oc_mdns_lookup_t *lookup, const oc_mdns_answer_t *answer, uint32_t scope,
                         uint64_t *tag, oc_addr_t *addr);

#endif
