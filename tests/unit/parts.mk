# SPDX-License-Identifier: Apache-2.0

# the sender's parts that need no libcurl
SEND_PARTS := $(BUILD)/obj/common/send
PARTS_send_encode_test := $(SEND_PARTS)/encode.o
PARTS_send_mail_test := $(SEND_PARTS)/mail.o $(SEND_PARTS)/encode.o
PARTS_send_outcome_test := $(SEND_PARTS)/outcome.o
PARTS_send_request_test := $(SEND_PARTS)/request.o $(SEND_PARTS)/encode.o

# the PAM module's parts that need no handle
PARTS_pam_codes_test := $(BUILD)/obj/pam_mycred/codes.o
PARTS_pam_options_test := $(BUILD)/obj/pam_mycred/options.o
PARTS_pam_text_test := $(BUILD)/obj/pam_mycred/text.o
