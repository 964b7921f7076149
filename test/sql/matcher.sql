-- The type matcher: its language, its text and binary forms, its operators.
SET search_path = public, journey;

--
-- The literal, as it is read and as it is printed
--
SELECT input, input::matcher AS printed,
       input::matcher::text::matcher = input::matcher AS same
  FROM (VALUES ('view_item'), ('view_item|view_*@email'), ('purchase>=100'),
               (' purchase  @ email >= 1e2 | refund '), ('"Order Completed"'),
               ('"say ""hi"""'), ('"purchase"'), ('page_view/product'),
               ('"page_view/product"'), ('"page view/product"'), ('*'), ('**'),
               ('a**b***'), ('*@*'), ('*@"*"'), ('"*"'), ('a@"b c"=-1.5e-3'),
               ('a<1|a<=1|a=1|a<>1|a!=1|a>=1|a>1'), ('a=-0'), ('a=.5|a=5.|a=+5'),
               ('a=0.1'), ('a=123456789012345678'), ('a=1e-300'), ('a=0.30000000000000004'),
               ('a.b-c:d$e_f'), ('café|購入'), ('""'), (E'a\n|\tb'), ('"a|b"'), ('1'),
               ('view.*'), ('*.view'), ('a-*')
       ) AS t (input);

-- the same in binary: sent, stored, received
CREATE TABLE matchers (no int, m matcher);
INSERT INTO matchers
SELECT row_number() OVER (), input::matcher
  FROM unnest(ARRAY['view_item|view_*@email', '"Order Completed">=10.5', '*@*',
                    '"say ""hi"""', 'page_view/product|"page_view"', 'café<-1']) AS input;
SELECT m, matcher_send(m) FROM matchers ORDER BY no;
\copy (SELECT * FROM matchers) TO PROGRAM 'cat > matcher_roundtrip.bin' (FORMAT binary)
CREATE TABLE matchers_back (LIKE matchers);
\copy matchers_back FROM PROGRAM 'cat matcher_roundtrip.bin; rm matcher_roundtrip.bin' (FORMAT binary)
SELECT count(*), bool_and(a.m = b.m) AS same
  FROM matchers a JOIN matchers_back b USING (no);

--
-- Malformed literals say where and what was expected
--
SELECT ''::matcher;
SELECT '  '::matcher;
SELECT 'a|'::matcher;
SELECT '|a'::matcher;
SELECT 'Order Completed'::matcher;
SELECT 'a b'::matcher;
SELECT 'a@'::matcher;
SELECT 'a@@b'::matcher;
SELECT 'a@b@c'::matcher;
SELECT 'a>='::matcher;
SELECT 'a>=x'::matcher;
SELECT 'a>=1x'::matcher;
SELECT 'a>=1.2.3'::matcher;
SELECT 'a>=1e'::matcher;
SELECT 'a>=1e999'::matcher;
SELECT 'a>=NaN'::matcher;
SELECT 'a>=infinity'::matcher;
SELECT 'a>1 and b'::matcher;
SELECT 'a=>1'::matcher;
SELECT 'a!1'::matcher;
SELECT '"abc'::matcher;
SELECT 'x|"abc""'::matcher;
SELECT '"a""b"c"'::matcher;
SELECT 'a.'::matcher;
SELECT '.a'::matcher;
SELECT 'a..b'::matcher;
SELECT 'a--b'::matcher;
SELECT 'a->b'::matcher;
SELECT 'a(b)'::matcher;
SELECT 'é é'::matcher;
SELECT (repeat('x', 500) || ' y')::matcher;

--
-- Limits
--
SELECT length(repeat('x', 1024)::matcher::text) AS name_of_1024;
SELECT repeat('x', 1025)::matcher;
SELECT ('a@"' || repeat('x', 1025) || '"')::matcher;
SELECT length(('a' || repeat('|a', 1023))::matcher::text) AS alternatives_1024;
SELECT ('a' || repeat('|a', 1024))::matcher;
SELECT ('a' || repeat('|' || repeat('x', 1000), 70))::matcher;
SELECT ('a>=' || repeat('1', 128))::matcher;

