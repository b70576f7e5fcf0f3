/* What Kubernetes, our services, S3 and the provider answer; the first byte chooses the status. */
#include <strings.h>

#include "clients/kube_api.h"
#include "clients/oidc_api.h"
#include "clients/portal_api.h"
#include "clients/s3_api.h"
#include "clients/usage_api.h"
#include "fuzz/fuzz.h"

static const struct kube_deployment bouncer = { 1, "app=soju,bouncer=alice", "soju", NULL };
static const struct kube_api api = { "https://192.0.2.1", "irc", "t", NULL, 1000 };

static void
try_kube(struct arena *a, const struct call_reply *r)
{
	struct kube_answer answer = { 0 };
	struct kube_deployment d = { 0 };
	struct call_request req;

	if (kube_api_deployment_reply(&d, a, r) == ERR_OK) {
		must(d.replicas >= 0 && d.selector != NULL && *d.selector != '\0');
		kube_api_pods_request(&req, a, &api, &d);
		must(req.url != NULL && strpbrk(req.url, " \r\n#") == NULL);
	}
	if (kube_api_pods_reply(&answer, a, r, &bouncer) == ERR_OK) {
		must(answer.phase < KUBE_PHASE__MAX && answer.restarts >= 0);
		must(answer.phase == KUBE_RUNNING || answer.running_since == 0);
	}
}

static void
try_usage(struct arena *a, const struct call_reply *r)
{
	struct usage_answer answer;

	if (usage_api_reply(&answer, a, r, USAGE_API_TXT_COUNT) == ERR_OK)
		must(answer.count >= 0 && answer.storage_bytes >= 0);
}

static void
try_portal(struct arena *a, const struct call_reply *r)
{
	struct portal_account account;

	if (portal_api_token_reply(&account, a, r) == ERR_OK) {
		must(r->status == 200 && account.token_id > 0 && !account.is_banned);
		must(*account.sub != '\0' && *account.plan != '\0');
	}
	if (portal_api_account_reply(&account, a, r) == ERR_OK) {
		must(r->status == 200 && account.token_id == 0);
		must(!account.may_txt && !account.may_pics);
		must(*account.sub != '\0' && *account.plan != '\0');
	}
}

/* Whatever the storage says, the log gets short printable words of it. */
static void
try_s3(const struct call_reply *r)
{
	struct strbuf why = { 0 };
	const char *c;

	if (s3_api_get_reply(r, false, &why) == ERR_OK)
		must(r->status == 200 && why.len == 0);
	s3_api_put_reply(r, &why);
	s3_api_delete_reply(r, &why);
	must(why.len < 400);
	for (c = strbuf_text(&why); *c != '\0'; c++)
		must(*c >= ' ' && *c < 0x7f && *c != '<' && *c != '"');
	strbuf_free(&why);
}

static void
try_provider(struct arena *a, const struct call_reply *r)
{
	const char *reason = NULL, *jwks;
	struct oidc_claims claims = { 0 };
	struct oidc_provider p;
	struct oidc_tokens t;
	size_t len;

	if (oidc_api_discovery_reply(&p, a, r, "https://id.example.org", &reason) == ERR_OK) {
		must(strcmp(p.issuer, "https://id.example.org") == 0);
		must(strncasecmp(p.token_endpoint, "https://", 8) == 0);
		must(p.takes_secret_basic || p.takes_secret_post);
	}
	if (oidc_api_jwks_reply(&jwks, &len, a, r, &reason) == ERR_OK)
		must(oidc_token_is_jwks(a, jwks, len));
	if (oidc_api_code_reply(&t, a, r, &reason) == ERR_OK)
		must(t.access_token != NULL && t.id_token != NULL && t.expires_in >= 0);
	if (oidc_api_refresh_reply(&t, a, r, &reason) == ERR_OK)
		must(t.access_token != NULL);
	if (oidc_api_userinfo_reply(&claims, a, r, "alice", "realm_access.roles", &reason) ==
	    ERR_OK)
		must(claims.nroles <= OIDC_TOKEN_ROLES_MAX);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const long statuses[] = { 200, 200, 200, 200, 400, 401, 403, 404, 429, 500 };
	struct arena a = { 0 };
	struct call_reply r;
	char *body;

	if (len == 0)
		return 0;
	body = fuzz_text(bytes + 1, len - 1);
	r = (struct call_reply){ CALL_OK, statuses[bytes[0] % 10], body, strlen(body), NULL, 0 };
	try_kube(&a, &r);
	try_usage(&a, &r);
	try_portal(&a, &r);
	try_s3(&r);
	try_provider(&a, &r);
	arena_free(&a);
	free(body);
	return 0;
}
