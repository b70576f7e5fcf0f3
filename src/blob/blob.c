/* Which of the two it is, and what both refuse. */
#include "blob/blob.h"

#include "blob/blob_dir.h"
#include "blob/blob_key.h"
#include "blob/blob_s3.h"

static bool is_s3;
static struct s3_api s3;
static struct blob_dir dir = { .root = -1 };

enum err
blob_open(const struct settings *s, struct strbuf *problems)
{
	is_s3 = *s->s3_bucket != '\0';
	if (is_s3) {
		s3 = (struct s3_api){ s->s3_endpoint, s->s3_region, s->s3_bucket,
			s->s3_access_key_id, s->s3_secret_access_key, s->s3_ca_file };
		return ERR_OK;
	}
	if (*s->pics_dir == '\0') {
		strbuf_puts(problems, "PICS_DIR is missing, and so is S3_BUCKET: pictures need one "
				      "of them; conf/env.example explains both.\n");
		return ERR_INVALID;
	}
	return blob_dir_open(&dir, s->pics_dir, s->run_as, problems);
}

void
blob_close(void)
{
	blob_dir_close(&dir);
	is_s3 = false;
}

static enum err
check_key(const char *key, struct strbuf *why)
{
	if (blob_key_is_valid(key))
		return ERR_OK;
	strbuf_puts(why, "that is no key of a picture"); /* and may hold anything: not shown */
	return ERR_INVALID;
}

enum err
blob_put(
    const char *key, const void *bytes, size_t len, const char *content_type, struct strbuf *why)
{
	if (check_key(key, why) != ERR_OK)
		return ERR_INVALID;
	if (len == 0 || len > BLOB_BYTES_MAX) {
		strbuf_puts(why, len == 0 ? "there are no bytes" : "there are too many bytes");
		return len == 0 ? ERR_INVALID : ERR_TOO_LARGE;
	}
	return is_s3 ? blob_s3_put(&s3, key, bytes, len, content_type, why)
		     : blob_dir_put(&dir, key, bytes, len, why);
}

enum err
blob_get(const char *key, int64_t from, int64_t len, struct strbuf *out, struct strbuf *why)
{
	if (check_key(key, why) != ERR_OK)
		return ERR_INVALID;
	if (from < 0 || len < -1 || len == 0 || from > INT64_MAX - (len > 0 ? len : 0)) {
		strbuf_puts(why, "there are no such bytes");
		return ERR_INVALID;
	}
	return is_s3 ? blob_s3_get(&s3, key, from, len, out, why)
		     : blob_dir_get(&dir, key, from, len, out, why);
}

enum err
blob_delete(const char *key, struct strbuf *why)
{
	if (check_key(key, why) != ERR_OK)
		return ERR_INVALID;
	return is_s3 ? blob_s3_delete(&s3, key, why) : blob_dir_delete(&dir, key, why);
}

enum err
blob_sweep(int64_t now, int *removed, struct strbuf *why)
{
	*removed = 0;
	return is_s3 ? ERR_OK : blob_dir_sweep(&dir, now, removed, why);
}

bool
blob_has_files(void)
{
	return !is_s3;
}

enum err
blob_file(const char *key, struct blob_file *file)
{
	file->fd = -1;
	if (is_s3)
		return ERR_METHOD;
	return blob_key_is_valid(key) ? blob_dir_file(&dir, key, file) : ERR_INVALID;
}
