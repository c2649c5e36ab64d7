/* dtls_pair - a DTLS client [0] and a server [1] with a network between them, in virtual time; jobs
 * run inline and are done after `compute_us`. Every record of epoch 1 that an end sends is checked:
 * its number was never used before. */
#ifndef DTLS_PAIR_H
#define DTLS_PAIR_H

#include "oc_dtls.h"

#define PAIR_QUEUE   64   /* datagrams under way */
#define PAIR_NUMBERS 8192 /* record numbers that are watched */
#define PAIR_LOG     64   /* datagrams before the first application record that are counted */

/* What the network does with a datagram. */
enum pair_fate { PAIR_PASS, PAIR_DROP, PAIR_TWICE, PAIR_LATE };

typedef struct pair pair_t;

typedef struct pair_datagram {
    int64_t at_us; /* of arrival */
    unsigned from;
    uint64_t order;
    size_t len;
    uint8_t bytes[1500];
} pair_datagram_t;

typedef struct pair_end {
    oc_dtls_t dtls;
    oc_dtls_config_t config;
    oc_certificate_t *certificate;
    oc_hs_job_t *job;
    int64_t job_at_us, compute_us;
    unsigned connected, closed, failed; /* events */
    int64_t connected_us;
    oc_dtls_event_t end;
    unsigned sent;        /* datagrams */
    unsigned received;    /* application records */
    char last[64];        /* the newest of them, as text */
    const char *greeting; /* sent as soon as it is connected; NULL: nothing */
    bool used[PAIR_NUMBERS];
    uint64_t highest;    /* record number of epoch 1 */
    oc_dtls_keys_t keys; /* as its handshake gave them */
    bool keyed;
} pair_end_t;

struct pair {
    pair_end_t end[2];
    int64_t now_us, delay_us, late_us;
    uint64_t order;
    bool coalesce; /* what an end sends in one turn leaves in one datagram */
    /* index: how many that end sent before. NULL: everything passes. */
    enum pair_fate (*fate)(pair_t *pair, unsigned from, unsigned index, oc_span_t datagram);
    uint32_t chance;   /* for fate */
    unsigned drop, at; /* for fate */
    pair_datagram_t queue[PAIR_QUEUE];
    unsigned queued;
};

/* Makes both ends with certificates that know each other; nothing is started. */
void dtls_pair_make(pair_t *pair, enum oc_hs_suites suites);
/* The same from a seed of their own, each with a greeting. */
void dtls_pair_begin(pair_t *pair, enum oc_hs_suites suites);
/* Starts both. */
void dtls_pair_start(pair_t *pair);
/* Runs until both are connected and have heard a greeting, if there is one, or until until_us.
 * True: they are. */
bool dtls_pair_connect(pair_t *pair, int64_t until_us);
/* As dtls_pair_connect, and fails the test unless both are connected and nothing else happened. */
void dtls_pair_connected(pair_t *pair, int64_t within_us);
/* Each end sends a text and the other one has it within a tenth of a second, or the test fails. */
void dtls_pair_talks(pair_t *pair);
/* Runs until that time. */
void dtls_pair_run(pair_t *pair, int64_t until_us);
/* Gives an end a datagram at once, as if from the other one. */
void dtls_pair_inject(pair_t *pair, unsigned to, oc_span_t datagram);
/* An end sends text. */
void dtls_pair_send(pair_t *pair, unsigned from, const char *text);
/* Does what an end has to do now. */
void dtls_pair_turn(pair_t *pair, unsigned which);
/* Frees everything; jobs are finished first. */
void dtls_pair_free(pair_t *pair);

#endif
