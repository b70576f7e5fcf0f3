#include "billing/fx_view.h"

#include "base/text.h"

VIEW_DEFINE(rates, RATES)

static const char *
upper(struct arena *a, const char *code)
{
	char *text = arena_strdup(a, text_safe(a, code));

	for (char *c = text; *c != '\0'; c++)
		if (*c >= 'a' && *c <= 'z')
			*c = (char)(*c - 'a' + 'A');
	return text;
}

static void
table_init(struct rates_view *v, const struct rates_facts *f, struct arena *a)
{
	static const struct table_column columns[] = { { "Currency", NULL, false },
		{ "Since", NULL, false }, { "Worth", NULL, true } };
	const struct fx_rate_list *list = f->latest;

	table_view_init(&v->table, "Newest rates", columns, 3, list->n, a);
	for (size_t i = 0; i < list->n; i++) {
		const struct fx_rate *r = &list->v[i];

		table_view_cell(&v->table, i, 0)->text =
		    arena_printf(a, "1 %s", upper(a, r->currency));
		table_view_cell(&v->table, i, 1)->text = r->day;
		if (r->rate != NULL)
			table_view_cell(&v->table, i, 2)->text =
			    arena_printf(a, "%s %s", r->rate, v->reporting);
	}
}

static const char *
missing_of(const struct fx_rate_list *list, struct arena *a)
{
	const char *text = NULL;

	for (size_t i = 0; i < list->n; i++) {
		if (list->v[i].rate != NULL)
			continue;
		text = arena_printf(a, "%s%s%s", text == NULL ? "" : text, text == NULL ? "" : ", ",
		    upper(a, list->v[i].currency));
	}
	return text;
}

static void
form_init(struct rates_view *v, const struct rates_facts *f, struct arena *a)
{
	field_view_line(&v->day, "day", "From the day", "date", f->typed->day);
	v->day.hint = "It counts from that day on, until a newer one.";
	field_view_line(&v->currency, "currency", "Currency", "text", f->typed->currency);
	v->currency.hint = "Its three letters, such as USD.";
	field_view_line(&v->rate, "rate", "Worth of one", "text", f->typed->rate);
	v->rate.hint = arena_printf(a,
	    "How many %s one whole unit is worth, with a point: one dollar, not one cent.",
	    v->reporting);
	v->day.is_required = v->currency.is_required = v->rate.is_required = true;
	v->day.autocomplete = v->currency.autocomplete = v->rate.autocomplete = "off";
	v->problem = f->problem;
}

void
rates_view_init(struct rates_view *v, const struct rates_facts *f, struct arena *a)
{
	v->reporting = upper(a, f->reporting);
	v->missing = missing_of(f->latest, a);
	v->has_rows = f->latest->n > 0;
	table_init(v, f, a);
	v->none = (struct empty_view){ .title = "There are no rates",
		.sentence = "Revenue is shown in each currency, and in one sum once every currency "
			    "that is in use has a rate." };
	form_init(v, f, a);
}
