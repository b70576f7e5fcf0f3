/* The note on how far the end has come: read and written by several processes, never gone back. */
#include <criterion/criterion.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/stop_note.c"

Test(stop_note, is_harmless_before_it_is_made)
{
	stop_note_advance(STOP_NOW);
	stop_note_quiet(1, true);
	cr_assert_eq(stop_note_read(), STOP_NONE);
	cr_assert_not(stop_note_is_quiet(1));
}

Test(stop_note, never_goes_back)
{
	static const enum stop_phase steps[][2] = {
		{ STOP_NONE, STOP_NONE },
		{ STOP_CLOSING, STOP_CLOSING },
		{ STOP_LEAVING, STOP_CLOSING },
		{ STOP_NOW, STOP_NOW },
		{ STOP_CLOSED, STOP_NOW },
	};

	stop_note_init();
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		stop_note_advance(steps[i][0]);
		cr_assert_eq(stop_note_read(), steps[i][1], "step %zu", i);
	}
}

Test(stop_note, all_must_be_quiet)
{
	stop_note_init();
	cr_assert_not(stop_note_is_quiet(1));
	stop_note_quiet(0, true);
	stop_note_quiet(STOP_NOTE_WORKERS_MAX + 1, true);
	stop_note_quiet(1, true);
	stop_note_quiet(3, true);
	cr_assert(stop_note_is_quiet(1));
	cr_assert_not(stop_note_is_quiet(3));
	stop_note_quiet(2, true);
	cr_assert(stop_note_is_quiet(3));
	stop_note_quiet(1, false);
	cr_assert_not(stop_note_is_quiet(3));
	for (int id = 1; id <= STOP_NOTE_WORKERS_MAX; id++)
		stop_note_quiet(id, true);
	cr_assert(stop_note_is_quiet(STOP_NOTE_WORKERS_MAX));
}

Test(stop_note, is_shared_with_children)
{
	pid_t pid;

	stop_note_init();
	pid = fork();
	if (pid == 0) {
		stop_note_quiet(1, true);
		stop_note_advance(STOP_CLOSED);
		_exit(0);
	}
	cr_assert_eq(waitpid(pid, NULL, 0), pid);
	cr_assert_eq(stop_note_read(), STOP_CLOSED);
	cr_assert(stop_note_is_quiet(1));
}
