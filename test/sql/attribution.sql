-- Attribution: which touches led to a conversion, and the credit of each.
SET search_path = public, journey;
SET TimeZone = 'UTC';
SET extra_float_digits = 0;		-- credits end in a grid of 2^-53
\set SHOW_CONTEXT never

CREATE TABLE attr_one AS SELECT journey
	'[2026-01-01 00:00:00+00 ad_click @ads, 2026-01-08 00:00:00+00 open @email, 2026-01-15 00:00:00+00 visit @direct,
	  2026-01-15 00:00:00+00 purchase =70, 2026-01-20 00:00:00+00 visit, 2026-01-20 00:00:00+00 open @email,
	  2026-01-22 00:00:00+00 purchase =10, 2026-06-01 00:00:00+00 purchase, 2026-06-02 00:00:00+00 ad_click @ads]' AS j;

-- every model; the second purchase looks back over the first, the third on nothing
SELECT m.model, a.conversion_no, a.conversion_value, a.path_length, a.touch_no, a.touch_at::date, a.event, a.channel, a.touches, a.credit, a.value
FROM attr_one, unnest('{first,last,last_non_direct,linear,position_based,time_decay}'::text[]) WITH ORDINALITY AS m(model, o),
	 attribution(j, 'purchase', m.model) AS a
ORDER BY m.o, a.conversion_no, a.touch_no;
-- or it starts after the first
SELECT conversion_no, path_length, touch_at::date, channel, credit FROM attr_one, attribution(j, 'purchase', 'linear', restart => true);
-- both ends of the window count: exactly 14 days, and a microsecond less
SELECT lookback, count(*), min(touch_at)::date
FROM attr_one, (VALUES (interval '14 days'), ('14 days -0.000001 sec'), ('0'), (NULL)) AS l(lookback),
	 attribution(j, 'purchase', 'linear', lookback) AS a
WHERE conversion_no = 1 GROUP BY 1 ORDER BY 1;
-- a touch at the time of the conversion counts, stored before it or after; the conversion is a touch if it has a channel
SELECT channel, touch_no, credit FROM attribution('[2026-01-01 00:00:00+00 purchase, 2026-01-01 00:00:00+00 visit @web, 2026-01-01 00:00:00.000001+00 visit @late]', 'purchase');
SELECT event, channel, credit FROM attribution('[2026-01-01 00:00:00+00 visit @web, 2026-01-02 00:00:00+00 purchase @email =5]', 'purchase', 'linear');
-- two conversions of one moment look back to the same touches
SELECT conversion_no, channel, credit, value FROM attribution('[2026-01-01 00:00:00+00 visit @web, 2026-01-02 00:00:00+00 purchase =5, 2026-01-02 00:00:00+00 purchase =6, 2026-01-03 00:00:00+00 purchase =7]', 'purchase', restart => true);
-- what is a touch: some events, also without a channel
SELECT conversion_no, event, channel, credit FROM attr_one, attribution(j, 'purchase', 'linear', touch => 'visit|open') WHERE conversion_no = 2;

-- transforms
CREATE TABLE attr_runs AS SELECT journey
	'[2026-01-01 00:00:00+00 v @a, 2026-01-02 00:00:00+00 v @a, 2026-01-03 00:00:00+00 v @b, 2026-01-04 00:00:00+00 v @a, 2026-01-05 00:00:00+00 buy =3]' AS j;
SELECT t, touch_no, path_length, touch_at::date, channel, touches, credit
FROM attr_runs, unnest('{exposure,unique,first,frequency}'::text[]) WITH ORDINALITY AS x(t, o), attribution(j, 'buy', 'linear', transform => t)
ORDER BY o, touch_no;
SELECT t, path, touches, value FROM attr_runs, unnest('{exposure,unique,first,frequency}'::text[]) WITH ORDINALITY AS x(t, o), conversion_paths(j, 'buy', transform => t) ORDER BY o;

