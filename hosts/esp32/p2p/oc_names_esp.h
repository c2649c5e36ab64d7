/* oc_names_esp - addresses of servers by lwIP's resolver, without anybody waiting: asked for on the
 * media task, found on lwIP's. A question cannot be taken back: its place is busy until lwIP
 * answers, some seconds at most. */
#ifndef OC_NAMES_ESP_H
#define OC_NAMES_ESP_H

#include "oc_addr.h"

#define OC_NAMES_ESP 4 /* places; 40 bytes each */

/* wake: called on lwIP's task when an answer is there, must not block; NULL: nobody. */
void oc_names_esp_wake(void (*wake)(void *context), void *context);
/* Asks for a name or an address as text (borrowed until return). OC_OK | OC_ERR_BUSY the place is
 * taken by an earlier question. */
int oc_names_esp_request(unsigned place, const char *name);
/* OC_OK *out has the address, port 0 | OC_ERR_NOENT not found | OC_ERR_BUSY no answer yet. */
int oc_names_esp_take(unsigned place, oc_addr_t *out);

#endif
