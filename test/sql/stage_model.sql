SET search_path = public, journey;
SET timezone = 'UTC';
SET datestyle = 'ISO, YMD';
\set SHOW_CONTEXT never

-- the literal, printed in its canonical form
SELECT $$
  stages awareness > consideration > conversion > retention > advocacy;   -- '>' ordered, ',' no order required
  purchase = purchase | "Order Completed" | checkout_completed;           -- definitions drive the context
  delivery = order_delivered;
  ad_click when prospect            -> awareness;
  purchase when purchase_no = 1     -> conversion;
  purchase                          -> retention;
  review when value >= 4 and customer -> advocacy;
$$::stage_model;

-- everything the language has
SELECT $$
option session_timeout = 1.5 hours; option delivery = logged;
-- a rule may stand before what it speaks of
macro@email >= 10 when not after "Odd, name" | add_* within 36 hours -> "Stage ""one""";
stages "Stage ""one""", two, "three four";;
dormant two after 12 weeks;
purchase = purchase | order; refund = "purchase"@till; delivery = parcel/arrived; ignore = debug*;
base = x | y@ads; macro = base | z;
base when prospect and not customer and waiting and purchase_no=1 and purchase_no<>2
  and purchase_no!=3 and visit_no<4 and nth<=5 and value>-0.5e1 and value >= +.25 -> two;
"quoted -> ; -- name" | * -> none;
a -> "three four"
$$::stage_model AS m \gset
\echo :m

-- intervals in every unit; the canonical form uses the largest that fits
SELECT i, split_part(split_part(format('stages a; option session_timeout = %s; x -> a', i)::stage_model::text,
									   E'\n', 2), ' = ', 2)
FROM unnest('{1 s,90 sec,60 second,61 seconds,1 min,90 minute,120 minutes,5 mins,1 h,24 hour,25 hours,1 d,2 day,7 days,1 w,2 week,3 weeks,0.5 s,0.000001 s,1e2 s,45min,7d}'::text[]) AS i;

-- what is printed reads back to the same value, in text and in binary
CREATE TEMP TABLE models (n serial, m stage_model);
INSERT INTO models (m) SELECT :'m';
INSERT INTO models (m) VALUES
	('stages a; x -> a'),
	('stages a, b; x -> a'),
	('stages a > b; x -> a'),
	('stages a > b; x -> a; y -> a'),
	('stages a > b; y -> a; x -> a'),
	('stages stages > option > dormant; stages -> stages; option when prospect -> option; "dormant" -> dormant; when when waiting -> option'),
	('stages a; purchase = 100; purchase = 100 -> a'),
	('stages a; stages = x; option = y; stages | option -> a'),
	('stages a-b.c > "a." > "-" > "日本"; x-y.z -> a-b.c; "x." -> "a."; x->"日本"');
SELECT bool_and(m = m::text::stage_model) FROM models;
CREATE TEMP TABLE back (LIKE models);
\copy models TO PROGRAM 'cat > stage_model_roundtrip.bin' (FORMAT binary)
\copy back FROM PROGRAM 'cat stage_model_roundtrip.bin; rm stage_model_roundtrip.bin' (FORMAT binary)
SELECT count(*), bool_and(a.m = b.m) FROM models AS a JOIN back AS b USING (n);
SELECT m FROM models WHERE n > 6 ORDER BY n;

-- comments, blanks and the order of kinds of statements make no difference
SELECT 'stages a>b; option delivery=auto; option session_timeout=30 min; p = x|y; p -> a;'::stage_model
	 = E'p->a; -- rules\n p=x | y;\tstages a > b' AS equal;

-- comparison, sorting, hashing, indexes
SELECT count(*) FILTER (WHERE a.m = b.m) AS eq, count(*) FILTER (WHERE a.m <> b.m) AS ne,
	   count(*) FILTER (WHERE a.m < b.m) = count(*) FILTER (WHERE a.m > b.m) AS lt_gt,
	   bool_and((a.m <= b.m) = (NOT a.m > b.m)) AS le, bool_and((a.m >= b.m) = (NOT a.m < b.m)) AS ge,
	   bool_and(sign(stage_model_cmp(a.m, b.m)) = - sign(stage_model_cmp(b.m, a.m))) AS cmp,
	   bool_and((stage_model_hash(a.m) = stage_model_hash(b.m)) = (a.m = b.m)) AS hash,
	   bool_and((stage_model_hash_extended(a.m, 7) = stage_model_hash_extended(b.m, 7)) = (a.m = b.m)) AS hash_extended
