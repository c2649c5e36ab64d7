/* oc_p2p_service_esp - the viewers' service (oc_p2p_service) on a board: the pump on the media
 * task, names by lwIP; without playback (no files), TURN by TCP or TLS, and a PEM file of
 * authorities. */
#ifndef OC_P2P_SERVICE_ESP_H
#define OC_P2P_SERVICE_ESP_H

#include "oc_media_service.h"
#include "oc_media_task.h"

#define OC_P2P_SERVICE_ESP_BLOCKS                                                                  \
    32 /* of OC_POOL_EACH for each session: its window, what it is told */
#define OC_P2P_SERVICE_ESP_TEXTS 8 /* the same, of oc_viewers: JSON, init segments, answers */

/* For oc_media_task_config_t. */
extern const oc_media_service_t oc_p2p_service_esp;

#endif
