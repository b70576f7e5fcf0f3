/* Figures written the same in every locale. */
#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H

#include <stdint.h>

#define NUMBER_PLACES_MAX 18
/* A sign, 19 digits, six commas, a point, zeros in front and the end. */
#define NUMBER_SIZE 48

/*
 * Digits of which the last `places` (0 to NUMBER_PLACES_MAX) stand behind the point, in groups of
 * three before it: -123450 with 2 places is "-1,234.50". Returns where it begins in `text`.
 */
const char *number_fixed(char text[NUMBER_SIZE], int64_t digits, int places);
/* As number_fixed without zeros at the end of the fraction: "-1,234.5", "12". */
const char *number_trimmed(char text[NUMBER_SIZE], int64_t digits, int places);

#endif
