/* oc_ff_between - stands between FFmpeg and the functions that it calls (oc_ff_guard). */
#ifndef OC_FF_BETWEEN_H
#define OC_FF_BETWEEN_H

/* Before the first source. */
void oc_ff_between_begin(void);

#endif
