/* oc_zone_mask - the zones of the settings as cells of a small picture. */
#ifndef OC_ZONE_MASK_H
#define OC_ZONE_MASK_H

#include <stddef.h>
#include <stdint.h>

#define OC_ZONES_MAX       8
#define OC_ZONE_POINTS_MAX 16
#define OC_ZONE_TEXT_MAX   512 /* bytes with NUL of a text that is kept */

/* text: polygons "x,y x,y x,y" apart by ';', in percent of the picture from its top left corner,
 * whole numbers 0 to 100, 3 to OC_ZONE_POINTS_MAX points, at most OC_ZONES_MAX; "": everything.
 * cells: width * height bytes, 1 where a cell's middle lies in one of them. OC_OK | OC_ERR_FORMAT,
 * cells all 1. cells NULL: only checks. */
int oc_zone_mask(const char *text, unsigned width, unsigned height, uint8_t *cells);

#endif
