/* What became of pastes, for metrics and for the days; the same for pages and programs. */
#ifndef TXT_PASTE_TOLD_H
#define TXT_PASTE_TOLD_H

#include "txt/paste.h"

void paste_told_stored(const struct paste_draft *);
void paste_told_refused(const struct paste_input *, enum content_outcome);

#endif
