/* A product as search indexes know it: index texts, words and mistyped beginnings. */
#ifndef SOUK_WORKER_SEARCH_TEXT_H
#define SOUK_WORKER_SEARCH_TEXT_H

#include <json-c/json.h>

#include "base/arena.h"
#include "base/buffer.h"

/* Appends the JSON object that search_put takes, made of one item of search_source. */
void search_text_put(struct arena *arena, json_object *item, struct buffer *out);

#endif
