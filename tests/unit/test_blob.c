/*
 * Where pictures live, through the interface that the program uses: the same calls to a folder and
 * to a storage like S3, which tests/sim/s3.py plays; then what only S3 can do wrong. The simulator
 * checks signatures with code of its own. test_blob_dir.c looks closer at the folder.
 */
#include "blob/blob.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "clients/call_sync.h"

#define KEY "0123456789ab.full"
#define SECRET "wJalr/XUtn+FEMI=K7MDENG"

static struct settings s = { .run_as = "",
	.pics_dir = "",
	.s3_endpoint = "",
	.s3_region = "eu-central-1",
	.s3_bucket = "",
	.s3_access_key_id = "AKID-EX_AM.PLE",
	.s3_secret_access_key = SECRET,
	.s3_ca_file = "" };
static struct strbuf why, out;
static char folder[] = "/tmp/test_blob_XXXXXX";
static char endpoint[64];
static pid_t sim;

/* ---- The simulator ---- */

static void
be_the_simulator(int to_us, const char *cert, const char *key)
{
	const char *words[] = { "python3", "tests/sim/s3.py", "--bucket", "pics", "--key-id",
		"AKID-EX_AM.PLE", "--secret", SECRET, "--region", "eu-central-1", NULL, NULL, NULL,
		NULL, NULL };

	if (cert != NULL) {
		words[10] = "--cert";
		words[11] = cert;
		words[12] = "--key";
		words[13] = key;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(to_us, STDOUT_FILENO);
	execvp(words[0], (char **)(void *)words);
	_exit(127);
}

/* It prints its address when it is ready. */
static void
start_sim(const char *cert, const char *key)
{
	int ends[2];
	FILE *f;

	cr_assert_eq(pipe(ends), 0);
	sim = fork();
	cr_assert(sim >= 0);
	if (sim == 0)
		be_the_simulator(ends[1], cert, key);
	close(ends[1]);
	f = fdopen(ends[0], "r");
	cr_assert_not_null(fgets(endpoint, sizeof(endpoint), f), "python3 plays S3");
	fclose(f);
	endpoint[strcspn(endpoint, "\n")] = '\0';
	s.s3_endpoint = endpoint;
	s.s3_bucket = "pics";
}

static void
stop_sim(void)
{
	if (sim > 0 && kill(sim, SIGKILL) == 0)
		waitpid(sim, NULL, 0);
	sim = 0;
}

/* What the control of the simulator answers to an order, or of its state for NULL. */
static const char *
control(struct arena *a, const char *order)
{
	struct call_request req = { .method = order != NULL ? CALL_POST : CALL_GET,
		.url = arena_printf(a, "%s/-/control", endpoint),
		.body = order,
		.body_len = order != NULL ? strlen(order) : 0 };
	struct call_reply reply;

	call_sync_run(&req, a, &reply);
	cr_assert_eq(reply.status, 200, "%s: %s", order, reply.body);
	return reply.body;
}

static void
order(const char *text)
{
	struct arena a = { 0 };

	control(&a, text);
	arena_free(&a);
}

static bool
sim_says(const char *text)
{
	struct arena a = { 0 };
	const char *state = control(&a, NULL);
	bool says = strstr(state, text) != NULL;

	if (!says)
		printf("%s\n", state);
	arena_free(&a);
	return says;
}

static void
open_blobs(void)
{
	cr_assert_eq(blob_open(&s, &why), ERR_OK, "%s", strbuf_text(&why));
}

static void
begin_s3(void)
{
	start_sim(NULL, NULL);
	open_blobs();
}

static void
begin_folder(void)
{
	cr_assert_not_null(mkdtemp(folder));
	s.pics_dir = folder;
	open_blobs();
}

static void
end(void)
{
	char command[sizeof(folder) + 16];

	blob_close();
	stop_sim();
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	cr_expect_eq(system(command), 0);
	strbuf_free(&why);
	strbuf_free(&out);
}

TestSuite(blob, .fini = end);
TestSuite(blob_s3, .init = begin_s3, .fini = end);
TestSuite(blob_folder, .init = begin_folder, .fini = end);

/* ---- The same for both ---- */

static enum err
put(const char *key, const void *bytes, size_t len)
{
	strbuf_clear(&why);
	return blob_put(key, bytes, len, "image/png", &why);
}

static enum err
get(const char *key, int64_t from, int64_t len)
{
	strbuf_clear(&why);
	strbuf_clear(&out);
	return blob_get(key, from, len, &out, &why);
}

static enum err
discard(const char *key)
{
	strbuf_clear(&why);
	return blob_delete(key, &why);
}

static const char *const bad_keys[] = { "", "x", "../../x", "../../../../../etc/passwd.full",
	"0123456789ab", "0123456789ab.png", "0123456789ab/x.full", "0123456789ab?x=y.full",
	"0123456789ab.full\r\nx: y" };

static void
check_bad_input(void)
{
	static char large[BLOB_BYTES_MAX + 1];
	struct blob_file file;

	for (size_t i = 0; i < sizeof(bad_keys) / sizeof(bad_keys[0]); i++) {
		cr_expect_eq(put(bad_keys[i], "x", 1), ERR_INVALID, "%s", bad_keys[i]);
		cr_expect_str_eq(strbuf_text(&why), "that is no key of a picture");
		cr_expect_eq(get(bad_keys[i], 0, -1), ERR_INVALID, "%s", bad_keys[i]);
		cr_expect_eq(discard(bad_keys[i]), ERR_INVALID, "%s", bad_keys[i]);
		cr_expect_neq(blob_file(bad_keys[i], &file), ERR_OK, "%s", bad_keys[i]);
		cr_expect_eq(file.fd, -1);
	}
	cr_expect_eq(put(KEY, "", 0), ERR_INVALID);
	cr_expect_eq(put(KEY, large, sizeof(large)), ERR_TOO_LARGE);
	cr_expect_eq(get(KEY, -1, -1), ERR_INVALID);
	cr_expect_eq(get(KEY, 0, 0), ERR_INVALID);
	cr_expect_eq(get(KEY, 0, -2), ERR_INVALID);
	cr_expect_eq(get(KEY, INT64_MAX, 2), ERR_INVALID);
}

static void
check_a_life(void)
{
	static const char bytes[] = "\0\1\2\xff\r\n\r\n56789";
	const size_t len = sizeof(bytes) - 1;
	int removed = -1;

	cr_expect_eq(get(KEY, 0, -1), ERR_NOT_FOUND, "%s", strbuf_text(&why));
	cr_expect_eq(discard(KEY), ERR_OK, "%s", strbuf_text(&why));
	cr_expect_eq(put(KEY, bytes, len), ERR_OK, "%s", strbuf_text(&why));
	cr_expect_eq(put(KEY, bytes, len), ERR_OK, "the same once more");
	cr_expect_eq(put("0123456789ab.thumb", "t", 1), ERR_OK);
	cr_expect_eq(get(KEY, 0, -1), ERR_OK, "%s", strbuf_text(&why));
	cr_expect_eq(out.len, len);
	cr_expect_eq(memcmp(strbuf_text(&out), bytes, len), 0);
	cr_expect_eq(get(KEY, 8, 3), ERR_OK, "%s", strbuf_text(&why));
	cr_expect_str_eq(strbuf_text(&out), "567");
	cr_expect_eq(get(KEY, 10, -1), ERR_OK);
	cr_expect_str_eq(strbuf_text(&out), "789");
	cr_expect_eq(get(KEY, 12, 100), ERR_OK);
	cr_expect_str_eq(strbuf_text(&out), "9");
	cr_expect_eq(get(KEY, 13, -1), ERR_INVALID, "%s", strbuf_text(&why));
	cr_expect_eq(discard(KEY), ERR_OK, "%s", strbuf_text(&why));
	cr_expect_eq(get(KEY, 0, -1), ERR_NOT_FOUND);
	cr_expect_eq(get("0123456789ab.thumb", 0, -1), ERR_OK);
	cr_expect_eq(blob_sweep(time(NULL) + 7200, &removed, &why), ERR_OK);
	cr_expect_eq(removed, 0);
}

/* Every byte of the largest picture. */
static void
check_the_largest(void)
{
	unsigned char *bytes = malloc(BLOB_BYTES_MAX);
	unsigned n = 1;
	size_t i;

	for (i = 0; i < BLOB_BYTES_MAX; i++) {
		n = n * 1103515245 + 12345;
		bytes[i] = (unsigned char)(n >> 16);
	}
	cr_expect_eq(put(KEY, bytes, BLOB_BYTES_MAX), ERR_OK, "%s", strbuf_text(&why));
	cr_expect_eq(get(KEY, 0, -1), ERR_OK, "%s", strbuf_text(&why));
	cr_assert_eq(out.len, BLOB_BYTES_MAX);
	cr_expect_eq(memcmp(out.s, bytes, BLOB_BYTES_MAX), 0);
	free(bytes);
}

Test(blob_s3, bad_input)
{
	check_bad_input();
	cr_expect(sim_says("\"counts\": {}"), "nothing of that was asked for");
}

Test(blob_folder, bad_input)
{
	check_bad_input();
}

Test(blob_s3, a_life)
{
	struct blob_file file;

	check_a_life();
	cr_expect(sim_says("\"0123456789ab.thumb\": {\"bytes\": 1, \"type\": \"image/png\""));
	cr_expect_not(blob_has_files());
	cr_expect_eq(blob_file(KEY, &file), ERR_METHOD);
}

Test(blob_folder, a_life)
{
	check_a_life();
	cr_expect(blob_has_files());
}

Test(blob_s3, the_largest)
{
	check_the_largest();
}

Test(blob_folder, the_largest)
{
	check_the_largest();
}

Test(blob, neither_is_set_up)
{
	cr_expect_eq(blob_open(&s, &why), ERR_INVALID);
	cr_expect_not_null(strstr(strbuf_text(&why), "PICS_DIR is missing"));
}

/* ---- S3 alone ---- */

static const struct {
	const char *order;
	enum err put, get, discard;
	const char *says;
} faults[] = {
	{ "{\"mode\":\"error\"}", ERR_UNAVAILABLE, ERR_UNAVAILABLE, ERR_UNAVAILABLE,
	    "the storage answers 500 InternalError" },
	{ "{\"mode\":\"slow-down\"}", ERR_UNAVAILABLE, ERR_UNAVAILABLE, ERR_UNAVAILABLE,
	    "the storage answers 503 SlowDown" },
	{ "{\"mode\":\"down\"}", ERR_UNAVAILABLE, ERR_UNAVAILABLE, ERR_UNAVAILABLE, "breaks off" },
	{ "{\"mode\":\"cut\"}", ERR_UNAVAILABLE, ERR_UNAVAILABLE, ERR_UNAVAILABLE, "breaks off" },
	{ "{\"mode\":\"garbage\"}", ERR_UPSTREAM, ERR_UPSTREAM, ERR_UPSTREAM, "cannot be read" },
	{ "{\"mode\":\"full\"}", ERR_FULL, ERR_OK, ERR_OK,
	    "the storage answers 507 XMinioStorageFull" },
	{ "{\"mode\":\"corrupt\"}", ERR_UPSTREAM, ERR_OK, ERR_OK,
	    "the storage answers 400 XAmzContentSHA256Mismatch" },
	{ "{\"skew_s\":1200}", ERR_UPSTREAM, ERR_UPSTREAM, ERR_UPSTREAM,
	    "the storage answers 403 RequestTimeTooSkewed" },
	{ "{\"skew_s\":-600}", ERR_OK, ERR_OK, ERR_OK, "" },
};

Test(blob_s3, faults)
{
	static char text[300000];

	memset(text, 'x', sizeof(text));
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		order("{\"reset\":true}");
		cr_assert_eq(put(KEY, text, sizeof(text)), ERR_OK, "%s", strbuf_text(&why));
		order(faults[i].order);
		cr_expect_eq(get(KEY, 0, -1), faults[i].get, "get %s: %s", faults[i].order,
		    strbuf_text(&why));
		cr_expect_eq(discard(KEY), faults[i].discard, "delete %s: %s", faults[i].order,
		    strbuf_text(&why));
		cr_expect_eq(put(KEY, text, sizeof(text)), faults[i].put, "put %s: %s",
		    faults[i].order, strbuf_text(&why));
		cr_expect_not_null(strstr(strbuf_text(&why), faults[i].says), "%s: %s",
		    faults[i].order, strbuf_text(&why));
	}
}

