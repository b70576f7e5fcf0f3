/* Standard output as a pipe that the test reads without waiting. */
#ifndef UNIT_STDOUT_PIPE_H
#define UNIT_STDOUT_PIPE_H

#include <criterion/criterion.h>
#include <fcntl.h>
#include <unistd.h>

static int stdout_ends[2];

/* For .init of a suite. */
static inline void
stdout_pipe(void)
{
	cr_assert_eq(pipe(stdout_ends), 0);
	cr_assert_geq(dup2(stdout_ends[1], STDOUT_FILENO), 0);
	cr_assert_eq(fcntl(stdout_ends[0], F_SETFL, O_NONBLOCK), 0);
}

/* What has been written since the last time. */
static inline const char *
stdout_written(void)
{
	static char text[16384];
	ssize_t n = read(stdout_ends[0], text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

#endif
