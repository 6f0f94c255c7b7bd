# mycred: login verification for people kept in an LDAP directory.
# Two commands matter to a newcomer: `make demo` and `make test`. See README.md.

BUILD ?= build
CC ?= cc
PYTHON ?= /usr/bin/python3
PREFIX ?= /usr
SYSCONFDIR ?= /etc
MULTIARCH := $(shell $(CC) -print-multiarch 2>/dev/null)
PAMDIR ?= $(PREFIX)/lib/$(MULTIARCH)/security
LIBEXECDIR ?= $(PREFIX)/libexec/mycred
UNITDIR ?= $(PREFIX)/lib/systemd/system
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)

# What each command needs, as Debian package names; installed only where missing.
BUILD_PACKAGES := gcc libc6-dev make pkg-config libpam0g-dev libldap-dev libsasl2-dev libsodium-dev liboath-dev \
	libcurl4-gnutls-dev libqrencode-dev gettext
DEMO_PACKAGES := openssh-server openssh-client sudo slapd ldap-utils nslcd libnss-ldapd kannel kannel-extras \
	python3 python3-aiosmtpd python3-pexpect python3-ldap openssl oathtool

TEST_PACKAGES := python3-pytest python3-pytest-timeout libcmocka-dev pamtester mandoc strace clang clang-format-14 \
	libclang-rt-14-dev pmccabe faketime shellcheck git

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 -Wundef \
	-Werror=implicit -Werror=unused-result -Werror=switch -Werror=return-type
HARDENING := -O2 -g -fstack-protector-strong -fstack-clash-protection -fcf-protection -D_FORTIFY_SOURCE=2 \
	-ftrivial-auto-var-init=zero
CFLAGS ?= $(HARDENING)
LDFLAGS ?= -Wl,-z,relro,-z,now,-z,noexecstack,--as-needed
BASE_CFLAGS := -std=gnu11 -D_GNU_SOURCE -I. -fPIC -fvisibility=hidden $(WARNINGS) \
	-DMC_LIBEXECDIR='"$(LIBEXECDIR)"' -DMC_SYSCONFDIR='"$(SYSCONFDIR)"'

CORE_LIBS = $(shell pkg-config --libs libsodium liboath) -lldap -llber -lsasl2
SEND_LIBS = $(shell pkg-config --libs libcurl)
COMMAND_LIBS = $(shell pkg-config --libs libqrencode)

objects = $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard $(1)))
CORE := $(call objects,common/*.c)
SEND := $(call objects,common/send/*.c)
COMMAND := $(call objects,common/command/*.c)
LOGIN := $(call objects,pam_mycred/login/login*.c) $(BUILD)/obj/pam_mycred/wire.o
LOGIND := $(call objects,pam_mycred/login/service*.c) $(BUILD)/obj/pam_mycred/wire.o
MODULE := $(call objects,pam_mycred/*.c)
# the only parts of the core that live in other people's processes, and in the service's parent
SMALL_CORE := $(patsubst %,$(BUILD)/obj/common/%.o,base buffer secret result method)
UNIT_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(wildcard tests/unit/*_test.c))
CATALOGUES := $(patsubst common/po/%.po,$(BUILD)/po/%.mo,$(wildcard common/po/*.po))

PROGRAMS := $(BUILD)/mycred-send $(BUILD)/mycred-login $(BUILD)/mycred-logind $(BUILD)/mycred
TARGETS := $(PROGRAMS) $(BUILD)/pam_mycred.so

.PHONY: all
all: $(TARGETS)

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	@echo '  CC    $<'
	@$(CC) $(BASE_CFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/po/%.mo: common/po/%.po
	@mkdir -p $(@D)
	msgfmt --check --output-file=$@ $<

# the catalogues are part of the program: no login depends on one more file
$(BUILD)/obj/common/catalogue.o: BASE_CFLAGS += -DMC_CATALOGUE_DIRECTORY='"$(BUILD)/po"'
$(BUILD)/obj/common/catalogue.o: $(CATALOGUES)

$(BUILD)/libmycred.a: $(CORE)
	@rm -f $@
	@$(AR) rcs $@ $^

$(BUILD)/mycred-send: $(SEND) $(BUILD)/libmycred.a
	@echo '  LD    $@'
	@$(CC) -pie $(CFLAGS) $(LDFLAGS) -o $@ $^ $(SEND_LIBS)

$(BUILD)/mycred-login: $(LOGIN) $(BUILD)/libmycred.a
	@echo '  LD    $@'
	@$(CC) -pie $(CFLAGS) $(LDFLAGS) -o $@ $^ $(CORE_LIBS)

$(BUILD)/mycred-logind: $(LOGIND) $(SMALL_CORE)
	@echo '  LD    $@'
	@$(CC) -pie $(CFLAGS) $(LDFLAGS) -o $@ $^

$(BUILD)/mycred: $(COMMAND) $(BUILD)/libmycred.a
	@echo '  LD    $@'
	@$(CC) -pie $(CFLAGS) $(LDFLAGS) -o $@ $^ $(CORE_LIBS) $(COMMAND_LIBS)

$(BUILD)/pam_mycred.so: $(MODULE) $(SMALL_CORE) pam_mycred/pam_mycred.map
	@echo '  LD    $@'
	@$(CC) -shared $(CFLAGS) $(LDFLAGS) -Wl,-z,nodelete,-z,defs -Wl,--version-script=pam_mycred/pam_mycred.map \
		-o $@ $(filter %.o,$^) -lpam

# ---- tests ----

# a unit test is one file; it links the core and, for pam_mycred, the objects it names in PARTS_<test>
PARTS_wire_test := $(BUILD)/obj/pam_mycred/wire.o
-include tests/unit/parts.mk
$(BUILD)/tests/unit/%: tests/unit/%.c $(BUILD)/libmycred.a
	@mkdir -p $(@D)
	@echo '  TEST  $@'
	@$(CC) $(BASE_CFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< $(PARTS_$*) $(BUILD)/libmycred.a $(CORE_LIBS) -lcmocka $(LIBS_$*)
.SECONDEXPANSION:
$(UNIT_TESTS): $$(PARTS_$$(@F))

# ---- translations ----

.PHONY: catalogues
catalogues:
	xgettext --from-code=UTF-8 --language=C --keyword= --keyword=mc_text:2 --keyword=mc_text_n:2,3 \
		--keyword=N_:1 --flag=mc_text:2:pass-c-format --flag=mc_text_n:2:pass-c-format --flag=mc_text_n:3:pass-c-format \
		--no-location --sort-output --package-name=mycred --output=common/po/mycred.pot common/*.c pam_mycred/login/*.c
	sed -i '/^"POT-Creation-Date/d' common/po/mycred.pot
	for po in common/po/*.po; do msgmerge --quiet --update --backup=none --no-fuzzy-matching $$po common/po/mycred.pot; done

.PHONY: unit-tests
unit-tests: $(UNIT_TESTS)

.PHONY: clean
clean:
	rm -rf $(BUILD)
