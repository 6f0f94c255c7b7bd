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
PARTS_pam_codes_test := $(BUILD)/obj/pam_mycred/codes.o
PARTS_pam_options_test := $(BUILD)/obj/pam_mycred/options.o
PARTS_pam_text_test := $(BUILD)/obj/pam_mycred/text.o

# the credential core: a clock to set, keys, accounts; where the directory takes part, one in memory
UNIT_PARTS := $(BUILD)/obj/tests/unit
CORE_TESTS := api_password base32 buffer contact device entry event field gtime keys limit message nonce \
	otpauth random recovery seal url utf8
DIRECTORY_TESTS := account attempt challenge device_bind allocation
$(foreach test,$(CORE_TESTS),$(eval PARTS_$(test)_test := $(UNIT_PARTS)/unit.o))
$(foreach test,$(DIRECTORY_TESTS),$(eval PARTS_$(test)_test := $(UNIT_PARTS)/unit.o $(UNIT_PARTS)/fake_directory.o))
wrap = $(patsubst %,-Wl$(comma)--wrap=%,$(1))
comma := ,
FAKE_DIRECTORY = $(call wrap,$(patsubst %,mc_directory_%,connect writer switched find_person find_groups modify))
$(foreach test,$(DIRECTORY_TESTS),$(eval LIBS_$(test)_test = $$(FAKE_DIRECTORY) -pthread))
LIBS_random_test = $(call wrap,getrandom)