/* The second try of each; a third one is not made. */
Test(blob_s3, a_connection_that_breaks_once_is_forgiven)
{
	static const char *const modes[] = { "down", "cut" };
	static char text[300000], words[64];

	memset(text, 'x', sizeof(text));
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		snprintf(words, sizeof(words), "{\"mode\":\"%s\",\"times\":1}", modes[i]);
		order(words);
		cr_expect_eq(put(KEY, text, sizeof(text)), ERR_OK, "%s", strbuf_text(&why));
		order(words);
		cr_expect_eq(get(KEY, 0, -1), ERR_OK, "%s", strbuf_text(&why));
		cr_expect_eq(out.len, sizeof(text));
		order(words);
		cr_expect_eq(discard(KEY), ERR_OK, "%s", strbuf_text(&why));
	}
	cr_expect(sim_says("\"counts\": {\"PUT\": 4, \"GET\": 4, \"DELETE\": 4}"));
}

/* The whole instead of a part would be served as the part. */
Test(blob_s3, a_range_that_is_ignored_is_no_answer)
{
	cr_assert_eq(put(KEY, "0123456789", 10), ERR_OK);
	order("{\"mode\":\"no-range\"}");
	cr_expect_eq(get(KEY, 2, 3), ERR_UPSTREAM);
	cr_expect_eq(get(KEY, 0, -1), ERR_OK);
}

