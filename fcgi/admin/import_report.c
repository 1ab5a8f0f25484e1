#include "admin/import_report.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

enum { BAR_CELLS = 40, DRAW_EVERY_US = 100000 };

static const char *const outcomes[IMPORT_OUTCOMES_N] = {"created", "updated", "unchanged", "checked", "refused"};

bool import_report_open(struct import_report *report)
{
    report->notes.spool = tmpfile();
    report->refused.spool = tmpfile();
    report->terminal = isatty(STDERR_FILENO) == 1;
    if (report->notes.spool && report->refused.spool)
        return true;
    perror("souk admin import: no temporary file for the report");
    return false;
}

void import_report_close(struct import_report *report)
{
    if (report->notes.spool)
        fclose(report->notes.spool);
    if (report->refused.spool)
        fclose(report->refused.spool);
}

static void spool_json(struct import_remarks *remarks, const char *handle, const struct import_remark *remark)
{
    json_object *object = json_object_new_object();
    json_object_object_add(object, "line", json_object_new_int64(remark->line));
    json_object_object_add(object, "handle", handle ? json_object_new_string(handle) : NULL);
    json_object_object_add(object, "rule", json_object_new_string(remark->rule));
    json_object_object_add(object, "text", json_object_new_string(remark->text));
    fprintf(remarks->spool, "%s%s", remarks->n > 0 ? "," : "",
            json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
    json_object_put(object);
}

void import_report_remark(struct import_report *report, struct import_remarks *remarks, const char *handle,
                          const struct import_remark *remark)
{
    if (report->json)
        spool_json(remarks, handle, remark);
    else
        fprintf(remarks->spool, "  line %-6lld %s%s%s\n", (long long)remark->line, handle ? handle : "",
                handle && *handle ? ": " : "", remark->text);
    remarks->n++;
}

void import_report_product(struct import_report *report, const struct import_product *product,
                           enum import_outcome outcome, int64_t units_received)
{
    bool refused = outcome == IMPORT_REFUSED;
    report->products[outcome]++;
    report->units += units_received;
    if (!refused)
        report->variants += (int64_t)product->variants_n;
    for (const struct import_remark *at = refused ? product->problems : product->notes; at; at = at->next)
        import_report_remark(report, refused ? &report->refused : &report->notes, product->handle, at);
}

void import_report_progress(struct import_report *report, int permille)
{
    int64_t now_us = clock_us();
    if (!report->terminal || now_us - report->drawn_us < DRAW_EVERY_US)
        return;
    report->drawn_us = now_us;
    int cells = permille * BAR_CELLS / 1000;
    fprintf(stderr, "\r[%.*s%*s] %3d %%  %lld rows", cells, "########################################", BAR_CELLS - cells,
            "", permille / 10, (long long)report->rows);
}

static void copy_spool(struct import_remarks *remarks)
{
    char block[4096];
    rewind(remarks->spool);
    for (size_t n; (n = fread(block, 1, sizeof block, remarks->spool)) > 0;)
        fwrite(block, 1, n, stdout);
}

static void print_json(struct import_report *report)
{
    json_object *head = json_object_new_object(), *products = json_object_new_object();
    json_object_object_add(head, "file", json_object_new_string(report->file));
    json_object_object_add(head, "dry_run", json_object_new_boolean(report->dry_run));
    json_object_object_add(head, "currency", json_object_new_string(report->currency));
    json_object_object_add(head, "rows", json_object_new_int64(report->rows));
    for (int i = 0; i < IMPORT_OUTCOMES_N; i++)
        json_object_object_add(products, outcomes[i], json_object_new_int64(report->products[i]));
    json_object_object_add(head, "products", products);
    json_object_object_add(head, "variants", json_object_new_int64(report->variants));
    json_object_object_add(head, "units_received", json_object_new_int64(report->units));
    const char *text = json_object_to_json_string_ext(head, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
    printf("%.*s,\"notes\":[", (int)strlen(text) - 1, text); /* the object goes on with what was spooled */
    json_object_put(head);
    copy_spool(&report->notes);
    printf("],\"refused\":[");
    copy_spool(&report->refused);
    printf("]}\n");
}

static void print_text(struct import_report *report)
{
    static const char *const headings[] = {"notes", "refused"};
    struct import_remarks *lists[] = {&report->notes, &report->refused};
    printf("%s%s: %lld rows, prices in %s\nproducts", report->file, report->dry_run ? " (dry run: nothing was changed)" : "",
           (long long)report->rows, report->currency);
    const char *separator = "  ";
    for (int i = 0; i < IMPORT_OUTCOMES_N; i++) {
        if ((i == IMPORT_CHECKED) != report->dry_run && i != IMPORT_REFUSED)
            continue;
        printf("%s%lld %s", separator, (long long)report->products[i], outcomes[i]);
        separator = ", ";
    }
    printf("\nvariants  %lld\nunits     %lld received\n", (long long)report->variants, (long long)report->units);
    for (size_t i = 0; i < 2; i++) {
        if (lists[i]->n == 0)
            continue;
        printf("%s (%lld)\n", headings[i], (long long)lists[i]->n);
        copy_spool(lists[i]);
    }
}

void import_report_print(struct import_report *report)
{
    if (report->terminal && report->drawn_us > 0)
        fprintf(stderr, "\r%*s\r", BAR_CELLS + 32, "");
    if (report->json)
        print_json(report);
    else
        print_text(report);
}
