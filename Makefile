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
HTTPDDIR ?= $(PREFIX)/lib/apache2/modules
UNITDIR ?= $(PREFIX)/lib/systemd/system
MANDIR ?= $(PREFIX)/share/man
DOCDIR ?= $(PREFIX)/share/doc/mycred
DATADIR ?= $(PREFIX)/share/mycred
# the one place where the version stands
VERSION := $(shell sed -n '1s/.*(\(.*\)).*/\1/p' debian/changelog)
AS_ROOT := $(if $(filter 0,$(shell id -u)),,sudo -E)

# What each command needs, as Debian package names; installed only where missing.
BUILD_PACKAGES := gcc libc6-dev make pkg-config libpam0g-dev libldap-dev libsasl2-dev libsodium-dev liboath-dev \
	libcurl4-gnutls-dev libgnutls28-dev libqrencode-dev gettext \
	apache2-dev libunistring-dev libjpeg62-turbo-dev libpng-dev libseccomp-dev
DEMO_PACKAGES := openssh-server openssh-client sudo slapd ldap-utils nslcd libnss-ldapd kannel kannel-extras \
	apache2 python3 python3-aiosmtpd python3-pexpect python3-ldap openssl oathtool

DEB_PACKAGES := build-essential debhelper dh-apparmor lintian
TEST_PACKAGES := python3-pytest python3-pytest-timeout libcmocka-dev python3-h2 pamtester mandoc strace clang clang-format-14 \
	curl cadaver dovecot-imapd libclang-rt-14-dev pmccabe faketime shellcheck git valgrind zbar-tools iproute2 gdb \
	libimage-exiftool-perl $(DEB_PACKAGES) apparmor fail2ban chromium
# a machine that has a Node.js of its own keeps it
NPM_PACKAGES = $(shell command -v npm >/dev/null || echo nodejs npm)
BENCH_PACKAGES := valgrind libpam-google-authenticator libpam-oath libssl-dev

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 -Wundef \
	-Werror=implicit -Werror=unused-result -Werror=switch -Werror=return-type
# clang before 16 takes the zero only with a second flag, which later ones no longer know
zeroing = $(shell $(CC) $(1) -Werror -x c -c /dev/null -o /dev/null 2>/dev/null && echo $(1))
ZEROING := -ftrivial-auto-var-init=zero
ZEROING_CLANG := $(ZEROING) -enable-trivial-auto-var-init-zero-knowing-it-will-be-removed-from-clang
HARDENING := -O2 -g -fstack-protector-strong -fstack-clash-protection -fcf-protection -D_FORTIFY_SOURCE=3 \
	$(or $(call zeroing,$(ZEROING)),$(call zeroing,$(ZEROING_CLANG)))
CFLAGS ?= $(HARDENING)
LDFLAGS ?= -Wl,-z,relro,-z,now,-z,noexecstack,--as-needed
BASE_CFLAGS := -std=gnu11 -D_GNU_SOURCE -I. -fPIC -fvisibility=hidden $(WARNINGS) \
	-DMC_LIBEXECDIR='"$(LIBEXECDIR)"' -DMC_SYSCONFDIR='"$(SYSCONFDIR)"'

CORE_LIBS = $(shell pkg-config --libs libsodium liboath) -lldap -llber -lsasl2 -lunistring
SEND_LIBS = $(shell pkg-config --libs libcurl)
SITE_LIBS = $(shell pkg-config --libs libqrencode)
COMMAND_LIBS = $(shell pkg-config --libs libqrencode gnutls)

