/* Leadership by a lock that a connection holds. See lead.h. */
#include "store/lead.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "store/session.h"
#include "store/store.h"

struct lead {
    const struct config_db *db;
    const char *job;
    MYSQL *mysql; /* NULL: not connected */
    int64_t held_us; /* clock_us() when the server last said that this one leads; 0: it did not */
};

/* A lead that was confirmed so shortly ago is not asked for again while its connection lives, with which it would have
 * ended: a job that looks often would ask more than it works. */
enum { CONFIRMED_US = 10000000 };

struct lead *lead_new(const struct config *config, int db, const char *job)
{
    struct lead *lead = calloc(1, sizeof *lead);
    if (lead == NULL)
        return NULL;
    lead->db = db == DB_GLOBAL ? &config->global : &config->shards[db];
    lead->job = job;
    return lead;
}

void lead_free(struct lead *lead)
{
    if (lead == NULL)
        return;
    session_close(lead->mysql);
    free(lead);
}

/* The status column of job_lead's answer; 0 when there is none. */
static int ask(MYSQL *mysql, const char *job, int64_t deadline_us)
{
    char sql[128];
    int status = 0;
    const int len = snprintf(sql, sizeof sql, "CALL job_lead('%s')", job);
    if (session_query(mysql, sql, (size_t)len, deadline_us) != 0)
        return 0;
    do {
        MYSQL_RES *rows = mysql_store_result(mysql);
        MYSQL_ROW row = rows ? mysql_fetch_row(rows) : NULL;
        if (row && row[0])
            status = atoi(row[0]);
        mysql_free_result(rows);
    } while (mysql_next_result(mysql) == 0);
    return status;
}

enum souk_err lead_hold(struct lead *lead, int64_t deadline_us)
{
    char message[SESSION_MESSAGE_BYTES];
    if (lead->mysql && lead->held_us && clock_us() - lead->held_us < CONFIRMED_US && session_alive(lead->mysql))
        return SOUK_OK;
    lead->held_us = 0;
    if (lead->mysql == NULL)
        lead->mysql = session_open(lead->db, lead->db->schema, deadline_us, message);
    if (lead->mysql == NULL)
        return SOUK_UNAVAILABLE;
    const int status = ask(lead->mysql, lead->job, deadline_us);
    if (status == 200) {
        lead->held_us = clock_us();
        return SOUK_OK;
    }
    if (status == 409)
        return SOUK_CONFLICT;
    session_close(lead->mysql);
    lead->mysql = NULL;
    return SOUK_UNAVAILABLE;
}
