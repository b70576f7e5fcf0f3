/* Which of the formats of /metrics a header Accept asks for. */
#ifndef METRICS_METRICS_ACCEPT_H
#define METRICS_METRICS_ACCEPT_H

#include "metrics/metrics.h"

/*
 * OpenMetrics only if the header names it (version 1.0.0 or none) and wants it at least as much as
 * plain text; the text format otherwise, also when neither is wanted or there is no header (NULL).
 * What is no media range is passed over.
 */
enum metrics_format metrics_accept(const char *header);

#endif
