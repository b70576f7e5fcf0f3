/* Every page of the program that has a template. */
#ifndef APP_VIEWS_H
#define APP_VIEWS_H

#include <stddef.h>

#include "base/view.h"

/* All are bound at the start; a template that does not fit its view keeps the program from it. */
extern struct view_type *const views[];
extern const size_t nviews;

#endif
