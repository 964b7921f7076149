# journey - customer journeys in PostgreSQL
#
#   make              build
#   make install      install into the server that pg_config names
#   make installcheck run the SQL tests on a running server it is installed in
#
# The next ones need nothing but this checkout: they install missing Debian
# packages, build in a temporary folder and use a server of their own.
#
#   make demo         start a private server with the sample shop and show it
#   make demo-stop    stop the servers that "make demo" started from here
#   make check        build with -Werror and run every test
#   make reference    write docs/reference.md from the comments in the SQL
#   make indent       lay out the C files as PostgreSQL does
#   make check-versions  "make check" for every installed server version

PRIVATE_GOALS = check check-versions demo demo-stop indent reference typedefs

ifneq ($(filter $(PRIVATE_GOALS),$(MAKECMDGOALS)),)

.PHONY: $(MAKECMDGOALS)
$(filter $(PRIVATE_GOALS),$(MAKECMDGOALS)):
	@+MAKEFLAGS= MAKELEVEL= scripts/$@

$(filter-out $(PRIVATE_GOALS),$(MAKECMDGOALS)):
	$(error "make $@" cannot be combined with $(filter $(PRIVATE_GOALS),$(MAKECMDGOALS)): run them one after the other)

else

EXTENSION = journey
EXTVERSION = $(shell sed -n "s/^default_version = '\(.*\)'/\1/p" journey.control)
MODULE_big = journey
OBJS = $(patsubst %.c,%.o,$(sort $(wildcard src/*.c src/core/*.c)))
DATA_built = sql/journey--$(EXTVERSION).sql
DATA = $(wildcard sql/update/journey--*--*.sql)
EXTRA_CLEAN = sql/journey--*.sql results regression.diffs regression.out tmp_check

PG_CPPFLAGS = -I$(srcdir)/src
PG_CFLAGS = -std=gnu99

REGRESS = $(sort $(notdir $(basename $(wildcard test/sql/*.sql))))
REGRESS_OPTS = --inputdir=test --load-extension=journey --encoding=UTF8 --no-locale

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

$(OBJS) $(OBJS:.o=.bc): $(sort $(wildcard src/*.h src/core/*.h))

sql/journey--$(EXTVERSION).sql: $(sort $(wildcard sql/install/*.sql)) journey.control
	cat $(filter %.sql,$^) > $@

endif
