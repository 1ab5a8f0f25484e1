-- Accounts, sessions, addresses: one account for an address, one live refresh token, one default address.
CALL make_shop();

CALL assert_next('an account opens', '^201.*"email": *"ann@example.org".*v1');
CALL account_create(263, 25863, 'ann@example.org', '$argon2id$h', 'Ann', 'k1', 'h1');
CALL assert_next('the same key answers the same account', '^201.*"263"');
CALL account_create(519, 26119, 'ann@example.org', '$argon2id$i', 'Ann', 'k1', 'h1');
CALL assert_is('and opens no other', (SELECT COUNT(*) FROM account), 1);
CALL assert_refused('the key with another body', 30021, 'idempotency.mismatch%',
    'CALL account_create(519, 26119, ''ann@example.org'', ''$argon2id$i'', ''Eve'', ''k1'', ''h2'')');
CALL assert_next('the same key for another address is another key', '^201.*"519"');
CALL account_create(519, 26119, 'bob@example.org', '$argon2id$h', NULL, 'k1', 'h1');
CALL assert_is('a mail asks for proof', (SELECT GROUP_CONCAT(kind) FROM mail WHERE account_id = 263), 'verify');
CALL assert_next('an address taken opens another account', '^201.*"775"');
CALL account_create(775, 26375, 'ann@example.org', '$argon2id$i', 'Eve', 'k2', 'h1');
CALL assert_is('which stands behind the first', (SELECT account_id FROM login_rival WHERE email = 'ann@example.org'), 775);
CALL assert_is('the first keeps the address', (SELECT account_id FROM login_claim WHERE email = 'ann@example.org'), 263);
CALL account_token_put(26375, 775, 'verify', 'ann@example.org', UNHEX(REPEAT('ab', 32)), 60);
CALL assert_refused('a token of another hash', 30103, 'account.token_invalid%', 'CALL account_verify(775, 26375, UNHEX(REPEAT(''ac'', 32)))');
CALL assert_refused('of another account', 30103, 'account.token_invalid%', 'CALL account_verify(263, 26375, UNHEX(REPEAT(''ab'', 32)))');
CALL assert_refused('for something else', 30103, 'account.token_invalid%',
    'CALL password_reset(775, 26375, UNHEX(REPEAT(''ab'', 32)), 26631, ''ann@example.org'', ''$argon2id$z'')');
CALL assert_next('who proves to read the mail', '^200.*"email_verified": true');
CALL account_verify(775, 26375, UNHEX(REPEAT('ab', 32)));
CALL assert_is('has the address', (SELECT account_id FROM login_claim WHERE email = 'ann@example.org'), 775);
CALL assert_is('and the other stands behind', (SELECT account_id FROM login_rival WHERE email = 'ann@example.org'), 263);
CALL assert_refused('a token works once', 30103, 'account.token_invalid%', 'CALL account_verify(775, 26375, UNHEX(REPEAT(''ab'', 32)))');
CALL account_token_put(26887, 263, 'verify', 'ann@example.org', UNHEX(REPEAT('ab', 32)), 60);
CALL assert_refused('what is proved is not taken', 30101, 'account.email_taken%', 'CALL account_verify(263, 26887, UNHEX(REPEAT(''ab'', 32)))');
CALL account_token_put(27143, 775, 'reset', 'ann@example.org', UNHEX(REPEAT('ab', 32)), -1);
CALL assert_refused('an expired token', 30103, 'account.token_invalid%',
    'CALL password_reset(775, 27143, UNHEX(REPEAT(''ab'', 32)), 27399, ''ann@example.org'', ''$argon2id$z'')');
