/* oc_g711 - A-law and u-law to linear PCM (ITU-T G.711; payload types 8 and 0 of RFC 3551 section
 * 4.5.14). Pure. */
#ifndef OC_G711_H
#define OC_G711_H

#include <stdint.h>

#define OC_G711_RATE 8000 /* samples per second of a telephone line, one byte each */

/* One byte as a sample of 16 bits, -32256 to 32256; any byte is a sample. */
int16_t oc_g711_alaw(uint8_t byte);
/* -32124 to 32124. */
int16_t oc_g711_ulaw(uint8_t byte);

#endif
