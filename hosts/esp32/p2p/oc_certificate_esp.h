/* oc_certificate_esp - where the certificate that viewers' DTLS sees is kept on a board: key and
 * certificate in PEM, one entry of NVS (space "ocellus", key "p2p-cert"), replaced as a whole. NVS
 * is in the clear unless the board encrypts it. Any task with some KB of stack, not the media
 * task: flash is written. */
#ifndef OC_CERTIFICATE_ESP_H
#define OC_CERTIFICATE_ESP_H

#include "oc_certificate.h"

/* Reads it; makes a new one when there is none, or when it is damaged, which is logged in one line.
 * One that cannot be stored serves until the end, which is logged too. OC_OK, *out is owned by
 * caller after return | OC_ERR_STATE a new one is needed and no interface has an address: without
 * the radio there are no random numbers | OC_ERR_NOMEM | OC_ERR_IO the library fails. */
int oc_certificate_esp_open(oc_certificate_t **out);

#endif
