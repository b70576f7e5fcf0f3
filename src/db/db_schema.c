#include "db/db_schema.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>

static atomic_int *shared;
static const char *newest_name = "";

void
db_schema_init(const char *newest)
{
	const int prot = PROT_READ | PROT_WRITE, flags = MAP_SHARED | MAP_ANONYMOUS;
	/* cppcheck-suppress invalidFunctionArg ; -1 is what MAP_ANONYMOUS wants */
	void *page = mmap(NULL, sizeof(*shared), prot, flags, -1, 0);

	if (page == MAP_FAILED)
		abort();
	shared = page;
	newest_name = newest;
}

enum db_schema
db_schema_state(void)
{
	return shared != NULL ? (enum db_schema)atomic_load(shared) : DB_SCHEMA_UNKNOWN;
}

void
db_schema_set(enum db_schema state)
{
	if (shared != NULL)
		atomic_store(shared, (int)state);
}

const char *
db_schema_newest(void)
{
	return newest_name;
}
