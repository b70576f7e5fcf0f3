/* Label selectors of the Kubernetes API. */
#ifndef KUBE_SELECT_H
#define KUBE_SELECT_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"

/*
 * Whether the labels meet every requirement of a selector: key=value, key==value, key!=value, key,
 * !key, joined by commas; "" is met by all. ERR_INVALID: it cannot be read. The set-based forms
 * (in, notin) are not played and count as such.
 */
enum err kube_select(const char *selector, const json_t *labels, bool *matches);

#endif
