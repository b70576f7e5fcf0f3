#include "audit/audit_store.h"

#include <arpa/inet.h>

static bool
is_address(const char *text)
{
	unsigned char bytes[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, text, bytes) == 1 || inet_pton(AF_INET6, text, bytes) == 1;
}

/* A proxy that forwards nonsense must not keep admins from working: the rest is still recorded. */
void
audit_store_add(struct db_query *q, const struct audit_entry *entry)
{
	const char *address = entry->address;

	if (address != NULL && !is_address(address))
		address = NULL;
	db_query_write(q, "INSERT INTO audit_log (actor_sub, action, resource, address)"
			  " VALUES ($1, $2, $3, $4::inet)");
	db_param_text(q, entry->actor_sub);
	db_param_text(q, entry->action);
	db_param_text(q, entry->resource);
	db_param_text(q, address);
}
