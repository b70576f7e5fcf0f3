/* The page after signing out, when the provider ends its session at an address forms cannot reach.
 */
#ifndef ACCOUNT_SIGNED_OUT_VIEW_H
#define ACCOUNT_SIGNED_OUT_VIEW_H

#include "base/view.h"
#include "web/frame_view.h"

#define SIGNED_OUT(F) F(PART, frame, frame) F(TEXT, href)
VIEW_DECLARE(signed_out, SIGNED_OUT)

#endif
