#include "bouncer/provisioner.h"

#include <stddef.h>
#include <string.h>

#include "base/settings.h"
#include "bouncer/soju_secret.h"
#include "metrics/metrics_call.h"
#include "source/source.h"

static const struct provisioner *const all[] = { &provisioner_soju, &provisioner_kube };

const struct provisioner *
provisioner_of(const char *word)
{
	for (size_t i = 0; word != NULL && i < sizeof(all) / sizeof(all[0]); i++)
		if (strcmp(all[i]->word, word) == 0)
			return all[i];
	return NULL;
}

enum err
provisioner_door(struct soju_door_target *target, struct arena *a, const struct bouncer *b,
    const char *secret_name)
{
	const bool is_socket = *settings.soju_admin_socket != '\0';
	const char *address = is_socket ? settings.soju_admin_socket : settings.soju_admin_url;

	*target = (struct soju_door_target){ 0 };
	if (*address == '\0' || !source_is_bouncer_name(b->name))
		return ERR_INVALID;
	target->address = source_of_bouncer(a, address, b->name);
	if (is_socket)
		return ERR_OK;
	target->login = SOJU_ADMIN_LOGIN;
	target->password = soju_secret(a, settings.soju_admin_key, SOJU_SECRET_ADMIN, secret_name);
	target->ca_file = *settings.soju_ca_file != '\0' ? settings.soju_ca_file : NULL;
	return target->password != NULL ? ERR_OK : ERR_INVALID;
}

static void
note_door(enum err e, int64_t duration_us)
{
	metrics_call_err("soju_door", e, duration_us);
}

struct soju_door *
provisioner_open_door(const struct provisioner *p, const struct bouncer *b, struct arena *a,
    int timeout_ms, enum err *e, const char **why)
{
	struct soju_door_target target;

	*why = NULL;
	*e = p != NULL ? p->door(&target, a, b) : ERR_INVALID;
	if (*e != ERR_OK)
		return NULL;
	target.timeout_ms = timeout_ms;
	target.note = note_door;
	return soju_door_open(&target, a, e, why);
}

static bool
is_set(const char *setting)
{
	return setting != NULL && *setting != '\0';
}

/* Without one nobody could be given a password or a network. */
static bool
has_door(void)
{
	return is_set(settings.soju_admin_socket) ||
	       (is_set(settings.soju_admin_url) && is_set(settings.soju_admin_key));
}

static bool
has_cluster(void)
{
	return is_set(settings.kubernetes_api_url) && is_set(settings.kubernetes_namespace) &&
	       is_set(settings.bouncer_image) && is_set(settings.soju_database_url) &&
	       is_set(settings.soju_database_admin_url) && is_set(settings.soju_admin_key);
}

const struct provisioner *
provisioner_chosen(void)
{
	const struct provisioner *p = provisioner_of(settings.bouncer_provisioner);

	if (p == NULL || !has_door())
		return NULL;
	return p == &provisioner_kube && !has_cluster() ? NULL : p;
}
