/* JSON log lines on standard error, one object a line, written with a single write(2).
 * Never log tokens, passwords, e-mail addresses or bodies.
 */
#ifndef SOUK_OBSERVE_LOG_H
#define SOUK_OBSERVE_LOG_H

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* `role` is api, worker, admin or sandbox and stands in every line. */
void log_init(const char *role, enum log_level level);

/* The request id and trace id of the request that this fiber or thread serves, NULL for none; borrowed. */
void log_bind(const char *request_id, const char *trace_id);

/* {"time":…,"level":…,"role":…,"pid":…,"message":…,"request_id":…,"trace_id":…} */
void log_write(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...) log_write(LOG_ERROR, __VA_ARGS__)
#define log_warn(...) log_write(LOG_WARN, __VA_ARGS__)
#define log_info(...) log_write(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_write(LOG_DEBUG, __VA_ARGS__)

#endif
