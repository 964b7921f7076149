-- Patterns: literals, what matches, how often, where, and what is around it.
CREATE SCHEMA pattern_test;
SET search_path = pattern_test, public, journey;
SET datestyle = 'ISO';
SET timezone = 'UTC';

-- 'a:0 b:30 c/x:90' is a journey of these events, so many minutes after midnight
CREATE FUNCTION make(events text) RETURNS journey LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(journey_agg('2026-01-01 00:00+00'::timestamptz + split_part(e, ':', 2)::float8 * interval '1 minute',
                                split_part(e, ':', 1), NULL::text, NULL::float8, n), '[]')
      FROM string_to_table(events, ' ') WITH ORDINALITY AS t (e, n)
$$;
-- 'abca' is a journey of these events, a minute apart
CREATE FUNCTION letters(s text) RETURNS journey LANGUAGE sql IMMUTABLE AS $$
    SELECT make(string_agg(c || ':' || n, ' ' ORDER BY n)) FROM string_to_table(nullif(s, ''), NULL) WITH ORDINALITY AS t (c, n)
$$;
SELECT make('a:0 b:30 c/x:90'), letters('aba'), letters('');

--
-- Literals: what is printed reads back to the same value
--
SELECT input, input::pattern AS printed, input::pattern::text::pattern = input::pattern AS same
  FROM (VALUES (1, 'a'), (2, '  a   b '), (3, 'a b|c d'), (4, '(a b)|(c d)'), (5, '((a))'), (6, 'a (b|c) d'), (7, 'a*'), (8, '(a b)* c+ d?'),
               (9, '(a*)*b'), (10, 'a{2} b{2,} c{2,5} d{1} e{0,} f{1,} g{0,1}'), (11, '[a|b] [^a] [^ a | b ]*'), (12, '[view_*@email]'),
               (13, 'page_view/product "Order Completed" purchase@email purchase>=100 purchase@"paid search"=5'),
               (14, 'view_item .* [^refund]* (?<=7d) purchase'), (15, 'a (?<1h) (?>=10m) b'), (16, 'a (?==1s) b (?>500ms) c (?<=2w) d (?<=30us) e (?<90 min) f'),
               (17, '^ a b $'), (18, '^ a|b $'), (19, '(^ a|b) c'), (20, '.*'), (21, '[*] .'), (22, 'a.b a . b'), (23, 'a-b'), (24, '"a""b"'),
               (25, 'café 購入+'), (26, E'a\n\tb'), (27, '(?<=60m) a'), (28, 'a (?<=60m) b'), (29, 'a (?<=1h) b'), (30, '"purchase"'),
               (31, 'a| b'), (32, 'a (b c){2,3}'), (33, '(a|b)'), (34, '$ ^')) AS v (no, input)
 ORDER BY no;

-- one meaning, one value
SELECT a::pattern = b::pattern AS equal, a, b
  FROM (VALUES ('a b', '(a b)'), ('a b', 'a (b)'), ('a{1}', 'a'), ('a{0,}', 'a*'), ('a (?<=60m) b', 'a (?<=1h) b'), ('a (?<=7d) b', 'a (?<=1w) b'),
               ('[a]', 'a'), ('a|b', '[a|b]'), ('a b', 'b a'), ('a', '"a"')) AS v (a, b);

CREATE TABLE patterns (no int, p pattern);
INSERT INTO patterns SELECT row_number() OVER (), p FROM unnest(ARRAY['a b', 'a', 'a .* (?<=1h) b', '"Order Completed"', 'café*', 'a', '^ a', '[^a]* b']::pattern[]) AS p;
SELECT p, pattern_send(p) FROM patterns ORDER BY no;
\copy (SELECT * FROM patterns) TO PROGRAM 'cat > pattern_roundtrip.bin' (FORMAT binary)
CREATE TABLE patterns_back (LIKE patterns);
\copy patterns_back FROM PROGRAM 'cat pattern_roundtrip.bin; rm pattern_roundtrip.bin' (FORMAT binary)
SELECT count(*), bool_and(a.p = b.p) AS same FROM patterns a JOIN patterns_back b USING (no);

