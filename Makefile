# souk: one entry for everything. `make help` lists the targets.

CC       ?= gcc
BUILD    ?= build
SANITIZE ?=
STATE    ?= var
# How make run runs; empty: what this state was last run with, else the default that make help tells.
export STATE BUILD SANITIZE HTTP_PORT HTTPS_PORT PLAIN_PORT SHARDS DB_SERVERS MYSQLD SEARCHD MAIL PROCESSES LIMITS PAYMENT_WINDOW_S

PKGS     := json-c hiredis libsodium openssl libcurl libxml-2.0 libutf8proc libzip
WARN     := -std=c11 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
            -Wpointer-arith -Wcast-qual -Wwrite-strings -Wvla -Wformat=2 -Wundef -Werror
HARDEN   := -O2 -g -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fcf-protection -ftrivial-auto-var-init=zero -fPIE
LINK     := -pie -Wl,-z,relro,-z,now
comma    := ,
ifneq ($(SANITIZE),)
BUILD    := build/$(subst $(comma),-,$(SANITIZE))
HARDEN   := -O1 -g -fno-omit-frame-pointer -fsanitize=$(SANITIZE) -fPIE
LINK     := -pie -fsanitize=$(SANITIZE)
endif

# Empty where the packages are still missing: make run installs them first and builds in a make of its own.
PKG_INC  := $(shell { pkg-config --cflags $(PKGS); mariadb_config --include; } 2>/dev/null | sed 's/-I/-isystem /g')
CFLAGS   += $(WARN) $(HARDEN) -D_GNU_SOURCE -Ifcgi -I$(BUILD) $(PKG_INC) -pthread
LIBS     := -lfcgi -lstemmer -lmariadb -linih -lcsv $(shell pkg-config --libs $(PKGS) 2>/dev/null) -pthread -lm

SRC      := $(wildcard fcgi/*/*.c)
OBJ      := $(SRC:%.c=$(BUILD)/%.o)
UNIT     := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/unit/*.c))
BENCHES  := $(patsubst tests/bench/%.c,$(BUILD)/bench-%,$(wildcard tests/bench/*.c))

all: $(BUILD)/souk

unit: $(BUILD)/unit

$(BUILD)/souk: $(BUILD)/fcgi/main.o $(OBJ)
	@echo "  LD $@"
	@$(CC) $(LINK) -o $@ $^ $(LIBS)

$(BUILD)/unit: $(UNIT) $(OBJ)
	@echo "  LD $@"
	@$(CC) $(LINK) -o $@ $^ -lcunit $(LIBS)

# Each tests/bench/<name>.c is a program, bench-<name>.
bench-programs: $(BENCHES)

$(BUILD)/bench-%: $(BUILD)/tests/bench/%.o $(OBJ)
	@echo "  LD $@"
	@$(CC) $(LINK) -o $@ $^ $(LIBS)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC $<"
	@$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<

# The objects of the benchmarks are intermediate; keep them, so that nothing is linked twice.
.SECONDARY:

-include $(OBJ:.o=.d) $(UNIT:.o=.d) $(wildcard $(BUILD)/tests/bench/*.d) $(BUILD)/fcgi/main.d

# Starting and stopping: stack/ holds a script for each.
packages:
	@stack/packages.sh stack/packages.txt

build: packages
	@$(MAKE) --no-print-directory -s -j2 all

run: build
	@stack/run.sh

servers: packages
	@stack/run.sh servers

restart: build
	@stack/restart.sh

stop status logs:
	@stack/$@.sh

test: build
	@stack/packages.sh stack/packages.txt stack/packages-test.txt
	@tests/run $(SUITES)

check: build
	@stack/packages.sh stack/packages.txt stack/packages-test.txt
	@tests/run check

bench: build
	@stack/packages.sh stack/packages.txt stack/packages-test.txt
	@$(MAKE) --no-print-directory -s -j2 bench-programs
	@tests/bench/run $(BENCH)

# Into DESTDIR, for a machine that runs souk for good: see docs/operations.md.
PREFIX     ?= /usr/local
SYSCONFDIR ?= /etc
install: $(BUILD)/souk
	@PREFIX=$(PREFIX) SYSCONFDIR=$(SYSCONFDIR) DESTDIR=$(DESTDIR) stack/install.sh

clean:
	rm -rf build tests/node_modules

help:
	@cat stack/help.txt

.PHONY: all unit bench-programs packages build run servers restart stop status logs test check bench install clean help
