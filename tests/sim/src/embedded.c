/* The one file that sees kodev's assets.h, which declares handlers beside the bytes. */
#include "embedded.h"

#include <kore/kore.h>
#include <kore/http.h>

#include "assets.h"

const char *const embedded_accounts = (const char *)asset_accounts_json;
const char *const embedded_deployments = (const char *)asset_deployments_json;
const char *const embedded_page_css = (const char *)asset_page_css;