-- order, hashing
SELECT count(*) AS pairs,
       bool_and((a.p < b.p) = (pattern_cmp(a.p, b.p) < 0) AND (a.p <= b.p) = (pattern_cmp(a.p, b.p) <= 0) AND
                (a.p = b.p) = (pattern_cmp(a.p, b.p) = 0) AND (a.p <> b.p) = (pattern_cmp(a.p, b.p) <> 0) AND
                (a.p >= b.p) = (pattern_cmp(a.p, b.p) >= 0) AND (a.p > b.p) = (pattern_cmp(a.p, b.p) > 0)) AS operators,
       bool_and((a.p = b.p) = (a.p::text = b.p::text)) AS equality,
       bool_and(a.p <> b.p OR (pattern_hash(a.p) = pattern_hash(b.p) AND pattern_hash_extended(a.p, 7) = pattern_hash_extended(b.p, 7))) AS hashes
  FROM patterns a, patterns b;
SELECT count(DISTINCT p), (SELECT count(*) FROM (SELECT p FROM patterns GROUP BY p) g) FROM patterns;
-- text is taken wherever a pattern is wanted
SELECT letters('ab') ~ 'a b'::text AS text, letters('ab') ~ 'a b'::varchar AS varchar, letters('ab') ~ 'a b' AS literal, letters('ab') !~ 'a b' AS not;

--
-- What matches
--
SELECT s AS journey, p AS pattern, letters(s) ~ p::pattern AS matches, letters(s) !~ p::pattern AS not
  FROM (VALUES ('abc', 'a b'), ('acb', 'a b'), ('acb', 'a .* b'), ('acb', 'a . b'), ('ab', 'a . b'), ('ab', 'a .* b'), ('ba', 'a .* b'),
               ('aacb', 'a [^c]* b'), ('aadb', 'a [^c]* b'), ('acab', 'a [^c]* b'), ('abc', 'a (b|c) c'), ('adc', 'a (b|c) c'), ('adc', 'a [b|d] c'),
               ('abab', '^ (a b)* $'), ('ababa', '^ (a b)* $'), ('', '^ (a b)* $'), ('', 'a*'), ('', 'a'), ('', '.'), ('', '^ $'), ('a', '^ $'),
               ('b', 'a?'), ('aaa', 'a{3}'), ('aa', 'a{3}'), ('aaaa', '^ a{2,3} $'), ('aaa', '^ a{2,3} $'), ('aba', 'a{2}'), ('aba', '(. a){1}'),
               ('ab', '^ b'), ('ab', 'a $'), ('ab', '^ a b $'), ('ba', '^ a|b a $'), ('aab', '(a*)* b'), ('aaa', '(a*)* b'), ('ab', '[*] [*]'), ('ab', '. . .')) AS v (s, p);
-- names, details, channels and values are those of matchers
SELECT p, '[2026-01-01 10:00 page_view/product @email, 2026-01-01 10:01 "Order Completed" =50, 2026-01-01 10:02 view_item/shoes @ads =5]'::journey ~ p::pattern AS matches
  FROM unnest(ARRAY['page_view', 'page_view/product', 'page_view/home', '"page_view"', '"Order Completed"', 'page_view@email "Order Completed">=50',
                    'page_view@email "Order Completed">50', '[view_*]', '[*@email]', '[*@ads] .', '. [view_*@ads<=5]', 'view_item@email', 'page_view [^view_item] view_item',
                    'page_view [^*=50]* view_item', 'page_view . [^*@email]']) AS p;
SELECT NULL::journey ~ 'a' AS no_journey, letters('a') ~ NULL AS no_pattern, pattern_count(NULL, 'a'), pattern_count(letters('a'), NULL), pattern_count(letters('a'), 'a', NULL),
       nodes_after(NULL, 'a'), nodes_before(letters('a'), NULL);

