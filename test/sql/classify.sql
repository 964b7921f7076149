SET search_path = public, journey;
SET timezone = 'UTC';
SET datestyle = 'ISO, YMD';

-- stages of a journey in short: number of touchpoint, stage, visit, purchases
CREATE FUNCTION pg_temp.staged(j journey, m stage_model) RETURNS text
LANGUAGE sql AS $$
	SELECT string_agg(coalesce(stage, '-'), ' ' ORDER BY n)
		   || ' | visits ' || string_agg(visit_no::text, ' ' ORDER BY n)
		   || ' | purchases ' || string_agg(purchase_no::text, ' ' ORDER BY n)
	FROM staged_touchpoints(j, m)
$$;
-- the same stages by the automaton, where the model has one, and as the rest
CREATE FUNCTION pg_temp.agrees(j journey, m stage_model) RETURNS boolean
LANGUAGE sql AS $$
	SELECT (SELECT coalesce(array_agg(ROW (at, stage, channel, value)::text ORDER BY n), '{}')
			FROM staged_touchpoints(j, m) WHERE stage IS NOT NULL)
		 = (SELECT coalesce(array_agg(ROW (at, event, channel, value)::text ORDER BY n), '{}')
			FROM touchpoints(classify(j, m)))
	   AND touchpoint_count(unclassified(j, m)) <=
		   (SELECT count(*) FROM staged_touchpoints(j, m) WHERE stage IS NULL)
	   AND current_stage(j, m) IS NOT DISTINCT FROM
		   (SELECT stage FROM staged_touchpoints(j, m) WHERE stage IS NOT NULL ORDER BY n DESC LIMIT 1)
   -- made of parts of the other journey, but to the byte as if made anew
   AND record_image_eq(ROW (classify(j, m)), ROW (classify(j, m)::text::journey))
$$;

-- the example of the literal
\set example 'stages awareness > consideration > conversion > retention > advocacy; purchase = purchase | "Order Completed" | checkout_completed; delivery = order_delivered; ad_click when prospect -> awareness; purchase when purchase_no = 1 -> conversion; purchase -> retention; review when value >= 4 and customer -> advocacy;'
\set shopper '[2026-01-01 10:00+00 ad_click @email, 2026-01-01 10:05+00 checkout_completed =49.9, 2026-01-01 12:00+00 "Order Completed" @web, 2026-01-02 10:00+00 review =4, 2026-01-02 10:00+00 review =3, 2026-01-02 10:01+00 ad_click]'
SELECT * FROM staged_touchpoints(:'shopper', :'example');
SELECT classify(:'shopper', :'example');
SELECT unclassified(:'shopper', :'example');
SELECT current_stage(:'shopper', :'example');
SELECT pg_temp.agrees(:'shopper', :'example');

-- empty and NULL
SELECT classify('[]', :'example'), unclassified('[]', :'example'),
	   current_stage('[]', :'example') IS NULL AS no_stage,
	   (SELECT count(*) FROM staged_touchpoints('[]', :'example')) AS no_rows;
SELECT classify(NULL, :'example') IS NULL AND classify('[]', NULL) IS NULL
	   AND unclassified(NULL, :'example') IS NULL AND unclassified('[]', NULL) IS NULL
	   AND current_stage(NULL, :'example') IS NULL AND current_stage('[]', NULL) IS NULL
	   AND NOT EXISTS (SELECT FROM staged_touchpoints(NULL, :'example'))
	   AND NOT EXISTS (SELECT FROM staged_touchpoints('[]', NULL)) AS nulls;
SELECT classify('[2026-01-01 10:00+00 other]', :'example'),
	   current_stage('[2026-01-01 10:00+00 other]', :'example') IS NULL AS no_stage;

-- each condition: a model, a journey given as events one minute apart
-- ("+" after an event: a gap of an hour follows)
CREATE FUNCTION pg_temp.journey_of(events text) RETURNS journey
LANGUAGE sql AS $$
	SELECT format('[%s]', string_agg(format('%s %s', at, e), ', ' ORDER BY at))::journey
	FROM (SELECT rtrim(e, '+') AS e,
				 timestamptz '2026-01-01 10:00+00'
				 + sum(CASE WHEN gap THEN interval '1 hour' ELSE interval '1 minute' END) OVER (ORDER BY i) AS at
		  FROM (SELECT i, e, coalesce(lag(e) OVER (ORDER BY i) LIKE '%+', false) AS gap
				FROM string_to_table(events, ' ') WITH ORDINALITY AS s (e, i)) AS t) AS t
