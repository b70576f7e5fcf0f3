#include "base/stop_note.h"

#include <stdatomic.h>
#include <stddef.h>

#include "base/shared_memory.h"

static struct note {
	atomic_int phase;
	atomic_bool quiet[STOP_NOTE_WORKERS_MAX + 1];
} * note;

void
stop_note_init(void)
{
	note = shared_memory_new(sizeof(*note));
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
