/* Randomness cannot be proved, but a constant, a repetition or a wrong form can be seen. */
#include "base/random.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

Test(random, tokens_have_their_form_and_differ)
{
	char tokens[64][RANDOM_TOKEN_SIZE];
	size_t i, j;

	for (i = 0; i < 64; i++) {
		random_token(tokens[i]);
		cr_expect_eq(strlen(tokens[i]), 43);
		cr_expect_eq(
		    strspn(tokens[i], "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789-_"),
		    43);
		for (j = 0; j < i; j++)
			cr_expect_str_neq(tokens[i], tokens[j]);
	}
}

Test(random, sets_every_bit_sooner_or_later)
{
	unsigned char bytes[16], set[16] = { 0 }, unset[16] = { 0 };
	size_t i, j;

	for (i = 0; i < 200; i++) {
		random_bytes(bytes, sizeof(bytes));
		for (j = 0; j < sizeof(bytes); j++) {
			set[j] |= bytes[j];
			unset[j] |= (unsigned char)~bytes[j];
		}
	}
	for (j = 0; j < sizeof(bytes); j++) {
		cr_expect_eq(set[j], 0xff, "byte %zu", j);
		cr_expect_eq(unset[j], 0xff, "byte %zu", j);
	}
}

/* Workers are forks of one process: they must not hand out the same sessions. */
Test(random, differs_after_a_fork)
{
	char ours[RANDOM_TOKEN_SIZE], theirs[RANDOM_TOKEN_SIZE] = "";
	int fds[2], status;
	pid_t pid;

	random_token(ours);
	cr_assert_eq(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		random_token(theirs);
		_exit(write(fds[1], theirs, sizeof(theirs)) != (ssize_t)sizeof(theirs));
	}
	random_token(ours);
	cr_assert_eq(read(fds[0], theirs, sizeof(theirs)), (ssize_t)sizeof(theirs));
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_expect_str_neq(ours, theirs);
	close(fds[0]);
	close(fds[1]);
}
