/* fake_push_link - connections (oc_push_link.h) to a server that a test plays, in virtual time:
 * what is given is kept, and taken when the test says so. */
#ifndef FAKE_PUSH_LINK_H
#define FAKE_PUSH_LINK_H

#include "oc_push_link.h"

#define FAKE_LINKS 64 /* in the life of a test */

/* One connection; those that ended stay to be looked at. */
struct oc_push_link {
    char url[1024];
    oc_push_link_config_t config;
    oc_push_link_state_t state;
    int code;
    const uint8_t *given; /* NULL: nothing is under way */
    size_t bytes;
    void (*release)(void *context, const uint8_t *data);
    void *release_context;
    bool closed;
    uint8_t *file; /* what the server has of it */
    size_t len;
};

typedef struct fake_server {
    int refuses;      /* code that connecting ends with; 0: it comes up */
    bool slow, stuck; /* connecting takes for ever; what is given is not taken */
    int open_result;  /* of oc_push_link_open */
    unsigned links;   /* ever */
    struct oc_push_link link[FAKE_LINKS];
} fake_server_t;
extern fake_server_t fake_server;

/* Nothing of a server is there. */
void fake_server_reset(void);
/* Lets the server do what it has to. */
void fake_server_turn(void);
/* It throws everybody out. */
void fake_server_end(int code);
/* Connections that are open or being opened. */
unsigned fake_server_open(void);

#endif
