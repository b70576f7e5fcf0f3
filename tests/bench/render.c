/*
 * How long the dashboard takes from a filled struct to HTML: building the view and rendering it, as
 * a request does, memory included. Prints the median of many batches in microseconds, and the
 * page's size in bytes. Run it in the repository's root, where the templates are.
 */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/template.h"
#include "dashboard/dashboard_view.h"

#define NOW 1795168800 /* 2026-11-20 10:00 UTC */
#define BATCHES 200
#define PAGES 200 /* in a batch */
#define NETWORKS 3
#define CHANNELS 8 /* of a network */

static struct soju_channel channels[NETWORKS][CHANNELS];
static struct soju_network networks[NETWORKS];
static struct dashboard_bouncer bouncers[2];

static void
fill_bouncer(struct dashboard_bouncer *b, int64_t id, const char *name)
{
	const struct source_state fresh = { .answered_at = NOW - 3, .tried_at = NOW - 3 };

	*b = (struct dashboard_bouncer){ .id = id, .name = name, .soju_username = name };
	b->soju_state = b->kube_state = fresh;
	b->soju = (struct soju_answer){
		.networks = networks, .nnetworks = NETWORKS, .messages = 1284305
	};
	b->kube = (struct kube_answer){ KUBE_RUNNING, NOW - 4 * 86400, 2, NULL, NOW - 4 * 86400 };
}

static void
fill(struct dashboard *d, struct arena *a)
{
	int n, c;

	for (n = 0; n < NETWORKS; n++) {
		for (c = 0; c < CHANNELS; c++)
			channels[n][c] = (struct soju_channel){ arena_printf(a, "#gardening-%d", c),
				c == CHANNELS - 1 };
		networks[n] = (struct soju_network){ arena_printf(a, "Network %d", n),
			arena_printf(a, "ircs://irc%d.example.org:6697", n), n > 0, channels[n],
			CHANNELS, 0 };
	}
	fill_bouncer(&bouncers[0], 1, "alice");
	fill_bouncer(&bouncers[1], 2, "alice-work");
	*d = (struct dashboard){ .plan = "pro",
		.txt_url = "https://txt.example.org",
		.pics_url = "https://pics.example.org",
		.read_at = NOW,
		.bouncers = bouncers,
		.nbouncers = 2,
		.txt_state = { .answered_at = NOW - 3, .tried_at = NOW - 3 },
		.pics_state = { .answered_at = NOW - 3, .tried_at = NOW - 3 },
		.txt = { 12, 45678 },
		.pics = { 8, 234567 } };
}

/* A template, wherever it lies in templates/. */
static const char *
template_file(const char *file, void *arg)
{
	struct arena *a = arg;
	glob_t found;
	FILE *f = NULL;
	char *text = arena_alloc(a, 65536);

	if (glob(arena_printf(a, "templates/*/%s", file), 0, NULL, &found) == 0) {
		f = fopen(found.gl_pathv[0], "r");
		globfree(&found);
	}
	if (f == NULL)
		return NULL;
	text[fread(text, 1, 65535, f)] = '\0';
	fclose(f);
	return text;
}

static size_t
render(const struct dashboard *d)
{
	const struct frame_facts facts = { .title = "Dashboard",
		.site_name = "Portal",
		.css_href = "/assets/0123456789abcdef/portal.css",
		.js_href = "/assets/0123456789abcdef/portal.js",
		.icon_href = "/assets/0123456789abcdef/favicon.svg",
		.account = "Alice",
		.csrf = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU",
		.path = "/dashboard",
		.now = NOW };
	struct arena arena = { 0 };
	struct strbuf out = { 0 };
	struct dashboard_view view = { 0 };
	size_t len;

	if (dashboard_view_init(&view, d, NOW, &arena) != ERR_OK)
		exit(1);
	frame_view_init(&view.frame, &facts, &arena);
	template_render(&dashboard_view_type, &view, &out);
	len = out.len;
	strbuf_free(&out);
	arena_free(&arena);
	return len;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int
main(void)
{
	static double us[BATCHES];
	struct arena arena = { 0 };
	struct strbuf error = { 0 };
	struct dashboard d;
	size_t len = 0;
	int64_t begun;
	int i, n;

	fill(&d, &arena);
	if (template_bind(&dashboard_view_type, template_file, &arena, &error) != ERR_OK) {
		fprintf(stderr, "%s\n", strbuf_text(&error));
		return 1;
	}
	for (i = 0; i < BATCHES; i++) {
		begun = clock_monotonic_us();
		for (n = 0; n < PAGES; n++)
			len = render(&d);
		us[i] = (double)(clock_monotonic_us() - begun) / PAGES;
	}
	qsort(us, BATCHES, sizeof(us[0]), compare);
	printf("%.1f %zu\n", us[BATCHES / 2], len);
	return 0;
}
