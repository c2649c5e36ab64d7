/* oc_processor - what only the operating system knows about the processor, told to the cores. */
#ifndef OC_PROCESSOR_H
#define OC_PROCESSOR_H

/* Looks and tells (oc_crc32c_allow). May be called again, from any thread. */
void oc_processor_look(void);

#endif
