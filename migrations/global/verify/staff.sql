-- Verify souk_global:staff on mysql

SELECT account_id, role, created_at FROM role_grant WHERE 0;
