/* Answers survive the way through the snapshot, whatever the names in them are. */
#include "source/source_answer.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <string.h>

#include "base/utf8.h"

static struct arena arena;
static struct strbuf json;

static void
end(void)
{
	strbuf_free(&json);
	arena_free(&arena);
}

TestSuite(source_answer, .fini = end);

static const char *const no_soju[] = {
	"",
	"null",
	"[]",
	"{}",
	"{\"messages\":1,\"counting\":false}",
	"{\"messages\":\"1\",\"counting\":false,\"networks\":[]}",
	"{\"messages\":1,\"counting\":0,\"networks\":[]}",
	"{\"messages\":1,\"counting\":false,\"networks\":{}}",
	"{\"messages\":1,\"counting\":false,\"networks\":[1]}",
	"{\"messages\":1,\"counting\":false,\"networks\":[{\"name\":\"a\"}]}",
	"{\"messages\":1,\"counting\":false,\"networks\":[{\"name\":\"a\",\"address\":\"b\","
	"\"enabled\":true,\"channels\":[1],\"detached\":[]}]}",
	"{\"messages\":1,\"counting\":false,\"networks\":[{\"name\":null,\"address\":\"b\","
	"\"enabled\":true,\"channels\":[],\"detached\":[]}]}",
	"{\"messages\":1,\"counting\":false,\"networks\":[]",
	"{\"messages\":-2,\"counting\":false,\"networks\":[]}",
	"{\"messages\":1,\"counting\":false,\"networks\":[],\"networks_left\":-1}",
	"{\"messages\":1,\"counting\":false,\"networks\":[],\"channels_left\":\"1\"}",
	"{\"messages\":1,\"counting\":false,\"networks\":[],\"devices\":1}",
	"{\"messages\":1,\"counting\":false,\"networks\":[],\"devices\":[{\"used_at\":1}]}",
	"{\"messages\":1,\"counting\":false,\"networks\":[],\"devices\":[{\"label\":\"a\"}]}",
	"{\"messages\":1,\"counting\":false,\"networks\":[],"
	"\"devices\":[{\"label\":\"a\",\"used_at\":-1}]}",
	"{\"messages\":1,\"counting\":false,\"networks\":[{\"name\":\"a\",\"address\":\"b\","
	"\"enabled\":true,\"channels\":[],\"detached\":[],\"channels_left\":1.5}]}",
};

Test(source_answer, no_soju)
{
	struct soju_answer a;
	size_t i;

	for (i = 0; i < sizeof(no_soju) / sizeof(no_soju[0]); i++)
		cr_expect_neq(
		    source_answer_read_soju(&a, &arena, no_soju[i]), ERR_OK, "%s", no_soju[i]);
}

static const char *const no_kube[] = {
	"",
	"{}",
	"{\"phase\":\"dancing\",\"running_since\":1,\"restarts\":0,\"last_ended_at\":0,"
	"\"reason\":null}",
	"{\"phase\":\"running\",\"running_since\":null,\"restarts\":0,\"last_ended_at\":0,"
	"\"reason\":null}",
	"{\"phase\":\"running\",\"running_since\":1,\"restarts\":0,\"last_ended_at\":0,"
	"\"reason\":7}",
	"{\"phase\":\"running\",\"running_since\":1,\"restarts\":-1,\"last_ended_at\":0,"
	"\"reason\":null}",
};

Test(source_answer, no_kube)
{
	struct kube_answer a;
	size_t i;

	for (i = 0; i < sizeof(no_kube) / sizeof(no_kube[0]); i++)
		cr_expect_neq(
		    source_answer_read_kube(&a, &arena, no_kube[i]), ERR_OK, "%s", no_kube[i]);
}

static const char *const no_usage[] = { "", "{}", "{\"count\":1}",
	"{\"count\":1.5,\"storage_bytes\":1}", "{\"count\":1,\"storage_bytes\":\"1\"}",
	"{\"count\":-1,\"storage_bytes\":1}", "{\"count\":1,\"storage_bytes\":-1}" };

Test(source_answer, no_usage)
{
	struct usage_answer a;
	size_t i;

	for (i = 0; i < sizeof(no_usage) / sizeof(no_usage[0]); i++)
		cr_expect_neq(
		    source_answer_read_usage(&a, &arena, no_usage[i]), ERR_OK, "%s", no_usage[i]);
}

#define FFFD "\xef\xbf\xbd"
#define LONG_20 "#2345678901234567890"
#define LONG_200 LONG_20 LONG_20 LONG_20 LONG_20 LONG_20 LONG_20 LONG_20 LONG_20 LONG_20 LONG_20

