#include "db/db_host.h"

#include <arpa/inet.h>
#include <libpq-fe.h>
#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/strbuf.h"
#include "base/xmalloc.h"
#include "db/db_url.h"

#define NAME_SIZE 254 /* RFC 1035: 253 characters */

/* Belongs to the thread that looks and to the one that waits; the last of them frees it. */
struct lookup {
	char name[NAME_SIZE];
	pthread_mutex_t lock;
	pthread_cond_t done;
	int users;
	bool is_done;
	struct addrinfo *found; /* NULL: none */
};

static atomic_int running;

static void
let_go(struct lookup *l)
{
	bool is_last;

	pthread_mutex_lock(&l->lock);
	is_last = --l->users == 0;
	pthread_mutex_unlock(&l->lock);
	if (!is_last)
		return;
	if (l->found != NULL)
		freeaddrinfo(l->found);
	pthread_cond_destroy(&l->done);
	pthread_mutex_destroy(&l->lock);
	free(l);
}

static void *
look(void *arg)
{
	const struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
	struct lookup *l = arg;
	struct addrinfo *found = NULL;
	int rc = getaddrinfo(l->name, NULL, &hints, &found);

	pthread_mutex_lock(&l->lock);
	l->found = rc == 0 ? found : NULL;
	l->is_done = true;
	pthread_cond_signal(&l->done);
	pthread_mutex_unlock(&l->lock);
	atomic_fetch_sub(&running, 1);
	let_go(l);
	return NULL;
}

static bool
start_thread(struct lookup *l)
{
	pthread_attr_t attr;
	pthread_t thread;
	int rc;

	if (atomic_fetch_add(&running, 1) >= DB_HOST_LOOKUPS_MAX) {
		atomic_fetch_sub(&running, 1);
		return false;
	}
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	rc = pthread_create(&thread, &attr, look, l);
	pthread_attr_destroy(&attr);
	if (rc != 0)
		atomic_fetch_sub(&running, 1);
	return rc == 0;
}

static struct lookup *
new_lookup(const char *name, size_t len)
{
	struct lookup *l = xcalloc(1, sizeof(*l));
	pthread_condattr_t attr;

	memcpy(l->name, name, len);
	pthread_mutex_init(&l->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&l->done, &attr);
	pthread_condattr_destroy(&attr);
	l->users = 2;
	if (start_thread(l))
		return l;
	l->users = 1;
	let_go(l);
	return NULL;
}

/* False: it is not done by then. */
static bool
wait_until(struct lookup *l, int64_t until_us)
{
	const struct timespec until = { until_us / 1000000, until_us % 1000000 * 1000 };
	bool is_done;
	int rc = 0;

	pthread_mutex_lock(&l->lock);
	while (!l->is_done && rc == 0)
		rc = pthread_cond_timedwait(&l->done, &l->lock, &until);
	is_done = l->is_done;
	pthread_mutex_unlock(&l->lock);
	return is_done;
}

/* One list of libpq, values with commas between them. */
struct list {
	struct strbuf text;
	size_t n;
};

static void
add(struct list *list, const char *value, size_t len)
{
	if (list->n++ > 0)
		strbuf_putc(&list->text, ',');
	strbuf_add(&list->text, value, len);
}

struct lists {
	struct list hosts, addresses, ports;
	bool has_names;
};

static void
add_host(struct lists *to, const char *host, size_t len, const char *address, const char *port)
{
	add(&to->hosts, host, len);
	add(&to->addresses, address, strlen(address));
	add(&to->ports, port, strcspn(port, ","));
}

static void
add_found(
    struct lists *to, const char *host, size_t len, const struct addrinfo *i, const char *port)
{
	char address[INET6_ADDRSTRLEN + 20]; /* and a scope */

	for (; i != NULL; i = i->ai_next)
		if (getnameinfo(i->ai_addr, i->ai_addrlen, address, sizeof(address), NULL, 0,
			NI_NUMERICHOST) == 0)
			add_host(to, host, len, address, port);
}

static enum err
look_up(struct lists *to, const char *host, size_t len, const char *port, int64_t until_us)
{
	enum err e = ERR_OK;
	struct lookup *l;

	if (len >= NAME_SIZE)
		return ERR_UNAVAILABLE;
	l = new_lookup(host, len);
	if (l == NULL)
		return ERR_TIMEOUT;
	if (!wait_until(l, until_us))
		e = ERR_TIMEOUT;
	else if (l->found == NULL)
		e = ERR_UNAVAILABLE;
	else
		add_found(to, host, len, l->found, port);
	let_go(l);
	return e;
}

/* A folder with a socket, an address, or nothing at all. */
static bool
is_name(const char *host, size_t len)
{
	char text[INET6_ADDRSTRLEN], address[sizeof(struct in6_addr)];

	if (len == 0 || *host == '/' || *host == '@' || memchr(host, '%', len) != NULL)
		return false;
	if (len >= sizeof(text))
		return true;
	memcpy(text, host, len);
	text[len] = '\0';
	return inet_pton(AF_INET, text, address) != 1 && inet_pton(AF_INET6, text, address) != 1;
}

/* Ports are one for all hosts, or one for each. */
static const char *
next_port(const char *port)
{
	const char *comma = strchr(port, ',');

	return comma != NULL ? comma + 1 : port;
}

/* A name that is not found is left out, as libpq goes on to the next one, too. */
static enum err
look_all_up(struct lists *to, const char *host, const char *port, int64_t until_us)
{
	enum err e = ERR_OK;
	size_t len;

	for (;; host += len + 1, port = next_port(port)) {
		len = strcspn(host, ",");
		if (is_name(host, len)) {
			to->has_names = true;
			e = look_up(to, host, len, port, until_us);
		} else {
			add_host(to, host, len, "", port);
		}
		if (host[len] == '\0')
			break;
	}
	return to->hosts.n > 0 ? ERR_OK : e;
}

/* Of what is said twice, libpq takes the last. */
static const char *
with_lists(struct arena *a, const char *conninfo, const struct lists *l, bool has_ports)
{
	struct strbuf out = { 0 };
	const char *text;

	strbuf_printf(&out, "%s ", conninfo);
	db_url_add_pair(&out, "host", strbuf_text(&l->hosts.text));
	db_url_add_pair(&out, "hostaddr", strbuf_text(&l->addresses.text));
	if (has_ports)
		db_url_add_pair(&out, "port", strbuf_text(&l->ports.text));
	text = arena_strdup(a, strbuf_text(&out));
	strbuf_free(&out);
	return text;
}

enum err
db_host_resolve(const char **conninfo, struct arena *a, int64_t until_us)
{
	PQconninfoOption *options = PQconninfoParse(*conninfo, NULL);
	const char *host, *address, *port;
	struct lists l = { 0 };
	enum err e = ERR_OK;

	if (options == NULL)
		return ERR_INVALID;
	host = db_url_given(options, "host");
	address = db_url_given(options, "hostaddr");
	port = db_url_given(options, "port");
	if (host != NULL && (address == NULL || *address == '\0'))
		e = look_all_up(&l, host, port != NULL ? port : "", until_us);
	if (e == ERR_OK && l.has_names)
		*conninfo = with_lists(a, *conninfo, &l, port != NULL && strchr(port, ',') != NULL);
	strbuf_free(&l.hosts.text);
	strbuf_free(&l.addresses.text);
	strbuf_free(&l.ports.text);
	PQconninfoFree(options);
	return e;
}