-- weights of the first and the last
SELECT f, l, n, array_agg(credit ORDER BY touch_no) AS credits, sum(credit) = 1 AS whole
FROM (VALUES (0.3, 0.7), (0.5, 0.25), (0, 0), (1, 0)) AS w(f, l), generate_series(1, 4) AS n,
	 LATERAL attribution((SELECT journey_agg('2026-01-01'::timestamptz + g * interval '1 day', CASE g WHEN n + 1 THEN 'buy' ELSE 'v' END, CASE g WHEN n + 1 THEN NULL ELSE 'c' || g END)
						  FROM generate_series(1, n + 1) AS g), 'buy', 'position_based', first_weight => f, last_weight => l)
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
-- time decay of 12,000 over touches 5, 7, 18 and 8 days apart, as published to the cent
SELECT array_agg(round(value::numeric, 2) ORDER BY touch_no) AS shares, sum(value) = 12000 AS whole
FROM attribution('[2026-01-01 00:00:00+00 v @a, 2026-01-06 00:00:00+00 v @b, 2026-01-13 00:00:00+00 v @c, 2026-01-31 00:00:00+00 v @d, 2026-02-08 00:00:00+00 v @e, 2026-02-08 00:00:00+00 buy =12000]', 'buy', 'time_decay', '60 days');
-- last_non_direct: other names of it, and all direct
SELECT channel FROM attribution('[2026-01-01 00:00:00+00 v @ads, 2026-01-02 00:00:00+00 v @Direct, 2026-01-03 00:00:00+00 v @"(direct)", 2026-01-04 00:00:00+00 buy]', 'buy', 'last_non_direct');
SELECT channel FROM attribution('[2026-01-01 00:00:00+00 v @Direct, 2026-01-02 00:00:00+00 v @direct, 2026-01-03 00:00:00+00 buy]', 'buy', 'last_non_direct');
SELECT channel FROM attribution('[2026-01-01 00:00:00+00 v @ads, 2026-01-02 00:00:00+00 v @typed, 2026-01-03 00:00:00+00 buy]', 'buy', 'last_non_direct', direct => '*@typed');
SELECT channel FROM attribution('[2026-01-01 00:00:00+00 v @ads, 2026-01-02 00:00:00+00 v @direct, 2026-01-03 00:00:00+00 buy]', 'buy', 'last_non_direct', direct => NULL);

-- paths, also those that did not convert
SELECT conversion_no, path, converted, conversions, nulls, value, conversion_at::date, first_at::date, last_at::date, touches FROM attr_one, conversion_paths(j, 'purchase');
SELECT path, converted, touches FROM attr_one, conversion_paths(j, 'purchase', restart => true);
SELECT path, converted, nulls, touches FROM attr_one, conversion_paths(j, 'never', lookback => NULL);
-- the rest looks back from its last touch
SELECT path, first_at::date FROM attr_one, conversion_paths(j, 'never');
-- influenced and assisted: on the path, and not as its last
SELECT c.channel, count(*) AS influenced, count(*) FILTER (WHERE assisted) AS assisted, count(*) FILTER (WHERE first) AS first, count(*) FILTER (WHERE last) AS last
FROM attr_one, conversion_paths(j, 'purchase') AS p, path_channels(p.path) AS c WHERE converted GROUP BY 1 ORDER BY 1;
SELECT * FROM path_channels('{a,b,a,c,NULL}') ORDER BY channel;
SELECT count(*) FROM path_channels('{}');
SELECT count(*) FROM path_channels(NULL);

-- conversions as a stage model defines them, or any journey
SELECT a.conversion_no, a.channel, a.value FROM attr_one, attribution(j, NULL, conversions => filter(j, stage_model('five_stage'), 'purchase')) AS a;
SELECT count(*) FROM attr_one, attribution(j, 'purchase') AS a FULL JOIN attribution((SELECT j FROM attr_one), NULL, conversions => (SELECT filter(j, 'purchase') FROM attr_one)) AS b ON a = b WHERE a IS NULL OR b IS NULL;
SELECT path, converted FROM attr_one, conversion_paths(j, NULL, conversions => filter(j, stage_model('five_stage'), 'purchase'));

-- nothing
SELECT count(*) FROM attribution(NULL, 'a');
SELECT count(*) FROM attribution('[]', 'a');
SELECT count(*) FROM attr_one, attribution(j, NULL);
SELECT count(*) FROM attr_one, attribution(j, 'never');
SELECT count(*) FROM conversion_paths(NULL, 'a');
SELECT count(*) FROM conversion_paths('[]', 'a');
SELECT count(*) FROM attr_one, conversion_paths(j, NULL);
SELECT count(*) FROM attribution('[]', NULL, conversions => '[2026-01-01 00:00:00+00 buy]') WHERE channel = '(unattributed)' AND credit = 1;
-- NULL is the default of every option
SELECT count(*) FROM attr_one, attribution(j, 'purchase') AS a
	FULL JOIN attribution((SELECT j FROM attr_one), 'purchase', NULL, '30 days', NULL, NULL, '*@direct', NULL, NULL, NULL, NULL) AS b ON a = b WHERE a IS NULL OR b IS NULL;

