# SPDX-License-Identifier: Apache-2.0

# the sender's parts that need no libcurl
SEND_PARTS := $(BUILD)/obj/common/send
PARTS_send_encode_test := $(SEND_PARTS)/encode.o
PARTS_send_mail_test := $(SEND_PARTS)/mail.o $(SEND_PARTS)/encode.o
PARTS_send_outcome_test := $(SEND_PARTS)/outcome.o
PARTS_send_request_test := $(SEND_PARTS)/request.o $(SEND_PARTS)/encode.o
