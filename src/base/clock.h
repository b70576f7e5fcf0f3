/* The clocks. Pure code takes the time as a parameter; only the edges of the program ask here. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* Seconds since 1970, UTC. */
int64_t clock_now(void);
/* The same in microseconds. */
int64_t clock_now_us(void);
/* Microseconds from some fixed moment; never goes back. */
int64_t clock_monotonic_us(void);

#endif
