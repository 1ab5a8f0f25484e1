-- Verify souk_shard:money on mysql
SELECT captured, handle, pay_url, code_url, due_at, tries, statement_day FROM payment WHERE 0;
SELECT refund_id, payment_id, order_id, account_id, channel, state, amount, currency, cause, reason, requested_by, provider_ref,
       failure, due_at, tries, statement_day, created_at, ended_at, version FROM refund WHERE 0;
SELECT case_id, kind, reference, channel, order_id, payment_id, refund_id, data, state, note, closed_by, created_at, closed_at,
       version FROM payment_case WHERE 0;
