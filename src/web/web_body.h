/* What was posted: as bytes, or as the fields of a form. */
#ifndef WEB_WEB_BODY_H
#define WEB_WEB_BODY_H

#include "web/web_flow.h"

/*
 * The bytes as they came, alive as long as the flow. A large body lies in a file (site_pics.conf),
 * which is mapped and costs no memory of ours. ERR_INTERNAL: it cannot be read.
 */
enum err web_body_bytes(struct web_flow *, const char **bytes, size_t *len);
/*
 * Reads the posted body into flow->form, urlencoded or multipart/form-data with texts only; done
 * before the steps for all but exempt pages.
 */
enum err web_body_read_form(struct web_flow *);
/* Lets go of it, when the flow ends. Idempotent. */
void web_body_end(struct web_flow *);

#endif
