# The SDK's rules for lin, with two differences. The engine's objects are compiled with flags of ours (C_FLAGS), so
# they lie in this program's own folder: the SDK's LIB_DIR belongs to all programs. And what the program reads is put
# beside it. mcconfig writes this file into its makefile (MAKE_FRAGMENT in manifest.json).

LIB_DIR = $(TMP_DIR)/engine
export PATH := $(OCELLUS_SDK)/../../node_modules/.bin:$(PATH)

include $(MODDABLE)/tools/mcconfig/make.lin.mk

$(XS_OBJECTS): $(OCELLUS_SDK)/oc_sdk_memory.h $(OCELLUS_SDK)/oc_sdk_lines.h $(OCELLUS_SDK)/../xs/oc_machine_side.h

ifdef OCELLUS_BESIDE
.PHONY: beside
build: beside
beside: $(BIN_DIR)/mc.so
	env -u MAKEFLAGS -u MAKELEVEL node $(OCELLUS_BESIDE) $(BIN_DIR) $(if $(DEBUG),--debug)
endif
