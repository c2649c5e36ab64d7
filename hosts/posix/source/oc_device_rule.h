/* oc_device_rule - which devices of this machine an address may name. What libraries take for a
 * device's name is a language of theirs: ALSA's opens files, writes them and loads code. Only names
 * that mean a device and nothing else go there. Pure; docs/design/cli.md, section "Inputs". */
#ifndef OC_DEVICE_RULE_H
#define OC_DEVICE_RULE_H

#include <stdbool.h>

#define OC_DEVICE_CARD_ALLOWED   "default, null, hw:CARD,DEV or plughw:CARD,DEV"
#define OC_DEVICE_CAMERA_ALLOWED "a device below /dev"

/* True: a sound card or microphone of ALSA: default, null, hw: or plughw: with a card (1 to 32
 * letters, digits, _) and up to two numbers behind commas (device, subdevice: 1 or 2 digits), each
 * also with its name (CARD=, DEV=, SUBDEV=). modules/config/settings-schemas.ts has the same for
 * settings. */
bool oc_device_is_card(const char *name);

/* True: a path below /dev, as text. */
bool oc_device_is_camera(const char *path);

#endif