CALL session_open(27655, 775);
CALL account_token_put(27911, 775, 'reset', 'ann@example.org', UNHEX(REPEAT('ab', 32)), 60);
CALL password_reset(775, 27911, UNHEX(REPEAT('ab', 32)), 27399, 'ann@example.org', '$argon2id$z');
CALL assert_is('a new password ends the sessions', (SELECT COUNT(*) FROM session_family WHERE account_id = 775 AND revoked_at IS NULL), 0);
CALL assert_is('and the owner is told', (SELECT kind FROM mail WHERE mail_id = 27399), 'password_changed');
DELETE FROM session_family;
DELETE FROM mail;
CALL password_reset_ask(28167, 'nobody@example.org');
CALL assert_next('mail for an address that no account has is dropped', '"items": \\[\\]');
CALL mail_due('c1', 60, 8);
CALL assert_is('for good', (SELECT state FROM mail WHERE mail_id = 28167), 'dropped');
CALL password_reset_ask(28423, 'ann@example.org');
CALL assert_next('mail that is due is claimed', '"28423".*"account_id": "775"');
CALL mail_due('c2', 60, 8);
CALL assert_next('by one sender', '"items": \\[\\]');
CALL mail_due('c3', 60, 8);
CALL assert_next('whose claim counts', 'lost');
CALL mail_done(28423, 'c3', NULL, 0);
CALL assert_next('what failed is tried again', 'pending');
CALL mail_done(28423, 'c2', 'no answer', 0);
CALL assert_is('a second later', (SELECT due_at BETWEEN UTC_TIMESTAMP(3) AND UTC_TIMESTAMP(3) + INTERVAL 2 SECOND FROM mail WHERE mail_id = 28423), 1);
UPDATE mail SET due_at = UTC_TIMESTAMP(3), created_at = UTC_TIMESTAMP(3) - INTERVAL 25 HOUR WHERE mail_id = 28423;
CALL mail_due('c4', 60, 8);
CALL assert_next('after a day it is given up', 'failed');
CALL mail_done(28423, 'c4', 'no answer', 0);
CALL assert_next('and listed', '"failed": 1.*"28423".*no answer');
CALL mail_list('failed', 10);
CALL mail_retry(28423);
CALL mail_due('c5', 60, 8);
CALL assert_next('until it is sent', 'sent');
CALL mail_done(28423, 'c5', NULL, 0);
CALL assert_next('an account is found by its address', '^200.*"775"');
CALL account_find('ann@example.org');
CALL assert_refused('one that is not there is not', 30004, 'not_found%', 'CALL account_find(''eve@example.org'')');
CALL assert_next('a change makes a new version', '^200.*"Bea".*v2');
CALL account_change(263, 29703, 'Bea', NULL, NULL, 1, 'k3', 'h1');
CALL assert_next('once for a key', '^200.*"Bea".*v2');
CALL account_change(263, 29703, 'Bea', NULL, NULL, 1, 'k3', 'h1');
CALL assert_refused('an old version', 30013, 'precondition.failed%', 'CALL account_change(263, 29703, ''Cyd'', NULL, NULL, 1, NULL, NULL)');
CALL assert_refused('an account that is not there', 30004, 'not_found%', 'CALL account_change(7, 29703, ''Cyd'', NULL, NULL, NULL, NULL, NULL)');
CALL assert_next('what a sign-in is checked against', '^200.*argon2id');
CALL session_credentials('ann@example.org');

CALL assert_next('a session begins', '^201.*"sequence": *1');
CALL session_open(1031, 263);
CALL session_open(1031, 263);
CALL assert_is('once for an id', (SELECT COUNT(*) FROM session_family), 1);
CALL assert_next('its token is traded', '^200.*"sequence": *2');
CALL session_refresh(1031, 1);
UPDATE session_family SET issued_at = issued_at - INTERVAL 20 SECOND;
SET @issued = (SELECT issued_at FROM session_family);
CALL assert_next('again within 30 s for the same', '^200.*"sequence": *2');
CALL session_refresh(1031, 1);
CALL assert_is('which changes nothing', (SELECT issued_at FROM session_family), @issued);
CALL assert_next('an older one is somebody else''s', '^401.*session.reused');
CALL session_refresh(1031, 0);
CALL assert_is('and ends the session for good', (SELECT COUNT(*) FROM session_family WHERE revoked_at IS NOT NULL), 1);
CALL assert_next('also for the owner', '^401.*session.expired');
CALL session_refresh(1031, 2);
CALL assert_next('an unknown session', '^401.*session.expired');
CALL session_refresh(1287, 1);

