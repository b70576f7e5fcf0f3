#include "billing/unlinked_view.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/human.h"
#include "base/money.h"
#include "base/text.h"
#include "base/url.h"
#include "billing/inbox_view.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define CURRENCY_MAX 8

VIEW_DEFINE(unlinked, UNLINKED)
VIEW_DEFINE(unlinked_link, UNLINKED_LINK)

/* "9.00 EUR, 5.00 USD" of the store's "eur 900,usd 500". */
static const char *
worth_words(const char *worth, struct arena *a)
{
	struct strbuf out = { 0 };
	const char *words;

	while (worth != NULL && *worth != '\0') {
		const size_t len = strcspn(worth, " ");
		const char *currency = arena_strndup(a, worth, len);
		char *end;
		const int64_t minor = strtoll(worth + len, &end, 10);

		if (out.len > 0)
			strbuf_puts(&out, ", ");
		money_add(&out, minor, currency);
		worth = *end == ',' ? end + 1 : NULL;
	}
	words = arena_strdup(a, strbuf_text(&out));
	strbuf_free(&out);
	return words;
}

static const char *
pays_words(const struct unlinked *u, struct arena *a)
{
	if (u->nsubscriptions == 0)
		return "nothing";
	return arena_printf(a, "%s, %s a month",
	    human_plural(a, u->nsubscriptions, "subscription", "subscriptions"),
	    worth_words(u->worth, a));
}

static const char *
says_words(const struct unlinked *u, struct arena *a)
{
	return u->user_sub != NULL ? text_safe(a, u->user_sub) : "nobody";
}

/* ---- The list ---- */

enum { COL_ID, COL_PAYS, COL_SAYS, COL_MADE };
static const struct table_column columns[] = {
	{ "Customer", NULL, false },
	{ "Pays", NULL, false },
	{ "Says it is of", NULL, false },
	{ "Made", NULL, false },
};

static void
row_init(struct table_view *v, size_t i, const struct unlinked *u, struct arena *a)
{
	struct table_cell_view *id = table_view_cell(v, i, COL_ID);

	id->text = text_safe(a, u->id);
	id->href = arena_printf(a, UNLINKED_LINK_PATH "?customer=%s", url_encode(a, u->id));
	table_view_cell(v, i, COL_PAYS)->text = pays_words(u, a);
	table_view_cell(v, i, COL_SAYS)->text = says_words(u, a);
	if (u->created_at != 0)
		table_view_cell(v, i, COL_MADE)->text = human_time(a, u->created_at);
}

static void
none_init(struct empty_view *v, const struct unlinked_facts *f)
{
	if (!f->is_set_up)
		inbox_view_unset(v);
	else if (f->after != NULL)
		*v = (struct empty_view){ .title = "No more",
			.sentence = "The list does not go on as far as this.",
			.href = UNLINKED_PATH,
			.link = "From the beginning" };
	else
		*v = (struct empty_view){ .title = "Every customer has an account",
			.sentence =
			    "A customer that was made elsewhere, or whose account is not there "
			    "yet, stands here until it is linked." };
}

void
unlinked_view_init(struct unlinked_view *v, const struct unlinked_facts *f, struct arena *a)
{
	const size_t n = f->n < UNLINKED_PER_PAGE ? f->n : UNLINKED_PER_PAGE;

	v->has_rows = n > 0;
	table_view_init(
	    &v->customers, "Customers without an account", columns, COUNT(columns), n, a);
	for (size_t i = 0; i < n; i++)
		row_init(&v->customers, i, &f->rows[i], a);
	none_init(&v->none, f);
	if (f->after != NULL && n > 0)
		v->first_href = UNLINKED_PATH;
	if (f->n > UNLINKED_PER_PAGE)
		v->next_href = arena_printf(
		    a, UNLINKED_PATH "?after=%s", url_encode(a, f->rows[UNLINKED_PER_PAGE - 1].id));
}

/* ---- Linking one ---- */

static const char *
problem(const struct unlinked_link_facts *f)
{
	if (f->typed == NULL || f->naccounts == 1)
		return NULL;
	if (*f->typed == '\0')
		return "Say which account.";
	return f->naccounts == 0
		   ? "There is no account with that sub or e-mail address."
		   : "Several accounts have that e-mail address; give the sub of one.";
}

void
unlinked_link_view_init(
    struct unlinked_link_view *v, const struct unlinked_link_facts *f, struct arena *a)
{
	v->id = text_safe(a, f->customer->id);
	v->says = says_words(f->customer, a);
	v->pays = pays_words(f->customer, a);
	field_view_line(&v->account, "account", "Account", "text", f->typed);
	v->account.hint = "Its sub at the provider, or its e-mail address.";
	v->account.error = problem(f);
	v->account.is_required = true;
	v->account.autocomplete = "off";
	v->is_found = f->typed != NULL && f->naccounts == 1;
	if (!v->is_found)
		return;
	v->sub = text_safe(a, f->accounts[0].sub);
	v->name = text_safe(a, f->accounts[0].name);
	v->email = text_safe(a, f->accounts[0].email);
	v->user_id = arena_printf(a, "%" PRId64, f->accounts[0].id);
}
