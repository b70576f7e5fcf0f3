/* See signed_out_view.h. */
#include "account/signed_out_view.h"

#include <stddef.h>

VIEW_DEFINE(signed_out, SIGNED_OUT)
