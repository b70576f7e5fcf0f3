/* Ids that nobody guesses; views and facts counted in shared memory. */
#include "content/content.h"

#include <criterion/criterion.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "content/content_facts.h"
#include "content/content_views.h"

Test(content, ids_are_new_and_easy_to_copy)
{
	char ids[500][CONTENT_ID_SIZE];

	for (int i = 0; i < 500; i++) {
		content_id_new(ids[i]);
		cr_assert(content_id_is_valid(ids[i]), "%s", ids[i]);
		cr_expect_null(strpbrk(ids[i], "0OIl-_"), "%s", ids[i]);
		for (int j = 0; j < i; j++)
			cr_expect_str_neq(ids[i], ids[j]);
	}
}

Test(content, what_is_no_id)
{
	static const char *const others[] = { "", "pastes", "123456789abc", "123456789abcde",
		"123456789ab-d", "123456789abOd", "123456789ab\xc3\xbc", "../../passwd" };

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		cr_expect_not(content_id_is_valid(others[i]), "%s", others[i]);
}

/* A take gives what was counted before the take before it. */
static size_t
take(struct strbuf *ids, struct strbuf *counts, int64_t *lost)
{
	int64_t now;
	size_t n;

	strbuf_clear(ids);
	strbuf_clear(counts);
	n = content_views_take(ids, counts, lost);
	if (n > 0 || *lost > 0)
		return n;
	strbuf_clear(ids);
	strbuf_clear(counts);
	n = content_views_take(ids, counts, &now);
	*lost += now;
	return n;
}

Test(content_views, nothing_before_the_start)
{
	struct strbuf ids = { 0 }, counts = { 0 };
	int64_t lost;

	content_views_add(7);
	cr_expect_eq(take(&ids, &counts, &lost), 0);
	cr_expect_str_eq(strbuf_text(&ids), "{}");
	strbuf_free(&ids);
	strbuf_free(&counts);
}

Test(content_views, of_all_processes_once)
{
	struct strbuf ids = { 0 }, counts = { 0 };
	int64_t lost;

	content_views_init();
	for (int child = 0; child < 4; child++)
		if (fork() == 0) {
			for (int i = 0; i < 1000; i++)
				content_views_add(7);
			_exit(0);
		}
	while (wait(NULL) > 0)
		;
	cr_expect_eq(take(&ids, &counts, &lost), 1);
	cr_expect_str_eq(strbuf_text(&ids), "{7}");
	cr_expect_str_eq(strbuf_text(&counts), "{4000}");
	content_views_put_back(&ids, &counts);
	content_views_add(7);
	cr_expect_eq(take(&ids, &counts, &lost), 1);
	cr_expect_str_eq(strbuf_text(&counts), "{4001}");
	cr_expect_eq(take(&ids, &counts, &lost), 0);
	cr_expect_str_eq(strbuf_text(&ids), "{}");
	strbuf_free(&ids);
	strbuf_free(&counts);
}

Test(content_views, many_come_back_together)
{
	struct strbuf ids = { 0 }, counts = { 0 };
	int64_t lost;

	content_views_init();
	for (int64_t id = 1; id <= 1000; id++)
		content_views_add(id << 20);
	cr_expect_eq(take(&ids, &counts, &lost), 1000);
	cr_expect_eq(lost, 0);
	content_views_put_back(&ids, &counts);
	cr_expect_eq(take(&ids, &counts, &lost), 1000);
	strbuf_free(&ids);
	strbuf_free(&counts);
}

Test(content_views, too_many_are_told)
{
	struct strbuf ids = { 0 }, counts = { 0 };
	int64_t lost = 0;
	size_t n;

	content_views_init();
	for (int64_t id = 1; id <= 2 * CONTENT_VIEWS_PLACES; id++)
		content_views_add(id);
	cr_expect_eq(content_views_take(&ids, &counts, &lost), 0);
	strbuf_clear(&ids);
	strbuf_clear(&counts);
	n = content_views_take(&ids, &counts, &(int64_t){ 0 });
	cr_expect_leq(n, CONTENT_VIEWS_PLACES);
	cr_expect_eq((int64_t)n + lost, 2 * CONTENT_VIEWS_PLACES);
	strbuf_free(&ids);
	strbuf_free(&counts);
}

static const char *const kinds[] = { "one", "two" };

static void
expect_facts(const char *const columns[FACT__MAX])
{
	struct strbuf got[FACT__MAX] = { 0 };

	content_facts_take(got);
	for (int i = 0; i < FACT__MAX; i++) {
		cr_expect_str_eq(strbuf_text(&got[i]), columns[i]);
		strbuf_free(&got[i]);
	}
}

Test(content_facts, add_up)
{
	const struct content_fact small = { 0, VISIBILITY_PRIVATE, CONTENT_STORED, 10, 5 },
				  refused = { 1, VISIBILITY_PUBLIC, CONTENT_TOO_LARGE, 99, 0 };
	static const char *const none[] = { "{}", "{}", "{}", "{}", "{}", "{}" };
	static const char *const all[] = { "{one,two}", "{private,public}", "{stored,too_large}",
		"{2,1}", "{20,99}", "{15,0}" };

	content_facts_add(&small);
	expect_facts(none);
	content_facts_init(kinds, 2);
	content_facts_add(&small);
	content_facts_add(&small);
	content_facts_add_time(&small);
	content_facts_add(&refused);
	expect_facts(all);
	content_facts_put_back();
	expect_facts(all);
	expect_facts(none);
}
