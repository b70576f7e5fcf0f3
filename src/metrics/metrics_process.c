/*
 * The usual process_… metrics, over the parent and its workers. Under Kore's seccomp filter: only
 * open, read, close and the reading of directories, and no getppid().
 * Source: proc(5).
 */
#include "metrics/metrics.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "metrics/metrics_out.h"
#include "metrics/metrics_shared.h"

#define SOURCE " From /proc."

struct process {
	pid_t parent;
	uint64_t cpu_us, virtual_bytes, resident_bytes;
};

/* The start of a file of /proc, NUL-terminated; false if it cannot be read. */
static bool
read_proc(pid_t pid, const char *file, char *text, size_t size)
{
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return false;
	n = read(fd, text, size - 1);
	close(fd);
	if (n <= 0)
		return false;
	text[n] = '\0';
	return true;
}

/* The n-th field of a process' stat; `third` is where the third begins. 0 if there is none. */
static uint64_t
stat_field(const char *third, int n)
{
	for (; n > 3 && third != NULL; n--) {
		third = strchr(third, ' ');
		third = third != NULL ? third + 1 : NULL;
	}
	return third != NULL ? strtoull(third, NULL, 10) : 0;
}

/* The name of the program may hold blanks and parentheses: fields count from the last ')'. */
static bool
read_process(pid_t pid, struct process *p)
{
	uint64_t ticks_a_second = (uint64_t)sysconf(_SC_CLK_TCK);
	char text[1024];
	const char *name_end;

	if (!read_proc(pid, "stat", text, sizeof(text)) ||
	    (name_end = strrchr(text, ')')) == NULL || name_end[1] == '\0')
		return false;
	p->parent = (pid_t)stat_field(name_end + 2, 4);
	p->cpu_us = (stat_field(name_end + 2, 14) + stat_field(name_end + 2, 15)) * 1000000 /
		    ticks_a_second;
	p->virtual_bytes = stat_field(name_end + 2, 23);
	p->resident_bytes = stat_field(name_end + 2, 24) * (uint64_t)sysconf(_SC_PAGESIZE);
	return true;
}

/* Adds the open descriptors; false if we may not look. */
static bool
add_open_fds(pid_t pid, uint64_t *sum)
{
	const struct dirent *entry;
	char path[64];
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	dir = opendir(path);
	if (dir == NULL)
		return false;
	/* cppcheck-suppress readdirCalled ; safe, because nobody else has this DIR */
	while ((entry = readdir(dir)) != NULL)
		*sum += entry->d_name[0] != '.';
	if (pid == getpid())
		(*sum)--; /* the one that reads */
	closedir(dir);
	return true;
}

/* Adds the soft limit; false when there is none or we may not look. */
static bool
add_max_fds(pid_t pid, uint64_t *sum)
{
	static const char line[] = "\nMax open files";
	char text[4096], *at, *end;
	uint64_t limit;

	if (!read_proc(pid, "limits", text, sizeof(text)) || (at = strstr(text, line)) == NULL)
		return false;
	at += sizeof(line) - 1;
	limit = strtoull(at, &end, 10);
	*sum += limit;
	return end != at; /* not a number: "unlimited" */
}

struct totals {
	uint64_t workers, cpu_us, virtual_bytes, resident_bytes, open_fds, max_fds;
	bool has_open_fds, has_max_fds;
};

/* Several workers may be scraped at once, and one of them have looked a little earlier. */
static void
raise_to(atomic_uint_fast64_t *to, uint64_t value)
{
	uint64_t now = *to;

	while (now < value && !atomic_compare_exchange_weak(to, &now, value))
		;
}

/*
 * A slot whose process is gone keeps the time it had used when it was last seen, so that the sum
 * never goes down. That a process is ours is told by its parent: numbers are used again. The
 * parent's descriptors are left out: it serves nobody, and may be another user's.
 */
static void
add_slot(struct totals *t, struct metrics_slot *slot, pid_t parent)
{
	pid_t pid = slot->pid;
	struct process p;

	if (pid != 0 && read_process(pid, &p) && (p.parent == parent || pid == parent)) {
		raise_to(&slot->cpu_us, slot->cpu_before_us + p.cpu_us);
		t->virtual_bytes += p.virtual_bytes;
		t->resident_bytes += p.resident_bytes;
		if (pid != parent) {
			t->workers++;
			t->has_open_fds = t->has_open_fds && add_open_fds(pid, &t->open_fds);
			t->has_max_fds = t->has_max_fds && add_max_fds(pid, &t->max_fds);
		}
	}
	t->cpu_us += slot->cpu_us;
}

/* Before workers exist we are the parent ourselves; later the one that answers is a worker. */
static pid_t
find_parent(void)
{
	struct process p;
	pid_t self = getpid();
	int i;

	for (i = 1; i < metrics_shared->nslots; i++)
		if (metrics_shared->slots[i].pid == self)
			return read_process(self, &p) ? p.parent : 0;
	return self;
}

static void
write_number(
    struct metrics_out *o, const char *name, const char *type, const char *help, uint64_t number)
{
	metrics_out_head(o, name, type, help);
	metrics_out_name(o, name, NULL, NULL, 0);
	metrics_out_count(o, number);
}

static void
write_totals(struct metrics_out *o, const struct totals *t)
{
	write_number(
	    o, "irc_now_workers", "gauge", "Worker processes that are alive." SOURCE, t->workers);
	metrics_out_head(o, "process_cpu_seconds_total", "counter",
	    "CPU time of the parent and all workers, seconds." SOURCE);
	metrics_out_name(o, "process_cpu_seconds_total", NULL, NULL, 0);
	metrics_out_us(o, t->cpu_us);
	write_number(o, "process_virtual_memory_bytes", "gauge",
	    "Virtual memory of the parent and all workers." SOURCE, t->virtual_bytes);
	write_number(o, "process_resident_memory_bytes", "gauge",
	    "Resident memory of the parent and all workers; pages they share count for "
	    "each." SOURCE,
	    t->resident_bytes);
	if (t->has_open_fds && t->open_fds > 0)
		write_number(o, "process_open_fds", "gauge",
		    "Open descriptors of all workers." SOURCE, t->open_fds);
	if (t->has_max_fds && t->max_fds > 0)
		write_number(o, "process_max_fds", "gauge",
		    "Descriptors that all workers together may open." SOURCE, t->max_fds);
}

void
metrics_process_write(struct metrics_out *o)
{
	struct totals t = { .has_open_fds = true, .has_max_fds = true };
	pid_t parent = find_parent();
	int i;

	if (parent == 0)
		return; /* no /proc, or it hides processes */
	metrics_shared->slots[0].pid = parent;
	for (i = 0; i < metrics_shared->nslots; i++)
		add_slot(&t, &metrics_shared->slots[i], parent);
	write_totals(o, &t);
}
