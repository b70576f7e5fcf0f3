/* Equality-based selectors. */
#include "kube_select.h"

#include <stdlib.h>
#include <string.h>

#include "base/xmalloc.h"

#define LABEL_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."

static bool
is_label(const char *text, const char *also)
{
	for (; *text != '\0'; text++)
		if (strchr(LABEL_CHARACTERS, *text) == NULL && strchr(also, *text) == NULL)
			return false;
	return true;
}

static bool
meets(const json_t *labels, const char *key, const char *value, bool is_negated)
{
	const char *label = json_string_value(json_object_get(labels, key));

	if (value == NULL)
		return (label != NULL) != is_negated;
	return (label != NULL && strcmp(label, value) == 0) != is_negated;
}

/* One requirement, which is cut up in place. */
static enum err
meets_one(char *text, const json_t *labels, bool *matches)
{
	bool is_negated = *text == '!';
	char *key = text + is_negated, *value = strchr(key, '=');

	if (value != NULL) {
		if (is_negated)
			return ERR_INVALID;
		is_negated = value > key && value[-1] == '!';
		value[is_negated ? -1 : 0] = '\0';
		value += !is_negated && value[1] == '=' ? 2 : 1;
	}
	if (*key == '\0' || !is_label(key, "/") || (value != NULL && !is_label(value, "")))
		return ERR_INVALID;
	*matches = *matches && meets(labels, key, value, is_negated);
	return ERR_OK;
}

enum err
kube_select(const char *selector, const json_t *labels, bool *matches)
{
	char *copy = xstrdup(selector), *rest = copy, *one;
	enum err e = ERR_OK;

	*matches = true;
	while (*selector != '\0' && e == ERR_OK && (one = strsep(&rest, ",")) != NULL)
		e = meets_one(one, labels, matches);
	free(copy);
	return e;
}
