/* Answers kept in source_snapshots: what is read, written again and read once more is the same. */
#include "fuzz/fuzz.h"
#include "source/source_answer.h"

static void
try_soju(struct arena *a, const char *json)
{
	struct soju_answer one, two;
	struct strbuf b = { 0 }, c = { 0 };

	if (source_answer_read_soju(&one, a, json) != ERR_OK)
		return;
	source_answer_write_soju(&b, &one);
	must(source_answer_read_soju(&two, a, strbuf_text(&b)) == ERR_OK);
	source_answer_write_soju(&c, &two);
	must(strcmp(strbuf_text(&b), strbuf_text(&c)) == 0);
	must(one.messages >= -1 && one.nnetworks == two.nnetworks);
	strbuf_free(&b);
	strbuf_free(&c);
}

static void
try_kube(struct arena *a, const char *json)
{
	struct kube_answer one, two;
	struct strbuf b = { 0 };

	if (source_answer_read_kube(&one, a, json) != ERR_OK)
		return;
	must(one.phase < KUBE_PHASE__MAX && one.restarts >= 0);
	source_answer_write_kube(&b, &one);
	must(source_answer_read_kube(&two, a, strbuf_text(&b)) == ERR_OK);
	must(one.phase == two.phase && one.restarts == two.restarts);
	must(one.running_since == two.running_since && one.last_ended_at == two.last_ended_at);
	strbuf_free(&b);
}

static void
try_usage(struct arena *a, const char *json)
{
	struct usage_answer one, two;
	struct strbuf b = { 0 };

	if (source_answer_read_usage(&one, a, json) != ERR_OK)
		return;
	must(one.count >= 0 && one.storage_bytes >= 0);
	source_answer_write_usage(&b, &one);
	must(source_answer_read_usage(&two, a, strbuf_text(&b)) == ERR_OK);
	must(one.count == two.count && one.storage_bytes == two.storage_bytes);
	strbuf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char *json = fuzz_text(bytes, len);
	struct arena a = { 0 };

	try_soju(&a, json);
	try_kube(&a, json);
	try_usage(&a, json);
	arena_free(&a);
	free(json);
	return 0;
}
