#include "oc_source_object.h"

#include <stddef.h>

const oc_source_objects_t *oc_source_objects = NULL;
