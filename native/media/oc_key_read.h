/* oc_key_read - reads the table of key frames out of a fragmented MP4: from its `sidx` when it has
 * one that covers the file, else fragment by fragment, reading headers only; for a file that grows
 * again and again from where it stood. Trusts no number of the file. May wait for its source. */
#ifndef OC_KEY_READ_H
#define OC_KEY_READ_H

#include "oc_key_table.h"
#include "oc_mp4_frag.h"

typedef struct oc_key_read {
    oc_key_table_t table; /* what is known so far */
    uint64_t init_bytes;  /* of the init segment: ftyp and moov, from the start of the file */
    uint64_t read_bytes;  /* the file is known up to here */
    int64_t end_ms;       /* end of the media of the track that is looked at, so far */
    bool indexed;         /* the table comes from the file's own sidx */
    /* below: its own */
    oc_mp4_moov_t moov;
    oc_mp4_frag_t at;
    oc_mp4_window_t window;
    uint64_t last_moof; /* fragment of the last sample; 0 = none */
    unsigned lead;      /* the track: video when there is one */
} oc_key_read_t;

/* Reads the head of a file, and its sidx. memory: for the table, as oc_key_table_init. source:
 * borrowed until return. OC_OK | OC_ERR_NOTSUP a plain MP4: it has no fragments | OC_ERR_FORMAT |
 * OC_ERR_TRUNC | OC_ERR_IO. */
int oc_key_read_open(oc_key_read_t *read, void *memory, size_t size, const oc_mp4_source_t *source);

/* Looks at `samples` more samples at most; source->size is what may be read of the file now (of one
 * that is being written: what is synced). OC_OK all of it is in the table | OC_AGAIN more to do |
 * OC_ERR_FORMAT | OC_ERR_IO. */
int oc_key_read_more(oc_key_read_t *read, const oc_mp4_source_t *source, uint32_t samples);

#endif
