# shellcheck shell=bash
# What alice has uploaded: real uploads to the running pics, as her bouncer hands them on. Uses $dir,
# $portal, pics_internal_port, admin_psql and with_settings_of of the other files.

# Name, visibility, views, age, title and what there is to see, with tabs.
sample_pictures() {
  cat <<'TEXT'
hills.jpg	public	124	9 days	Evening above the valley	A low sun behind three rows of hills, the nearest nearly black
sea.jpg	public	31	6 days	Out at sea	A small sailing boat on many even waves
messages.png	unlisted	8	5 days	Messages by hour	A bar chart of a day: most was said in the morning and late at night
contours.webp	unlisted	17	3 days	Where we meet	Height lines of an island, a red dot at its summit
lamps.gif	private	0	26 hours	Lamps	Twelve lamps in a ring that light up one after the other
log.png	unlisted	56	2 hours	Frost in #gardening	Six lines of a channel about tomatoes that were planted too early
TEXT
}

# post_picture PATH FILE: says what its address ends in, without the extension.
post_picture() {
  local line location=
  exec 8<>"/dev/tcp/127.0.0.1/$pics_internal_port" || return
  {
    printf 'POST %s HTTP/1.1\r\nHost: pics\r\nSoju-Username: alice\r\n' "$1"
    printf 'Content-Length: %d\r\nConnection: close\r\n\r\n' "$(wc -c <"$2")"
    cat "$2"
  } >&8
  while IFS= read -r -t 30 line <&8 && line=${line%$'\r'} && [ -n "$line" ]; do
    case $line in [Ll]ocation:*) location=${line##*/} ;; esac
  done
  exec 8>&- 8<&-
  [ -n "$location" ] && say "${location%.*}"
}

seed_pictures() {
  local path id name visibility views age title alt
  [ ! -f "$dir/has-samples-pics" ] || return 0
  path=$(with_settings_of pics "$portal" upload-url alice)
  while IFS=$'\t' read -r name visibility views age title alt; do
    id=$(post_picture "$path" "tests/sim/seed/pictures/$name") ||
      die "pics did not take the sample $name; $dir/log/pics.log may say why"
    admin_psql -d pics -v id="$id" -v visibility="$visibility" -v views="$views" -v age="$age" \
      -v title="$title" -v alt="$alt" <<'SQL'
UPDATE pictures SET visibility = :'visibility', views = :'views', title = :'title', alt = :'alt',
  created_at = now() - :'age'::interval WHERE public_id = :'id';
SQL
  done < <(sample_pictures)
  touch "$dir/has-samples-pics"
}