--
-- Time gates measure from the last touchpoint that was matched, both ends exact
--
SELECT j AS journey, p AS pattern, make(j) ~ p::pattern AS matches
  FROM (VALUES ('a:0 b:60', 'a (?<=1h) b'), ('a:0 b:60.001', 'a (?<=1h) b'), ('a:0 b:60', 'a (?<1h) b'), ('a:0 b:60', 'a (?>=1h) b'), ('a:0 b:60', 'a (?>1h) b'), ('a:0 b:60', 'a (?==1h) b'),
               ('a:0 c:50 b:100', 'a .* (?<=1h) b'), ('a:0 c:50 b:100', 'a c (?<=1h) b'), ('a:0 c:50 b:100', 'a [^a]* (?<=1h) b'), ('a:0 c:50 b:100', 'a [*] (?<=1h) b'),
               ('a:0 c:50 b:100', 'a . (?<=1h) b'),
               -- the first a is too far away, the second is not
               ('a:0 a:50 b:100', 'a .* (?<=1h) b'), ('a:0 a:50 b:100', '^ a [^a]* (?<=1h) b'), ('a:0 a:50 b:100', 'a .* (?>=90m) b'), ('a:0 a:50 b:100', 'a .* (?>=40m) (?<=60m) b'),
               ('a:0 a:50 b:100', 'a .* (?>=60m) (?<=90m) b'), ('a:0 b:50 c:100', 'a (?<=1h) b (?<=1h) c'), ('a:0 b:50 c:100', 'a (?<=1h) . (?<=1h) c'),
               -- the gate belongs to the next element, whatever lies before it
               ('a:0 c:5 b:70', 'a (?<=10m) .* b'), ('a:0 c:15 b:70', 'a (?<=10m) .* b'), ('a:0 b:5', 'a (?<=10m) .* b'),
               -- equal times
               ('a:5 b:5', 'a (?<=0s) b'), ('a:5 b:5', 'a (?<0s) b'), ('a:5 b:5', 'b a'), ('a:5 b:5', 'a (?==0s) b')) AS v (j, p);
-- a day is 24 hours, in every time zone
SET timezone = 'Europe/Berlin';
SELECT '[2026-03-28 12:00+01 a, 2026-03-29 13:00+02 b]'::journey ~ 'a (?<=1d) b' AS within_a_day, '[2026-03-28 12:00+01 a, 2026-03-29 13:00:00.000001+02 b]'::journey ~ 'a (?<=1d) b' AS longer;
SET timezone = 'UTC';
SELECT '[0044-03-15 12:00+00 BC a, 290000-12-31 23:59:59.999999+00 b]'::journey ~ 'a (?>500000w) b' AS the_longest_time;

--
-- How often
--
SELECT s AS journey, p AS pattern, pattern_count(letters(s), p::pattern) AS count, pattern_count(letters(s), p::pattern, overlapping => true) AS overlapping
  FROM (VALUES ('aab', 'a .* b'), ('aaaa', 'a a'), ('abab', 'a b'), ('ababa', 'a b a'), ('abcabc', 'a .* c'), ('aabb', 'a .* b'), ('abc', 'd'), ('abc', '.'), ('abc', '. .'),
               ('abc', '.*'), ('abc', 'a*'), ('', 'a*'), ('', 'a'), ('abc', '$'), ('', '$'), ('abc', '^'), ('abc', 'd* $'), ('abab', '^ a'), ('abab', 'b $'), ('aaa', 'a+'), ('abab', '(a b)+'), ('cab', 'a? b')) AS v (s, p);

--
-- Where
--
SELECT * FROM pattern_matches(make('a:0 x:10 b:20 a:30 a:35 b:40 c:50'), 'a .* b');
SELECT * FROM pattern_matches(make('a:0 x:10 b:20 a:30 a:35 b:40 c:50'), 'a .* b', which => 'first');
SELECT * FROM pattern_matches(make('a:0 x:10 b:20 a:30 a:35 b:40 c:50'), 'a .* b', 'last');
SELECT match_no, first_n, last_n, positions, events FROM pattern_matches(make('a:0 x:10 b:20 a:30 a:35 b:40 c:50'), 'a [*]* b');
SELECT match_no, first_n, last_n, positions, events FROM pattern_matches(make('view_item/shoes:0 x:10 purchase:20'), 'view_item . purchase');
SELECT match_no, first_n, last_n, positions, events FROM pattern_matches(letters('xaby'), '. a b .');
SELECT * FROM pattern_matches(letters('ba'), 'a*');
SELECT * FROM pattern_matches(letters('ba'), 'a*', 'last');
SELECT * FROM pattern_matches(letters(''), 'a*');
SELECT * FROM pattern_matches(letters('ab'), 'b a');
SELECT * FROM pattern_matches(letters('ab'), 'b a', 'last');
SELECT * FROM pattern_matches(NULL, 'a');
SELECT (pattern_matches(letters('abab'), 'a b')).last_n;
-- for each customer, joined sideways
SELECT no, m.match_no, m.positions
  FROM (VALUES (1, letters('abcab')), (2, letters('')), (3, letters('ccab'))) AS c (no, j), pattern_matches(j, 'a b') AS m ORDER BY no, match_no;