$$;
CREATE TEMP TABLE cases (n serial, model stage_model, events text);
INSERT INTO cases (model, events) VALUES
	-- prospect, customer, purchase_no, a refund takes the latest purchase back
	('stages p > c; purchase = buy; refund = back; * when prospect -> p; * when customer -> c', 'view buy view back view back buy buy back view'),
	('stages p > c; purchase = buy; refund = back; * when not prospect -> c; * when not customer -> p', 'view buy view back view back buy buy back view'),
	('stages one, two, more; purchase = buy; refund = back; buy when purchase_no = 1 -> one; buy when purchase_no = 2 -> two; buy when purchase_no > 2 -> more', 'buy buy buy back buy back back buy buy buy'),
	('stages a, b, c, d; purchase = buy; x when purchase_no < 1 -> a; x when purchase_no <= 1 -> b; x when purchase_no >= 3 -> c; x when purchase_no <> 3 -> d', 'x buy x buy x buy x'),
	-- more purchases than the automaton counts, then refunds
	('stages p, c; purchase = buy; refund = back; view when customer -> c; view -> p', 'buy buy buy buy buy buy buy buy buy buy buy buy view back back back back back back back back back back back view back view'),
	-- waiting: auto, without and with a delivery in the journey
	('stages w, c, p; purchase = buy; delivery = parcel; refund = back; view when waiting -> w; view when customer -> c; view -> p', 'view buy view view'),
	('stages w, c, p; purchase = buy; delivery = parcel; refund = back; view when waiting -> w; view when customer -> c; view -> p', 'view buy view parcel view buy view back view buy buy view parcel view'),
	-- logged: who has no delivery waits; none: nobody ever does
	('stages w, c, p; option delivery = logged; purchase = buy; delivery = parcel; view when waiting -> w; view when customer -> c; view -> p', 'view buy view view'),
	('stages w, c, p; option delivery = none; purchase = buy; delivery = parcel; view when waiting -> w; view when customer -> c; view -> p', 'view buy view parcel view'),
	('stages w, c, p; purchase = buy; view when waiting -> w; view when not waiting -> c', 'view buy view'),
	-- the purchase and the delivery themselves
	('stages w, n; purchase = buy; delivery = parcel; * when waiting -> w; * -> n', 'view buy parcel view'),
	-- visits: a gap longer than the timeout, ignored touchpoints count
	('stages first, second, later; ignore = noise; view when visit_no = 1 -> first; view when visit_no = 2 -> second; view -> later', 'view view+ view noise+ view+ view'),
	('stages first, later; option session_timeout = 60 min; view when visit_no <= 1 -> first; view -> later', 'view+ view+ view'),
	('stages first, later; option session_timeout = 59.999 min; view when visit_no <= 1 -> first; view -> later', 'view+ view+ view'),
	-- nth counts what fits the rule's own events, whether or not an earlier rule had it
	('stages a, b; x when nth = 1 -> a; x|y when nth = 3 -> b; x when nth >= 2 and nth < 4 -> a', 'x y x x x y'),
	-- after: an earlier touchpoint, not this one
	('stages a, b; x when after x -> b; x -> a', 'x y x'),
	('stages a, b; x when after y|z -> b; x when not after y -> a', 'x y x z'),
	('stages a, b; x when after y within 60 min -> b; x -> a', 'y x y+ x y x+ x'),
	('stages a, b; x when after y within 59 min -> b; x -> a', 'y x y+ x y x+ x'),
	-- none and ignore; a purchase that is ignored still is one
	('stages a, c; purchase = buy; ignore = buy|debug; noise -> none; * when customer -> c; * -> a', 'x debug noise buy x'),
	-- names: details, exact names, wildcards
	('stages any, exact, detail, wild; "x" -> exact; x/y -> detail; x -> any; view_* -> wild', 'x x/y x/z view_item view_cart/z views'),
	-- definitions in definitions, in rules and in after
	('stages a, b; base = x | y; both = base | z; both when after base -> b; both -> a', 'z y z x'),
	-- a definition stands for its events, except in itself and in quotes
	('stages a, b; purchase = purchase | order; "purchase" when nth = 2 -> b; purchase -> a', 'purchase order purchase');
