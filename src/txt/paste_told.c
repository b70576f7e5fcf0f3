#include "txt/paste_told.h"

#include <string.h>

#include "content/content_facts.h"
#include "metrics/metrics.h"

void
paste_told_stored(const struct paste_draft *d)
{
	const struct content_fact fact = { .kind = d->syntax,
		.visibility = d->visibility,
		.outcome = CONTENT_STORED,
		.bytes = (int64_t)d->len };

	metrics_count(METRIC_PASTE_CREATED, NULL, NULL);
	metrics_add(METRIC_PASTE_BYTES, NULL, NULL, d->len);
	content_facts_add(&fact);
}

void
paste_told_refused(const struct paste_input *in, enum content_outcome o)
{
	struct content_fact fact = { .kind = SYNTAX_TEXT,
		.visibility = VISIBILITY_UNLISTED,
		.outcome = o,
		.bytes = (int64_t)in->len };

	if (in->syntax != NULL && syntax_find(in->syntax) != SYNTAX__MAX)
		fact.kind = syntax_find(in->syntax);
	for (int i = 0; in->visibility != NULL && i < VISIBILITY__MAX; i++)
		if (strcmp(in->visibility, visibility_words[i]) == 0)
			fact.visibility = (enum visibility)i;
	metrics_count(METRIC_PASTE_REFUSED, content_outcome_words[o], NULL);
	content_facts_add(&fact);
}
