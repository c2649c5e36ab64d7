/* oc_ff_device - cameras (V4L2) and microphones (ALSA) of this machine through libavdevice, which
 * is opened only for them: it pulls in much of a desktop. */
#ifndef OC_FF_DEVICE_H
#define OC_FF_DEVICE_H

#include "oc_ff.h"

/* Opens libavdevice, applies the controls the device allows. OC_OK and *format | OC_ERR_*, why. */
int oc_ff_device_prepare(const oc_ff_input_t *in, const AVInputFormat **format, char *why,
                         size_t size);

/* For the test of the sandbox: reads a sound card whose name went through no rule. True: it was
 * opened. */
bool oc_ff_device_try(const char *card);

/* Size, rate and clock asked for. */
void oc_ff_device_options(const oc_ff_input_t *in, AVDictionary **options);

#endif
