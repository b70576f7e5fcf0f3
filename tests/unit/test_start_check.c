/* What is found before the start: folders and addresses, good and bad. */
#include "app/start_check.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static struct strbuf problems;

static void
end(void)
{
	strbuf_free(&problems);
}

TestSuite(start_check, .fini = end);

/* One sentence that begins like that and holds the words; NULL: none at all. */
static void
expect(enum err e, const char *begins, const char *part)
{
	const char *text = strbuf_text(&problems);

	cr_expect_eq(e, begins == NULL ? ERR_OK : ERR_INVALID, "%s", text);
	if (begins == NULL) {
		cr_expect_str_empty(text);
		return;
	}
	cr_expect_eq(strncmp(text, begins, strlen(begins)), 0, "%s", text);
	cr_expect_not_null(strstr(text, part), "no \"%s\" in %s", part, text);
	cr_expect_eq(strchr(text, '\n'), text + strlen(text) - 1, "%s", text);
	strbuf_clear(&problems);
}

Test(start_check, folder_that_takes_no_file)
{
	char dir[] = "/tmp/start_check.XXXXXX", path[64];

	expect(start_check_folder("RUN_DIR", "/nonexistent", "x.pid", &problems), "RUN_DIR must",
	    "/nonexistent/x.pid cannot be written: No such file or directory");
	expect(start_check_folder("RUN_DIR", "/etc/passwd", "x.pid", &problems), "RUN_DIR must",
	    "Not a directory");
	cr_assert_not_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/x.pid", dir);
	cr_assert_eq(mkdir(path, 0700), 0);
	expect(start_check_folder("RUN_DIR", dir, "x.pid", &problems), "RUN_DIR must",
	    "Is a directory");
	rmdir(path);
	rmdir(dir);
}

Test(start_check, folder_is_left_as_it_was)
{
	char dir[] = "/tmp/start_check.XXXXXX", path[64], text[8] = "";
	FILE *f;

	cr_assert_not_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/x.pid", dir);
	expect(start_check_folder("RUN_DIR", dir, "x.pid", &problems), NULL, NULL);
	cr_expect_neq(access(path, F_OK), 0, "a file was left behind");
	f = fopen(path, "w");
	fputs("123\n", f);
	fclose(f);
	expect(start_check_folder("RUN_DIR", dir, "x.pid", &problems), NULL, NULL);
	f = fopen(path, "r");
	cr_assert_not_null(f);
	cr_expect_not_null(fgets(text, sizeof(text), f));
	fclose(f);
	cr_expect_str_eq(text, "123\n");
	unlink(path);
	rmdir(dir);
}

Test(start_check, home)
{
	expect(start_check_home(".", ROLE_PORTAL, &problems), NULL, NULL);
	expect(start_check_home("/nonexistent", ROLE_PORTAL, &problems), "PORTAL_HOME must",
	    "/nonexistent/conf/common.conf cannot be read");
	expect(start_check_home("tests", ROLE_TXT, &problems), "PORTAL_HOME must",
	    "tests/conf/common.conf");
}

/* A socket of another program, and its port as text. */
static int
listen_somewhere(char port[8])
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	cr_assert_eq(listen(fd, 1), 0);
	cr_assert_eq(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	snprintf(port, 8, "%d", ntohs(address.sin_port));
	return fd;
}

static enum err
check_one(const char *host, const char *port)
{
	const struct start_bind bind = { "PUBLIC_BIND", host, port };

	return start_check_binds(&bind, 1, &problems);
}

Test(start_check, address_that_cannot_be_had)
{
	char port[8];
	int fd = listen_somewhere(port);

	expect(check_one("127.0.0.1", port),
	    "PUBLIC_BIND: cannot listen at 127.0.0.1:", "another program listens there");
	expect(check_one("0.0.0.0", port),
	    "PUBLIC_BIND: cannot listen at 0.0.0.0:", "another program listens there");
	close(fd);
	expect(check_one("127.0.0.1", port), NULL, NULL);
	expect(check_one("192.0.2.1", "80"),
	    "PUBLIC_BIND: cannot listen at 192.0.2.1:80: ", "no address of this machine");
	expect(check_one("localhost", port), "PUBLIC_BIND: ", "no address of this machine");
	expect(check_one("2001:db8::1", "80"),
	    "PUBLIC_BIND: cannot listen at [2001:db8::1]:80: ", "this machine");
}

Test(start_check, addresses_in_each_others_way)
{
	char port[8];
	int fd = listen_somewhere(port);
	const struct start_bind same[] = { { "PUBLIC_BIND", "0.0.0.0", port },
		{ "INTERNAL_BIND", "127.0.0.1", port } };

	start_check_binds(same, 2, &problems);
	cr_expect_null(strstr(strbuf_text(&problems), "has that port"), "both are taken: %s",
	    strbuf_text(&problems));
	strbuf_clear(&problems);
	close(fd);
	expect(start_check_binds(same, 2, &problems),
	    "INTERNAL_BIND: cannot listen at 127.0.0.1:", "PUBLIC_BIND has that port");
	expect(start_check_binds(same, 1, &problems), NULL, NULL);
}
