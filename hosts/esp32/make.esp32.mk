# The SDK's rules for ESP32, with what is missing there for our sources: the folders of the headers of mbedTLS 4, NVS
# and updates, and the name of ESP-IDF's configuration of mbedTLS, without which its structs are not those of the library. The
# engine's objects, compiled with flags of ours (cflags), lie in this program's own folder. mcconfig writes this file
# into its makefile (MAKE_FRAGMENT in manifest.json).

ifneq ($(IDF_PATH),)
ifeq ($(shell command -v idf.py),)
$(error ESP-IDF's tools are not in PATH (idf.py): `. $(IDF_PATH)/export.sh` in this shell)
endif
endif

LIB_DIR = $(TMP_DIR)/engine

include $(MODDABLE)/tools/mcconfig/make.esp32.mk

OCELLUS_IDF_DIRS = \
	$(IDF_PATH)/components/mbedtls/port/include \
	$(IDF_PATH)/components/mbedtls/port/psa_driver/include \
	$(IDF_PATH)/components/mbedtls/mbedtls/include \
	$(IDF_PATH)/components/mbedtls/mbedtls/tf-psa-crypto/include \
	$(IDF_PATH)/components/mbedtls/mbedtls/tf-psa-crypto/drivers/builtin/include \
	$(IDF_PATH)/components/nvs_flash/include \
	$(IDF_PATH)/components/app_update/include
C_INCLUDES := $(foreach dir,$(OCELLUS_IDF_DIRS),-I$(dir)) $(C_INCLUDES)
C_DEFINES += \
	-DMBEDTLS_CONFIG_FILE='"mbedtls/esp_config.h"' \
	-DTF_PSA_CRYPTO_USER_CONFIG_FILE='"mbedtls/esp_config.h"'
