/* Fuzz target: the strict JSON scan against json-c. What the scan accepts json-c must parse, to the same nesting.
 *
 *     afl-fuzz -i tests/fuzz/seeds/json -o /tmp/fuzz -- build/fuzz-scan        (built with CC=afl-clang-fast)
 *     build/fuzz-scan < file
 */
#include <assert.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>

#include "http/scan.h"

enum { INPUT_MAX = 1 << 16 };

int main(void)
{
    static char text[INPUT_MAX + 1];
    size_t len = fread(text, 1, INPUT_MAX, stdin);
    struct arena *arena = arena_new(1 << 22);
    struct scan_error error = {.field = NULL};
    assert(arena);
    enum souk_err err = json_scan(arena, text, len, &error);
    assert(err == SOUK_OK || err == SOUK_INVALID || err == SOUK_BAD_REQUEST || err == SOUK_TOO_LARGE);
    if (err == SOUK_INVALID || err == SOUK_BAD_REQUEST)
        assert(error.field && error.code && error.detail);
    if (err == SOUK_OK) {
        json_tokener *tokener = json_tokener_new_ex(JSON_DEPTH_MAX + 1);
        json_object *json = json_tokener_parse_ex(tokener, text, (int)len + 1); /* with its NUL: numbers end */
        assert(json_tokener_get_error(tokener) == json_tokener_success);
        json_object_put(json);
        json_tokener_free(tokener);
    }
    arena_free(arena);
    return 0;
}
