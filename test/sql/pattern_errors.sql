-- Patterns: malformed literals, limits, what looks exponential, wrong options.
CREATE SCHEMA pattern_errors_test;
SET search_path = pattern_errors_test, public, journey;
SET datestyle = 'ISO';
SET timezone = 'UTC';

-- Malformed literals say where and what was expected
CREATE FUNCTION failure(literal text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    message text;
    detail text;
    hint text;
BEGIN
    RETURN 'no error: ' || literal::pattern;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN SQLSTATE || ' ' || detail || CASE WHEN hint <> '' THEN ' ' || hint ELSE '' END;
END
$$;
SELECT 'a b)'::pattern;
SELECT 'view_item .* Order Completed!'::pattern;
SELECT literal, failure(literal)
  FROM (VALUES (1, ''), (2, '  '), (3, '*'), (4, 'a (b'), (5, 'a b)'), (6, '()'), (7, 'a |'), (8, '| a'), (9, '(a|)'), (10, 'a **'), (11, 'a+*'), (12, 'a {2'), (13, 'a{}'), (14, 'a{,3}'),
               (15, 'a{3,2}'), (16, 'a{0}'), (17, 'a{-1}'), (18, 'a{x}'), (19, 'a{99999999999999999999}'), (20, '[a'), (21, '[]'), (22, '[^]'), (23, '[a b]'), (24, '[^^a]'), (25, 'view_*'), (26, 'view_* b'),
               (27, 'a (?<=1h)'), (28, '(?<=1h)'), (29, 'a (?<=1h) $'), (30, 'a (?<=1h)* b'), (31, 'a (?1h) b'), (33, 'a (?<=h) b'), (34, 'a (?<=1) b'), (35, 'a (?<=1month) b'), (36, 'a (?<=1y) b'),
               (37, 'a (?<=-1h) b'), (38, 'a (?<=1h b'), (39, 'a (?<=99999999999999w) b'), (41, 'a (?:b)'), (42, '^*'), (43, 'a $*'), (44, 'a@'), (45, 'a@* b'), (46, 'a>= b'), (47, 'a>=1x'), (48, '"a'), (49, 'a & b'),
               (50, 'a, b'), (51, 'a -> b'), (52, 'é é) é'), (53, '[é'), (55, '?'), (56, 'a ? ?'), (57, '.**'), (58, '\d'), (59, 'a=>b'), (60, 'a (?t<=3600) b'), (61, '(?1)(?2)')) AS v (no, literal)
 ORDER BY no;

-- Limits
SELECT length(repeat('a ', 4000)::pattern::text);
SELECT repeat('a ', 4100)::pattern;
SELECT 'a{5000}'::pattern;
SELECT '((a{100}){100}){100}'::pattern;
SELECT 'a{4294967295}'::pattern;
SELECT 'a{2,4294967294}'::pattern;
SELECT (repeat('(', 200) || 'a' || repeat(')', 200))::pattern;
SELECT (repeat('(', 251) || 'a' || repeat(')', 251))::pattern;
SELECT (repeat('(', 30000) || 'a' || repeat(')', 30000))::pattern;
SELECT (repeat('(', 32000))::pattern;
SELECT length(('a' || repeat(' ', 65535))::pattern::text);
SELECT ('a' || repeat(' ', 65536))::pattern;
SELECT ('[' || repeat('x', 1000) || repeat('|' || repeat('y', 1000), 60) || ']')::pattern = ('[' || repeat('x', 1000) || repeat('|' || repeat('y', 1000), 60) || ']')::pattern AS large;
SELECT repeat('x', 1025)::pattern;
-- as large as it may be, and what looks exponential: answers, soon
SET statement_timeout = '20s';
CREATE TABLE many_a AS SELECT journey_agg('2026-01-01'::timestamptz + i * interval '1 second', 'a') AS j FROM generate_series(1, 2000) AS i;
SELECT p, j ~ p::pattern AS matches, pattern_count(j, p::pattern)
  FROM many_a, unnest(ARRAY['(a*)*b', '(a*)*', '(a|a)*b', '(a|a a)*b', '(a* a*)* b', '((((a*)*)*)*)* b', '(a+)+ $', '(.*)*(.*)*(.*)* b', '(a?){50} a{50} b']) AS p;
SELECT j ~ 'a{4000}' AS too_many, j ~ 'a{2000}' AS all_of_them, j ~ '(a (?<=1s)){1500} a' AS gated, j ~ '(a (?>=2s) .*){1000} b' AS gated_no FROM many_a;
RESET statement_timeout;

-- Malformed binary
CREATE FUNCTION receive(bytes bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    file bytea := '\x5047434f50590aff0d0a00'::bytea || '\x0000000000000000'::bytea ||
                  '\x0001'::bytea || int4send(length(bytes)) || bytes || '\xffff'::bytea;
    octal text;
    answer text;
BEGIN
    SELECT string_agg(format('\%s%s%s', b >> 6, b >> 3 & 7, b & 7), '' ORDER BY i) INTO octal
      FROM (SELECT i, get_byte(file, i) AS b FROM generate_series(0, length(file) - 1) AS i) s;
    CREATE TEMP TABLE received (p pattern);
    EXECUTE 'COPY received FROM PROGRAM ''printf "' || octal || '"'' (FORMAT binary)';
    SELECT p::text INTO answer FROM received;
    DROP TABLE received;
    RETURN answer;
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || SQLERRM;
END
$$;
SELECT receive('\x01' || 'a .* b'::bytea);
SELECT receive('\x01');
SELECT receive('\x02' || 'a'::bytea);
SELECT receive('\x01' || 'a ('::bytea);
SELECT receive('\x');
SELECT receive('\x01' || '\x6100'::bytea);

-- Options
CREATE TABLE one AS SELECT '[2026-01-01 10:00 a]'::journey AS j;
SELECT pattern_matches(j, 'a', 'every') FROM one;
SELECT pattern_matches(j, 'a', '') FROM one;
SELECT nodes_after(j, 'a', 0) FROM one;
SELECT nodes_before(j, 'a', -1) FROM one;
SELECT nodes_after(j, 'a', 1, 'First') FROM one;
SELECT j ~ 'a (' FROM one;
SELECT pattern_count(j, 'a ('::text) FROM one;

SET client_min_messages = warning;
DROP SCHEMA pattern_errors_test CASCADE;
