#include "web/web_header_line.h"

#include <string.h>

char *
web_header_line_rest(char *last_value)
{
	char *end = last_value + strlen(last_value);

	if (end[1] != '\n' || end[2] == '\r' || end[2] == '\0')
		return NULL;
	return end + 2;
}

bool
web_header_line_take(char **rest, char **name, char **value)
{
	char *line, *colon;

	while ((line = strsep(rest, "\r\n")) != NULL) {
		colon = strchr(line, ':');
		if (colon == NULL || colon == line)
			continue;
		*colon = '\0';
		*name = line;
		*value = colon + 1 + strspn(colon + 1, " \t");
		return true;
	}
	return false;
}

void
web_header_line_clean(char *value)
{
	for (; *value != '\0'; value++)
		if ((unsigned char)*value < ' ' || *value == 0x7f)
			*value = ' ';
}
