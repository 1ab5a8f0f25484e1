# shellcheck shell=bash
# The search server: its configuration and start. souk goes on without it. The start needs settings.sh, process.sh, files.sh.

search_wanted() { [[ $SEARCHD != none && -n $(type -P "$SEARCHD") ]]; }

# Words reach it folded and stemmed already, so that the databases, which stand in for it, agree on what matches: every
# letter and digit is itself here. Unspaced characters (Chinese, Japanese) are words of one, found by quoted phrases.
search_index_conf() {
    cat <<CONF
index products_$2
{
    type = rt
    path = $1/products_$2
    rt_mem_limit = 128M
    dict = keywords
    min_prefix_len = 2
    charset_table = 0..9, a..z, _, U+00AA..U+303F, U+3100..U+33FF, U+A000..U+F8FF, U+FB00..U+1FFFF
    ngram_len = 1
    ngram_chars = U+3040..U+30FF, U+3400..U+9FFF, U+F900..U+FAFF, U+20000..U+2FFFF
    rt_field = title
    rt_field = about
    rt_field = body
    rt_field = filter
    rt_attr_string = vendor
    rt_attr_bigint = epoch
    rt_attr_bigint = price
    rt_attr_multi_64 = categories
}
CONF
}

# Its files in FOLDER: search_conf FOLDER SOCKET LOG
search_conf() {
    search_index_conf "$1" a
    search_index_conf "$1" b
    cat <<CONF
searchd
{
    listen = $2:mysql41
    log = $3
    pid_file = $1/searchd.pid
    binlog_path = $1
    binlog_flush = 1
    workers = threads
    max_children = 64
    watchdog = 0
    client_timeout = 3600
    mysql_version_string = 5.5.30
    collation_server = utf8_general_ci
    expansion_limit = 0
}
CONF
}

# A server that was killed leaves a binary log, and what it replays of it is not always all: Sphinx 2.2 was seen to stop at a
# "CRC mismatch" and go on with the rest missing. Such an index is given up; the worker builds it anew from the databases,
# which answer meanwhile.
search_forget_torn() {
    [[ -z $(find "$STATE/search" -name 'binlog.[0-9]*' -size +0 -print -quit) ]] ||
        find "$STATE/search" \( -name 'binlog.*' -o -name 'products_*' \) -delete
}

search_start() {
    search_wanted || return 0
    process_pid search >/dev/null && return
    search_forget_torn
    process_start search "$SEARCHD" --nodetach --config "$STATE/search/searchd.conf"
}

search_answers() { process_gone search || [[ -S $SOCKETS/search.sock ]]; }

search_wait() {
    search_wanted || { say "no search server ($SEARCHD): the databases answer searches"; return 0; }
    wait_until 20 search_answers && process_pid search >/dev/null ||
        say "the search server did not start ($(log_reason search)): the databases answer searches; see $STATE/log/search.log"
}
