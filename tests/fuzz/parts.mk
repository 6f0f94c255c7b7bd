# SPDX-License-Identifier: Apache-2.0

# what a target links besides the core
FUZZ_PARTS_exchange := $(patsubst %,$(BUILD)/fuzz/obj/tests/unit/%.o,unit fake_directory)
FUZZ_LIBS_exchange = $(FAKE_DIRECTORY) -lcmocka -pthread
$(BUILD)/fuzz/exchange: $(FUZZ_PARTS_exchange)

FUZZ_SITE = $(patsubst %,$(BUILD)/fuzz/obj/mod_mycred/%.o,$(1))
FUZZ_PARTS_cookie := $(call FUZZ_SITE,cookie)
FUZZ_PARTS_form := $(call FUZZ_SITE,form)
FUZZ_PARTS_multipart := $(call FUZZ_SITE,multipart form)
FUZZ_PARTS_mustache := $(call FUZZ_SITE,mustache mustache_parse mustache_render mustache_html mustache_check)
FUZZ_PARTS_picture := $(patsubst %,$(BUILD)/fuzz/obj/mod_mycred/avatar/%.o,canvas convert exif jpeg png)
FUZZ_LIBS_picture := -ljpeg -lpng
$(foreach target,cookie form multipart mustache picture,$(eval $(BUILD)/fuzz/$(target): $(FUZZ_PARTS_$(target))))
$(BUILD)/fuzz/mustache: BASE_CFLAGS += $(APR_CFLAGS)
