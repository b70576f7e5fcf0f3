/* Accept at /metrics: OpenMetrics only where the header names it. */
#include <strings.h>

#include "fuzz/fuzz.h"
#include "metrics/metrics_accept.h"

static bool
names_it(const char *text)
{
	static const char name[] = "application/openmetrics-text";

	for (; *text != '\0'; text++)
		if (strncasecmp(text, name, sizeof(name) - 1) == 0)
			return true;
	return false;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char *text = fuzz_text(bytes, len);
	const enum metrics_format format = metrics_accept(text);

	must(format == METRICS_PROMETHEUS || (format == METRICS_OPEN && names_it(text)));
	free(text);
	return 0;
}