FROM models AS a, models AS b;
SELECT count(*), count(DISTINCT m) FROM (TABLE models UNION ALL TABLE models) AS t;
CREATE UNIQUE INDEX ON models (m);
CREATE INDEX ON models USING hash (m);
SET enable_hashjoin = off;
SELECT count(*) FROM models JOIN back USING (m);
RESET enable_hashjoin;
SET enable_mergejoin = off;
SET enable_nestloop = off;
SELECT count(*) FROM models JOIN back USING (m);
RESET enable_mergejoin;
RESET enable_nestloop;

-- flat: the same value, in memory
SELECT bool_and(flat(m) = m) FROM models;
SELECT flat(NULL) IS NULL AS is_null;

-- stages
SELECT * FROM stages('stages awareness > conversion; x -> awareness');
SELECT * FROM stages('stages zmot, fmot, smot; x -> zmot');
SELECT * FROM stages(NULL);

-- one touchpoint alone: a customer's first
\set model 'stages aware > buy > stay > tell; purchase = purchase|order; delivery = arrived; noise -> none; ignore = debug; ad_click when prospect -> aware; visit when visit_no = 1 and nth = 1 -> aware; visit -> stay; purchase@shop -> stay; purchase when purchase_no = 1 and waiting -> tell; purchase when purchase_no = 1 and customer -> buy; arrived when waiting -> tell; arrived -> stay; review when value >= 4 -> tell; review when not value >= 4 -> stay; late when after late -> tell; late when not after late within 1 day -> aware'
SELECT e, c, v, stage(:'model', e, c, v)
FROM (VALUES ('ad_click', NULL, NULL::float8), ('ad_click/banner', 'email', 3), ('visit', NULL, NULL), ('order', NULL, 20),
	  ('order', 'shop', 20), ('purchase', 'web', NULL), ('arrived', NULL, NULL), ('review', NULL, NULL), ('review', NULL, 4),
	  ('review', NULL, 3.9), ('review', NULL, 'NaN'), ('late', NULL, NULL), ('noise', NULL, NULL), ('debug', NULL, NULL),
	  ('other', NULL, NULL), (NULL, NULL, NULL)) AS t (e, c, v);
SELECT stage(NULL, 'x') IS NULL AS is_null;

-- a model by its name: an untyped literal is a name, not the text of a model
SELECT stage_model('five_stage') = stage_model(name => 'five_stage') AS by_name,
	   stage_model('five_stage') = stage_model('five_stage'::text) AS by_text,
	   stage_model(NULL) IS NULL AS is_null;

-- so is any text that is a bare name; output is the whole literal
SELECT 'five_stage'::stage_model = stage_model('five_stage') AS by_cast,
	   'five_stage'::text::stage_model = stage_model('five_stage') AS by_text_cast,
	   stage_model('lifecycle') <> stage_model('three_stage') AS differ;
BEGIN;
INSERT INTO journey.stage_models (model, literal) VALUES ('test_mine', 'stages a > b; x -> a;');
SELECT stage_model('test_mine');
UPDATE journey.stage_models SET literal = 'stages a > b; x -> b;' WHERE model = 'test_mine';
SELECT stage_model('test_mine');
ROLLBACK;
SELECT stage_model('test_mine');
-- it is a constant of the statement, read once: a view keeps what it was made with
EXPLAIN (COSTS OFF, VERBOSE) SELECT stage(stage_model('stages a; x -> a'), i::text) FROM generate_series(1, 2) AS i;
PREPARE by_parameter AS SELECT stage(stage_model($1), 'purchase');
EXECUTE by_parameter('five_stage');
DEALLOCATE by_parameter;

-- more models than the cache keeps, asked in turn, twice
SELECT count(*), count(DISTINCT s), min(s), max(s)
FROM generate_series(1, 2) AS round, generate_series(10, 29) AS i,
	 stage(format('stages s%s; x -> s%s', i, i)::stage_model, 'x') AS s;

-- more texts than the memo keeps
SELECT count(*), count(s) FROM generate_series(1, 10000) AS i, stage('stages a; x* -> a; y* -> none', 'x' || i % 5000) AS s;