-- errors
SELECT * FROM attribution('[]', 'a', 'middle');
SELECT * FROM attribution('[]', 'a', transform => 'none');
SELECT * FROM attribution('[]', 'a', lookback => '1 month');
SELECT * FROM attribution('[]', 'a', lookback => '-1 day');
SELECT * FROM attribution('[]', 'a', half_life => '0');
SELECT * FROM attribution('[]', 'a', half_life => '1 year');
SELECT * FROM attribution('[]', 'a', first_weight => -0.1);
SELECT * FROM attribution('[]', 'a', last_weight => 'NaN');
SELECT * FROM attribution('[]', 'a', first_weight => 0.7, last_weight => 0.4);
SELECT * FROM attribution('[]', 'a', conversions => '[]');
SELECT * FROM conversion_paths('[]', 'a', conversions => '[]');
SELECT * FROM conversion_paths('[]', 'a', transform => 'last');
SELECT * FROM conversion_paths('[]', 'a', '2 years');

-- options that change from row to row
SELECT m.model, a.channel FROM attr_one, (VALUES ('last'), ('first'), ('last')) AS m(model), attribution(j, 'purchase', m.model) AS a WHERE conversion_no = 1;

--
-- random journeys: the same in plain SQL
--
CREATE TABLE attr_journeys AS
	SELECT c AS customer, journey_agg('2026-01-01'::timestamptz + (d || ' days')::interval, CASE WHEN r % 5 = 0 THEN 'buy' ELSE 'visit' END,
			(ARRAY[NULL, 'ads', 'email', 'direct', 'social'])[1 + r / 5 % 5], CASE WHEN r % 3 = 0 THEN (r % 1000) / 7.0 END, g) AS j
	FROM (SELECT c, g, abs(hashint8extended(c, 7) % 13) + sum(abs(hashint8extended(c * 100 + g, 9) % 4)) OVER (PARTITION BY c ORDER BY g) AS d,
				 abs(hashint8extended(c * 100 + g, 8) % 100000) AS r
		  FROM generate_series(1::bigint, 120) AS c, generate_series(1::bigint, 14) AS g WHERE g <= 2 + c % 13) AS x
	GROUP BY c;
CREATE TABLE attr_touchpoints AS SELECT customer, t.* FROM attr_journeys, touchpoints(j) AS t;
CREATE FUNCTION attr_oracle(model text, transform text, lookback interval, restart boolean)
	RETURNS TABLE (customer bigint, conversion_no bigint, conversion_value float8, path_length bigint, touch_no bigint, touch_at timestamptz, channel text, credit float8)
	LANGUAGE sql AS $$
WITH conv AS (
	SELECT c.*, row_number() OVER (PARTITION BY c.customer ORDER BY c.n) AS conversion_no,
		   (SELECT max(p.at) FROM attr_touchpoints AS p WHERE p.customer = c.customer AND p.event = 'buy' AND p.at < c.at) AS since
	FROM attr_touchpoints AS c WHERE c.event = 'buy'
), touched AS (
	SELECT c.customer, c.conversion_no, c.value, c.at AS conversion_at, t.n, t.at, t.channel,
		   CASE WHEN t.n IS NULL THEN true ELSE CASE attr_oracle.transform WHEN 'unique' THEN true
				WHEN 'exposure' THEN lag(t.channel) OVER (PARTITION BY c.customer, c.conversion_no ORDER BY t.n) IS DISTINCT FROM t.channel
				ELSE row_number() OVER (PARTITION BY c.customer, c.conversion_no, t.channel ORDER BY t.n) = 1 END END AS kept
	FROM conv AS c LEFT JOIN attr_touchpoints AS t ON t.customer = c.customer AND t.channel IS NOT NULL AND t.at <= c.at
		AND t.at >= c.at - attr_oracle.lookback AND (NOT attr_oracle.restart OR c.since IS NULL OR t.at > c.since)
), steps AS (
	SELECT s.*, row_number() OVER w AS i, count(s.n) OVER (PARTITION BY s.customer, s.conversion_no) AS k,
		   max(CASE WHEN s.channel <> 'direct' THEN s.n END) OVER (PARTITION BY s.customer, s.conversion_no) AS last_sent
	FROM touched AS s WHERE s.kept WINDOW w AS (PARTITION BY s.customer, s.conversion_no ORDER BY s.n)
), weighed AS (
	SELECT s.*, CASE
		WHEN k = 0 THEN 1
		WHEN attr_oracle.model = 'first' THEN (i = 1)::int
		WHEN attr_oracle.model = 'last' THEN (i = k)::int
		WHEN attr_oracle.model = 'last_non_direct' THEN CASE WHEN last_sent IS NULL THEN (i = k)::int ELSE (n = last_sent)::int END
		WHEN attr_oracle.model = 'linear' OR k = 1 THEN 1
		WHEN attr_oracle.model = 'time_decay' THEN power(0.5::float8, extract(epoch FROM conversion_at - at)::float8 / (7 * 86400))
		WHEN i IN (1, k) THEN 0.4
		ELSE 0.2 / (k - 2) END::float8 AS w
	FROM steps AS s
)
SELECT s.customer, s.conversion_no, s.value, s.k, CASE WHEN s.k > 0 THEN s.i END, s.at, coalesce(s.channel, '(unattributed)'),
	   s.w / sum(s.w) OVER (PARTITION BY s.customer, s.conversion_no)