CALL session_open(1543, 263);
CALL session_refresh(1543, 1);
UPDATE session_family SET issued_at = issued_at - INTERVAL 31 SECOND WHERE session_id = 1543;
CALL assert_next('after 30 s the one before is an older one', '^401.*session.reused');
CALL session_refresh(1543, 1);
CALL session_open(1799, 263);
CALL assert_next('a token from the future is nobody''s', '^401.*session.reused');
CALL session_refresh(1799, 5);
CALL session_open(2055, 263);
CALL assert_next('nobody signs others out', '^204');
CALL session_close(519, 2055);
CALL assert_next('so it goes on', '^200.*"sequence": *2');
CALL session_refresh(2055, 1);
CALL session_close(263, 2055);
CALL assert_next('until its owner signs out', '^401.*session.expired');
CALL session_refresh(2055, 2);
UPDATE session_family SET expires_at = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND WHERE session_id IN (1031, 1543);
CALL assert_next('what has expired is forgotten', '"purged": *2');
CALL session_purge(100);
CALL assert_is('and only that', (SELECT COUNT(*) FROM session_family), 2);

CALL assert_next('the first address is the default', '^201 && "country": *"DE" && "is_default": *true');
CALL address_create(263, 2311, 'Ann', NULL, 'de', NULL, 'Berlin', 'Weg 1', NULL, NULL, NULL, 'k4', 'h1');
CALL address_create(263, 2567, 'Ann', NULL, 'DE', NULL, 'Bonn', 'Weg 2', NULL, NULL, NULL, NULL, NULL);
CALL assert_is('the next one is not', (SELECT default_address_id FROM account WHERE account_id = 263), 2311);
CALL address_create(263, 2823, 'Ann', NULL, 'DE', NULL, 'Kiel', 'Weg 3', NULL, NULL, 1, NULL, NULL);
CALL assert_is('unless it says so', (SELECT default_address_id FROM account WHERE account_id = 263), 2823);
CALL assert_is('both changed in the eyes of their owner', (SELECT GROUP_CONCAT(version ORDER BY address_id) FROM address), '2,1,1');
CALL assert_refused('the default is not given up', 30003, 'request.invalid: is_default%',
    'CALL address_change(263, 2823, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL)');
CALL assert_refused('a country of three letters', 30003, 'request.invalid: country%',
    'CALL address_change(263, 2823, NULL, NULL, ''D1'', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)');
CALL assert_refused('somebody else''s', 30004, 'not_found%',
    'CALL address_change(519, 2823, NULL, NULL, NULL, NULL, ''Rome'', NULL, NULL, NULL, NULL, NULL, NULL, NULL)');
CALL assert_refused('somebody else''s is not removed', 30004, 'not_found%', 'CALL address_delete(519, 2823, NULL, NULL, NULL)');
CALL assert_refused('an old version is not removed', 30013, 'precondition.failed%', 'CALL address_delete(263, 2823, 7, NULL, NULL)');
CALL assert_next('removing the default', '^204');
CALL address_delete(263, 2823, 1, 'k5', 'h1');
CALL assert_is('passes it to the newest', (SELECT default_address_id FROM account WHERE account_id = 263), 2567);
CALL assert_next('once for a key', '^204');
CALL address_delete(263, 2823, 1, 'k5', 'h1');
CALL assert_next('a page', '^200.*"2567".*"next_cursor":"32353637"');
CALL address_list(263, NULL, 1);
CALL assert_next('and the last one', '^200.*"2311".*"next_cursor":null');
CALL address_list(263, '2567', 1);
CALL assert_refused('a cursor of somebody''s invention', 30003, 'request.invalid: cursor%', 'CALL address_list(263, ''1 OR 1'', 1)');
CALL address_delete(263, 2311, NULL, NULL, NULL);
CALL address_delete(263, 2567, NULL, NULL, NULL);
CALL assert_is('without addresses there is no default', (SELECT default_address_id FROM account WHERE account_id = 263), NULL);

