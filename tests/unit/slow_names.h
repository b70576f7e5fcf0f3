/*
 * A resolver for tests: this program's getaddrinfo() is the one that libcurl and our own look-ups
 * find. Names that begin with "slow" are found after SLOW_NAME_MS, "two.example.org" has two
 * addresses, everything else goes to the real one, which finds no name under .invalid.
 */
#ifndef TESTS_SLOW_NAMES_H
#define TESTS_SLOW_NAMES_H

#include <dlfcn.h>
#include <netdb.h>
#include <string.h>
#include <unistd.h>

#define SLOW_NAME_MS 3000

typedef int getaddrinfo_fn(const char *, const char *, const struct addrinfo *, struct addrinfo **);

static getaddrinfo_fn *
real_getaddrinfo(void)
{
	getaddrinfo_fn *real;
	void *symbol = dlsym(RTLD_NEXT, "getaddrinfo");

	memcpy(&real, &symbol, sizeof(real));
	return real;
}

static int
two_addresses(const char *service, const struct addrinfo *hints, struct addrinfo **found)
{
	int rc = real_getaddrinfo()("127.0.0.9", service, hints, found);

	return rc == 0 ? real_getaddrinfo()("127.0.0.8", service, hints, &(*found)->ai_next) : rc;
}

int
getaddrinfo(const char *restrict name, const char *restrict service,
    const struct addrinfo *restrict hints, struct addrinfo **restrict found)
{
	if (name != NULL && strcmp(name, "two.example.org") == 0)
		return two_addresses(service, hints, found);
	if (name != NULL && strncmp(name, "slow", 4) == 0) {
		usleep(SLOW_NAME_MS * 1000);
		return real_getaddrinfo()("127.0.0.1", service, hints, found);
	}
	if (name != NULL && strstr(name, ".invalid") != NULL)
		return EAI_NONAME;
	return real_getaddrinfo()(name, service, hints, found);
}

#endif
