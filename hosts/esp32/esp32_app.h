/* esp32_app - what is known of the application that esp32_archive_xs.c has mapped. XS task. */
#ifndef ESP32_APP_H
#define ESP32_APP_H

/* What it may use, oc_capability_t; 0 before one is mapped. */
unsigned esp32_app_capabilities(void);

#endif
