#include "http/table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { NODES_MAX = 2048, NONE = -1 };

/* Children of a node are a list of siblings; few enough at every level that a list beats a hash. */
struct node {
    const char *text; /* NULL for a parameter */
    size_t len;
    int sibling, child, parameter;
    const struct row *by_method[METHODS_N];
};

struct table {
    struct row *rows;
    size_t rows_n;
    struct node *nodes;
    size_t nodes_n;
};

const char *method_name(enum method method)
{
    static const char *const names[METHODS_N] = {"GET", "POST", "PUT", "PATCH", "DELETE"};
    return names[method];
}

static int new_node(struct table *table, const char *text, size_t len)
{
    assert(table->nodes_n < NODES_MAX);
    table->nodes[table->nodes_n] = (struct node){.text = text, .len = len, .sibling = NONE, .child = NONE,
                                                 .parameter = NONE};
    return (int)table->nodes_n++;
}

static int find_literal(const struct table *table, int parent, const char *text, size_t len)
{
    int at = table->nodes[parent].child;
    for (; at != NONE; at = table->nodes[at].sibling) {
        const struct node *node = &table->nodes[at];
        if (node->len == len && memcmp(node->text, text, len) == 0)
            return at;
    }
    return NONE;
}

static int add_literal(struct table *table, int parent, const char *text, size_t len)
{
    int at = find_literal(table, parent, text, len);
    if (at != NONE)
        return at;
    at = new_node(table, text, len);
    table->nodes[at].sibling = table->nodes[parent].child;
    table->nodes[parent].child = at;
    return at;
}

static int find_field(const struct route *route, enum field_from from, const char *name, size_t len)
{
    for (size_t i = 0; i < route->fields_n; i++) {
        const struct field *field = &route->fields[i];
        if (field->from == from && strlen(field->name) == len && memcmp(field->name, name, len) == 0)
            return (int)i;
    }
    return NONE;
}

static int find_engine_field(const struct route *route, enum field_type type)
{
    for (size_t i = 0; i < route->fields_n; i++) {
        if (route->fields[i].from == FROM_ENGINE && route->fields[i].type == type)
            return (int)i;
    }
    return NONE;
}

static int find_shard_field(const struct route *route)
{
    if (route->shard_by == SHARD_ALL) /* the member of the items by which they are merged */
        return NONE;
    if (route->shard_field == NULL) {
        assert(route->shard_by != SHARD_BY_ID && route->shard_by != SHARD_BY_EMAIL);
        return NONE;
    }
    for (size_t i = 0; i < route->fields_n; i++) {
        if (strcmp(route->fields[i].name, route->shard_field) == 0)
            return (int)i;
    }
    assert(!"the row's shard_field is not among its fields");
    return NONE;
}

/* Hangs `row` into the trie and notes which field each segment fills. */
static void add_row(struct table *table, struct row *row)
{
    const char *at = row->route->path;
    int node = 0;
    assert(*at == '/');
    for (size_t depth = 0; *at; depth++) {
        const char *text = ++at;
        at = text + strcspn(text, "/");
        size_t len = (size_t)(at - text);
        assert(depth < PATH_SEGMENTS_MAX);
        row->path_field[depth] = NONE;
        if (len == 0 || text[0] != '{') {
            node = add_literal(table, node, text, len);
            continue;
        }
        row->path_field[depth] = find_field(row->route, FROM_PATH, text + 1, len - 2);
        assert(row->path_field[depth] != NONE && "a path parameter needs its field");
        if (table->nodes[node].parameter == NONE) {
            int parameter = new_node(table, NULL, 0);
            table->nodes[node].parameter = parameter;
        }
        node = table->nodes[node].parameter;
    }
    assert(!table->nodes[node].by_method[row->route->method] && "two rows for one method and path");
    table->nodes[node].by_method[row->route->method] = row;
}

static void add_route(struct table *table, const struct route *route)
{
    assert(table->rows_n < TABLE_ROWS_MAX);
    assert(route->name && (route->routine || route->handle));
    struct row *row = &table->rows[table->rows_n];
    *row = (struct row){
        .route = route,
        .index = table->rows_n++,
        .shard_field = find_shard_field(route),
        .key_field = find_engine_field(route, FIELD_IDEMPOTENCY_KEY),
        .if_match_field = find_engine_field(route, FIELD_IF_MATCH),
    };
    for (size_t i = 0; i < route->fields_n; i++) {
        row->takes_body |= route->fields[i].from == FROM_BODY;
        row->takes_query |= route->fields[i].from == FROM_QUERY;
    }
    assert(!(route->flags & ROUTE_KEY_REQUIRED) || row->key_field != NONE);
    assert(!row->takes_body || route->method != METHOD_GET);
    assert(!(route->flags & ROUTE_COMBINE) || (route->routine && route->method != METHOD_GET));
    assert(!(route->flags & ROUTE_PUBLIC_CACHE) || route->who == 0);
    add_row(table, row);
}

struct table *table_new(const struct route_set *const *sets, size_t sets_n)
{
    struct table *table = calloc(1, sizeof *table);
    if (!table)
        return NULL;
    table->rows = calloc(TABLE_ROWS_MAX, sizeof *table->rows);
    table->nodes = calloc(NODES_MAX, sizeof *table->nodes);
    if (!table->rows || !table->nodes) {
        table_free(table);
        return NULL;
    }
    new_node(table, "", 0);
    for (size_t s = 0; s < sets_n; s++) {
        for (size_t r = 0; r < sets[s]->routes_n; r++)
            add_route(table, &sets[s]->routes[r]);
    }
    return table;
}

void table_free(struct table *table)
{
    if (!table)
        return;
    free(table->rows);
    free(table->nodes);
    free(table);
}

size_t table_rows_n(const struct table *table)
{
    return table->rows_n;
}

const struct row *table_row(const struct table *table, size_t index)
{
    assert(index < table->rows_n);
    return &table->rows[index];
}

const struct row *table_match(const struct table *table, enum method method, const struct segment *segments, size_t n,
                              unsigned *allowed)
{
    int at = 0;
    *allowed = 0;
    for (size_t i = 0; i < n; i++) {
        int next = find_literal(table, at, segments[i].text, segments[i].len);
        if (next == NONE && segments[i].len > 0)
            next = table->nodes[at].parameter;
        if (next == NONE)
            return NULL;
        at = next;
    }
    const struct node *node = &table->nodes[at];
    for (unsigned m = 0; m < METHODS_N; m++)
        *allowed |= node->by_method[m] ? 1u << m : 0;
    return node->by_method[method];
}