objects = $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard $(1)))
CORE := $(call objects,common/*.c)
SEND := $(call objects,common/send/*.c)
COMMAND := $(call objects,common/command/*.c)
LOGIN := $(call objects,pam_mycred/login/login*.c) $(BUILD)/obj/pam_mycred/wire.o
LOGIND := $(call objects,pam_mycred/login/service*.c) $(BUILD)/obj/pam_mycred/wire.o \
	$(patsubst %,$(BUILD)/obj/common/%.o,breaker source traffic window)
MODULE := $(call objects,pam_mycred/*.c)
SITE := $(call objects,mod_mycred/*.c)
AVATAR := $(call objects,mod_mycred/avatar/*.c)
# the only parts of the core that live in other people's processes, and in the service's parent
SMALL_CORE := $(patsubst %,$(BUILD)/obj/common/%.o,base buffer secret result method)
UNIT_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(wildcard tests/unit/*_test.c))
CATALOGUES := $(patsubst common/po/%.po,$(BUILD)/po/%.mo,$(wildcard common/po/*.po))

PROGRAMS := $(BUILD)/mycred-send $(BUILD)/mycred-login $(BUILD)/mycred-logind $(BUILD)/mycred $(BUILD)/mycred-avatar
TARGETS := $(PROGRAMS) $(BUILD)/pam_mycred.so $(BUILD)/mod_mycred.so

.PHONY: all
all: $(TARGETS)

-include $(shell find $(BUILD)/obj $(BUILD)/fuzz/obj -name '*.d' 2>/dev/null)

$(BUILD)/obj/common/command/%.o: BASE_CFLAGS += -DMC_VERSION='"$(VERSION)"'
$(BUILD)/obj/common/command/main.o: debian/changelog

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

# httpd's own flags; the large-file ones must agree with APR's
HTTPD_CFLAGS = $(shell apr-1-config --includes --cppflags) -I$(shell apxs -q INCLUDEDIR)
$(BUILD)/obj/mod_mycred/%.o: BASE_CFLAGS += $(HTTPD_CFLAGS)
$(BUILD)/obj/mod_mycred/templates.o: BASE_CFLAGS += -DMC_TEMPLATE_DIR='"$(DATADIR)/templates"'
$(BUILD)/mod_mycred.so: $(SITE) $(BUILD)/libmycred.a
	@echo '  LD    $@'
	@$(CC) -shared $(CFLAGS) $(LDFLAGS) -o $@ $^ $(CORE_LIBS) $(SITE_LIBS)

$(BUILD)/mycred-avatar: $(AVATAR)
	@echo '  LD    $@'
	@$(CC) -pie $(CFLAGS) $(LDFLAGS) -o $@ $^ -ljpeg -lpng -lseccomp

$(BUILD)/pam_mycred.so: $(MODULE) $(SMALL_CORE) $(BUILD)/obj/common/journal.o pam_mycred/pam_mycred.map
	@echo '  LD    $@'
	@$(CC) -shared $(CFLAGS) $(LDFLAGS) -Wl,-z,nodelete,-z,defs -Wl,--version-script=pam_mycred/pam_mycred.map \
		-o $@ $(filter %.o,$^) -lpam

# ---- tests ----

# a unit test is one file; it links the core and, for pam_mycred, the objects it names in PARTS_<test>
-include tests/unit/parts.mk
$(BUILD)/tests/unit/%: tests/unit/%.c $(BUILD)/libmycred.a
	@mkdir -p $(@D)
	@echo '  TEST  $@'
	@$(CC) $(BASE_CFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< $(PARTS_$*) $(BUILD)/libmycred.a $(CORE_LIBS) -lcmocka $(LIBS_$*)
.SECONDEXPANSION:
$(UNIT_TESTS): $$(PARTS_$$(@F))

.PHONY: unit-tests
unit-tests: $(UNIT_TESTS)

# One pytest run counts the C unit tests, the servers and the guards together and ends with the line
# `N passed, N failed`. T="tests/login -k resend" runs some of them.
T ?= tests
PYTEST = $(AS_ROOT) $(PYTHON) -B -m pytest -q -p no:cacheprovider --timeout=300

# What the browser tests use, from the npm registry by a lock file; nothing of it is in the tree. Where that cannot be
# had, the other tests run all the same and these say why they do not.
$(BUILD)/web/node_modules: tests/web/package.json tests/web/package-lock.json
	@mkdir -p $(@D) && cp $^ $(@D)/
	@cd $(@D) && if npm ci --loglevel=error --fetch-retries=1 --no-audit --no-fund --ignore-scripts; then touch node_modules; \
		else rm -rf node_modules; echo "npm could not install what the browser tests use; they will be skipped" >&2; fi

.PHONY: test test-long
test: deps-test
	@$(MAKE) --no-print-directory all unit-tests fuzz-replay $(BUILD)/web/node_modules
	@$(PYTEST) $(T)

# What takes long: sanitizers over everything, 10,000 logins, fuzzing, valgrind, every page in a real browser.
test-long: deps-test-long
	@$(MAKE) --no-print-directory all unit-tests fuzz-replay $(BUILD)/web/node_modules
	@$(PYTEST) --long --timeout=7200 $(T)

.PHONY: bench
bench: deps-bench
	@$(MAKE) --no-print-directory all
	@$(AS_ROOT) $(PYTHON) -B tests/bench/run $(BENCH)

# Two directory servers, hosts and httpd each; some of them killed under load. Takes two minutes.
.PHONY: bench-failover
bench-failover: deps-bench
	@$(MAKE) --no-print-directory all
	@$(AS_ROOT) $(PYTHON) -B tests/bench/failover

# ---- fuzz targets: replayed over their corpora by every test run; `make fuzz` searches for new inputs ----

FUZZ_TARGETS := $(patsubst tests/fuzz/%_fuzz.c,$(BUILD)/fuzz/%,$(wildcard tests/fuzz/*_fuzz.c))
FUZZ_CC ?= clang
FUZZ_SECONDS ?= 60
FUZZ_FLAGS := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
FUZZ_SOURCES := $(wildcard common/*.c) pam_mycred/wire.c tests/fuzz/core.c \
	$(filter-out pam_mycred/login/login.c,$(wildcard pam_mycred/login/login*.c))
FUZZ_OBJECTS := $(patsubst %.c,$(BUILD)/fuzz/obj/%.o,$(FUZZ_SOURCES))

$(BUILD)/fuzz/obj/%.o: %.c
	@mkdir -p $(@D)
	@echo '  FUZZ  $<'
	@$(FUZZ_CC) $(BASE_CFLAGS) $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link -MMD -MP -c $< -o $@

$(BUILD)/fuzz/obj/common/catalogue.o: BASE_CFLAGS += -DMC_CATALOGUE_DIRECTORY='"$(BUILD)/po"'
$(BUILD)/fuzz/obj/common/catalogue.o: $(CATALOGUES)

$(BUILD)/fuzz/libmycred.a: $(FUZZ_OBJECTS)
	@rm -f $@
	@$(AR) rcs $@ $^

$(BUILD)/fuzz/%: tests/fuzz/%_fuzz.c $(BUILD)/fuzz/libmycred.a
	@echo '  FUZZ  $@'
	@$(FUZZ_CC) $(BASE_CFLAGS) $(FUZZ_FLAGS) -fsanitize=fuzzer -o $@ $< $(FUZZ_PARTS_$*) $(BUILD)/fuzz/libmycred.a \
		$(CORE_LIBS) $(FUZZ_LIBS_$*)
-include tests/fuzz/parts.mk

.PHONY: fuzz-replay fuzz
fuzz-replay: $(FUZZ_TARGETS)

fuzz: deps-test
	@$(MAKE) --no-print-directory fuzz-replay
	@for target in $(notdir $(FUZZ_TARGETS)); do mkdir -p $(BUILD)/fuzz/found-$$target && \
		$(BUILD)/fuzz/$$target -max_total_time=$(FUZZ_SECONDS) $(BUILD)/fuzz/found-$$target tests/fuzz/corpus/$$target \
		|| exit 1; done

# how much of each parser the corpora reach
COVERAGE_FLAGS := -O1 -g -fprofile-instr-generate -fcoverage-mapping
.PHONY: fuzz-coverage
fuzz-coverage:
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/coverage FUZZ_FLAGS="$(COVERAGE_FLAGS)" fuzz-replay
	@tests/fuzz/coverage $(BUILD)/coverage/fuzz

# ---- demo ----

.PHONY: demo demo-stop
demo: deps-demo
	@$(MAKE) --no-print-directory all
	@$(AS_ROOT) tests/stack/demo $(if $(DETACH),--detach)

demo-stop:
	@$(AS_ROOT) tests/stack/demo --stop

# ---- packages: installed only where missing, and no service of theirs is left started ----

.PHONY: deps-build deps-deb deps-demo deps-test deps-test-long deps-bench
deps-build:
	@$(AS_ROOT) tests/stack/install $(BUILD_PACKAGES)
deps-deb:
	@$(AS_ROOT) tests/stack/install $(BUILD_PACKAGES) $(DEB_PACKAGES)
deps-demo:
	@$(AS_ROOT) tests/stack/install $(BUILD_PACKAGES) $(DEMO_PACKAGES)
deps-test:
	@$(AS_ROOT) tests/stack/install $(BUILD_PACKAGES) $(DEMO_PACKAGES) $(TEST_PACKAGES) $(NPM_PACKAGES)
deps-test-long: deps-test
	@$(AS_ROOT) tests/stack/install debootstrap
deps-bench:
	@$(AS_ROOT) tests/stack/install $(BUILD_PACKAGES) $(DEMO_PACKAGES) $(TEST_PACKAGES) $(BENCH_PACKAGES)

# ---- installation ----

INSTALL ?= install

.PHONY: install
install: all
	$(INSTALL) -d $(DESTDIR)$(PAMDIR) $(DESTDIR)$(LIBEXECDIR) $(DESTDIR)$(PREFIX)/sbin $(DESTDIR)$(UNITDIR)
	$(INSTALL) -d $(DESTDIR)$(MANDIR)/man1 $(DESTDIR)$(MANDIR)/man5 $(DESTDIR)$(MANDIR)/man7 $(DESTDIR)$(MANDIR)/man8
	$(INSTALL) -d $(DESTDIR)$(DOCDIR)/pam.d $(DESTDIR)$(DOCDIR)/fail2ban $(DESTDIR)$(DATADIR)/ldap-schema
	$(INSTALL) -d -m 755 $(DESTDIR)$(SYSCONFDIR)/mycred
	$(INSTALL) -m 644 $(BUILD)/pam_mycred.so $(DESTDIR)$(PAMDIR)/
	$(INSTALL) -m 755 $(BUILD)/mycred-login $(BUILD)/mycred-logind $(BUILD)/mycred-send $(BUILD)/mycred-avatar \
		$(DESTDIR)$(LIBEXECDIR)/
	$(INSTALL) -d $(DESTDIR)$(HTTPDDIR) $(DESTDIR)$(DATADIR)/templates
	$(INSTALL) -m 644 $(BUILD)/mod_mycred.so $(DESTDIR)$(HTTPDDIR)/
	$(INSTALL) -m 644 $(wildcard mod_mycred/templates/*) $(DESTDIR)$(DATADIR)/templates/
	$(INSTALL) -m 755 $(BUILD)/mycred $(DESTDIR)$(PREFIX)/sbin/
	$(INSTALL) -m 644 $(wildcard pam_mycred/systemd/*.socket pam_mycred/systemd/*.service \
		common/command/*.service common/command/*.timer) $(DESTDIR)$(UNITDIR)/
	sed -i 's|/usr/libexec/mycred|$(LIBEXECDIR)|g' $(DESTDIR)$(UNITDIR)/mycred-login.service
	sed -i 's|/usr/sbin|$(PREFIX)/sbin|g' $(DESTDIR)$(UNITDIR)/mycred-remind.service
	$(INSTALL) -d $(DESTDIR)$(PREFIX)/share/bash-completion/completions
	$(INSTALL) -m 644 common/command/mycred.bash-completion \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/mycred
	$(INSTALL) -m 644 $(wildcard pam_mycred/pam.d/*) $(DESTDIR)$(DOCDIR)/pam.d/
	$(INSTALL) -m 644 $(wildcard common/fail2ban/*) $(DESTDIR)$(DOCDIR)/fail2ban/
	for folder in apache2 apparmor pam-configs; do $(INSTALL) -d $(DESTDIR)$(DOCDIR)/$$folder || exit 1; done
	$(INSTALL) -m 644 $(wildcard mod_mycred/apache2/*) $(DESTDIR)$(DOCDIR)/apache2/
	$(INSTALL) -m 644 $(wildcard pam_mycred/apparmor/*) $(DESTDIR)$(DOCDIR)/apparmor/
	$(INSTALL) -m 644 $(wildcard pam_mycred/pam-configs/*) $(DESTDIR)$(DOCDIR)/pam-configs/
	$(INSTALL) -m 644 common/mycred.conf.example README.md CHANGELOG.md SECURITY.md LICENSE $(DESTDIR)$(DOCDIR)/
	$(INSTALL) -m 644 $(wildcard ldap-schema/*.schema ldap-schema/*.ldif ldap-schema/acl.template ldap-schema/indexes) \
		ldap-schema/README.md $(DESTDIR)$(DATADIR)/ldap-schema/
	$(INSTALL) -m 755 ldap-schema/load $(DESTDIR)$(DATADIR)/ldap-schema/
	$(INSTALL) -m 644 common/command/mycred.1 $(DESTDIR)$(MANDIR)/man1/
	$(INSTALL) -m 644 common/mycred.conf.5 $(DESTDIR)$(MANDIR)/man5/
	$(INSTALL) -m 644 common/mycred-events.7 $(DESTDIR)$(MANDIR)/man7/
	$(INSTALL) -m 644 pam_mycred/pam_mycred.8 mod_mycred/mod_mycred.8 $(DESTDIR)$(MANDIR)/man8/

# ---- Debian packages: built in build/deb from a copy of the tree, so that nothing is left in it ----

DEB := $(BUILD)/deb
.PHONY: deb deb-build
deb: deps-deb
	@$(MAKE) --no-print-directory deb-build
deb-build:
	@rm -rf $(DEB) && mkdir -p $(DEB)/mycred-$(VERSION)
	@tar -c --exclude=./build --exclude=./.git --exclude=__pycache__ . | tar -x -C $(DEB)/mycred-$(VERSION)
	@cd $(DEB)/mycred-$(VERSION) && env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS \
		dpkg-buildpackage --build=binary --no-sign --no-pre-clean >../build.log 2>&1 || { tail -n 40 ../build.log; exit 1; }
	@rm -rf $(DEB)/mycred-$(VERSION)
	@lintian --fail-on=error,warning $(DEB)/mycred_$(VERSION)_*.changes
	@ls $(DEB)/*.deb

# ---- translations ----

# what pages say stands in the templates as [[text]]
.PHONY: catalogues
catalogues:
	grep -oh '\[\[[^]]*\]\]' mod_mycred/templates/*.html | sed -e 's/["\\]/\\&/g' -e 's/^\[\[/N_("/' -e 's/\]\]$$/")/' | \
		xgettext --from-code=UTF-8 --language=C --keyword= --keyword=mc_text:2 --keyword=mc_text_n:2,3 \
		--keyword=visit_text:2 --keyword=N_:1 --flag=mc_text:2:pass-c-format --flag=mc_text_n:2:pass-c-format \
		--flag=mc_text_n:3:pass-c-format --flag=visit_text:2:pass-c-format --no-location --sort-output \
		--package-name=mycred --output=common/po/mycred.pot - common/*.c pam_mycred/login/*.c mod_mycred/*.c
	sed -i -e '/^"POT-Creation-Date/d' -e '1,4d' common/po/mycred.pot
	for po in common/po/*.po; do msgmerge --quiet --update --backup=none --no-fuzzy-matching $$po common/po/mycred.pot; done

.PHONY: clean
clean:
	rm -rf $(BUILD)
