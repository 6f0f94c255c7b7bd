# SPDX-License-Identifier: Apache-2.0

# the sender's parts that need no libcurl
SEND_PARTS := $(BUILD)/obj/common/send
PARTS_send_encode_test := $(SEND_PARTS)/encode.o
PARTS_send_mail_test := $(SEND_PARTS)/mail.o $(SEND_PARTS)/encode.o
PARTS_send_outcome_test := $(SEND_PARTS)/outcome.o
PARTS_send_request_test := $(SEND_PARTS)/request.o $(SEND_PARTS)/encode.o
PARTS_send_memory_test := $(PARTS_send_request_test) $(SEND_PARTS)/mail.o
LIBS_send_memory_test := -Wl,--wrap=calloc

# the PAM module's parts that need no handle
PARTS_wire_test := $(BUILD)/obj/pam_mycred/wire.o
PARTS_pam_codes_test := $(BUILD)/obj/pam_mycred/codes.o
PARTS_pam_options_test := $(BUILD)/obj/pam_mycred/options.o
PARTS_pam_text_test := $(BUILD)/obj/pam_mycred/text.o

# the credential core: a clock to set, keys, accounts; where the directory takes part, one in memory
UNIT_PARTS := $(BUILD)/obj/tests/unit
CORE_TESTS := api_password base32 base64url buffer constant_time contact contact_swap device entry event field \
	gtime keys limit message nonce otpauth people random recovery remind seal url utf8
DIRECTORY_TESTS := account attempt challenge changes device_bind allocation reset administer notice reseal session login
$(foreach test,$(CORE_TESTS),$(eval PARTS_$(test)_test := $(UNIT_PARTS)/unit.o))
$(foreach test,$(DIRECTORY_TESTS),$(eval PARTS_$(test)_test := $(UNIT_PARTS)/unit.o $(UNIT_PARTS)/fake_directory.o))
wrap = $(patsubst %,-Wl$(comma)--wrap=%,$(1))
comma := ,
FAKE_DIRECTORY = $(call wrap,$(patsubst %,mc_directory_%,connect writer switched find_person find_groups modify modify_surely \
	check_sight check_password change_password check_free reset_password read_person))
$(foreach test,$(DIRECTORY_TESTS),$(eval LIBS_$(test)_test = $$(FAKE_DIRECTORY) -pthread))
LIBS_directory_servers_test = $(call wrap,clock_gettime)
LIBS_people_test = $(call wrap,mc_directory_query)
LIBS_random_test = $(call wrap,getrandom)
LIBS_journal_test = $(call wrap,sendto)
PARTS_allocation_test += $(BUILD)/obj/pam_mycred/login/login_state.o
LIBS_allocation_test += $(call wrap,calloc reallocarray sodium_malloc vasprintf __vasprintf_chk free)
# the worker of system logins, from a request's frame to its answer's
PARTS_login_test += $(BUILD)/obj/pam_mycred/wire.o \
	$(patsubst %,$(BUILD)/obj/pam_mycred/login/login_%.o,answer exchange method note password peer say start state)
PARTS_state_test := $(UNIT_PARTS)/unit.o $(BUILD)/obj/pam_mycred/login/login_state.o

# the site's parts that need no httpd
APR_CFLAGS := $(shell apr-1-config --includes --cppflags 2>/dev/null)
APR_LIBS := $(shell apr-1-config --link-ld --libs 2>/dev/null)
SITE_PARTS := $(BUILD)/obj/mod_mycred
MUSTACHE := $(patsubst %,$(SITE_PARTS)/%.o,mustache mustache_parse mustache_render mustache_html mustache_check)
SITE_TESTS := mustache multipart form view templates shipped_templates
$(patsubst %,$(BUILD)/tests/unit/%,$(SITE_TESTS:=_test) mustache_case): BASE_CFLAGS += $(APR_CFLAGS)
$(foreach test,mustache_test mustache_case view_test templates_test shipped_templates_test,$(eval LIBS_$(test) := $(APR_LIBS)))
PARTS_form_test := $(SITE_PARTS)/form.o
PARTS_multipart_test := $(SITE_PARTS)/multipart.o $(SITE_PARTS)/form.o
PARTS_mustache_test := $(MUSTACHE) $(SITE_PARTS)/view.o
PARTS_view_test := $(SITE_PARTS)/view.o
PARTS_templates_test := $(MUSTACHE) $(SITE_PARTS)/view.o
PARTS_shipped_templates_test := $(MUSTACHE) $(SITE_PARTS)/templates.o $(SITE_PARTS)/template_names.o
$(BUILD)/tests/unit/shipped_templates_test: BASE_CFLAGS += -DTEST_TEMPLATES='"$(abspath mod_mycred/templates)"'
# no test itself: tests/web/test_mustache.py runs it
PARTS_mustache_case := $(MUSTACHE)
$(BUILD)/tests/unit/mustache_case: $(MUSTACHE)
unit-tests: $(BUILD)/tests/unit/mustache_case

# the program for pictures, and what calls it
AVATAR_PARTS := $(patsubst %,$(SITE_PARTS)/avatar/%.o,canvas convert exif jpeg png)
PARTS_avatar_test := $(AVATAR_PARTS)
LIBS_avatar_test := -ljpeg -lpng
PARTS_picture_test := $(SITE_PARTS)/picture.o
$(BUILD)/tests/unit/picture_test: BASE_CFLAGS += -DTEST_AVATAR='"$(abspath $(BUILD))/mycred-avatar"'

# rules for new passwords, and the lists they are looked up in
PASSWORD_PARTS := $(SITE_PARTS)/password_rules.o $(SITE_PARTS)/password_lists.o
$(SITE_PARTS)/password_lists.o: mod_mycred/common-passwords.txt
PARTS_password_rules_test := $(PASSWORD_PARTS)
LIBS_password_rules_test := $(shell apu-1-config --link-ld --libs 2>/dev/null) $(APR_LIBS)
