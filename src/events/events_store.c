#include "events/events_store.h"

#include "db/db_row.h"

void
events_store_make_partitions(struct db_query *q, int64_t months_ahead)
{
	db_query_write(q, "SELECT events_make_partitions($1::integer)");
	db_param_int(q, months_ahead);
}

void
events_store_drop_partitions(struct db_query *q, int64_t keep_days)
{
	db_query_write(q, "SELECT events_drop_partitions($1::integer)");
	db_param_int(q, keep_days);
}

void
events_store_fold(struct db_query *q)
{
	db_query_write(q, "SELECT events_fold()");
}
