/* oc_ff_allow - which protocols, containers and decoders of FFmpeg an input may use. Everything
 * else that the installed FFmpeg can do (text art, playlists of other files, pictures, subtitles,
 * game formats) is refused before its code sees a byte of the source. Pure. docs/design/cli.md. */
#ifndef OC_FF_ALLOW_H
#define OC_FF_ALLOW_H

#include <stdbool.h>

#include "oc_plugin_rule.h"

/* Comma-separated names as libavformat and libavcodec spell them; static text. */

/* Protocols that an input of that kind may open: a file no network, a network source no file. */
const char *oc_ff_allow_protocols(oc_plugin_kind_t kind);
/* Containers and devices ("format_whitelist") of that kind of input. */
const char *oc_ff_allow_formats(oc_plugin_kind_t kind);
/* Decoders ("codec_whitelist") of every kind, while probing too. */
const char *oc_ff_allow_decoders(void);
/* True when the decoder of that name (AVCodec.name) is one of them. NULL: false. */
bool oc_ff_allow_decoder(const char *name);

#endif