SELECT n, events, pg_temp.staged(pg_temp.journey_of(events), model) FROM cases ORDER BY n;
SELECT n FROM cases WHERE NOT pg_temp.agrees(pg_temp.journey_of(events), model);
-- what is not classified and not silent
SELECT n, array_to_string(array(SELECT event FROM touchpoints(unclassified(pg_temp.journey_of(events), model)) ORDER BY n), ' ') AS unclassified
FROM cases WHERE touchpoint_count(unclassified(pg_temp.journey_of(events), model)) > 0 ORDER BY n;
-- every model over every journey: automaton and rule loop agree
SELECT count(*), bool_and(pg_temp.agrees(pg_temp.journey_of(a.events), b.model)) FROM cases AS a, cases AS b;

-- value and channel, in events, definitions and conditions
\set values '[2026-01-01 10:00+00 review @mail =5, 2026-01-01 11:00+00 review @shop =3, 2026-01-01 12:00+00 review @mail, 2026-01-01 13:00+00 review =4, 2026-01-01 14:00+00 review]'
SELECT pg_temp.staged(:'values', 'stages good, bad, none_at_all; review when value >= 4 -> good; review when value < 4 -> bad; review -> none_at_all');
SELECT pg_temp.staged(:'values', 'stages good, rest; review when not value < 4 -> good; review -> rest');
SELECT pg_temp.staged(:'values', 'stages good, rest; review>=4 -> good; review -> rest');
SELECT pg_temp.staged(:'values', 'stages mail, some, no; review@mail -> mail; review@* -> some; review -> no');
SELECT pg_temp.staged(:'values', 'stages good, mail, rest; r = review>=4|review@shop; r@mail -> mail; r -> good; review -> rest');
SELECT pg_temp.staged(:'values', 'stages p, c; purchase = review>=4; refund = review@shop; * when customer -> c; * -> p');
SELECT pg_temp.staged(:'values', 'stages a, w; option delivery = auto; purchase = review; delivery = review@mail; * when waiting -> w; * -> a');
SELECT bool_and(pg_temp.agrees(:'values', m)) FROM (VALUES
	('stages good, bad, none_at_all; review when value >= 4 -> good; review when value < 4 -> bad; review -> none_at_all'::stage_model),
	('stages good, rest; review>=4 -> good; review -> rest'),
	('stages mail, some, no; review@mail -> mail; review@* -> some; review -> no'),
	('stages p, c; purchase = review>=4; refund = review@shop; * when customer -> c; * -> p')) AS t (m);

-- stages may be called anything
SELECT classify('[2026-01-01 10:00+00 x @c =1, 2026-01-01 10:00:00.000001+00 y]', 'stages "an odd, name", purchase, 日本; x -> "an odd, name"; y -> 日本');

-- as of a time
\set dormant 'stages aware > buyer > lapsed; dormant lapsed after 10 days; purchase = buy; view -> aware; buy -> buyer'
\set visitor '[2026-01-01 10:00+00 other, 2026-01-02 10:00+00 view, 2026-01-03 10:00+00 buy, 2026-01-04 10:00+00 other]'
SELECT t, current_stage(:'visitor', :'dormant', t)
FROM unnest('{-infinity,2025-12-31,2026-01-01 10:00,2026-01-02 09:59:59.999999,2026-01-02 10:00,2026-01-03 10:00,2026-01-04,2026-01-14 10:00,2026-01-14 10:00:00.000001,infinity}'::timestamptz[]) AS t;
SELECT current_stage(:'visitor', :'dormant'), current_stage(:'visitor', :'dormant', NULL);
-- dormant although no touchpoint was in a stage
SELECT current_stage('[2026-01-01 10:00+00 other]', :'dormant', '2026-01-11 10:00+00') IS NULL AS not_yet,
	   current_stage('[2026-01-01 10:00+00 other]', :'dormant', '2026-01-11 10:00:01+00');
