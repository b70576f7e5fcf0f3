#include "mail/unsubscribe_view.h"

#include <stddef.h>

VIEW_DEFINE(unsubscribe, UNSUBSCRIBE)
