/*
 * What the files of the Kubernetes API have in common: how a request begins, what a reply came to,
 * and how one looks into an object. Pure.
 */
#ifndef CLIENTS_KUBE_READ_H
#define CLIENTS_KUBE_READ_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/call.h"
#include "base/err.h"
#include "base/json_read.h"
#include "clients/kube_api.h"

/* A GET without an address. */
void kube_start(struct call_request *, struct arena *, const struct kube_api *);
/* Whether it says that it is of that kind, or says nothing. */
bool kube_is_kind(const struct json *, const char *kind);
/* On ERR_OK *root is an object of that kind. Errors as kube_api.h tells them. */
enum err kube_check_reply(
    const struct json **root, struct arena *, const struct call_reply *, const char *kind);

/* The object at the end of a path of names, NULL after the last; NULL if there is none. */
const struct json *kube_at(const struct json *, const char *const *path);
#define KUBE_AT(o, ...) kube_at((o), (const char *const[]){ __VA_ARGS__, NULL })
/* NULL: there is none. */
const char *kube_text(const struct json *, const char *name);
/* Of a deployment's containers the bouncer: the one named soju, else the first; NULL: none. */
const struct json *kube_container(const struct json *deployment);
/* 0 for what is no array. */
size_t kube_count(const struct json *array);
/* The reason of a condition that stands as `status`; NULL if none does. */
const char *kube_condition(const struct json *conditions, const char *type, const char *status);

#endif