-- a model without dormancy
SELECT current_stage(:'visitor', 'stages aware > buyer; view -> aware; buy -> buyer', '2036-01-01');
-- times far apart
SELECT pg_temp.staged('[4713-01-01 00:00:00+00 BC x, 285000-12-31 23:59:59+00 x]', 'stages a, b; x when after x within 3652000 days -> b; x -> a');

-- models from a table are compressed; flat() makes that happen once
CREATE TEMP TABLE stored (name text, model stage_model);
INSERT INTO stored SELECT 'big', format('stages a > b; act = %s; act when prospect -> a; view -> b',
										string_agg('event_number_' || i, '|'))::stage_model FROM generate_series(1, 500) AS i;
SELECT pg_column_size(model) < 15000 AS compressed, pg_column_size(flat(model)) > 20000 AS flat FROM stored;
SELECT count(*), sum(touchpoint_count(c)) FROM (
	SELECT classify(pg_temp.journey_of(format('event_number_%s view other', i)), (SELECT flat(model) FROM stored)) AS c
	FROM generate_series(1, 1000) AS i) AS t;
SELECT count(*), sum(touchpoint_count(c)) FROM (
	SELECT classify(pg_temp.journey_of(format('event_number_%s view other', i)), model) AS c
	FROM generate_series(1, 100) AS i, stored) AS t;

-- journeys of every well-known model
SELECT m, pg_temp.staged(pg_temp.journey_of('ad_click page_view view_item+ add_to_cart purchase page_view order_delivered+ review_submitted purchase refund'), stage_model(name => m))
FROM unnest('{five_stage,three_stage,moments_five,moments_four,lifecycle}'::text[]) AS m;

-- models that differ in one option alone are different models
SELECT array_agg(stage(format('stages a%s b; option delivery = %s; purchase = buy; buy when waiting -> b; buy -> a', s, d)::stage_model, 'buy') ORDER BY s, d)
FROM unnest('{",",">"}'::text[]) AS s, unnest('{auto,logged,none}'::text[]) AS d;

-- random journeys under random models: classify (automaton where there is
-- one) against staged_touchpoints (rule loop); test/core/stage_test.c compares
-- both with a third reading
SELECT setseed(0.42);
CREATE TEMP TABLE random_journeys AS
	SELECT i, format('[%s]', string_agg(format('%s %s%s%s',
			date_trunc((array['second','second','milliseconds','microseconds'])[1 + i % 4], timestamptz '2026-01-01+00' + s * interval '20 minutes' * random()),
			(array['buy','back','parcel','view','view_item','x','x/y','odd_name'])[1 + (random() * 7.99)::int % 8],
			CASE WHEN i % 3 = 0 AND random() < 0.5 THEN ' @mail' ELSE '' END,
			CASE WHEN i % 4 = 0 AND random() < 0.5 THEN ' =' || (random() * 5)::int ELSE '' END), ', '))::journey AS j
	FROM generate_series(1, 300) AS i, generate_series(1, 1 + i % CASE WHEN i > 250 THEN 130 ELSE 40 END) AS s GROUP BY i;
SELECT count(*), bool_and(pg_temp.agrees(j, model)) FROM random_journeys, cases;

-- offsite touchpoints neither begin nor prolong a visit
SELECT n, event, visit_no, stage FROM staged_touchpoints(
	'[2026-01-01 10:00 ad, 2026-01-02 10:00 ad, 2026-01-03 10:00 page, 2026-01-03 10:20 mail,
	  2026-01-03 10:40 page, 2026-01-03 11:05 page/x, 2026-01-05 10:00 mail, 2026-01-05 10:01 page]',
	'stages first, later, other; offsite = ad | mail;
	 page when visit_no = 1 -> first; page -> later; * -> other;');
-- without a rule that asks for visits they cost nothing, and the answers are the same
SELECT classify(j, 'stages a; offsite = ad | mail; page when purchase_no = 0 -> a;')
	= classify(j, 'stages a; page when purchase_no = 0 -> a;') AS same
FROM (SELECT '[2026-01-01 10:00 ad, 2026-01-02 10:00 page, 2026-01-09 10:00 mail]'::journey) AS x (j);
