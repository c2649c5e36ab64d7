/* oc_vod_index - the index of recordings as what finds them for playback and export. */
#ifndef OC_VOD_INDEX_H
#define OC_VOD_INDEX_H

#include "oc_index_find.h"
#include "oc_vod_folder.h"

/* index: borrowed as long as the finder is used. */
oc_vod_finder_t oc_vod_index_finder(oc_index_t *index);

#endif
