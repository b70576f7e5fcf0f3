/* See number.h. */
#include "base/number.h"

#include <stdbool.h>

static const char *
write_backwards(char text[NUMBER_SIZE], int64_t digits, int places, bool is_trimmed)
{
	uint64_t rest = digits < 0 ? -(uint64_t)digits : (uint64_t)digits;
	char *p = &text[NUMBER_SIZE - 1];
	int n;

	*p = '\0';
	while (is_trimmed && places > 0 && rest % 10 == 0) {
		rest /= 10;
		places--;
	}
	for (n = 0; n < places; n++, rest /= 10)
		*--p = (char)('0' + rest % 10);
	if (places > 0)
		*--p = '.';
	n = 0;
	do {
		if (n > 0 && n % 3 == 0)
			*--p = ',';
		*--p = (char)('0' + rest % 10);
		n++;
	} while ((rest /= 10) > 0);
	if (digits < 0)
		*--p = '-';
	return p;
}

const char *
number_fixed(char text[NUMBER_SIZE], int64_t digits, int places)
{
	return write_backwards(text, digits, places, false);
}

const char *
number_trimmed(char text[NUMBER_SIZE], int64_t digits, int places)
{
	return write_backwards(text, digits, places, true);
}