--
-- What came next, and before
--
SELECT nodes_after(letters('abcabdab'), 'a b') AS next, nodes_after(letters('abcabdab'), 'a b', 2) AS second, nodes_after(letters('abcabdab'), 'a b', n => 3, which => 'first') AS third_of_first,
       nodes_after(letters('abcabdab'), 'a b', which => 'last') AS last, nodes_after(letters('abcabdab'), 'b a') AS none, nodes_after(letters('abcabdab'), 'a b', 2147483647) AS far;
SELECT nodes_before(letters('abcabdab'), 'a b') AS previous, nodes_before(letters('abcabdab'), 'a b', 2) AS second, nodes_before(letters('abcabdab'), 'a b', which => 'first') AS first,
       nodes_before(letters('abcabdab'), 'b $') AS of_end, nodes_after(letters('abcabdab'), '^ a') AS of_beginning, nodes_before(letters('abcabdab'), 'a b', 2147483647) AS far;
SELECT node, count(*) FROM unnest(ARRAY[letters('abc'), letters('abd'), letters('abab'), letters('xab/')]) AS j, unnest(nodes_after(j, 'a b')) AS node GROUP BY node ORDER BY node;
SELECT nodes_after('[2026-01-01 10:00 a, 2026-01-01 10:01 page_view/home @email =5]', 'a') AS with_detail, nodes_after(letters('ab'), 'x*') AS of_nothing, nodes_before(letters('ab'), 'x*') AS before_nothing;

--
-- The same pattern for many journeys, and another one for each: what is kept from one call to the next never shows
--
SELECT no, p, array_agg(j ~ p ORDER BY n) AS one_by_one
  FROM (VALUES (1, letters('ab')), (2, letters('ba')), (3, letters(''))) AS c (n, j), (VALUES (1, 'a b'::pattern), (2, 'b a'), (3, '^ $'), (4, 'a'), (5, 'a .* (?<=1m) b')) AS p (no, p)
 GROUP BY no, p ORDER BY no;
SELECT n, p, letters('ab') ~ p AS fits FROM (SELECT n, (ARRAY['a b', 'b', 'c'])[n % 3 + 1]::pattern AS p FROM generate_series(1, 7) AS n) AS s;
DO $$
DECLARE
    j journey := letters('ab');
    p pattern;
    found text := '';
BEGIN
    FOREACH p IN ARRAY ARRAY['a b', 'b a', 'b', 'a a', 'a', 'a']::pattern[] LOOP
        found := found || (CASE WHEN j ~ p THEN 'yes ' ELSE 'no ' END);
    END LOOP;
    RAISE NOTICE '%', found;
END
$$;

--
-- Without gates PostgreSQL's own regular expressions must agree: whether, how
-- often from the left, and at how many places a match begins
--
SELECT setseed(0.75);
CREATE TYPE both_forms AS (p text, r text);
CREATE FUNCTION random_pattern(depth int) RETURNS both_forms LANGUAGE plpgsql AS $$
DECLARE
    kind int := CASE WHEN depth = 0 THEN floor(random() * 7) ELSE floor(random() * 16) END;
    letter text := substr('abcd', 1 + floor(random() * 4)::int, 1);
    other text := substr('abcd', 1 + floor(random() * 4)::int, 1);
    a both_forms;
    b both_forms;
    times text;
BEGIN
    IF kind < 4 THEN
        RETURN (letter, letter)::both_forms;
    ELSIF kind = 4 THEN
        RETURN ('.', '.')::both_forms;
    ELSIF kind = 5 THEN
        RETURN ('[' || letter || '|' || other || ']', '[' || letter || other || ']')::both_forms;
    ELSIF kind = 6 THEN
        RETURN ('[^' || letter || '|' || other || ']', '[^' || letter || other || ']')::both_forms;
    END IF;
    a := random_pattern(depth - 1);
    IF kind < 11 THEN
        b := random_pattern(depth - 1);
        RETURN (a.p || ' ' || b.p, a.r || b.r)::both_forms;
    ELSIF kind = 11 THEN
        b := random_pattern(depth - 1);
        RETURN ('(' || a.p || '|' || b.p || ')', '(?:' || a.r || '|' || b.r || ')')::both_forms;
    ELSE
        times := (ARRAY['*', '+', '?', '{2}', '{1,2}', '{0,2}', '{2,}'])[1 + floor(random() * 7)];
        RETURN ('(' || a.p || ')' || times, '(?:' || a.r || ')' || times)::both_forms;
    END IF;
