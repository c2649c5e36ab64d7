#include "oc_host_modules.h"

#include "oc_host_archive.h"

void oc_host_modules_configure(oc_machine_config_t *config) {
    config->natives = oc_host_natives;
    config->native_count = oc_host_native_count;
}

int oc_host_modules_map(oc_machine_t *machine, const char **error) {
    return oc_machine_map(machine, oc_host_archive, oc_host_archive_size, true, error);
}
