-- Verify souk_shard:payment on mysql

SELECT payment_id, slot, order_id, account_id, channel, state, amount, currency, refund_due, lease_until, expires_at,
       provider_ref, reason, created_at, ended_at, captured_at, version
  FROM payment WHERE 0;
SELECT channel, event_id, payment_id, slot, said, outcome, provider_ref, received_at FROM payment_callback WHERE 0;
SELECT transfer_id, line, slot, kind, account, debit, credit, currency, order_id, created_at FROM ledger_entry WHERE 0;
