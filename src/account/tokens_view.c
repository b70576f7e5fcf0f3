/* See tokens_view.h. */
#include "account/tokens_view.h"

#include <inttypes.h>

#include "base/text.h"

VIEW_DEFINE(token_row, TOKEN_ROW)
VIEW_DEFINE(token_example, TOKEN_EXAMPLE)
VIEW_DEFINE(tokens, TOKENS)

/* What a token may do, for people. */
static const char *const scope_labels[API_SCOPE__MAX] = {
	[API_SCOPE_TXT] = "Pastes",
	[API_SCOPE_PICS] = "Pictures",
};
static const char *const scope_hints[API_SCOPE__MAX] = {
	[API_SCOPE_TXT] = "Make, read and delete yours at txt.",
	[API_SCOPE_PICS] = "Upload, see and delete yours at pics.",
};
static const char *const scope_ids[API_SCOPE__MAX] = {
	[API_SCOPE_TXT] = "may-txt",
	[API_SCOPE_PICS] = "may-pics",
};

static const char *const term_labels[API_TERM__MAX] = {
	[API_TERM_MONTH] = "30 days",
	[API_TERM_QUARTER] = "90 days",
	[API_TERM_YEAR] = "1 year",
	[API_TERM_EVER] = "Until you revoke it",
};

static const char *
scope_words(const bool may[API_SCOPE__MAX])
{
	return may[API_SCOPE_TXT] && may[API_SCOPE_PICS] ? "pastes and pictures"
	       : may[API_SCOPE_TXT]			 ? "pastes"
							 : "pictures";
}

static void
row_init(struct token_row_view *v, const struct api_token *t, int64_t now, struct arena *a)
{
	v->label = text_safe(a, t->label);
	v->hint = t->hint;
	v->scopes = scope_words(t->may);
	v->is_expired = t->is_expired;
	v->revoke_href = arena_printf(a, "/tokens/revoke?id=%" PRId64, t->id);
	time_view_init(&v->made, t->made_at, now, a);
	if (t->used_at != 0)
		time_view_init(&v->used, t->used_at, now, a);
	if (t->expires_at != 0)
		time_view_init(&v->expires, t->expires_at, now, a);
}

/* Commands that work as they stand: for who has just made a token. */
static void
add_example(struct tokens_view *v, const char *id, const char *title, const char *command)
{
	v->examples.v[v->examples.n++] =
	    (struct token_example_view){ .title = title, .command = { id, "Copy", command } };
}

static void
examples_init(struct tokens_view *v, const struct tokens_facts *f, struct arena *a)
{
	v->examples.v = arena_array(a, API_SCOPE__MAX, sizeof(*v->examples.v));
	if (f->form->may[API_SCOPE_TXT] && *f->txt_url != '\0')
		add_example(v, "example-txt", "Make a paste",
		    arena_printf(a,
			"curl --data-binary @notes.txt -H \"Authorization: Bearer %s\" "
			"%s/api/pastes",
			f->made, f->txt_url));
	if (f->form->may[API_SCOPE_PICS] && *f->pics_url != '\0')
		add_example(v, "example-pics", "Upload a picture",
		    arena_printf(a,
			"curl -F file=@picture.png -H \"Authorization: Bearer %s\" "
			"%s/api/pictures",
			f->made, f->pics_url));
}

static void
scopes_init(struct checks_view *v, const struct api_token_form *form, struct arena *a)
{
	*v = (struct checks_view){
		.id = "scopes", .legend = "What it may do", .error = form->scopes_error
	};
	v->checks.n = API_SCOPE__MAX;
	v->checks.v = arena_array(a, v->checks.n, sizeof(*v->checks.v));
	for (int i = 0; i < API_SCOPE__MAX; i++)
		v->checks.v[i] = (struct check_view){ .id = scope_ids[i],
			.name = api_scope_words[i],
			.label = scope_labels[i],
			.hint = scope_hints[i],
			.is_checked = form->may[i] };
}

static void
form_init(struct tokens_view *v, const struct api_token_form *form, struct arena *a)
{
	field_view_line(&v->label, "label", "Name", "text", form->label);
	v->label.hint = "To tell it from the others: the program or the machine that will use it.";
	v->label.error = form->label_error;
	v->label.autocomplete = "off";
	v->label.is_required = true;
	scopes_init(&v->scopes, form, a);
	field_view_choice(&v->term, "term", "Good for", api_term_words, term_labels, API_TERM__MAX,
	    form->term, a);
	v->term.error = form->term_error;
	v->term.is_required = true;
}

void
tokens_view_init(struct tokens_view *v, const struct tokens_facts *f, struct arena *a)
{
	static const struct api_token_form fresh = { .may = { true, true }, .term = "90d" };

	v->most = API_TOKENS_MAX;
	v->is_full = f->tokens->n >= API_TOKENS_MAX;
	v->rows.n = f->tokens->n;
	v->rows.v = arena_array(a, v->rows.n, sizeof(*v->rows.v));
	for (size_t i = 0; i < v->rows.n; i++)
		row_init(&v->rows.v[i], &f->tokens->v[i], f->now, a);
	if (f->made != NULL) {
		v->secret = (struct copy_view){ "token", "Copy", f->made };
		examples_init(v, f, a);
	}
	form_init(v, f->is_form_fresh ? &fresh : f->form, a);
}

void
tokens_view_confirm(struct confirm_view *v, const struct api_token *t, struct arena *a)
{
	static struct confirm_fact_view facts[] = {
		{ "txt and pics remember for 30 seconds that a token is good; then it is over." },
		{ "What was made with it stays." },
		{ "It does not come back; you can make a new one at any time." },
	};
	struct hidden_view *id = arena_alloc(a, sizeof(*id));

	*id = (struct hidden_view){ "id", arena_printf(a, "%" PRId64, t->id) };
	v->title = "Revoke a token";
	v->sentence = arena_printf(a,
	    "Programs that use the token “%s”, which ends in %s, are refused from then on.",
	    text_safe(a, t->label), t->hint);
	v->facts.v = facts;
	v->facts.n = sizeof(facts) / sizeof(facts[0]);
	v->action = "/tokens/revoke";
	v->fields.v = id;
	v->fields.n = 1;
	v->button = "Revoke it";
	v->back_href = "/tokens";
}
