/* What Alipay and WeChat Pay have in common: amounts as yuan, times as clocks in Beijing show them (UTC+8, no summer time). */
#ifndef SOUK_DOMAIN_CHANNEL_CHINA_H
#define SOUK_DOMAIN_CHANNEL_CHINA_H

#include <stdbool.h>
#include <stdint.h>

enum { YUAN_BYTES = 24, BEIJING_BYTES = sizeof "2026-11-28 18:00:00" };

/* 4599 fen as "45.99". */
void yuan_text(int64_t fen, char out[YUAN_BYTES]);

/* "45.99", or with a sign, as fen. False: it is no amount, or has parts of a fen other than 0. */
bool yuan_read(const char *text, int64_t *fen);

/* Unix seconds as "2026-11-28 18:00:00". */
void beijing_text(int64_t unix_s, char out[BEIJING_BYTES]);

/* The reverse, of exactly that form. */
bool beijing_read(const char *text, int64_t *unix_s);

#endif
