#include "db/db_schema.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/shared_memory.h"

static atomic_int *shared;
static const char *newest_name = "";

void
db_schema_init(const char *newest)
{
	shared = shared_memory_new(sizeof(*shared));
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
