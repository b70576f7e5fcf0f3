/* Lines of a request's head, and what may stand in an answer's. No Kore here. */
#ifndef WEB_WEB_HEADER_LINE_H
#define WEB_WEB_HEADER_LINE_H

#include <stdbool.h>

/*
 * The lines that Kore did not split, behind the value of the last header it kept; NULL if there are
 * none. Kore closed that value with a NUL in the place of its CR; the LF and all behind it stand as
 * they came, up to a NUL in the place of the CR LF CR LF that ends the head.
 */
char *web_header_line_rest(char *last_value);
/*
 * Takes the next "Name: value" off the lines at *rest, in place, without the blanks before the
 * value. Lines that are none are left out; false when there are no more.
 */
bool web_header_line_take(char **rest, char **name, char **value);
/* Control characters become spaces: the value cannot end its line. */
void web_header_line_clean(char *value);

#endif