INSERT INTO address (address_id, account_id, name, phone, country, region, city, line1, line2, postal_code, created_at, changed_at)
WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 50)
SELECT 256 * (100 + n) + 7, 263, '', '', 'DE', '', '', '', '', '', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) FROM n;
CALL assert_refused('fifty addresses are enough', 30102, 'address.limit%',
    'CALL address_create(263, 3079, ''Ann'', NULL, ''DE'', NULL, ''Ulm'', ''Weg 4'', NULL, NULL, NULL, NULL, NULL)');

-- Another address, and the end of an account.
CALL assert_next('a wish for another address is shown', '^200 && "email": "ann@example.org" && "pending_email": "amy@example.org"');
CALL account_change(775, 29959, NULL, 'amy@example.org', '$argon2id$y', NULL, NULL, NULL);
CALL assert_is('and a mail goes there', (SELECT CONCAT(kind, ' ', email) FROM mail WHERE mail_id = 29959), 'email_change amy@example.org');
CALL account_token_put(29959, 775, 'change', 'amy@example.org', UNHEX(REPEAT('ab', 32)), 60);
CALL assert_next('whose answer is to be carried out', '^202.*amy@example.org');
CALL account_verify(775, 29959, UNHEX(REPEAT('ab', 32)));
CALL assert_refused('nothing else is wished for meanwhile', 30014, 'conflict%',
    'CALL account_change(775, 30215, NULL, ''eve@example.org'', ''$argon2id$y'', NULL, NULL, NULL)');
CALL assert_refused('and the account is not deleted', 30014, 'conflict%', 'CALL account_delete(775, 30215)');
CALL assert_next('first the claim', '"step": *"claim".*amy@example.org');
CALL claim_move_next(775);
CALL login_claim_take('amy@example.org', 775, 7);
CALL assert_next('once', '"claimed": 1');
CALL login_claim_take('amy@example.org', 775, 7);
CALL assert_is('while the old one is there', (SELECT COUNT(*) FROM login_claim WHERE account_id = 775), 2);
CALL assert_next('by one account', '"claimed": 0');
CALL login_claim_take('amy@example.org', 263, 7);
CALL claim_move_claimed(775, 'amy@example.org', 1, 30471, 30727);
CALL claim_move_claimed(775, 'amy@example.org', 1, 30983, 31239);
CALL assert_is('then the account, once', (SELECT COUNT(*) FROM mail WHERE kind = 'email_changed'), 2);
CALL assert_next('then the old claim goes', '"step": *"drop".*ann@example.org');
CALL claim_move_next(775);
CALL login_claim_drop('ann@example.org', 775, 7);
CALL assert_is('to who stood behind', (SELECT CONCAT(account_id, COALESCE(verified_at, ' unproved')) FROM login_claim WHERE email = 'ann@example.org'), '263 unproved');
CALL claim_move_dropped(775, 'ann@example.org');
CALL assert_next('and that is all', '"step": *"none"');
CALL claim_move_next(775);
CALL assert_next('an account goes', '^204');
CALL account_delete(775, 31495);
CALL assert_refused('once', 30004, 'not_found%', 'CALL account_delete(775, 31751)');
CALL assert_is('nothing personal is left', (SELECT CONCAT(email, password_hash, name) FROM account WHERE account_id = 775), '');
CALL assert_is('only a last mail', (SELECT GROUP_CONCAT(kind) FROM mail WHERE email = 'amy@example.org'), 'account_deleted');
CALL assert_next('its claim is to go', '"step": *"drop".*amy@example.org');
CALL claim_move_next(775);

DELETE FROM slot_owner WHERE slot = 7;
CALL assert_refused('a slot that moved: accounts', 30015, 'slot.moved%',
    'CALL account_create(1031, 26631, ''eve@example.org'', ''$argon2id$h'', NULL, NULL, NULL)');
CALL assert_refused('a slot that moved: sessions', 30015, 'slot.moved%', 'CALL session_refresh(2055, 1)');
CALL assert_refused('a slot that moved: addresses', 30015, 'slot.moved%',
    'CALL address_create(263, 3335, ''Ann'', NULL, ''DE'', NULL, ''Ulm'', ''Weg 4'', NULL, NULL, NULL, NULL, NULL)');