/* Names as databases have them, and as they come back. */
static const struct {
	const char *name, *back;
} names[] = {
	{ "\xff", FFFD },
	{ "#a\xff\xfe"
	  "b",
	    "#a" FFFD FFFD "b" },
	{ "#half \xc3", "#half " FFFD },
	{ "#half \xe2\x82", "#half " FFFD FFFD },
	{ "#overlong \xc0\xaf", "#overlong " FFFD FFFD },
	{ "#surrogate \xed\xa0\x80", "#surrogate " FFFD FFFD FFFD },
	{ "#beyond \xf4\x90\x80\x80", "#beyond " FFFD FFFD FFFD FFFD },
	{ "#latin\xe9 then ascii", "#latin" FFFD " then ascii" },
	{ "\x01\x02\x03\x1f\x7f", "\x01\x02\x03\x1f\x7f" },
	{ "#tab\tcr\rlf\n", "#tab\tcr\rlf\n" },
	{ "#\"quotes\" \\ and / 'others'", "#\"quotes\" \\ and / 'others'" },
	{ "#\\u0000 \\n", "#\\u0000 \\n" },
	{ "<script>alert(1)</script>&amp;", "<script>alert(1)</script>&amp;" },
	{ "#\xc3\xa6\xe6\x97\xa5\xf0\x9f\x8e\x89", "#\xc3\xa6\xe6\x97\xa5\xf0\x9f\x8e\x89" },
	{ "\xe2\x80\xae"
	  "rtl",
	    "\xe2\x80\xae"
	    "rtl" },
	{ LONG_200, LONG_200 },
	{ "", "" },
};

Test(source_answer, soju_names)
{
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct soju_channel channel = { names[i].name, i % 2 == 1 };
		struct soju_network network = { names[i].name, names[i].name, true, &channel, 1,
			0 };
		struct soju_answer a = { &network, 1, 5, false, 0, 0, false, NULL, 0 },
				   back = { 0 };

		strbuf_clear(&json);
		source_answer_write_soju(&json, &a);
		cr_expect(utf8_is_valid(json.s, json.len));
		cr_assert_eq(source_answer_read_soju(&back, &arena, json.s), ERR_OK, "%s", json.s);
		cr_assert_eq(back.nnetworks, 1);
		cr_assert_eq(back.networks[0].nchannels, 1);
		cr_expect_str_eq(back.networks[0].name, names[i].back);
		cr_expect_str_eq(back.networks[0].address, names[i].back);
		cr_expect_str_eq(back.networks[0].channels[0].name, names[i].back);
		cr_expect_eq(back.networks[0].channels[0].is_detached, i % 2 == 1);
	}
}

Test(source_answer, soju)
{
	struct soju_channel channels[] = { { "#a", false }, { "#z", true }, { "#b", false } };
	struct soju_network networks[] = {
		{ "Libera", "irc.libera.chat", true, channels, 3, 0 },
		{ "irc.oftc.net", "irc.oftc.net", false, NULL, 0, 0 },
	};
	struct soju_answer a = { networks, 2, INT64_C(9007199254740993), true, 0, 0, false, NULL,
		0 },
			   back = { 0 };

	source_answer_write_soju(&json, &a);
	cr_expect_str_eq(json.s,
	    "{\"messages\":9007199254740993,\"counting\":true,\"networks\":["
	    "{\"name\":\"Libera\",\"address\":\"irc.libera.chat\",\"enabled\":true,"
	    "\"channels\":[\"#a\",\"#b\"],\"detached\":[\"#z\"]},"
	    "{\"name\":\"irc.oftc.net\",\"address\":\"irc.oftc.net\",\"enabled\":false,"
	    "\"channels\":[],\"detached\":[]}]}");
	cr_assert_eq(source_answer_read_soju(&back, &arena, json.s), ERR_OK);
	cr_expect_eq(back.messages, a.messages);
	cr_expect(back.is_counting);
	cr_assert_eq(back.nnetworks, 2);
	cr_expect(back.networks[0].is_enabled);
	cr_expect_not(back.networks[1].is_enabled);
	cr_assert_eq(back.networks[0].nchannels, 3);
	cr_expect_str_eq(back.networks[0].channels[1].name, "#b");
	cr_expect_str_eq(back.networks[0].channels[2].name, "#z", "detached ones come last");
	cr_expect_eq(back.networks[1].nchannels, 0);
}

Test(source_answer, soju_without_networks)
{
	struct soju_answer a = { NULL, 0, -1, false, 0, 0, false, NULL, 0 }, back = { 0 };

	source_answer_write_soju(&json, &a);
	cr_assert_eq(source_answer_read_soju(&back, &arena, json.s), ERR_OK);
	cr_expect_eq(back.messages, -1);
	cr_expect_eq(back.nnetworks, 0);
}