END
$$;
-- non-overlapping from the left, each the earliest to end
CREATE FUNCTION count_by_regex(s text, r text) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    from_ int := 0;
    n int := 0;
BEGIN
    IF s = '' THEN
        RETURN (s ~ r)::int;
    END IF;
    WHILE from_ < length(s) LOOP
        FOR to_ IN from_ .. length(s) + 1 LOOP
            IF to_ > length(s) THEN
                RETURN n;
            ELSIF substr(s, from_ + 1, to_ - from_) ~ ('(?:' || r || ')$') THEN
                n := n + 1;
                from_ := greatest(to_, from_ + 1);
                EXIT;
            END IF;
        END LOOP;
    END LOOP;
    RETURN n;
END
$$;
CREATE TABLE random_patterns AS SELECT no, f.p, f.r FROM generate_series(1, 400) AS no, LATERAL random_pattern(4 + 0 * no) AS f;
CREATE TABLE random_strings AS
SELECT no, s, letters(s) AS j
  FROM (SELECT no, coalesce((SELECT string_agg(substr('abcde', 1 + floor(random() * 5)::int, 1), '') FROM generate_series(1, no % 9)), '') AS s FROM generate_series(0, 39) AS no) AS s;
SELECT count(*) AS pairs, count(*) FILTER (WHERE s ~ r) BETWEEN 4000 AND 12000 AS both_kinds,
       count(*) FILTER (WHERE (j ~ p::pattern) <> (s ~ r)) AS wrong,
       count(*) FILTER (WHERE (j ~ ('^ (' || p || ')')::pattern) <> (s ~ ('^(?:' || r || ')'))) AS wrong_at_first,
       count(*) FILTER (WHERE (j ~ ('(' || p || ') $')::pattern) <> (s ~ ('(?:' || r || ')$'))) AS wrong_at_last,
       count(*) FILTER (WHERE (j ~ ('^ (' || p || ') $')::pattern) <> (s ~ ('^(?:' || r || ')$'))) AS wrong_whole
  FROM random_patterns, random_strings;
SELECT count(*) AS pairs, sum(found) > 5000 AS many,
       count(*) FILTER (WHERE found <> count_by_regex(s, r)) AS wrong,
       count(*) FILTER (WHERE pattern_count(j, p::pattern, true) <>
                              (SELECT count(*) FROM generate_series(1, length(s)) AS i WHERE substr(s, i) ~ ('^(?:' || r || ')'))) AS wrong_overlapping,
       -- the rows are what is counted: whole matches, one behind the other, that list what is there
       count(*) FILTER (WHERE found <> (SELECT count(*) FROM pattern_matches(j, p::pattern) AS m
                                         WHERE substr(s, first_n, last_n - first_n + 1) ~ ('^(?:' || r || ')$') AND
                                               (SELECT count(*) FROM unnest(positions, times, events) AS x (n, at, event)
                                                 WHERE substr(s, x.n, 1) = x.event AND (nth(j, x.n)).at = x.at AND x.n BETWEEN first_n AND last_n) = cardinality(positions) AND
                                               coalesce(first_at = (nth(j, first_n)).at AND last_at = (nth(j, last_n)).at, first_n = last_n + 1))) AS wrong_rows,
       count(*) FILTER (WHERE nodes_after(j, p::pattern) IS DISTINCT FROM
                              (SELECT coalesce(array_agg(nullif(substr(s, last_n + 1, 1), '') ORDER BY match_no), '{}') FROM pattern_matches(j, p::pattern))) AS wrong_after,
       count(*) FILTER (WHERE nodes_before(j, p::pattern, 2) IS DISTINCT FROM
                              (SELECT coalesce(array_agg(CASE WHEN first_n > 2 THEN substr(s, first_n - 2, 1) END ORDER BY match_no), '{}') FROM pattern_matches(j, p::pattern))) AS wrong_before,
       count(*) FILTER (WHERE (SELECT m FROM pattern_matches(j, p::pattern, 'last') AS m) IS DISTINCT FROM
                              (SELECT m FROM pattern_matches(j, p::pattern) AS m ORDER BY match_no DESC LIMIT 1)) AS wrong_last
  FROM (SELECT *, pattern_count(j, p::pattern) AS found FROM random_patterns, random_strings WHERE random_patterns.no % 4 = 0 OFFSET 0) AS c;

