/* oc_sim_help - what `ocellus-lin --help` prints: the common text (oc_cli_help) without the
 * commands that only the Linux program has, and what is its own. */
#ifndef OC_SIM_HELP_H
#define OC_SIM_HELP_H

#include <stdbool.h>
#include <stdio.h>

/* Writes the text to out. */
void oc_sim_print_help(FILE *out);

/* Whether `command` (a whole word) is one that only the Linux program has. */
bool oc_sim_absent(const char *command);

#endif
