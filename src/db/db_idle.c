#include "db/db_idle.h"

#include <errno.h>
#include <sys/socket.h>

bool
db_idle_is_dead(PGconn *conn)
{
	char byte;
	ssize_t n;

	if (PQstatus(conn) != CONNECTION_OK)
		return true;
	while ((n = recv(PQsocket(conn), &byte, 1, MSG_PEEK | MSG_DONTWAIT)) > 0)
		if (!PQconsumeInput(conn))
			return true;
	return n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}
