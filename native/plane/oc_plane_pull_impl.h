/* oc_plane_pull_impl - part of oc_plane_impl.h: the clients of progressive streams. */
#ifndef OC_PLANE_PULL_IMPL_H
#define OC_PLANE_PULL_IMPL_H

#include "oc_channel.h"
#include "oc_plane_pull.h"

/* A viewer. number 0: free row. */
typedef struct oc_plane_pull {
    int32_t number;
    oc_stream_t *stream; /* NULL: it has ended, the viewer does not know yet */
    oc_out_pull_t *out;  /* from env.loop.allocate */
    bool push;           /* no viewer */
} oc_plane_pull_t;

/* All of them. */
typedef struct oc_plane_pulls {
    oc_plane_pull_t row[OC_PULLS_MAX]; /* by number */
    int32_t last;                      /* the last number given */
    unsigned pushes;                   /* live pushes of streams that have not ended */
} oc_plane_pulls_t;

#endif
