/* oc_sim - the program inside of a process of the Moddable SDK: mcsim, or our loader without a
 * display (oc_headless.c). Around oc_program what hosts/linux/main.c is on Linux. Everything on the
 * GLib main thread; after the end no thread, source or file is left, so that the library can be
 * closed and loaded again. */
#ifndef OC_SIM_H
#define OC_SIM_H

#include <stdbool.h>
#include <stdint.h>

/* For a loader, which finds it by name before the first start: the command line (borrowed for the
 * life of the library), and what is called once the program has ended. Without it the options come
 * from the environment, OCELLUS_OPTIONS, quoted as in a shell. */
typedef void oc_sim_set_arguments_t(int argc, char **argv, void (*ended)(void *context, int code),
                                    void *context);
oc_sim_set_arguments_t oc_sim_set_arguments;

/* What a display shows. */
typedef struct oc_sim_status {
    bool running;       /* false: ended with `code` */
    int code;           /* as of the process on Linux; 0 while it runs */
    char message[512];  /* why it ended: what a person must read; "" = nothing to say */
    char url[96];       /* of the viewer page; "" = none yet */
    uint32_t restarts;  /* scripts that ended before the running one */
    uint32_t privacy;   /* oc_privacy_t bits */
    uint32_t indicator; /* oc_indicator_t bits */
} oc_sim_status_t;

/* A mod, as the SDK's simulator has mapped it: the first bytes of its file, which mapping leaves as
 * they are. */
#define OC_SIM_MOD_HEAD 44u
/* Starts the program; a running one stays as it is. Failure is an end like any other. mod: the
 * archive that the simulator was given beside the program (OC_SIM_MOD_HEAD bytes of it are read),
 * which becomes the application; NULL: none. One whose file is not on the simulator's command line
 * is refused. */
void oc_sim_start(const void *mod);
/* Finishes recordings and ends the program: at most 5 s. Not running: nothing. */
void oc_sim_stop(void);
/* Fills *out. */
void oc_sim_status(oc_sim_status_t *out);
/* Sets the level of an input (oc_input_t). That of privacy stays for the next start: it is a
 * switch. False: nothing runs, or too much waits. */
bool oc_sim_input(unsigned input, bool raised);
/* The running host, NULL: there is none. Borrowed until oc_sim_stop. */
struct oc_host *oc_sim_host(void);
/* A loader without a display has started this. */
bool oc_sim_headless(void);

#endif