static const struct {
	const char **setting;
	const char *value, *says;
} wrong[] = {
	{ &s.s3_secret_access_key, "another", "403 SignatureDoesNotMatch" },
	{ &s.s3_access_key_id, "NOBODY", "403 InvalidAccessKeyId" },
	{ &s.s3_region, "us-east-1", "400 AuthorizationHeaderMalformed" },
	{ &s.s3_bucket, "picz", "404 NoSuchBucket" },
};

Test(blob_s3, settings_that_are_wrong)
{
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		const char *right = *wrong[i].setting;

		*wrong[i].setting = wrong[i].value;
		open_blobs();
		cr_expect_eq(put(KEY, "x", 1), ERR_UPSTREAM, "%s", wrong[i].value);
		cr_expect_not_null(
		    strstr(strbuf_text(&why), wrong[i].says), "%s", strbuf_text(&why));
		cr_expect_eq(get(KEY, 0, -1), ERR_UPSTREAM, "%s", wrong[i].value);
		cr_expect_eq(discard(KEY), ERR_UPSTREAM, "%s", wrong[i].value);
		*wrong[i].setting = right;
	}
}

Test(blob_s3, nobody_is_there)
{
	int64_t began_us = clock_monotonic_us();

	stop_sim();
	cr_expect_eq(put(KEY, "x", 1), ERR_UNAVAILABLE);
	cr_expect_not_null(strstr(strbuf_text(&why), "the storage cannot be reached"));
	cr_expect_eq(get(KEY, 0, -1), ERR_UNAVAILABLE);
	cr_expect_eq(discard(KEY), ERR_UNAVAILABLE);
	cr_expect_lt(clock_monotonic_us() - began_us, 3000000);
}