Test(source_answer, devices)
{
	struct soju_device devices[] = { { "<b>\"phone\"", 1767323045 }, { "laptop", 0 } };
	struct soju_answer a = { .messages = 1,
		.tells_devices = true,
		.devices = devices,
		.ndevices = 2 },
			   back = { 0 };

	source_answer_write_soju(&json, &a);
	cr_assert_eq(source_answer_read_soju(&back, &arena, strbuf_text(&json)), ERR_OK);
	cr_expect(back.tells_devices);
	cr_assert_eq(back.ndevices, 2);
	cr_expect_str_eq(back.devices[0].label, devices[0].label);
	cr_expect_eq(back.devices[0].used_at, devices[0].used_at);
	cr_expect_str_eq(back.devices[1].label, "laptop");
	cr_expect_eq(back.devices[1].used_at, 0);
}

Test(source_answer, what_was_cut_off)
{
	struct soju_channel channels[] = { { "#a", false } };
	struct soju_network network = { "n", "a", true, channels, 1, 19 };
	struct soju_answer a = { &network, 1, 5, false, 299, 5980, false, NULL, 0 }, back = { 0 };

	source_answer_write_soju(&json, &a);
	cr_expect_str_eq(json.s,
	    "{\"messages\":5,\"counting\":false,\"networks\":[{\"name\":\"n\",\"address\":\"a\","
	    "\"enabled\":true,\"channels\":[\"#a\"],\"detached\":[],\"channels_left\":19}],"
	    "\"networks_left\":299,\"channels_left\":5980}");
	cr_assert_eq(source_answer_read_soju(&back, &arena, json.s), ERR_OK);
	cr_expect_eq(back.networks[0].channels_left, 19);
	cr_expect_eq(back.networks_left, 299);
	cr_expect_eq(back.channels_left, 5980);
}

static int64_t
channels_in_all(const struct soju_answer *a)
{
	int64_t n = a->channels_left;

	for (size_t i = 0; i < a->nnetworks; i++)
		n += (int64_t)a->networks[i].nchannels + a->networks[i].channels_left;
	return n;
}

/* However often it is shortened, the numbers stay; in the end nothing is listed. */
Test(source_answer, shorten)
{
	static struct soju_channel channels[7];
	struct soju_network networks[] = {
		{ "a", "a", true, channels, 7, 3 },
		{ "b", "b", true, NULL, 0, 0 },
		{ "c", "c", true, channels, 1, 0 },
	};
	struct soju_answer a = { networks, 3, 5, false, 10, 100, false, NULL, 0 };
	int times = 0;

	while (source_answer_shorten_soju(&a)) {
		cr_assert_lt(++times, 20);
		cr_expect_eq((int64_t)a.nnetworks + a.networks_left, 13);
		cr_expect_eq(channels_in_all(&a), 111);
		if (times == 1)
			cr_expect_eq(networks[0].nchannels, 3, "channels go first");
		if (times <= 3)
			cr_expect_eq(a.nnetworks, 3);
	}
	cr_expect_eq(times, 5);
	cr_expect_eq(a.nnetworks, 0);
}

static const struct kube_answer kubes[] = {
	{ KUBE_RUNNING, 1767225600, 0, NULL, 0 },
	{ KUBE_STARTING, 0, 0, "ImagePullBackOff", 0 },
	{ KUBE_RESTARTING, 0, 12, "CrashLoopBackOff", 1767225600 },
	{ KUBE_RESTARTING, 0, 1, "a \"reason\"\n<b>", 1 },
	{ KUBE_STOPPED, 0, 0, NULL, 0 },
	{ KUBE_MISSING, 0, 0, NULL, 0 },
};

Test(source_answer, kube)
{
	size_t i;

	for (i = 0; i < sizeof(kubes) / sizeof(kubes[0]); i++) {
		struct kube_answer back = { .reason = "left over" };

		strbuf_clear(&json);
		source_answer_write_kube(&json, &kubes[i]);
		cr_assert_eq(source_answer_read_kube(&back, &arena, json.s), ERR_OK, "%s", json.s);
		cr_expect_eq(back.phase, kubes[i].phase);
		cr_expect_eq(back.running_since, kubes[i].running_since);
		cr_expect_eq(back.restarts, kubes[i].restarts);
		cr_expect_eq(back.last_ended_at, kubes[i].last_ended_at);
		if (kubes[i].reason == NULL)
			cr_expect_null(back.reason);
		else
			cr_expect_str_eq(back.reason, kubes[i].reason);
	}
}

Test(source_answer, usage)
{
	struct usage_answer a = { 12, INT64_C(123456789012345) }, back = { 0 };

	source_answer_write_usage(&json, &a);
	cr_assert_eq(source_answer_read_usage(&back, &arena, json.s), ERR_OK);
	cr_expect_eq(back.count, 12);
	cr_expect_eq(back.storage_bytes, a.storage_bytes);
}