--
-- Time gates, against plain SQL
--
CREATE TABLE timed AS
SELECT no, make(string_agg(substr('abc', 1 + floor(random() * 3)::int, 1) || ':' || floor(random() * 12) * 10, ' ')) AS j
  FROM generate_series(1, 1000) AS no, generate_series(1, 1 + no % 9) GROUP BY no;
SELECT count(*) AS journeys, count(*) FILTER (WHERE j ~ 'a .* (?<=20m) b') AS one, count(*) FILTER (WHERE j ~ 'a .* (?>=10m) (?<30m) b .* (?<=40m) c') AS two,
       count(*) FILTER (WHERE (j ~ 'a .* (?<=20m) b') <>
           EXISTS (SELECT FROM touchpoints(j) a, touchpoints(j) b WHERE a.event = 'a' AND b.event = 'b' AND a.n < b.n AND b.at - a.at <= '20 min')) AS wrong_one,
       count(*) FILTER (WHERE (j ~ 'a .* (?>=10m) (?<30m) b .* (?<=40m) c') <>
           EXISTS (SELECT FROM touchpoints(j) a, touchpoints(j) b, touchpoints(j) c
                    WHERE a.event = 'a' AND b.event = 'b' AND c.event = 'c' AND a.n < b.n AND b.n < c.n AND
                          b.at - a.at >= '10 min' AND b.at - a.at < '30 min' AND c.at - b.at <= '40 min')) AS wrong_two,
       count(*) FILTER (WHERE (j ~ 'a [^c]* (?==30m) b') <>
           EXISTS (SELECT FROM touchpoints(j) a, touchpoints(j) b WHERE a.event = 'a' AND b.event = 'b' AND a.n < b.n AND b.at - a.at = '30 min' AND
                          NOT EXISTS (SELECT FROM touchpoints(j) c WHERE c.event = 'c' AND c.n > a.n AND c.n < b.n))) AS wrong_three,
       count(*) FILTER (WHERE pattern_count(j, 'a .* (?<=20m) b', true) <>
           (SELECT count(*) FROM touchpoints(j) a WHERE a.event = 'a' AND
                   EXISTS (SELECT FROM touchpoints(j) b WHERE b.event = 'b' AND a.n < b.n AND b.at - a.at <= '20 min'))) AS wrong_count
  FROM timed;

--
-- A million touchpoints in one journey
--
SET statement_timeout = '60s';
CREATE TABLE long AS
SELECT journey_agg('2026-01-01'::timestamptz + i * interval '1 minute', CASE WHEN i % 90 = 0 THEN 'a' WHEN i % 90 = 61 THEN 'b' ELSE 'c' END) AS j
  FROM generate_series(1, 1000000) AS i;
SELECT touchpoint_count(j) AS touchpoints, j ~ 'a .* (?<=1h) b' AS within_an_hour, j ~ 'a .* (?<=61m) b' AS a_minute_more, j ~ 'a .* (?>=1000000m) b' AS too_long,
       j ~ 'a .* (?>=999830m) b' AS long_enough, j ~ '(a*)* d' AS nested, j ~ '((c|a)*)* b b' AS never FROM long;
SELECT pattern_count(j, 'a .* (?<=1h) b'), pattern_count(j, 'a .* (?<=61m) b'), pattern_count(j, 'a .* (?<=61m) b', true) AS overlapping, pattern_count(j, 'c{28} a'), pattern_count(j, '.') AS any FROM long;
SELECT count(*), min(match_no), max(match_no), sum(last_n - first_n), max(last_n) FROM long, pattern_matches(j, 'a .* (?<=61m) b');
SELECT match_no, first_n, last_n FROM long, pattern_matches(j, 'a .* (?<=61m) b', 'last');
SELECT cardinality(nodes_after(j, 'a')) AS n, nodes_after(j, 'a', which => 'last') AS last, nodes_before(j, 'b', 61, 'last') AS before FROM long;
-- and it can be stopped
SET statement_timeout = '100ms';
SELECT j ~ '(c .{1,30} (?>=5m) (?<=30m) [c|a|b]){10} [^c|a|b]' FROM long;
SELECT pattern_count(j, '(c .{1,30} (?>=5m) (?<=30m) [c|a|b]){10} [^c|a|b]') FROM long;
SELECT pattern_matches(j, '(c .{1,30} (?>=5m) (?<=30m) [c|a|b]){10} [^c|a|b]', 'last') FROM long;
RESET statement_timeout;
DROP TABLE long;

SET client_min_messages = warning;
DROP SCHEMA pattern_test CASCADE;
