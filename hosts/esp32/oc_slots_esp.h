/* oc_slots_esp - the slots of an update in flash: partition `slots` has the two copies of the
 * record, an erase block each, `appA` and `appB` a bundle each; all of type 0x41. Writes are in
 * flash when they return. Compiled, and run against a model of flash only: no board is updated yet.
 */
#ifndef OC_SLOTS_ESP_H
#define OC_SLOTS_ESP_H

#include "oc_slots.h"

/* Input and output for oc_slots_open, from one task at a time. OC_OK | OC_ERR_NOENT a partition is
 * absent. */
int oc_slots_esp_io(oc_slots_io_t *io);

#endif
