-- Says in one line whether two values are the same; NULL is the same as NULL.
CREATE PROCEDURE assert_is(in_name VARCHAR(200), in_got LONGTEXT, in_want LONGTEXT)
SELECT IF(in_got <=> in_want, CONCAT('ok - ', in_name),
          CONCAT('not ok - ', in_name, '\n# got:  ', COALESCE(in_got, 'NULL'), '\n# want: ', COALESCE(in_want, 'NULL'))) AS line
