/* What Accept asks of /metrics, as a table. */
#include <criterion/criterion.h>

#include "metrics/metrics_accept.h"

#define OPEN "application/openmetrics-text"

static const struct {
	const char *header;
	enum metrics_format want;
} cases[] = {
	{ NULL, METRICS_PROMETHEUS },
	{ "", METRICS_PROMETHEUS },
	{ "*/*", METRICS_PROMETHEUS },
	{ "text/plain", METRICS_PROMETHEUS },
	{ "image/png", METRICS_PROMETHEUS },
	{ "application/*", METRICS_PROMETHEUS },
	{ OPEN, METRICS_OPEN },
	{ "APPLICATION/OpenMetrics-Text", METRICS_OPEN },
	{ OPEN "; version=1.0.0", METRICS_OPEN },
	{ OPEN ";version=\"1.0.0\"; charset=utf-8", METRICS_OPEN },
	{ OPEN " ; VERSION = 1.0.0 ; q=0.1", METRICS_OPEN },
	{ OPEN ";version=0.0.1", METRICS_PROMETHEUS },
	{ OPEN ";version=2.0.0", METRICS_PROMETHEUS },
	{ OPEN ";version=1.0.0;q=0", METRICS_PROMETHEUS },
	{ OPEN ";q=0.000", METRICS_PROMETHEUS },
	{ OPEN ";q=0.001", METRICS_OPEN },
	{ OPEN ";q=1.000", METRICS_OPEN },
	{ "x" OPEN, METRICS_PROMETHEUS },
	{ OPEN "x", METRICS_PROMETHEUS },
	{ "\"" OPEN "\"", METRICS_PROMETHEUS },
	/* what Prometheus 2 and 3 send */
	{ OPEN ";version=1.0.0;q=0.5," OPEN ";version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,"
	       "*/*;q=0.2",
	    METRICS_OPEN },
	{ OPEN ";version=1.0.0;escaping=allow-utf-8;q=0.6," OPEN ";version=0.0.1;q=0.5,"
	       "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,"
	       "*/*;q=0.2",
	    METRICS_OPEN },
	{ "text/plain;version=0.0.4;q=0.5,*/*;q=0.1", METRICS_PROMETHEUS },
	/* the greater weight; of equal ones what was asked for by name */
	{ OPEN ";q=0.5, text/plain", METRICS_PROMETHEUS },
	{ "text/plain, " OPEN, METRICS_OPEN },
	{ OPEN ";q=0.3, text/plain;q=0.30", METRICS_OPEN },
	{ OPEN ";q=0.3, text/plain;q=0.301", METRICS_PROMETHEUS },
	{ OPEN ";q=0.3, */*;q=0.9", METRICS_PROMETHEUS },
	{ OPEN ";q=0.3, text/*;q=0.2, */*;q=0.9", METRICS_OPEN },
	{ OPEN ";q=0.3, text/plain;q=0.2, text/*;q=0.9", METRICS_OPEN },
	{ OPEN ";q=0.3, text/plain;q=0.9, text/plain;version=0.0.4;q=0.1", METRICS_OPEN },
	{ OPEN ";q=0.3, text/plain;version=0.0.5;q=0.9", METRICS_OPEN },
	{ OPEN ";q=0.3, text/plain;q=0", METRICS_OPEN },
	/* weights that are none make the range none */
	{ OPEN ";q=2", METRICS_PROMETHEUS },
	{ OPEN ";q=1.001", METRICS_PROMETHEUS },
	{ OPEN ";q=-1", METRICS_PROMETHEUS },
	{ OPEN ";q=", METRICS_PROMETHEUS },
	{ OPEN ";q=0.1234", METRICS_PROMETHEUS },
	{ OPEN ";q=0,5", METRICS_PROMETHEUS },
	{ OPEN ";q=0x1", METRICS_PROMETHEUS },
	{ OPEN ", text/plain;q=nan", METRICS_OPEN },
	/* quotes, blanks and pieces that are empty */
	{ ",,, ," OPEN ",", METRICS_OPEN },
	{ "text/plain;x=\"," OPEN "\"", METRICS_PROMETHEUS },
	{ "text/plain;q=0.1;x=\"\\\"," OPEN "\"", METRICS_PROMETHEUS },
	{ "text/plain;q=0.1;x=\"" OPEN, METRICS_PROMETHEUS },
	{ OPEN ";;;q=0.5;", METRICS_OPEN },
	{ ";" OPEN, METRICS_PROMETHEUS },
	{ "\\", METRICS_PROMETHEUS },
	{ "\"\\", METRICS_PROMETHEUS },
};

Test(metrics_accept, cases)
{
	char longest[1000];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_expect_eq(metrics_accept(cases[i].header), cases[i].want, "case %zu: %s", i,
		    cases[i].header);
	memset(longest, ';', sizeof(longest));
	memcpy(longest, OPEN, sizeof(OPEN) - 1);
	longest[sizeof(longest) - 1] = '\0';
	cr_expect_eq(metrics_accept(longest), METRICS_PROMETHEUS);
}
