/* Test declarations: the SDK generates identifiers here; hosts/esp32 uses none. */
