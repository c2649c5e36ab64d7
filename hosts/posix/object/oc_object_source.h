/* oc_object_source - inputs s3://bucket/key of channels: each has a thread that reads its object for
 * the process that parses it. The keys are AWS_* of the environment. */
#ifndef OC_OBJECT_SOURCE_H
#define OC_OBJECT_SOURCE_H

/* Inputs may be objects from now on. Before sources begin. */
void oc_object_source_install(void);

#endif
