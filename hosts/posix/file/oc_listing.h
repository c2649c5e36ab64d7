/* oc_listing - one page of the recordings on the disk, as JSON (docs/design/script.md), sorted by
 * channel, then start. Blocks on the disk: file thread. */
#ifndef OC_LISTING_H
#define OC_LISTING_H

#include <stdbool.h>

#include "oc_command.h"

#define OC_LISTING_MAX OC_PARCEL_MAX /* bytes of one page; fewer rows than asked when it is full */

typedef struct oc_listing {
    oc_list_config_t query;
    char text[OC_LISTING_MAX]; /* out: JSON array */
    uint32_t len;              /* out */
    bool more;                 /* out: there are rows behind this page */
} oc_listing_t;

/* root: descriptor of the data directory, borrowed until return.
 * OC_OK | OC_ERR_INVAL `after` is not the path of a recording | OC_ERR_NOMEM. */
int oc_listing_run(oc_listing_t *listing, int root);

#endif
