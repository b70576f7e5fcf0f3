#include "base/stop_note.h"

#include <stdatomic.h>
#include <stddef.h>
#include <sys/mman.h>

static struct note {
	atomic_int phase;
	atomic_bool quiet[STOP_NOTE_WORKERS_MAX + 1];
} * note;

enum err
stop_note_init(void)
{
	const int prot = PROT_READ | PROT_WRITE, flags = MAP_SHARED | MAP_ANONYMOUS;
	/* cppcheck-suppress invalidFunctionArg ; -1 is what MAP_ANONYMOUS wants */
	void *page = mmap(NULL, sizeof(*note), prot, flags, -1, 0);

	if (page == MAP_FAILED)
		return ERR_INTERNAL;
	note = page;
	return ERR_OK;
}

enum stop_phase
stop_note_read(void)
{
	return note != NULL ? (enum stop_phase)atomic_load(&note->phase) : STOP_NONE;
}

void
stop_note_advance(enum stop_phase phase)
{
	int seen;

	if (note == NULL)
		return;
	seen = atomic_load(&note->phase);
	while (seen < (int)phase && !atomic_compare_exchange_weak(&note->phase, &seen, (int)phase))
		;
}

void
stop_note_quiet(int id, bool is_quiet)
{
	if (note != NULL && id > 0 && id <= STOP_NOTE_WORKERS_MAX)
		atomic_store(&note->quiet[id], is_quiet);
}

bool
stop_note_is_quiet(int n)
{
	int id = 1;

	while (note != NULL && id <= n && atomic_load(&note->quiet[id]))
		id++;
	return id > n;
}