--
-- Malformed binary
--
CREATE FUNCTION receive(bytes bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    file bytea := '\x5047434f50590aff0d0a00'::bytea || '\x0000000000000000'::bytea ||
                  '\x0001'::bytea || int4send(length(bytes)) || bytes || '\xffff'::bytea;
    octal text;
    answer text;
BEGIN
    SELECT string_agg(format('\%s%s%s', b >> 6, b >> 3 & 7, b & 7), '' ORDER BY i) INTO octal
      FROM (SELECT i, get_byte(file, i) AS b FROM generate_series(0, length(file) - 1) AS i) s;
    CREATE TEMP TABLE received (m matcher);
    EXECUTE 'COPY received FROM PROGRAM ''printf "' || octal || '"'' (FORMAT binary)';
    SELECT m::text INTO answer FROM received;
    DROP TABLE received;
    RETURN answer;
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || SQLERRM;
END
$$;
SELECT receive('\x01' || 'purchase>=5'::bytea);
SELECT receive('\x01');
SELECT receive('\x02' || 'purchase'::bytea);
SELECT receive('\x01' || 'purchase ='::bytea);
SELECT receive('\x');
DROP FUNCTION receive;

--
-- What fits
--
SELECT m, event, channel, value, matches(m, event, channel, value)
  FROM (VALUES
    ('view_item', 'view_item', NULL, NULL::float8),
    ('view_item', 'view_item/shoes', NULL, NULL),
    ('view_item', 'view_items', NULL, NULL),
    ('view_item', 'view', NULL, NULL),
    ('my_event', 'my_event', NULL, NULL),
    ('my_event', 'my_event/x/y', NULL, NULL),
    ('my_event', 'my_events', NULL, NULL),
    ('my_event', 'my_even', NULL, NULL),
    ('"my_event"', 'my_event', NULL, NULL),
    ('"my_event"', 'my_event/x', NULL, NULL),
    ('"purchase"', 'purchase', NULL, NULL),
    ('"purchase"', 'purchase/x', NULL, NULL),
    ('page_view/product', 'page_view/product', NULL, NULL),
    ('page_view/product', 'page_view', NULL, NULL),
    ('page_view/product', 'page_view/products', NULL, NULL),
    ('page_view/product', 'page_view/product/1', NULL, NULL),
    ('page_view/a/b', 'page_view/a/b', NULL, NULL),
    ('page_view/a/b', 'page_view/b', NULL, NULL),
    ('page_view/b', 'page_view/a/b', NULL, NULL),
    ('page_view/', 'page_view/', NULL, NULL),
    ('page_view', 'page_view/', NULL, NULL),
    ('own/product', 'own/product', NULL, NULL),
    ('own/product', 'own', NULL, NULL),
    ('own/product', 'own/product2', NULL, NULL),
    ('"Order Completed"', 'Order Completed', NULL, NULL),
    ('"Order Completed"', 'order completed', NULL, NULL),
    ('view_*', 'view_item', NULL, NULL),
    ('view_*', 'view_', NULL, NULL),
    ('view_*', 'view', NULL, NULL),
    ('view_*', 'view_item/shoes', NULL, NULL),
    ('*_item', 'view_item/shoes', NULL, NULL),
    ('*_item', 'view_item', NULL, NULL),
    ('*_thing', 'own_thing/shoes', NULL, NULL),
    ('*/shoes', 'view_item/shoes', NULL, NULL),
    ('page_view/*', 'page_view', NULL, NULL),
    ('page_view/*', 'page_view/x', NULL, NULL),
    ('a*b*c', 'aXbXbc', NULL, NULL),
    ('a*b*c', 'acb', NULL, NULL),
    ('*a*', 'bab', NULL, NULL),
    ('*a*', 'bbb', NULL, NULL),
    ('*', 'anything at all', NULL, NULL),
    ('""', '', NULL, NULL),
    ('*', '', NULL, NULL),
    ('purchase@email', 'purchase', 'email', NULL),
    ('purchase@email', 'purchase', 'email/newsletter', NULL),
    ('purchase@"email"', 'purchase', 'email/newsletter', NULL),
    ('purchase@email', 'purchase', 'sms', NULL),
    ('purchase@email', 'purchase', NULL, NULL),
    ('purchase@*', 'purchase', 'sms', NULL),
    ('purchase@*', 'purchase', NULL, NULL),
    ('purchase@e*', 'purchase', 'email', NULL),
    ('purchase@email|purchase@sms', 'purchase', 'sms', NULL),
    ('purchase>=100', 'purchase', NULL, 100),
    ('purchase>=100', 'purchase', NULL, 99.99),
    ('purchase>=100', 'purchase', NULL, NULL),
    ('purchase<100', 'purchase', NULL, 99),
    ('purchase<=100', 'purchase', NULL, 100),
    ('purchase>100', 'purchase', NULL, 100),
    ('purchase=100', 'purchase', NULL, 100),
    ('purchase<>100', 'purchase', NULL, 100),
    ('purchase<>100', 'purchase', NULL, 'NaN'),
    ('purchase>=100', 'purchase', NULL, 'infinity'),
    ('purchase@email>=100', 'purchase', 'email', 120),
    ('purchase@email>=100', 'purchase', 'sms', 120),
    ('a|purchase@email|b>1', 'b', NULL, 2),
    ('購入', '購入/靴', NULL, NULL)
  ) AS t (m, event, channel, value);

-- NULL and long names
SELECT matches(NULL, 'a') IS NULL AS no_matcher, matches('a', NULL) IS NULL AS no_event;
SELECT matches('a', repeat('x', 1025));
SELECT matches('a', 'a', repeat('x', 1025));

-- a wildcard does not blow up
SELECT matches((repeat('a*', 500) || 'b')::matcher, repeat('a', 1024)) AS fits;

--
-- Text is taken as a matcher, and text keeps its own operators
--
SELECT matches('pur*'::text, 'purchase') AS text, matches('pur*'::varchar, 'purchase') AS varchar;
SELECT matches(no_such, 'a') FROM (VALUES ('a b'::text)) AS t (no_such);
CREATE FUNCTION steps(m matcher[]) RETURNS text LANGUAGE sql AS 'SELECT m::text';
SELECT steps('{view_item,purchase>=10}'), steps(ARRAY['view_item', 'purchase>=10']),
       steps(ARRAY['view_item', 'purchase>=10']::text[]), steps(ARRAY['view_item', 'a|b']::varchar[]);
DROP FUNCTION steps;
SELECT 'b a'::varchar = 'b a'::varchar AS varchars, 'b a'::varchar < 'c d' AS literal,
       'b a'::text = 'b a'::varchar AS texts, 'b a'::name = 'b a'::varchar AS names,
       'b a'::varchar IN ('x y', 'b a') AS list;

--
-- Operators, sorting, hashing
--
SELECT a, b, a = b AS eq, a <> b AS ne, (a < b) = NOT (a >= b) AS lt_ge,
       (a > b) = NOT (a <= b) AS gt_le, (a < b) = (b > a) AS commutes,
       sign(matcher_cmp(a, b)) = -sign(matcher_cmp(b, a)) AS antisymmetric,
       (a = b) <= (matcher_hash(a) = matcher_hash(b)
                   AND matcher_hash_extended(a, 7) = matcher_hash_extended(b, 7)) AS hash
  FROM (VALUES ('a|b'::matcher, ' a | b '::matcher), ('a|b', 'b|a'), ('a', '"a"'),
               ('a>=1.0', 'a>=1'), ('a!=1', 'a<>1'), ('a', 'a@*'), ('a/b', '"a/b"')) AS t (a, b);
SELECT m, count(*) FROM (SELECT unnest(ARRAY['a', ' a', '"a"', 'b', 'b']::matcher[]) AS m) s
 GROUP BY m ORDER BY m::text COLLATE "C";
SELECT count(DISTINCT m) FROM (SELECT unnest(ARRAY['a', ' a', '"a"', 'b', 'b']::matcher[]) AS m) s;
CREATE UNIQUE INDEX ON matchers (m);
INSERT INTO matchers VALUES (7, '* @ *');
SET enable_seqscan = off;
SELECT no FROM matchers WHERE m = '"Order Completed" >= 10.50';
RESET enable_seqscan;

-- stored in toast and in short form
CREATE TABLE wide (m matcher);
INSERT INTO wide SELECT ('a' || repeat('|view_*@email>=10', 900))::matcher;
INSERT INTO wide VALUES ('b');
SELECT length(m::text), matches(m, 'view_x', 'email', 10), matches(m, 'b'), matches(m, 'c') FROM wide ORDER BY 1;
DROP TABLE matchers, matchers_back, wide;

-- a name that must be quoted asks for any detail with /* behind it
SELECT '"Order Completed"/*|"a b"@"x y"/*>=2'::matcher,
	   matches('"Order Completed"/*', 'Order Completed/x') AS detail, matches('"Order Completed"/*', 'Order Completed') AS none,
	   matches('"Odd name"/*', 'Odd name/x') AS odd, matches('"Odd name"/*', 'Odd namex') AS other, matches('"Odd name"', 'Odd name/x') AS exact;
SELECT '"purchase"/*'::matcher;
SELECT '"a b/c"/*'::matcher;
SELECT '""/*'::matcher;