/* Only deletes, whose limit is short enough for a test; puts and gets have 30 s. */
Test(blob_s3, an_answer_that_never_comes_is_not_waited_for)
{
	int64_t began_us = clock_monotonic_us();

	order("{\"mode\":\"hang\"}");
	cr_expect_eq(discard(KEY), ERR_UNAVAILABLE);
	cr_expect_not_null(strstr(strbuf_text(&why), "the storage does not answer"));
	cr_expect_lt(clock_monotonic_us() - began_us, 8000000, "and not asked twice");
}

/* Killed in the middle of a put, again and again: S3 keeps all of it or nothing. */
Test(blob_s3, a_process_that_is_killed_leaves_no_part)
{
	static char text[BLOB_BYTES_MAX];
	int i;

	for (i = 1; i <= 8; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(put(KEY, text, sizeof(text)));
		usleep((useconds_t)i * 15000);
		kill(pid, SIGKILL);
		cr_assert_eq(waitpid(pid, NULL, 0), pid);
	}
	usleep(300000);
	cr_expect(sim_says("\"objects\": {}") || sim_says("{\"bytes\": 33554432,"));
	cr_expect_eq(put(KEY, "x", 1), ERR_OK);
}

static void
make_certificates(void)
{
	char command[sizeof(folder) + 64];

	cr_assert_not_null(mkdtemp(folder));
	snprintf(command, sizeof(command), "tests/sim/certs %s", folder);
	cr_assert_eq(system(command), 0);
}

Test(blob, by_tls_with_an_authority_of_its_own)
{
	char cert[64], key[64], ca[64];

	make_certificates();
	snprintf(cert, sizeof(cert), "%s/server.crt", folder);
	snprintf(key, sizeof(key), "%s/server.key", folder);
	snprintf(ca, sizeof(ca), "%s/ca.crt", folder);
	start_sim(cert, key);
	s.s3_ca_file = ca;
	open_blobs();
	check_a_life();
	s.s3_ca_file = "";
	open_blobs();
	cr_expect_eq(put(KEY, "x", 1), ERR_UNAVAILABLE);
	cr_expect_not_null(
	    strstr(strbuf_text(&why), "does not prove who it is"), "%s", strbuf_text(&why));
}