FROM weighed AS s
$$;
CREATE TABLE attr_questions AS
	SELECT m AS model, t AS transform, l AS lookback, r AS restart
	FROM unnest('{first,last,last_non_direct,linear,position_based,time_decay}'::text[]) AS m, unnest('{unique,exposure,first,frequency}'::text[]) AS t,
		 unnest('{5 days,1000 days}'::interval[]) AS l, unnest('{f,t}'::boolean[]) AS r;
CREATE TABLE attr_got AS
	SELECT q.*, v.customer, a.* FROM attr_questions AS q, attr_journeys AS v, attribution(v.j, 'buy', q.model, q.lookback, transform => q.transform, restart => q.restart) AS a;
SELECT count(*) AS different FROM attr_got AS a
	FULL JOIN (SELECT q.*, o.* FROM attr_questions AS q, attr_oracle(q.model, q.transform, q.lookback, q.restart) AS o WHERE o.credit > 0) AS o
	ON (a.model, a.transform, a.lookback, a.restart, a.customer, a.conversion_no) = (o.model, o.transform, o.lookback, o.restart, o.customer, o.conversion_no)
		AND a.touch_no IS NOT DISTINCT FROM o.touch_no AND a.touch_at IS NOT DISTINCT FROM o.touch_at
		AND a.conversion_value IS NOT DISTINCT FROM o.conversion_value AND a.path_length = o.path_length
		AND a.channel = o.channel AND abs(a.credit - o.credit) < 1e-14
WHERE a.model IS NULL OR o.model IS NULL;
SELECT count(*) > 20000 AS many, count(DISTINCT (customer, conversion_no)) > 150 AS conversions, bool_or(touch_no IS NULL) AS unattributed FROM attr_got;
-- credits are the conversion, values its value, in whatever order they are added
SELECT count(*) FILTER (WHERE forwards = 1 AND backwards = 1 AND by_channel = 1) = count(*) AS credits,
	   count(*) FILTER (WHERE (value_forwards, value_backwards) IS NOT DISTINCT FROM (conversion_value, conversion_value)) = count(*) AS "values"
FROM (SELECT conversion_value, sum(credit ORDER BY touch_no) AS forwards, sum(credit ORDER BY touch_no DESC) AS backwards, sum(credit ORDER BY channel, credit) AS by_channel,
			 sum(value ORDER BY touch_no) AS value_forwards, sum(value ORDER BY touch_no DESC) AS value_backwards
	  FROM attr_got GROUP BY model, transform, lookback, restart, customer, conversion_no, conversion_value) AS x;
-- paths are those of the credits: linear credits all steps
SELECT count(*) AS different FROM
	(SELECT transform, lookback, restart, customer, conversion_no, array_agg(channel ORDER BY touch_no) FILTER (WHERE touch_no > 0) AS path FROM attr_got WHERE model = 'linear' AND transform <> 'frequency' GROUP BY 1, 2, 3, 4, 5) AS a
	FULL JOIN (SELECT DISTINCT q.transform, q.lookback, q.restart, v.customer, p.conversion_no, nullif(p.path, '{}') AS path
			   FROM attr_questions AS q, attr_journeys AS v, conversion_paths(v.j, 'buy', q.lookback, transform => q.transform, restart => q.restart) AS p
			   WHERE converted AND transform <> 'frequency') AS p
	ON (a.transform, a.lookback, a.restart, a.customer, a.conversion_no) = (p.transform, p.lookback, p.restart, p.customer, p.conversion_no) AND a.path IS NOT DISTINCT FROM p.path
WHERE a.customer IS NULL OR p.customer IS NULL;
-- the rest is what comes after the last conversion
SELECT count(*) AS different FROM
	(SELECT v.customer, p.path, p.touches FROM attr_journeys AS v, conversion_paths(v.j, 'buy', NULL, transform => 'unique') AS p WHERE NOT converted) AS p
	FULL JOIN (SELECT t.customer, array_agg(t.channel ORDER BY t.n) AS path FROM attr_touchpoints AS t
			   WHERE t.channel IS NOT NULL AND NOT EXISTS (SELECT FROM attr_touchpoints AS c WHERE c.customer = t.customer AND c.event = 'buy' AND c.at >= t.at) GROUP BY 1) AS o
	ON p.customer = o.customer AND p.path = o.path AND p.touches = cardinality(o.path)
WHERE p.customer IS NULL OR o.customer IS NULL;

DROP TABLE attr_one, attr_runs, attr_questions, attr_got, attr_journeys;
DROP FUNCTION attr_oracle(text, text, interval, boolean);
DROP TABLE attr_touchpoints;
