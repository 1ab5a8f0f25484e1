#!/usr/bin/env bash
# make install: binary, routines, migrations, pages, configuration of nginx and the search server, and systemd units into DESTDIR. Written files name
# PREFIX and SYSCONFDIR, never DESTDIR. An existing souk.conf is kept.
set -euo pipefail
here=$(dirname "$0")
STATE=/nonexistent
# shellcheck source=stack/settings.sh
. "$here/settings.sh"
# shellcheck source=stack/nginx.sh
. "$here/nginx.sh"
# shellcheck source=stack/search.sh
. "$here/search.sh"
umask 022

share=$DESTDIR$PREFIX/share/souk
etc=$DESTDIR$SYSCONFDIR/souk
units=$DESTDIR$PREFIX/lib/systemd/system

# A file with @PREFIX@ and @SYSCONFDIR@ filled in: fill FROM TO
fill() { sed -e "s|@PREFIX@|$PREFIX|g; s|@SYSCONFDIR@|$SYSCONFDIR|g" "$1" >"$2"; }

# Files below a folder of the repository, as they are: copy FOLDER TO
copy() {
    local file
    (cd "$ROOT/$1" && find . -type f) | while read -r file; do install -D -m 644 "$ROOT/$1/$file" "$2/$file"; done
}

nginx_installed() {
    local -A words=([USER]='user www-data;' [PID]=/run/nginx.pid [LOG]=/var/log/nginx [TMP]=/var/lib/nginx [CACHE]=/var/lib/nginx/cache [PLAIN]='' [6]=''
        [LIMITS]='include snippets/limits.conf;' [HSTS]=hsts [HTTP_PORT]=80 [HTTPS_PORT]=443 [WWW]=$PREFIX/share/souk/www
        [CERT]=$SYSCONFDIR/souk/tls/cert.pem [KEY]=$SYSCONFDIR/souk/tls/key.pem
        [API_SOCKET]=/run/souk/api.sock [SANDBOX_SOCKET]=/run/souk/sandbox.sock
        [EVENTS_SOCKET]=/run/souk-events.sock)
    nginx_fill
}

install -D -m 755 "$SOUK" "$DESTDIR$PREFIX/bin/souk"
copy sql "$share/sql"
copy migrations "$share/migrations"
copy nginx/www "$share/www"
copy nginx/snippets "$etc/nginx/snippets"
copy docs "$DESTDIR$PREFIX/share/doc/souk"
nginx_installed >"$etc/nginx/souk.conf"
search_conf /var/lib/souk-search /run/souk-search/search.sock /var/lib/souk-search/search.log >"$etc/search.conf"
install -d "$units" "$DESTDIR$PREFIX/lib/sysusers.d"
for unit in souk-api.socket souk-api.service souk-worker.service souk-search.service; do fill "$here/systemd/$unit" "$units/$unit"; done
fill "$here/systemd/souk.sysusers" "$DESTDIR$PREFIX/lib/sysusers.d/souk.conf"
if [[ ! -e $etc/souk.conf ]]; then
    fill "$here/souk.conf.example" "$etc/souk.conf"
    chmod 640 "$etc/souk.conf"
fi
