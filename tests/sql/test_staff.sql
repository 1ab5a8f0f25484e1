-- database: global
-- Roles are granted once, taken away, and listed by account.
CALL assert_next('nothing for most', '^200.*"roles":\\[\\]');
CALL staff_roles(263);
CALL assert_next('granted', '^200.*true');
CALL staff_grant(263, 'merchant');
CALL assert_next('granted already', '^200.*false');
CALL staff_grant(263, 'merchant');
CALL staff_grant(263, 'admin');
CALL staff_grant(519, 'ops');
CALL assert_refused('there is no such role', 30003, 'request.invalid: role', 'CALL staff_grant(263, ''buyer'')');
CALL assert_next('roles of one', '"roles":\\["admin", ?"merchant"\\]');
CALL staff_roles(263);
CALL assert_next('of everybody', '"263".*"admin","merchant".*"519".*"ops"');
CALL staff_list(0, 10);
CALL assert_next('in parts', '"519"');
CALL staff_list(263, 1);
CALL assert_next('taken away', '^200.*true');
CALL staff_revoke(263, 'admin');
CALL assert_next('once', '^200.*false');
CALL staff_revoke(263, 'admin');
CALL assert_is('the others stay', (SELECT COUNT(*) FROM role_grant), 2);
