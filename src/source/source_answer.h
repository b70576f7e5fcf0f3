/*
 * Answers as JSON, for source_snapshots.answer, and back. A page reads some of these at every view,
 * so they are short: {"messages":12,"counting":false,"networks":[{"name":"Libera",
 * "address":"irc.libera.chat","enabled":true,"channels":["#a","#b"],"detached":["#c"]}]}
 * Where a list was cut, "channels_left" and "networks_left" say how many more there are.
 *
 * Names come from databases that may hold anything: whatever is not UTF-8 is written as U+FFFD.
 */
#ifndef SOURCE_SOURCE_ANSWER_H
#define SOURCE_SOURCE_ANSWER_H

#include "base/arena.h"
#include "base/err.h"
#include "base/strbuf.h"
#include "source/source.h"

/*
 * Lists about half as many channels or, when there are none left, half as many networks; how many
 * there are stays known. False if nothing was listed any more.
 */
bool source_answer_shorten_soju(struct soju_answer *);

/* Appends. Of a network's channels the attached ones come back first. */
void source_answer_write_soju(struct strbuf *, const struct soju_answer *);
void source_answer_write_kube(struct strbuf *, const struct kube_answer *);
void source_answer_write_usage(struct strbuf *, const struct usage_answer *);

/* ERR_INVALID: not of this shape; ERR_TOO_LARGE: beyond base/json_read. The arena holds the texts.
 */
enum err source_answer_read_soju(struct soju_answer *, struct arena *, const char *json);
enum err source_answer_read_kube(struct kube_answer *, struct arena *, const char *json);
enum err source_answer_read_usage(struct usage_answer *, struct arena *, const char *json);

#endif
