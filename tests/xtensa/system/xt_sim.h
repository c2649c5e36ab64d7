/* xt_sim - what the parts of the bare machine share. */
#ifndef XT_SIM_H
#define XT_SIM_H

#include "xt_system.h"

_Noreturn void xt_sim_main(void);
_Noreturn void xt_sim_fault(uint32_t cause, uint32_t pc, uint32_t address);
char *xt_sim_switch(char *sp, uint32_t cause);
uint64_t xt_sim_cycles(void); /* since the start */

#endif
