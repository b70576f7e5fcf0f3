# build, run, test, check-layers, lint, asan, fuzz, coverage, bench, clean.
#
# kodev names the application after the folder it is called in. It is therefore called in
# build/<flavor>/portal, a folder of links to here: a checkout may have any name, flavors do not
# disturb each other, and nothing is left beside the sources.

FLAVOR ?= dev
APP := build/$(FLAVOR)/portal
PORTAL := $(APP)/portal
SIM := tests/sim/sim
# Folders too: a file that came or went changes their time.
FILES := $(shell find src assets templates)
SIM_FILES := $(shell find -L tests/sim/src tests/sim/assets tests/sim/conf 2>/dev/null)
KODEV := env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS KORE_BUILD_FLAVOR=$(FLAVOR) kodev
# Kore's pools hand out misaligned memory: its own sources are left to the address sanitizer.
ifeq ($(FLAVOR),asan)
KODEV := KORE_FLAVOR="CURL=1 PGSQL=1 TASKS=1 NOTLS=1 SANITIZE=address" $(KODEV)
endif

# What needs no Kore: one archive, linked by every unit and database test. In the layers that may see
# Kore the compiler says which files do; it is asked only when the archive is made.
MAY_SEE_KORE := src/web/% src/jobs/% src/app/% src/db/db_run.c %_http.c
ALL_C := $(shell find src -name '*.c')
ifneq ($(filter unit-tests db-tests vectors-tests fuzz-tests bench-tools soju-tools lint,$(MAKECMDGOALS)),)
KORE_FREE := $(filter-out $(MAY_SEE_KORE),$(ALL_C)) $(shell \
	for f in $(filter src/web/% src/jobs/% src/app/%,$(filter-out %_http.c,$(ALL_C))); do \
		$(CC) -MM -Isrc -I/usr/include/postgresql -I/usr/share/kore/include $$f 2>&1 | \
			grep -qE 'kore/|assets\.h' || echo $$f; \
	done)
