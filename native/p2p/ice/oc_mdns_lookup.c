#include "oc_mdns_lookup.h"

#include <string.h>
#include "oc_err.h"

#define BOTH 3 /* bits of found: IPv4, IPv6 */

static const enum oc_mdns_type types[2] = {OC_MDNS_A, OC_MDNS_AAAA};

int oc_mdns_lookup_add(oc_mdns_lookup_t *lookup, uint64_t tag, const char *name, uint16_t port,
                       int64_t now_us) {
    oc_mdns_lookup_row_t *row = lookup->row;
    if (!oc_mdns_is_name(name))
        return OC_ERR_INVAL;
    while (row < lookup->row + OC_MDNS_LOOKUPS && row->name[0])
        row++;
    if (row == lookup->row + OC_MDNS_LOOKUPS)
        return OC_ERR_BUSY;
    *row = (oc_mdns_lookup_row_t){.port = port, .tag = tag, .begun_us = now_us};
    for (unsigned i = 0; i < OC_MDNS_NAME; i++) /* answers come in lower case */
        row->name[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] + 32 : name[i]);
    lookup->pending++;
    return OC_OK;
}

static void forget(oc_mdns_lookup_t *lookup, oc_mdns_lookup_row_t *row) {
    memset(row, 0, sizeof *row);
    lookup->pending--;
}

/* The round that each type of a name should have been asked in by now. */
static uint8_t round_of(const oc_mdns_lookup_row_t *row, int64_t now_us) {
    return now_us - row->begun_us >= OC_MDNS_LOOKUP_US / 2 ? 2 : 1;
}

static bool is_due(const oc_mdns_lookup_row_t *row, unsigned type, int64_t now_us) {
    return row->name[0] && !(row->found >> type & 1) && row->sent[type] < round_of(row, now_us);
}

int64_t oc_mdns_lookup_advance(oc_mdns_lookup_t *lookup, int64_t now_us) {
    int64_t due = INT64_MAX;
    for (unsigned i = 0; i < OC_MDNS_LOOKUPS; i++) {
        oc_mdns_lookup_row_t *row = &lookup->row[i];
        if (!row->name[0])
            continue;
        if (now_us - row->begun_us >= OC_MDNS_LOOKUP_US) {
            forget(lookup, row);
            continue;
        }
        int64_t next = row->begun_us + OC_MDNS_LOOKUP_US / 2 * round_of(row, now_us);
        if (is_due(row, 0, now_us) || is_due(row, 1, now_us))
            next = now_us;
        due = next < due ? next : due;
    }
    return due;
}

size_t oc_mdns_lookup_poll(oc_mdns_lookup_t *lookup, int64_t now_us, uint8_t *out, size_t size) {
    for (unsigned i = 0; i < OC_MDNS_LOOKUPS; i++) {
        oc_mdns_lookup_row_t *row = &lookup->row[i];
        for (unsigned type = 0; type < 2; type++)
            if (is_due(row, type, now_us)) {
                row->sent[type] = round_of(row, now_us);
                return oc_mdns_write_question(row->name, types[type], out, size);
            }
    }
    return 0;
}

bool oc_mdns_lookup_take(oc_mdns_lookup_t *lookup, const oc_mdns_answer_t *answer, uint32_t scope,
                         uint64_t *tag, oc_addr_t *addr) {
    uint8_t bit = answer->addr.family == 4 ? 1 : 2;
    *addr = answer->addr;
    if (oc_addr_is_zero(addr))
        return false; /* browsers say so of names that they have not tied to an address yet */
    if (addr->family == 6 && oc_addr_is_link_local(addr)) {
        if (scope == 0)
            return false; /* of no use without its interface */
        addr->scope = scope;
    }
    for (unsigned i = 0; i < OC_MDNS_LOOKUPS; i++) {
        oc_mdns_lookup_row_t *row = &lookup->row[i];
        if (!row->name[0] || strcmp(row->name, answer->name) != 0 || row->found & bit)
            continue;
        *tag = row->tag;
        addr->port = row->port;
        row->found |= bit;
        if (row->found == BOTH)
            forget(lookup, row);
        return true;
    }
    return false;
}
