/* What txt and pics hand over of their requests, at the internal address of the portal. */
#ifndef TRACK_TRACK_HTTP_H
#define TRACK_TRACK_HTTP_H

struct http_request;

int track_create(struct http_request *); /* named in conf/site_portal.conf */

#endif