endif
OUT := build/$(if $(FUZZ),fuzz,$(if $(SAN),san,$(if $(COV),cov,$(if $(FAST),fast,plain))))
LIB := $(OUT)/portal.a
UNIT := $(patsubst tests/%.c,$(OUT)/%,$(wildcard tests/unit/test_*.c))
DB := $(patsubst tests/%.c,$(OUT)/%,$(wildcard tests/db/test_*.c))
FUZZERS := $(patsubst tests/fuzz/%.c,build/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
LIBS := -lcriterion -lpq -lcurl -lcjose -ljansson -lcrypto \
	-lgmp -ljpeg -lturbojpeg -lpng -lgif -lwebpmux -lwebp -lm

comma := ,
# What a sanitizer finds ends the program: libFuzzer then keeps the input.
FUZZ_TOOL := -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined $\
	-fno-omit-frame-pointer
TOOL := $(if $(FUZZ),$(FUZZ_TOOL),$(if $(SAN),-fsanitize=address$(comma)undefined -fno-omit-frame-pointer -Wno-error,$(if $(COV),--coverage,$(if $(FAST),-O2))))
WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Werror
CFLAGS := -std=gnu11 -g -O1 -MMD -MP $(WARNINGS) $(TOOL) -Isrc -Itests -I/usr/include/postgresql

.PHONY: build run test check-layers lint asan fuzz coverage bench clean simulator unit-tests db-tests vectors-tests fuzz-tests bench-tools soju-tools
.SECONDARY:
.DELETE_ON_ERROR:

build: $(PORTAL)

run:
	./run

test:
	./tests/run

# --- The portal and the simulator, through kodev ---

# Objects that are older than anything they were made from; kodev looks at the .c file only, and at
# its time in whole seconds. A change in the folder of assets changes which names exist at all.
define forget_stale
	for d in .objs/*.d; do \
		[ -e "$$d" ] || continue; \
		from=$$(sed -e 's/^[^:]*://' -e 's/\\$$//' "$$d" | tr ' ' '\n' | grep -v 'assets\.h$$'); \
		grep -q 'assets\.h' "$$d" && from="$$from $$(find -L assets -type d)"; \
		[ -z "$$(find $$from -newer "$$d" 2>&1)" ] || rm -f "$$d" "$${d%.d}.o"; \
	done
endef

$(PORTAL): $(FILES) conf/build.conf conf/portal.conf Makefile
	mkdir -p $(APP)
	for part in src assets templates conf; do ln -sfn ../../../$$part $(APP)/$$part; done
	cd $(APP) && $(forget_stale)
	cd $(APP) && if [ ../../../conf/build.conf -nt .objs/features ] || \
		[ ../../../Makefile -nt .objs/features ]; then $(KODEV) clean; fi
	cd $(APP) && $(KODEV) build

simulator: $(SIM)

$(SIM): $(SIM_FILES)
	cd tests/sim && $(forget_stale)
	cd tests/sim && if [ conf/build.conf -nt .objs/features ]; then kodev clean; fi
	cd tests/sim && env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS KORE_BUILD_FLAVOR=dev CFLAGS=-MMD kodev build

# --- Tests in C ---

unit-tests: $(UNIT)

db-tests: $(DB)

vectors-tests: $(OUT)/vectors/vectors
$(OUT)/vectors/vectors: $(patsubst %.c,$(OUT)/obj/%.o,\
	$(filter-out %/vectors.c,$(wildcard tests/vectors/*.c)))

bench-tools: $(OUT)/bench/render $(OUT)/bench/request $(OUT)/bench/chart $(OUT)/bench/image \
	$(OUT)/bench/mrr $(OUT)/bench/health $(OUT)/bench/scrape
$(OUT)/obj/tests/bench/request.o: CFLAGS += -isystem /usr/share/kore/include
# One visit to a soju, from a command line: tests/http/test_soju_door.py.
soju-tools: $(OUT)/soju/door

$(OUT)/bench/% $(OUT)/vectors/% $(OUT)/soju/%: LIBS := $(filter-out -lcriterion,$(LIBS))

# libFuzzer is clang's; tests/fuzz/run starts what is made here.
fuzz:
	$(MAKE) --no-print-directory FUZZ=1 CC=clang fuzz-tests

fuzz-tests: $(FUZZERS)

$(OUT)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -c $< -o $@

$(LIB): $(KORE_FREE:%.c=$(OUT)/obj/%.o)
	rm -f $@
	ar rcs $@ $^

$(OUT)/%: $(OUT)/obj/tests/%.o $(LIB)
	@mkdir -p $(@D)
	$(CC) $(TOOL) -o $@ $(filter %.o,$^) $(LIB) $(LIBS)

build/fuzz/fuzz_%: $(OUT)/obj/tests/fuzz/fuzz_%.o $(LIB)
	$(CC) $(subst fuzzer-no-link,fuzzer,$(TOOL)) -o $@ $< $(LIB) $(filter-out -lcriterion,$(LIBS))

-include $(shell find $(OUT) -name '*.d' 2>/dev/null)

# --- Rules of the house ---

# Each prints the files that break the rule and nothing else. First: who may see Kore; then: base
# knows no database, rules and views neither database nor Kore (web/frame_view.h and web/part_view.h are views as well);
# last: each header stands alone.
check-layers:
	! grep -rlE '#[[:space:]]*include[[:space:]]*[<"]kore/' src --include='*.[ch]' | \
		grep -vE '^src/(web|jobs|app)/|_http\.[ch]$$|^src/db/db_run\.[ch]$$' | grep .
	! grep -lE '#[[:space:]]*include[[:space:]]*[<"]kore/' \
		src/web/web_path.[ch] src/web/web_header_line.[ch] src/web/web_address.[ch]
	! grep -rlE '#[[:space:]]*include[[:space:]]*[<"](kore/|libpq|db/|web/|jobs/|clients/|app/)' \
		src/base --include='*.[ch]'
	! grep -rE '#[[:space:]]*include[[:space:]]*"(web|jobs|app)/|"[a-z_/]*_http\.h"' \
		src --include='*.[ch]' | \
		grep -vE '^src/(web|jobs|app)/|_http\.[ch]:|"web/(frame|part)_view\.h"|"web/nav\.h"' | grep .
	! grep -rE '#[[:space:]]*include[[:space:]]*"' src/figures --include='*.[ch]' | \
		grep -vE '"(base|db|metrics|figures)/' | grep .
	! grep -rE '#[[:space:]]*include[[:space:]]*"' src/metrics --include='metrics*.[ch]' | \
		grep -vE '"(base|metrics)/|^src/metrics/metrics_http\.c:' | grep .
	! find src -name '*.[ch]' -printf '%f\n' | sort | uniq -d | grep .
	! find assets templates -type f -printf '%f\n' | sort | uniq -d | grep .
	for h in $$(find src -name '*.h'); do \
		$(CC) -std=gnu11 -fsyntax-only -Isrc -I/usr/include/postgresql -I/usr/share/kore/include \
			-DKORE_USE_PGSQL -DKORE_USE_TASKS -DKORE_USE_CURL -x c -include $$h /dev/null \
			|| exit 1; \
	done

C_FILES = $(shell find src tests -name '*.[ch]' -not -path '*/.objs/*' -not -path '*/node_modules/*')
# Without the analyser of paths: it does not see that ERR_OK means a filled result.
TIDY := -*,bugprone-*,cert-err34-c,cert-flp30-c,misc-redundant-expression,$\
	-bugprone-easily-swappable-parameters,-bugprone-reserved-identifier,$\
	-bugprone-narrowing-conversions,-bugprone-implicit-widening-of-multiplication-result,$\
	-bugprone-assignment-in-if-condition,-bugprone-macro-parentheses
QUEUE := /usr/include/$(shell $(CC) -print-multiarch)/sys/queue.h

# glibc's readdir is safe as long as each thread reads a folder of its own.
lint:
	clang-format --dry-run -Werror $(C_FILES)
	cppcheck --quiet --error-exitcode=1 --std=c11 --inline-suppr --library=posix \
		--enable=warning,performance,portability -Isrc --include=$(QUEUE) \
		--suppress=missingInclude --suppress=returnDanglingLifetime --suppress=readdirCalled src
	clang-tidy --quiet --warnings-as-errors='*' --checks='$(TIDY)' $(KORE_FREE) -- \
		-std=gnu11 -Isrc -I/usr/include/postgresql
	if command -v shellcheck >/dev/null; then \
		shellcheck -a -x -e SC2154,SC2034 run tests/run tests/fuzz/run tests/soju/build .ci/run; fi

asan:
	SAN=1 FLAVOR=asan ./tests/run unit db http

coverage:
	-COV=1 FLAVOR=coverage ./tests/run unit db http
	mkdir -p coverage
	gcovr --root . --filter src/ --exclude-unreachable-branches --print-summary \
		--html-details coverage/index.html build

bench:
	./tests/bench/run

clean:
	rm -rf build coverage tests/sim/.objs $(SIM)
